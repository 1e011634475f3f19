"""
Slack's limits: the one validator before every send, and cutting text to length.

Source: docs.slack.dev/reference/block-kit and /reference/views, September 2026.
"""

from bot.slack.limits.rules import Problem, Surface
from bot.slack.limits.shorten import shorten, shorten_plain
from bot.slack.limits.validator import InvalidPayload, ensure_valid, problems

__all__ = [
    "InvalidPayload",
    "Problem",
    "Surface",
    "ensure_valid",
    "problems",
    "shorten",
    "shorten_plain",
]
