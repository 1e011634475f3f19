"""How long Microsoft asks us to wait."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(seconds=300)
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?")


def retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """
    Return the wait that a `Retry-After` header names, between nothing and `LONGEST`.

    `value`: seconds or an HTTP date (RFC 9110, 10.2.3). None where it is missing or neither.
    """
    if value is None:
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return min(timedelta(seconds=float(text)), LONGEST)
    moment = http_date(text)
    return None if moment is None else min(max(moment - now, timedelta(0)), LONGEST)


def http_date(text: str | None) -> datetime | None:
    """Return the moment in an HTTP date, aware, or None."""
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
