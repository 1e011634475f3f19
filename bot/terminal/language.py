"""Which language a terminal speaks."""

import os
import re
from collections.abc import Mapping
from functools import cache

from bot.slack.words import Templates, Words


def language_of(environment: Mapping[str, str]) -> str:
    """Return the locale tag the environment asks for, such as `zh_TW`, or nothing."""
    named = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return re.split(r"[.@]", next(filter(None, named), ""))[0]


def words_here(language: str | None = None) -> Words:
    """Return the words of `language`, or of the environment's; English where there are none for it."""
    return _templates().words(language or language_of(os.environ))


@cache
def _templates() -> Templates:
    """Read once, and only when something is said: `serve` says nothing unless it cannot start."""
    return Templates()
