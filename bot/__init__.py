"""Overture: invite customers into Microsoft reseller relationships from Slack."""
