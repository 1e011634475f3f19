"""
Text that Slack interprets, and how a value becomes a harmless part of it.

Source: docs.slack.dev/messaging/formatting-message-text
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit

ZERO_WIDTH_SPACE = "\u200b"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

DATE_STYLES = {
    "date": "{date_long}",
    "short": "{date_short_pretty}",
    "moment": "{date_short_pretty} {time}",
    "time": "{time}",
    "ago": "{ago}",
}

# C0 but the line feed, DEL and C1, embedding, override and isolation of direction, lone surrogates.
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SPACES = str.maketrans({"\t": " ", "\u2028": "\n", "\u2029": "\n"})
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SPECIAL = re.compile(r"[&<>*_~`:]")
# Slack styles only at the edge of a word; `ana_b@contoso.com` stays fit for copying.
_STYLING = re.compile(r"`|(?<![^\W_])[*_~]|[*_~](?![^\W_])|:(?=[\w+'-]{1,100}:)")
_QUOTE = re.compile(r"^(?=>)", re.MULTILINE)

_USER = re.compile(r"[UW][A-Z0-9]{1,30}")
_CHANNEL = re.compile(r"[CDG][A-Z0-9]{1,30}")
_GROUP = re.compile(r"S[A-Z0-9]{1,30}")
_NOT_IN_URL = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_URL_ESCAPES = str.maketrans({"&": "&amp;", "<": "%3C", ">": "%3E", "|": "%7C"})


class Mrkdwn(str):
    """Text in Slack's markup, made by a template or by a function here. Every other `str` gets escaped."""

    __slots__ = ()


def stripped(value: object) -> str:
    """Return `value` as text without characters that hide or turn around what follows them. None is empty."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    text = text.translate(_SPACES)
    return _UNWANTED.sub("", text) if _UNWANTED.search(text) else text


def one_line(value: object) -> str:
    return " ".join(stripped(value).split())


def escape(value: object) -> Mrkdwn:
    """Return `value` as text that Slack shows as it is: no mention, link, emoji, quote or style."""
    if isinstance(value, Mrkdwn):
        return value
    text = stripped(value)
    if not _SPECIAL.search(text):
        return Mrkdwn(text)
    if ">" in text:
        text = _QUOTE.sub(ZERO_WIDTH_SPACE, text)
    return Mrkdwn(_STYLING.sub(rf"\g<0>{ZERO_WIDTH_SPACE}", text).translate(_ESCAPES))


def mention(user_id: str) -> Mrkdwn:
    """Return a mention of a user, `U...` or `W...`. Raises `ValueError` for anything else."""
    return Mrkdwn(f"<@{_checked(_USER, user_id)}>")


def group_mention(group_id: str) -> Mrkdwn:
    """Return a mention of a user group, `S...`, which notifies its members."""
    return Mrkdwn(f"<!subteam^{_checked(_GROUP, group_id)}>")


def channel_link(channel_id: str) -> Mrkdwn:
    """Return a channel's name as a link to it."""
    return Mrkdwn(f"<#{_checked(_CHANNEL, channel_id)}>")


def link(url: str, label: str = "", *, allow_loopback: bool = False) -> Mrkdwn:
    """
    Return a link; without a label Slack shows the address.

    Raises `ValueError` unless `url` is https with a host and no user name, or mailto, or, where allowed, http
    on a loopback address.
    """
    if not linkable(url, allow_loopback=allow_loopback):
        raise ValueError("not an address a message may link to")
    shown = escape(one_line(label).replace("|", ""))
    return Mrkdwn(f"<{url.translate(_URL_ESCAPES)}|{shown}>" if shown else f"<{url.translate(_URL_ESCAPES)}>")


def linkable(url: str, *, allow_loopback: bool = False) -> bool:
    """Return whether a message or a button may link to `url`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if _NOT_IN_URL.search(url):
        return False
    if parts.scheme == "mailto":
        return "@" in parts.path
    secure = parts.scheme == "https" or (
        allow_loopback and parts.scheme == "http" and parts.hostname in LOOPBACK
    )
    return secure and bool(parts.hostname) and "@" not in parts.netloc


@lru_cache(maxsize=4096)
def date(when: datetime, style: str = "moment") -> Mrkdwn:
    """Return a moment that readers see in their own zone and language. `style` is one of `DATE_STYLES`."""
    if when.tzinfo is None:
        raise ValueError("a moment without a time zone")
    fallback = f"{when.astimezone(UTC).isoformat(' ', 'minutes')[:16]} UTC"
    return Mrkdwn(f"<!date^{int(when.timestamp())}^{DATE_STYLES[style]}|{fallback}>")


def code(value: object) -> Mrkdwn:
    """Return `value` in one line of fixed width, fit for copying."""
    text = one_line(value).replace("`", "'").translate(_ESCAPES)
    return Mrkdwn(f"`{text}`" if text else "")


def _checked(pattern: re.Pattern[str], identifier: str) -> str:
    if not pattern.fullmatch(identifier):
        raise ValueError("not an id that Slack gives")
    return identifier
