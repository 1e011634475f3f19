from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.microsoft.retry_after import LONGEST, retry_after

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@given(st.integers(0, 10**8))
def test_seconds_are_taken_up_to_the_longest_wait(seconds: int) -> None:
    assert retry_after(str(seconds), now=NOW) == min(timedelta(seconds=seconds), LONGEST)


@given(st.integers(-(10**6), 10**6))
def test_a_date_is_a_wait_from_now_and_never_negative(seconds: int) -> None:
    text = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert retry_after(text, now=NOW) == min(max(timedelta(seconds=seconds), timedelta(0)), LONGEST)


@given(st.text())
def test_anything_else_is_no_wait_and_no_error(text: str) -> None:
    wait = retry_after(text, now=NOW)

    assert wait is None or timedelta(0) <= wait <= LONGEST


@pytest.mark.parametrize(
    "text", [None, "", "soon", "-5", "nan", "inf", "1e9", "Sat, 99 Jan 2026 12:00:00 GMT"]
)
def test_what_names_no_time_is_none(text: str | None) -> None:
    assert retry_after(text, now=NOW) is None


def test_spaces_and_fractions_are_read() -> None:
    assert retry_after(" 57.5 ", now=NOW) == timedelta(seconds=57.5)
