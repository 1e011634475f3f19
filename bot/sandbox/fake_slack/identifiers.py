"""Message timestamps and ids: unique, increasing, and the same on every run of the same story."""

import hashlib
from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]


class Ids:
    """Hands out ids and timestamps from one clock and one counter."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_microsecond = 0
        self._count = 0

    def ts(self) -> str:
        """Return a message timestamp, `seconds.micro`, later than every one before it."""
        now = int(self._clock().timestamp() * 1_000_000)
        self._last_microsecond = max(self._last_microsecond + 1, now)
        seconds, micro = divmod(self._last_microsecond, 1_000_000)
        return f"{seconds}.{micro:06d}"

    def numbered(self, prefix: str) -> str:
        """Return an id in Slack's alphabet, such as `V00000001`."""
        self._count += 1
        return f"{prefix}{self._count:08d}"

    def opaque(self, purpose: str) -> str:
        """Return 24 hex digits nobody can read meaning into; stable for one run's order of events."""
        self._count += 1
        return hashlib.sha256(f"{purpose}/{self._count}".encode()).hexdigest()[:24]
