"""A bounded memory of keys seen lately."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Recent(Generic[Key]):
    """
    Remembers each key for at least `seconds`, and never more than `most` keys.

    Two generations, the older one dropped whole: every operation takes constant time. Above `most` keys the
    oldest half is forgotten early.
    """

    def __init__(self, *, seconds: float, most: int = 200_000) -> None:
        self._seconds = seconds
        self._most_each = most // 2
        self._young: set[Key] = set()
        self._old: set[Key] = set()
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

    def discard(self, key: Key) -> None:
        """Forget `key`, if it is remembered."""
        self._young.discard(key)
        self._old.discard(key)

    def _age(self, now: float) -> None:
        idle = now - self._young_since
        if idle >= self._seconds or len(self._young) >= self._most_each:
            self._old = self._young if idle < 2 * self._seconds else set()
            self._young = set()
            self._young_since = now
