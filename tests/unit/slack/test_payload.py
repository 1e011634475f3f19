"""Bodies come out as the standard library would decode them, only sooner."""

from typing import Any
from urllib.parse import urlencode

import orjson
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.payload import decode, percent_decoded

FORM = b"application/x-www-form-urlencoded"
ANY_TEXT = st.text(st.characters(codec="utf-8"))


@given(fields=st.dictionaries(ANY_TEXT.filter(lambda name: name != "payload"), ANY_TEXT, max_size=8))
def test_a_form_decodes_to_what_was_encoded(fields: dict[str, str]) -> None:
    assert decode(urlencode(fields).encode(), content_type=FORM) == fields


@given(value=ANY_TEXT)
def test_a_payload_decodes_to_what_was_encoded(value: str) -> None:
    body: dict[str, Any] = {"type": "block_actions", "value": value}
    raw = urlencode({"payload": orjson.dumps(body).decode()}).encode()

    assert decode(raw, content_type=FORM + b"; charset=utf-8") == body
    assert decode(b"a=1&" + raw, content_type=FORM) == body


def test_what_was_left_unencoded_stays_as_it_is() -> None:
    assert decode(b"text=a=3D+b&&empty", content_type=FORM) == {"text": "a=3D b", "empty": ""}


@given(raw=st.binary())
def test_decoding_never_fails_on_bytes_nobody_encoded(raw: bytes) -> None:
    assert isinstance(percent_decoded(raw), bytes)
