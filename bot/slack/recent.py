"""A bounded memory of keys seen lately."""

from array import array
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

Key = TypeVar("Key", bound=Hashable)
Taken = TypeVar("Taken", contravariant=True)

MOST = 200_000
"""How many are remembered at most: ten minutes of more than 300 a second."""


class Generation(Protocol[Taken]):
    """What `Recent` needs of a set."""

    def __contains__(self, key: object, /) -> bool: ...
    def __len__(self) -> int: ...
    def add(self, key: Taken, /) -> None: ...


class Digests:
    """
    A set of at most `most` digests in a table of fixed size, a tenth of what a `set` of them takes.

    It knows a digest by its first 8 bytes. Digests are evenly spread, so that among 100 000 one is taken for
    another once in 10^14 times. Nothing is ever taken out.
    """

    def __init__(self, most: int) -> None:
        slots = 1 << (2 * most).bit_length()
        self._table = array("Q", bytes(8 * slots))
        self._last = slots - 1
        self._most = most
        self._held = 0

    def __len__(self) -> int:
        return self._held

    def __contains__(self, digest: object) -> bool:
        return isinstance(digest, bytes) and self._table[self._slot(_known_by(digest))] != 0

    def add(self, digest: bytes) -> None:
        """Raises `OverflowError` when it is full: it would look for a free place for ever."""
        slot = self._slot(_known_by(digest))
        if self._table[slot] == 0:
            if self._held >= self._most:
                raise OverflowError("it holds as many as it can")
            self._table[slot] = _known_by(digest)
            self._held += 1

    def _slot(self, wanted: int) -> int:
        """Return where it is, or the free place where it would be."""
        slot = wanted & self._last
        while self._table[slot] not in (0, wanted):
            slot = (slot + 1) & self._last
        return slot


def _known_by(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big") or 1


class Recent(Generic[Key]):
    """
    Remembers each key for at least `seconds`, and never more than `most` keys.

    Two generations, the older one dropped whole: every operation takes constant time. Above `most` keys the
    oldest half is forgotten early.
    """

    def __init__(self, *, seconds: float, most: int, new: Callable[[int], Generation[Key]]) -> None:
        """`new` makes an empty set for so many keys."""
        self._seconds = seconds
        self._most_each = most // 2
        self._new = new
        self._young = new(self._most_each)
        self._old = new(self._most_each)
        self._young_since = float("-inf")

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def add(self, key: Key, *, now: float) -> bool:
        """Remember `key`; return whether it was new. `now` is in seconds."""
        self._age(now)
        if key in self._young or key in self._old:
            return False
        self._young.add(key)
        return True

    def _age(self, now: float) -> None:
        idle = now - self._young_since
        if idle >= self._seconds or len(self._young) >= self._most_each:
            self._old = self._young if idle < 2 * self._seconds else self._new(self._most_each)
            self._young = self._new(self._most_each)
            self._young_since = now


class RecentDigests(Recent[bytes]):
    """For digests, in little memory."""

    def __init__(self, *, seconds: float, most: int = MOST) -> None:
        super().__init__(seconds=seconds, most=most, new=Digests)


class RecentKeys(Recent[Key]):
    """For keys of any kind, which can be taken back."""

    _young: set[Key]
    _old: set[Key]

    def __init__(self, *, seconds: float, most: int = MOST) -> None:
        super().__init__(seconds=seconds, most=most, new=lambda _most: set())

    def discard(self, key: Key) -> None:
        """Forget `key`, if it is remembered."""
        self._young.discard(key)
        self._old.discard(key)
