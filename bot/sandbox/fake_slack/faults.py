"""Faults on demand: what the next matching calls of the app will suffer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

FaultKind = Literal["rate_limit", "server_error", "slow", "drop_before", "drop_after", "half", "refuse"]
RESPONSE_URL = "response_url"
"""The method name under which posts to a `response_url` are matched and logged."""


@dataclass
class Fault:
    """
    What happens to the next `count` calls of `method` (`*`: any), in one channel or all.

    A call that takes effect does so `seconds_before` after it arrived, and is answered `seconds` later.
    """

    kind: FaultKind
    method: str
    channel: str | None = None
    count: int = 1
    retry_after: int = 1
    status: int = 503
    seconds: float = 0.0
    seconds_before: float = 0.0
    code: str = "internal_error"

    def matches(self, method: str, channel: str | None) -> bool:
        """Whether this call is one of those meant."""
        return self.method in ("*", method) and self.channel in (None, channel)


def _nothing(_: str) -> None:
    return None


class Faults:
    """The plan, in order; the first match is used up first."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self.otherwise: Callable[[str], Fault | None] = _nothing
        """What befalls a call of a method for which nothing is planned."""

    def rate_limit(
        self, method: str, *, retry_after: int = 1, channel: str | None = None, count: int = 1
    ) -> None:
        """HTTP 429 with `Retry-After` in seconds; the call has no effect."""
        self.planned.append(Fault("rate_limit", method, channel, count, retry_after=retry_after))

    def server_error(
        self, method: str, *, status: int = 503, channel: str | None = None, count: int = 1
    ) -> None:
        """A 5xx with an HTML body; the call has no effect."""
        self.planned.append(Fault("server_error", method, channel, count, status=status))

    def slow(self, method: str, *, seconds: float, channel: str | None = None, count: int = 1) -> None:
        """The call takes effect at once, its answer comes after `seconds` of real time."""
        self.planned.append(Fault("slow", method, channel, count, seconds=seconds))

    def drop(
        self, method: str, *, after_commit: bool = False, channel: str | None = None, count: int = 1
    ) -> None:
        """The connection breaks without an answer, before or after the call took effect."""
        kind: FaultKind = "drop_after" if after_commit else "drop_before"
        self.planned.append(Fault(kind, method, channel, count))

    def half(self, method: str, *, channel: str | None = None, count: int = 1) -> None:
        """The call takes effect; the connection breaks in the middle of its answer."""
        self.planned.append(Fault("half", method, channel, count))

    def refuse(self, method: str, code: str, *, channel: str | None = None, count: int = 1) -> None:
        """HTTP 200 with `ok: false` and that code; the call has no effect."""
        self.planned.append(Fault("refuse", method, channel, count, code=code))

    def clear(self) -> None:
        """Forget what was planned."""
        self.planned.clear()

    def take(self, method: str, channel: str | None) -> Fault | None:
        """Return the fault this call suffers, using it up by one."""
        for fault in self.planned:
            if fault.matches(method, channel):
                fault.count -= 1
                if fault.count < 1:
                    self.planned.remove(fault)
                return fault
        return self.otherwise(method)
