"""The memory for signatures and event ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.recent import Digests, RecentDigests, RecentKeys

# Few different beginnings, and those that share a place in a small table: they have to find the next one.
DIGESTS = st.integers(0, 63).map(lambda number: (number * 8).to_bytes(8, "big") + b"the rest")


def test_a_key_is_new_once() -> None:
    recent: RecentKeys[str] = RecentKeys(seconds=10)

    assert recent.add("a", now=0)
    assert not recent.add("a", now=9.9)


def test_a_key_is_remembered_at_least_as_long_as_promised_wherever_the_clock_stands() -> None:
    for start in range(40):
        recent: RecentKeys[str] = RecentKeys(seconds=10)
        for tick in range(start):
            recent.add(f"earlier {tick}", now=tick)
        recent.add("a", now=start)

        assert not recent.add("a", now=start + 9.9)


def test_a_key_is_forgotten_in_the_end() -> None:
    recent: RecentKeys[str] = RecentKeys(seconds=10)
    recent.add("a", now=0)

    assert recent.add("a", now=20)


def test_memory_is_bounded() -> None:
    recent: RecentKeys[int] = RecentKeys(seconds=10, most=100)
    for key in range(1000):
        recent.add(key, now=0)

    assert sum(not recent.add(key, now=0) for key in range(950, 1000)) <= 100
    assert len(recent) <= 100


def test_a_discarded_key_is_new_again() -> None:
    recent: RecentKeys[str] = RecentKeys(seconds=10)
    recent.add("a", now=0)
    recent.discard("a")

    assert recent.add("a", now=0)


@given(st.lists(DIGESTS, unique=True, max_size=30), DIGESTS)
def test_digests_hold_what_was_added_and_nothing_else(added: list[bytes], asked: bytes) -> None:
    digests = Digests(32)
    for digest in added:
        digests.add(digest)
        digests.add(digest)

    assert len(digests) == len(added)
    assert (asked in digests) == (asked in added)


def test_memory_for_digests_forgets_the_oldest_instead_of_overflowing() -> None:
    recent = RecentDigests(seconds=10, most=64)
    keys = [number.to_bytes(8, "big") for number in range(1, 500)]

    assert all(recent.add(key, now=0) for key in keys)
    assert not recent.add(keys[-1], now=0)
    assert len(recent) <= 64


def test_a_full_table_of_digests_says_so() -> None:
    digests = Digests(1)
    digests.add(b"12345678")

    with pytest.raises(OverflowError):
        digests.add(b"87654321")
