"""The memory for signatures and event ids."""

from bot.slack.recent import Recent


def test_a_key_is_new_once() -> None:
    recent: Recent[str] = Recent(seconds=10)

    assert recent.add("a", now=0)
    assert not recent.add("a", now=9.9)


def test_a_key_is_remembered_at_least_as_long_as_promised_wherever_the_clock_stands() -> None:
    for start in range(40):
        recent: Recent[str] = Recent(seconds=10)
        for tick in range(start):
            recent.add(f"earlier {tick}", now=tick)
        recent.add("a", now=start)

        assert not recent.add("a", now=start + 9.9)


def test_a_key_is_forgotten_in_the_end() -> None:
    recent: Recent[str] = Recent(seconds=10)
    recent.add("a", now=0)

    assert recent.add("a", now=20)


def test_memory_is_bounded() -> None:
    recent: Recent[int] = Recent(seconds=10, most=100)
    for key in range(1000):
        recent.add(key, now=0)

    assert sum(not recent.add(key, now=0) for key in range(950, 1000)) <= 100
    assert len(recent) <= 100


def test_a_discarded_key_is_new_again() -> None:
    recent: Recent[str] = Recent(seconds=10)
    recent.add("a", now=0)
    recent.discard("a")

    assert recent.add("a", now=0)
