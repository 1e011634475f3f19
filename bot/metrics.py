"""What a monitoring system reads, beside what prometheus_client tells about the process by itself."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.ports.clock import Clock
from bot.ports.failures import Temporary
from bot.ports.store import Store
from bot.ports.work import Queue


class Metrics:
    """Looks when it is asked: what is told is what is in the database, whichever process wrote it."""

    def __init__(self, store: Store, clock: Clock, *, behind: Callable[[], Awaitable[timedelta]]) -> None:
        """`behind` returns how long ago Microsoft was last compared with."""
        self._store = store
        self._clock = clock
        self._behind = behind

    async def text(self) -> bytes:
        """Return Prometheus's text format. While the database does not answer, ours are left out."""
        try:
            ours = [*await self._work(), await self._reconciliation()]
        except Temporary:
            return generate_latest(REGISTRY)
        registry = CollectorRegistry()
        registry.register(_Seen(ours))
        return generate_latest(REGISTRY) + generate_latest(registry)

    async def _work(self) -> Sequence[Metric]:
        now = self._clock.now()
        waiting = _by_queue("overture_work_waiting", "Work that is not done yet, due or not.")
        given_up = _by_queue("overture_work_given_up", "Work that was given up, ever.")
        overdue = _by_queue("overture_work_overdue_seconds", "How late the oldest work is that is due.")
        for queue in Queue:
            backlog = await self._store.work.backlog(queue, now=now)
            waiting.add_metric([queue], backlog.waiting)
            given_up.add_metric([queue], backlog.abandoned)
            overdue.add_metric([queue], (now - (backlog.oldest_due_at or now)).total_seconds())
        return waiting, given_up, overdue

    async def _reconciliation(self) -> Metric:
        return GaugeMetricFamily(
            "overture_reconciliation_behind_seconds",
            "How long ago the last whole comparison with Microsoft's lists began.",
            value=(await self._behind()).total_seconds(),
        )


class _Seen(Collector):
    """What was seen already, as prometheus_client wants to collect it."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        return self._families


def _by_queue(name: str, about: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, labels=["queue"])
