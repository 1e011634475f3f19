"""Which language a person reads, and how dates, numbers and lists look in it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

DEFAULT_LOCALE = "en"
LANGUAGES = (DEFAULT_LOCALE, "zh_Hans", "zh_Hant")
"""What mails can be written in and channels spoken to: the catalogues there are, in the order people see."""

TRADITIONAL = frozenset({"tw", "hk", "mo", "hant"})


def choose_locale(tag: str | None, available: Iterable[str]) -> str:
    """
    Return the locale of `available` for Slack's tag such as `zh-TW`: exact, else by language, else English.

    Slack names only some of the tags it may send, so an unknown one is nothing special.
    """
    wanted = (tag or "").replace("-", "_").lower()
    known = {locale.lower(): locale for locale in available}
    language, *rest = wanted.split("_")
    if language == "zh":
        wanted = "zh_hant" if TRADITIONAL & set(rest) else "zh_hans"
    return known.get(wanted) or known.get(language) or DEFAULT_LOCALE


def zone(name: str | None) -> tzinfo:
    """Return the time zone a person set in Slack, or UTC where it is unknown here."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


class Formats:
    """Plain-text forms in one locale. Slack's markup has `date`, which each reader sees in their own."""

    def __init__(self, locale: str) -> None:
        self._name = locale

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(self._name)

    def day(self, when: datetime, timezone: str | None = None) -> str:
        """Return the date, spelled out."""
        return format_date(when.astimezone(zone(timezone)).date(), "long", locale=self._locale)

    def moment(self, when: datetime, timezone: str | None = None) -> str:
        """Return date and time, with the zone's name."""
        local = zone(timezone)
        clock = format_datetime(when, "medium", tzinfo=local, locale=self._locale)
        return f"{clock} {when.astimezone(local).tzname()}"

    def number(self, value: int) -> str:
        return format_decimal(value, locale=self._locale)

    def duration(self, length: timedelta) -> str:
        """Return a length of time in its largest unit, such as "3 days"."""
        return format_timedelta(length, threshold=1, locale=self._locale)

    def listing(self, items: Sequence[str]) -> str:
        """Return "a, b and c"."""
        return format_list(items, locale=self._locale) if items else ""
