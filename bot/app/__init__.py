"""Builds every part once from the settings; the only place that knows them all."""

from bot.app.assembly import App, build

__all__ = ["App", "build"]
