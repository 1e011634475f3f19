"""Cut text never holds half of anything."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.limits import shorten, shorten_plain
from bot.slack.mrkdwn import Mrkdwn, escape, link, mention

FAMILY = "👨\u200d👩\u200d👧"
PIECES = st.sampled_from(
    [
        mention("U1"),
        link("https://contoso.com/?a&b", "A & B"),
        escape("a & b < c"),
        Mrkdwn("word "),
        escape("*é*"),
    ]
)


@given(pieces=st.lists(PIECES, max_size=12), limit=st.integers(1, 120))
def test_entities_and_links_are_whole_or_gone(pieces: list[Mrkdwn], limit: int) -> None:
    whole = Mrkdwn("".join(pieces))

    cut = shorten(whole, limit)

    assert isinstance(cut, Mrkdwn)
    assert len(cut) <= limit
    rest = re.sub(r"&(?:amp|lt|gt);|<[^<>]+>", "", cut)
    assert not set("<>&") & set(rest)
    assert cut == whole or cut.endswith("…")


@given(text=st.text(), limit=st.integers(1, 60))
def test_plain_text_is_no_longer_than_allowed_and_starts_as_it_did(text: str, limit: int) -> None:
    cut = shorten_plain(text, limit)

    assert len(cut) <= limit
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))


@given(
    text=st.text(st.sampled_from("ae\u0301\u0308\ufe0f"), min_size=1, max_size=20), limit=st.integers(1, 20)
)
def test_no_character_loses_its_marks(text: str, limit: int) -> None:
    cut = shorten_plain(text, limit)

    if cut != text and len(cut) > 1:
        after = text[len(cut) - 1 :].lstrip()
        assert not unicodedata.category(after[0]).startswith("M")


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("Contoso", 7, "Contoso"),
        ("Contoso Ltd", 7, "Contos…"),
        ("Contoso Ltd", 9, "Contoso…"),
        (f"ab{FAMILY}c", 6, "ab…"),
        ("a👍🏽bc", 3, "a…"),
        ("🇩🇪🇫🇷🇨🇳", 4, "🇩🇪…"),
        ("\u0301" * 50, 40, "\u0301" * 7 + "…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_a_cut_falls_between_what_readers_see_as_characters(text: str, limit: int, shown: str) -> None:
    assert shorten_plain(text, limit) == shown


def test_a_disarmed_star_keeps_its_guard() -> None:
    assert shorten(escape("ab *c* d"), 5) == "ab…"
