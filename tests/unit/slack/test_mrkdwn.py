"""A value from outside stays a value."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.mrkdwn import (
    Mrkdwn,
    channel_link,
    code,
    date,
    escape,
    group_mention,
    link,
    linkable,
    mention,
    one_line,
    stripped,
)

SPACE = "\u200b"
NASTY = (
    st.text(st.sampled_from("<>&|@#!*_~`:\n\r\t \u202e\u2066\x00\x7f\x9bé中🎉aU1\ud800"), max_size=40)
    | st.text()
)
UNWANTED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def as_shown(text: str) -> str:
    """What a reader sees of escaped text."""
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text.replace(SPACE, "")


@given(value=NASTY)
def test_no_value_makes_a_control_sequence(value: str) -> None:
    escaped = escape(value)

    assert "<" not in escaped
    assert ">" not in escaped
    assert re.sub("&(amp|lt|gt);", "", escaped).count("&") == 0
    assert not UNWANTED.search(escaped)


@given(value=NASTY)
def test_a_reader_sees_the_value_itself(value: str) -> None:
    assert as_shown(escape(value)) == stripped(value).replace(SPACE, "")


@given(value=NASTY)
def test_no_styling_character_stands_at_the_edge_of_a_word_unguarded(value: str) -> None:
    escaped = escape(value)

    assert not re.search(rf"`(?!{SPACE})", escaped)
    assert not re.search(rf"(?<![^\W_])[*_~](?!{SPACE})", escaped)
    assert not re.search(r":[\w+'-]{1,100}:", escaped)
    assert not re.search("^&gt;", escaped, re.MULTILINE)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("*x*", f"*{SPACE}x*{SPACE}"),
        ("A&B <C>", "A&amp;B &lt;C&gt;"),
        ("&amp;", "&amp;amp;"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("> said he", f"{SPACE}&gt; said he"),
        (":fire:", f":{SPACE}fire:"),
        ("12:30", "12:30"),
        ("ana_maria@contoso.com", "ana_maria@contoso.com"),
        ("Contoso \u202eevil", "Contoso evil"),
        ("a\tb\rc\x00", "a bc"),
        ("a\nb", "a\nb"),
        (None, ""),
        (7, "7"),
    ],
)
def test_values_are_shown_as_they_are(value: object, shown: str) -> None:
    assert escape(value) == shown


def test_what_is_marked_is_not_escaped_and_loses_its_mark_when_changed() -> None:
    marked = mention("U1")

    assert escape(marked) is marked
    assert escape(marked.lower()) == "&lt;@u1&gt;"
    assert escape(marked + "") == "&lt;@U1&gt;"


def test_mentions_take_ids_alone() -> None:
    assert mention("W0A") == "<@W0A>"
    assert group_mention("S1") == "<!subteam^S1>"
    assert channel_link("C1") == "<#C1>"
    for wrong in ("U1|channel>", "u1", "", "U1\n", "<@U1>", "S1"):
        with pytest.raises(ValueError):
            mention(wrong)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://contoso.com",
        "http://127.0.0.1:8400/x",
        "https://",
        "https://admin@contoso.com",
        "https://contoso.com/a b",
        "https://contoso.com/\n",
        "https://[contoso",
        "//contoso.com",
        "mailto:nobody",
        "slack://channel",
        "",
    ],
)
def test_only_https_and_mail_addresses_become_links(url: str) -> None:
    with pytest.raises(ValueError, match="link"):
        link(url, "label")


def test_loopback_links_are_for_the_sandbox() -> None:
    assert link("http://127.0.0.1:8400/x", allow_loopback=True) == "<http://127.0.0.1:8400/x>"
    assert not linkable("http://contoso.com", allow_loopback=True)


@given(label=NASTY, path=st.text())
def test_a_label_stays_inside_its_link(label: str, path: str) -> None:
    url = f"https://contoso.com/{path}"
    if not linkable(url):
        return

    made = link(url, label)

    assert made[0] == "<"
    assert made[-1] == ">"
    assert not set("<>\n") & set(made[1:-1])
    assert made.count("|") <= 1


def test_a_link_is_kept_but_for_what_slack_reserves() -> None:
    assert link("https://contoso.com/?a=1&b=2|3", "A|B") == "<https://contoso.com/?a=1&amp;b=2%7C3|AB>"
    assert link("mailto:ana@contoso.com?subject=Hi", "Ana").startswith("<mailto:ana@contoso.com?subject=Hi|")


def test_a_date_is_shown_in_the_readers_own_zone_with_a_fallback_for_others() -> None:
    when = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)

    assert date(when) == "<!date^1700000000^{date_short_pretty} {time}|2023-11-14 22:13 UTC>"
    assert date(when, "ago") == "<!date^1700000000^{ago}|2023-11-14 22:13 UTC>"
    with pytest.raises(ValueError, match="zone"):
        date(when.replace(tzinfo=None))


@given(value=NASTY)
def test_code_is_one_span(value: str) -> None:
    made = code(value)

    assert made.count("`") in {0, 2}
    assert "\n" not in made
    assert isinstance(made, Mrkdwn)


def test_one_line_has_no_breaks() -> None:
    assert one_line(" Contoso\r\n\n*Approved*\u2028") == "Contoso *Approved*"
