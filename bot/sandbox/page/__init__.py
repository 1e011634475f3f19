"""The sandbox's web page: one person plays everyone in the story, and moves the clock."""

from bot.sandbox.page.app import page_app

__all__ = ["page_app"]
