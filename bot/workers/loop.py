"""The one loop that claims what is due and sees every attempt to its end."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.ports.clock import Clock
from bot.ports.failures import OutcomeUnknown, Permanent, Temporary
from bot.ports.store import Stale, Store, Write
from bot.ports.work import LEASE, Claim, Queue, WorkId
from bot.workers.endings import Again, Done, Ending, GivenUp, Unknown, backoff, waiting_time

_log = structlog.get_logger(__name__)

_ATTEMPT_SECONDS = (LEASE - timedelta(seconds=5)).total_seconds()
"""An attempt ends before its lease does, so that nobody else begins the same one meanwhile."""

_LONG_OVERDUE = timedelta(minutes=10)
"""
Work this late has lain in a database that nobody worked on. That may be a restored backup, and then what it
says was never begun may have been done since the backup was taken.
"""


_NOT_FREE_SECONDS = 0.05


class Worker(Protocol):
    """Does the work of one queue, `limit` pieces at a time."""

    @property
    def queue(self) -> Queue: ...
    @property
    def limit(self) -> int: ...

    async def attempt(self, claim: Claim) -> Ending:
        """Try once. Failures of the outside may leave as they are; the loop knows what they mean."""


class Loop:
    """Runs every worker until `stop`. Woken by commits that add work; polls only as a fallback."""

    def __init__(
        self, store: Store, clock: Clock, workers: Iterable[Worker], *, poll_seconds: float = 5.0
    ) -> None:
        self.store = store
        self.clock = clock
        self.workers = tuple(workers)
        self.poll_seconds = poll_seconds
        self._underway: dict[WorkId, asyncio.Task[None]] = {}
        self._wake = {worker.queue: asyncio.Event() for worker in self.workers}
        self._stopping = asyncio.Event()

    def wake(self, queues: Iterable[Queue] = tuple(Queue)) -> None:
        """Look at once: these queues have new work, or the clock was moved."""
        for queue in queues:
            if queue in self._wake:
                self._wake[queue].set()

    async def run(self) -> None:
        """Work until `stop`; then let what has begun end."""
        async with asyncio.TaskGroup() as group:
            for worker in self.workers:
                group.create_task(self._serve(worker), name=f"worker:{worker.queue}")

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()
        self.wake()

    async def _serve(self, worker: Worker) -> None:
        running: set[asyncio.Task[None]] = set()
        try:
            while not self._stopping.is_set():
                self._wake[worker.queue].clear()
                looked_at = self.clock.now()
                for claim in await self._claim(worker, worker.limit - len(running), looked_at):
                    running.add(self._begin(worker, claim))
                running = await self._rest(worker, running, looked_at)
            await asyncio.gather(*running)
        except asyncio.CancelledError:
            # Whoever claims it next finds it uncertain, as after a kill.
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            raise

    def _begin(self, worker: Worker, claim: Claim) -> asyncio.Task[None]:
        """Attempt it, after an earlier attempt of our own whose lease ran out because the clock jumped."""
        earlier = self._underway.get(claim.work.id)
        task = asyncio.create_task(self._attempt(worker, claim, after=earlier))
        self._underway[claim.work.id] = task
        task.add_done_callback(lambda _: self._ended(claim.work.id, task))
        return task

    def _ended(self, work_id: WorkId, task: asyncio.Task[None]) -> None:
        if self._underway.get(work_id) is task:
            del self._underway[work_id]

    async def _claim(self, worker: Worker, room: int, now: datetime) -> Iterable[Claim]:
        if room <= 0:
            return ()
        try:
            return await self.store.work.claim(worker.queue, now=now, lease=LEASE, limit=room)
        except Temporary as error:
            _log.warning("store_unavailable", queue=worker.queue, error=str(error))
            return ()

    async def _rest(
        self, worker: Worker, running: set[asyncio.Task[None]], looked_at: datetime
    ) -> set[asyncio.Task[None]]:
        """Wait until something changed: new work, an ended attempt, the next due time, or the fallback."""
        woken = asyncio.create_task(self._wake[worker.queue].wait())
        await asyncio.wait(
            {woken, *running},
            timeout=await self._seconds_until_due(worker, looked_at, room=worker.limit - len(running)),
            return_when=asyncio.FIRST_COMPLETED,
        )
        woken.cancel()
        return {task for task in running if not task.done()}

    async def _seconds_until_due(self, worker: Worker, looked_at: datetime, *, room: int) -> float:
        try:
            due = await self.store.work.next_due(worker.queue)
        except Temporary:
            return self.poll_seconds
        if due is None:
            return self.poll_seconds
        if due <= looked_at or room <= 0:
            # What was due and was not claimed is not free, or we have no room: never spin on it.
            return _NOT_FREE_SECONDS
        return min(self.poll_seconds, max((due - self.clock.now()).total_seconds(), 0.0))

    async def _attempt(self, worker: Worker, claim: Claim, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            await asyncio.wait({after})
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                ending = await worker.attempt(self._doubted(claim))
        except Temporary as error:
            ending = Again(self.clock.now() + waiting_time(error, claim.attempts), str(error))
        except Permanent as error:
            ending = GivenUp(str(error))
        except (OutcomeUnknown, TimeoutError):
            ending = Unknown(self.clock.now() + backoff(claim.attempts))
        except Exception:
            # Our own mistake: say so loudly, keep the work, and keep the other queues running. Nobody knows
            # how far it came, so what must not happen twice is looked for first.
            _log.exception("attempt_failed", queue=worker.queue, work_id=claim.work.id)
            ending = Unknown(self.clock.now() + backoff(claim.attempts + 3))
        await self._record(claim, ending)

    def _doubted(self, claim: Claim) -> Claim:
        long_overdue = self.clock.now() - claim.work.due_at > _LONG_OVERDUE
        return replace(claim, uncertain=claim.uncertain or long_overdue)

    async def _record(self, claim: Claim, ending: Ending) -> None:
        try:
            await self.store.commit(*self._writes(claim, ending))
        except Stale:
            _log.warning("lease_lost", queue=claim.work.queue, work_id=claim.work.id)
        except (Temporary, OutcomeUnknown) as error:
            # Unrecorded, the work is due again when its lease ends, as uncertain.
            _log.warning(
                "ending_not_recorded", queue=claim.work.queue, work_id=claim.work.id, error=str(error)
            )
        except Exception:
            # Our own mistake, and the same holds: the lease runs out, and nobody knows how the attempt ended.
            _log.exception("ending_not_recorded", queue=claim.work.queue, work_id=claim.work.id)

    def _writes(self, claim: Claim, ending: Ending) -> list[Write]:
        work = self.store.work
        match ending:
            case Done(outcome, writes):
                return [work.finishing(claim, outcome), *writes]
            case Again(at, outcome, writes, afresh):
                _log.info("work_postponed", queue=claim.work.queue, work_id=claim.work.id, why=outcome)
                again = work.postponing(claim, until=at, outcome=outcome, afresh=afresh)
                return [again, *writes]
            case GivenUp(reason, writes):
                _log.error("work_given_up", queue=claim.work.queue, work_id=claim.work.id, why=reason)
                return [work.giving_up(claim, outcome=reason), *writes]
            case Unknown(at):
                return [work.leaving_open(claim, until=at)]
