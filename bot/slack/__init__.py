"""Slack: what comes in from it, and what we say there."""
