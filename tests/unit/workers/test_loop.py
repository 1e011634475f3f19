"""How attempts end, and what the next one then knows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.identifiers import WorkspaceId
from bot.ports.failures import OutcomeUnknown, Permanent, Temporary
from bot.ports.work import LEASE, Claim, Queue, Work, WorkId
from bot.workers.endings import Done, Ending
from bot.workers.loop import Loop
from storage.crypto import Cipher
from storage.database import open_database
from storage.migrations import migrate
from storage.store import WorkspaceStore
from tests.fakes import FakeClock


class Trying:
    """A worker whose attempts go as a test says; the last way is for all that follow."""

    queue = Queue.SENDER
    limit = 8

    def __init__(self, *ways: Callable[[], Ending]) -> None:
        self.ways = list(ways)
        self.claims: list[Claim] = []
        self.tried = asyncio.Event()

    async def attempt(self, claim: Claim) -> Ending:
        self.claims.append(claim)
        self.tried.set()
        way = self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]
        return way()


class Hanging(Trying):
    """Begins and never ends by itself."""

    async def attempt(self, claim: Claim) -> Ending:
        self.claims.append(claim)
        self.tried.set()
        await asyncio.Event().wait()
        return Done()


class Slowly(Trying):
    """Takes until it may end; counts how many attempts there are at once."""

    def __init__(self, *ways: Callable[[], Ending]) -> None:
        super().__init__(*ways)
        self.may_end = asyncio.Event()
        self.at_once = self.most_at_once = 0

    async def attempt(self, claim: Claim) -> Ending:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        ending = await super().attempt(claim)
        await self.may_end.wait()
        self.at_once -= 1
        return ending


class Foreign:
    """A write that no store ever made."""

    summary = "nobody's"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[WorkspaceStore]:
    url = f"sqlite:///{tmp_path / 'work.db'}"
    await migrate(url)
    database = open_database(url)
    await database.start()
    cipher = Cipher(["a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="])
    opened = WorkspaceStore(database, WorkspaceId("T0HERE"), cipher, clock=FakeClock())
    await opened.commit(opened.work.adding(Work(WorkId("a" * 32), Queue.SENDER, {}, FakeClock().now())))
    yield opened
    await database.close()


@asynccontextmanager
async def running(store: WorkspaceStore, worker: Trying, clock: FakeClock) -> AsyncIterator[Loop]:
    loop = Loop(store, clock, [worker])
    store.on_commit = loop.wake
    task = asyncio.create_task(loop.run())
    try:
        yield loop
    finally:
        loop.stop()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def second_attempt(store: WorkspaceStore, worker: Trying) -> Claim:
    """Let time pass until the work was tried twice."""
    clock = FakeClock()
    async with running(store, worker, clock) as loop, asyncio.timeout(10):
        while len(worker.claims) < 2:
            await worker.tried.wait()
            worker.tried.clear()
            while await store.work.next_due(Queue.SENDER) == worker.claims[-1].leased_until:  # noqa: ASYNC110 - a store has no feed
                await asyncio.sleep(0)
            clock.move(timedelta(minutes=10))
            loop.wake()
    return worker.claims[1]


def failing(error: Exception) -> Callable[[], Ending]:
    def fail() -> Ending:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "uncertain"),
    [(Temporary("later"), False), (OutcomeUnknown("no answer"), True), (KeyError("a mistake of ours"), True)],
    ids=["temporary", "lost answer", "our mistake"],
)
async def test_the_next_attempt_knows_whether_the_last_may_have_happened(
    store: WorkspaceStore, error: Exception, uncertain: bool
) -> None:
    claim = await second_attempt(store, Trying(failing(error), Done))

    assert claim.attempts == 2
    assert claim.uncertain is uncertain


async def test_what_cannot_work_is_given_up_with_its_reason(store: WorkspaceStore) -> None:
    worker = Trying(failing(Permanent("access_denied")))  # type: ignore[arg-type]  # any text
    async with running(store, worker, FakeClock()), asyncio.timeout(10):
        while not await store.work.abandoned(Queue.SENDER, limit=1):  # noqa: ASYNC110 - a store has no feed
            await asyncio.sleep(0)

    (given_up,) = await store.work.abandoned(Queue.SENDER, limit=1)
    assert given_up.outcome == "access_denied"


async def test_an_attempt_that_is_cut_off_leaves_its_work_uncertain(store: WorkspaceStore) -> None:
    hanging, before = Hanging(Done), asyncio.all_tasks()
    async with running(store, hanging, FakeClock()), asyncio.timeout(10):
        await hanging.tried.wait()
    assert asyncio.all_tasks() <= before

    clock = FakeClock()
    clock.move(timedelta(minutes=1))
    (claim,) = await store.work.claim(Queue.SENDER, now=clock.now(), lease=timedelta(seconds=30), limit=1)
    assert claim.uncertain


async def test_an_ending_that_cannot_be_recorded_is_logged_and_the_rest_goes_on(
    store: WorkspaceStore, capfd: pytest.CaptureFixture[str]
) -> None:
    other = Work(WorkId("b" * 32), Queue.SENDER, {}, FakeClock().now())
    await store.commit(store.work.adding(other))
    worker = Trying(lambda: Done(writes=[Foreign()]), Done)
    clock = FakeClock()
    async with running(store, worker, clock), asyncio.timeout(10):
        while (await store.work.backlog(Queue.SENDER, now=clock.now())).waiting > 1:  # noqa: ASYNC110 - a store has no feed
            await asyncio.sleep(0)

    (left,) = await store.work.claim(Queue.SENDER, now=clock.now() + LEASE, lease=LEASE, limit=2)
    said = capfd.readouterr().out
    assert left.uncertain
    assert "ending_not_recorded" in said
    assert left.work.id in said


async def test_a_clock_that_jumps_does_not_make_us_do_the_same_twice_at_once(store: WorkspaceStore) -> None:
    worker, clock = Slowly(Done), FakeClock()
    async with running(store, worker, clock) as loop, asyncio.timeout(10):
        await worker.tried.wait()
        clock.move(timedelta(hours=1))
        loop.wake()
        while (await store.work.next_due(Queue.SENDER) or clock.now()) <= clock.now():  # noqa: ASYNC110 - a store has no feed
            await asyncio.sleep(0)
        worker.may_end.set()
        while len(worker.claims) < 2:  # noqa: ASYNC110 - counted by the loop
            await asyncio.sleep(0)

    assert worker.most_at_once == 1
    assert worker.claims[1].uncertain


async def test_what_is_claimed_long_after_it_was_due_may_have_been_done_by_another_life(
    store: WorkspaceStore,
) -> None:
    worker, clock = Trying(Done), FakeClock()
    clock.move(timedelta(minutes=11))
    async with running(store, worker, clock), asyncio.timeout(10):
        await worker.tried.wait()

    assert worker.claims[0].uncertain


async def test_what_is_claimed_in_time_was_never_done_before(store: WorkspaceStore) -> None:
    worker, clock = Trying(Done), FakeClock()
    clock.move(timedelta(minutes=9))
    async with running(store, worker, clock), asyncio.timeout(10):
        await worker.tried.wait()

    assert not worker.claims[0].uncertain
