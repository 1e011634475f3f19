"""Lines that fit into a terminal, in languages with spaces and without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.terminal.layout import fitted, padded, width

ENGLISH = "Open this address, and sign in with a second factor as an Admin agent or Sales agent."
CHINESE = "请打开此地址，以管理员代理或销售代理身份登录（需要 MFA），并完成第二重验证：https://localhost:8401/signed-in。"
CLOSING = "，。：；！？）」』”"
OPENING = "（「『“"


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
@pytest.mark.parametrize("columns", [40, 60, 80])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(text: str, columns: int) -> None:
    said = fitted(text, columns, "  ")

    assert max(map(width, said.splitlines())) <= columns
    assert squeezed(said) == squeezed(text)


@given(columns=st.integers(24, 120))
def test_punctuation_stays_where_chinese_readers_expect_it(columns: int) -> None:
    lines = [line.strip() for line in fitted(CHINESE, columns).splitlines()]

    assert [line for line in lines if line[0] in CLOSING or line[-1] in OPENING] == []


def test_english_breaks_between_words() -> None:
    assert fitted(ENGLISH, 40).splitlines()[0] == "Open this address, and sign in with a"


def test_an_address_stays_whole_so_that_it_can_be_clicked() -> None:
    address = "https://login.microsoftonline.com/" + "a" * 100

    assert address in fitted(f"Open this: {address}", 40).splitlines()


def test_what_no_terminal_reads_is_left_in_one_line() -> None:
    assert fitted(CHINESE, None) == CHINESE


def test_a_margin_is_before_every_line() -> None:
    assert all(line.startswith("    ") for line in fitted(ENGLISH, 40, "    ").splitlines())


def test_a_chinese_character_is_as_wide_as_two_letters() -> None:
    assert width("状态，ok") == 8
    assert padded("状态", 6) == "状态  "
