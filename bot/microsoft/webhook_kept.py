"""What was fetched, kept while it is good; and what could not be, left alone for an hour."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from bot.microsoft.single_flight import SingleFlight
from bot.ports.clock import Clock
from bot.ports.webhooks import CertificateUnavailable

FAILURE_KEPT = timedelta(hours=1)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True)
class Good(Generic[V]):
    """A value and when it has to be asked for again."""

    value: V
    until: datetime


@dataclass(frozen=True)
class _Failed:
    why: str
    until: datetime


class Kept(Generic[K, V]):
    """Values by key, the longest unused forgotten first; however many ask, one fetch at a time for each."""

    def __init__(self, clock: Clock, *, most: int) -> None:
        self._clock = clock
        self._most = most
        self._entries: OrderedDict[K, Good[V] | _Failed] = OrderedDict()
        self._flights: SingleFlight[K, Good[V] | _Failed] = SingleFlight()

    async def get(self, key: K, fetch: Callable[[], Coroutine[Any, Any, Good[V]]]) -> Good[V]:
        """
        Return what `fetch` returns, or has returned.

        Raises `CertificateUnavailable` where `fetch` raised `OSError` or `ValueError` within the hour.
        """
        entry = self._entries.get(key)
        if entry is None or self._clock.now() >= entry.until:
            entry = await self._flights.run(key, lambda: self._fetch(key, fetch))
        else:
            self._entries.move_to_end(key)
        if isinstance(entry, _Failed):
            raise CertificateUnavailable(entry.why)
        return entry

    async def _fetch(self, key: K, fetch: Callable[[], Coroutine[Any, Any, Good[V]]]) -> Good[V] | _Failed:
        entry: Good[V] | _Failed
        try:
            entry = await fetch()
        except (OSError, ValueError) as error:  # OSError covers a timeout
            entry = _Failed(f"{type(error).__name__}: {error}", self._clock.now() + FAILURE_KEPT)
        self._entries[key] = entry
        self._entries.move_to_end(key)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)
        return entry
