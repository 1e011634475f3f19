"""Planned failures: which request goes wrong, how, and how often."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Literal

Service = Literal["authority", "certificates", "graph", "partner_center"]


@dataclass(frozen=True)
class Refuse:
    """Answer 401 or 403 without doing anything."""

    status: Literal[401, 403]


@dataclass(frozen=True)
class Throttle:
    """Answer 429 in the service's own shape, `Retry-After` in seconds or as an HTTP date."""

    retry_after_seconds: int = 57
    as_date: bool = False


@dataclass(frozen=True)
class ServerError:
    """Answer 5xx with a JSON or an HTML body."""

    status: int = 503
    html: bool = False
    retry_after_seconds: int | None = None


@dataclass(frozen=True)
class Slow:
    """Do the work and answer, this many seconds late."""

    seconds: float


@dataclass(frozen=True)
class DropBefore:
    """Close the connection before anything is done."""


@dataclass(frozen=True)
class DropAfter:
    """Do the work, then close the connection instead of answering."""


@dataclass(frozen=True)
class Half:
    """Do the work, then break the connection in the middle of the answer."""


Effect = Refuse | Throttle | ServerError | Slow | DropBefore | DropAfter | Half


@dataclass
class _Planned:
    service: Service
    method: str
    path: str
    effect: Effect
    left: int

    def matches(self, service: str, method: str, path: str) -> bool:
        return (
            self.left > 0
            and self.service == service
            and self.method in ("*", method)
            and fnmatchcase(path, self.path)
        )


def _nothing(*_: str) -> None:
    return None


class FaultPlan:
    """Faults in the order they were planned; each is spent after `times` matching requests."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self.otherwise: Callable[[str, str, str], Effect | None] = _nothing
        """What befalls a request for which nothing is planned."""
        self.clock_skew = timedelta()
        """How far the time in `Date` headers is ahead of the clock."""

    def plan(self, service: Service, method: str, path: str, effect: Effect, times: int = 1) -> None:
        """`path` is a shell pattern over the decoded path (`/v1/customers*`), `method` may be `*`."""
        self._planned.append(_Planned(service, method, path, effect, times))

    def clear(self) -> None:
        self._planned.clear()

    def take(self, service: str, method: str, path: str) -> Effect | None:
        for planned in self._planned:
            if planned.matches(service, method, path):
                planned.left -= 1
                return planned.effect
        return self.otherwise(service, method, path)
