"""Cutting text to Slack's lengths without leaving half of anything behind."""

import re
import unicodedata

from bot.slack.mrkdwn import Mrkdwn

ELLIPSIS = "…"
ZERO_WIDTH_JOINER = "\u200d"
LONGEST_CLUSTER = 32
"""How far back a cut moves for a character written with several; longer ones are not writing."""

_ENTITY = re.compile(r"&(?:amp|lt|gt);|<[^<>]*>")


def shorten(mrkdwn: Mrkdwn, limit: int) -> Mrkdwn:
    """Return `mrkdwn` in at most `limit` characters, its entities and `<...>` each whole or gone."""
    if len(mrkdwn) <= limit:
        return mrkdwn
    cut = _whole_entities(mrkdwn, limit - len(ELLIPSIS))
    return Mrkdwn(_cut(mrkdwn, cut, limit))


def shorten_plain(text: str, limit: int) -> str:
    """Return `text` in at most `limit` characters, no character cut from the marks that belong to it."""
    return text if len(text) <= limit else _cut(text, limit - len(ELLIPSIS), limit)


def _cut(text: str, at: int, limit: int) -> str:
    return (text[: _whole_cluster(text, at)].rstrip() + ELLIPSIS)[: max(limit, 0)]


def _whole_entities(text: str, at: int) -> int:
    for entity in _ENTITY.finditer(text):
        if entity.start() >= at:
            break
        if entity.end() > at:
            return entity.start()
    return at


def _whole_cluster(text: str, at: int) -> int:
    """Return the nearest place at or before `at` that does not split a character a reader sees as one."""
    at = max(at, 0)
    lowest = max(at - LONGEST_CLUSTER, 0)
    return next((place for place in range(at, lowest, -1) if not _joined(text, place)), lowest)


def _joined(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    return (
        _extends(after)
        or before == ZERO_WIDTH_JOINER
        or (_is_flag_half(after) and _flag_halves_before(text, place) % 2 == 1)
        or ("\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff")
    )


def _extends(character: str) -> bool:
    """Whether it belongs to the one before: marks, selectors, skin tones, the space that disarms a `*`."""
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or character in {ZERO_WIDTH_JOINER, "\u200b"}
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_halves_before(text: str, place: int) -> int:
    start = place
    while start > 0 and _is_flag_half(text[start - 1]) and place - start < LONGEST_CLUSTER:
        start -= 1
    return place - start
