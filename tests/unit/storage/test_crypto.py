import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ports.store import SecretUnreadable
from storage.crypto import Cipher

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()
CIPHER = Cipher([KEY])


@given(st.text(), st.text(min_size=1), st.text(min_size=1))
def test_what_was_sealed_opens_in_its_place(text: str, workspace_id: str, name: str) -> None:
    sealed = CIPHER.seal(text, workspace_id=workspace_id, name=name)

    assert CIPHER.open(sealed, workspace_id=workspace_id, name=name) == text


@pytest.mark.parametrize(
    ("workspace_id", "name"), [("T2", "a:b"), ("T1", "a:c"), ("T1:a", "b"), ("", "T1:a:b")]
)
def test_a_sealed_value_opens_nowhere_else(workspace_id: str, name: str) -> None:
    sealed = CIPHER.seal("text", workspace_id="T1", name="a:b")

    with pytest.raises(SecretUnreadable):
        CIPHER.open(sealed, workspace_id=workspace_id, name=name)


@pytest.mark.parametrize("position", [0, 11, 12, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    sealed = CIPHER.seal("text", workspace_id="T1", name="a")
    raw = bytearray(base64.b64decode(sealed.value))
    raw[position] ^= 1

    with pytest.raises(SecretUnreadable):
        CIPHER.open(replace(sealed, value=base64.b64encode(raw).decode()), workspace_id="T1", name="a")


@pytest.mark.parametrize("value", ["", "AAAA", "not base64"])
def test_a_value_that_never_was_sealed_is_unreadable(value: str) -> None:
    sealed = CIPHER.seal("text", workspace_id="T1", name="a")

    with pytest.raises(SecretUnreadable):
        CIPHER.open(replace(sealed, value=value), workspace_id="T1", name="a")


def test_a_value_of_a_key_we_do_not_have_is_unreadable() -> None:
    sealed = Cipher([OTHER_KEY]).seal("text", workspace_id="T1", name="a")

    with pytest.raises(SecretUnreadable, match="not among"):
        CIPHER.open(sealed, workspace_id="T1", name="a")


def test_the_same_text_never_looks_the_same_twice() -> None:
    sealed = {CIPHER.seal("text", workspace_id="T1", name="a").value for _ in range(50)}

    assert len(sealed) == 50


@pytest.mark.parametrize("keys", [[], [""], ["short"], [KEY[:-4]], ["!" * 44], [KEY, "bad"]])
def test_a_key_of_another_size_is_refused_without_being_repeated(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="key") as refused:
        Cipher(keys)

    assert not any(key and key in str(refused.value) for key in keys)
