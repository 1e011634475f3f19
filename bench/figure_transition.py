"""
A durable transition, 16 at once: one read, then next state, audit entry and message in one transaction.

The floors do the same reads and writes in the same tables by hand: sqlite3 on one thread with one commit
each, and asyncpg over eight connections. Neither chains its audit entries, as ours does.
"""

import asyncio
import itertools
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from bot.domain.identifiers import InvitationId, WorkspaceId
from bot.ports.clock import Clock, SystemClock
from bot.ports.store import AuditEntry
from bot.ports.work import Queue, Work
from bot.services.changes import new_work_id
from run_with import Effort
from slack_requests import TEAM
from storage.crypto import Cipher
from storage.database import Database, open_database
from storage.migrations import migrate
from storage.rows import to_json
from storage.store import WorkspaceStore
from table import Row, Samples, at_least
from tests.builders import an_invitation
from tests.databases import create_database, drop_database, url_of

WHAT = ("durable transition, SQLite, 16 at once", "durable transition, PostgreSQL, 16 at once")
AT_ONCE = 16
EACH_ROUND = 4000
CONNECTIONS = 8
KEY = "c2FuZGJveC1zYW5kYm94LXNhbmRib3gtc2FuZGJveCE="

READ = "SELECT * FROM invitations WHERE workspace_id = {} AND id = {}"
CHANGE = """
    UPDATE invitations SET version = version + 1, status = 'awaiting_approval', comment = {}
     WHERE workspace_id = {} AND id = {} AND version = {}
"""
AUDIT = """
    INSERT INTO audit (workspace_id, number, at, actor, action, subject, details, hash)
    VALUES ({}, {}, 0, 'U0ANA', 'invitation.comment', {}, '{{}}', '')
"""
TELL = """
    INSERT INTO work (workspace_id, id, queue, lane, key, payload, due_at)
    VALUES ({}, {}, 'outbox', 'C0PARTNERS', '', {}, 0)
"""
PAYLOAD = {
    "kind": "card",
    "place": "team",
    "invitation_id": "0" * 16,
    "facts": {"status": "awaiting_approval"},
}


@dataclass
class Ours:
    """The store as the bot uses it."""

    store: WorkspaceStore
    clock: Clock
    ids: list[InvitationId]

    async def transition(self, task: int) -> None:
        before = await self.store.invitations.get(self.ids[task])
        assert before is not None
        now = self.clock.now()
        entry = AuditEntry(now, "U0ANA", "invitation.comment", f"invitation:{before.id}", {})
        await self.store.commit(
            self.store.invitations.replacing(before, before),
            self.store.audit.appending(entry),
            self.store.work.adding(Work(new_work_id(), Queue.OUTBOX, PAYLOAD, now, lane="C0PARTNERS")),
        )


@asynccontextmanager
async def store_on(url: str) -> AsyncIterator[Ours]:
    """Yield a store with some invitations in it."""
    database: Database = open_database(url)
    await database.start()
    clock = SystemClock()
    store = WorkspaceStore(database, WorkspaceId(TEAM), Cipher([KEY]), clock=clock)
    ids = [InvitationId(f"{count:016d}") for count in range(AT_ONCE)]
    try:
        for one in ids:
            await store.commit(store.invitations.adding(an_invitation(id=one), key=one))
        yield Ours(store, clock, ids)
    finally:
        await database.close()


async def at_once(transition: Callable[[int], Awaitable[None]], number: int) -> float:
    """Let tasks, each with an invitation of its own, make `number` transitions; return how many a second."""
    left = iter(range(number))

    async def some(task: int) -> None:
        for _ in left:
            await transition(task)

    started = time.perf_counter()
    await asyncio.gather(*map(some, range(AT_ONCE)))
    return number / (time.perf_counter() - started)


def blocking(path: Path, ids: list[InvitationId], numbers: Iterator[int], number: int) -> float:
    """Make `number` transitions on one thread, one commit each; return how many a second."""
    read, change, audit, outbox = (one.format(*"?" * 9) for one in (READ, CHANGE, AUDIT, TELL))
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            database.execute(f"PRAGMA {pragma}")
        database.row_factory = sqlite3.Row
        started = time.perf_counter()
        for count in range(number):
            one = ids[count % len(ids)]
            row = database.execute(read, (TEAM, one)).fetchone()
            database.execute("BEGIN IMMEDIATE")
            database.execute(change, (row["comment"], TEAM, one, row["version"]))
            database.execute(audit, (TEAM, -next(numbers), f"invitation:{one}"))
            database.execute(outbox, (TEAM, new_work_id(), to_json(PAYLOAD)))
            database.execute("COMMIT")
        return number / (time.perf_counter() - started)


class ByHand:
    """asyncpg in five round trips and one for the read."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", ids: list[InvitationId]) -> None:
        self.pool = pool
        self.ids = ids
        self.numbers = itertools.count(1)
        dollars = [f"${count}" for count in range(1, 5)]
        self.read, self.change, self.audit, self.outbox = (
            one.format(*dollars) for one in (READ, CHANGE, AUDIT, TELL)
        )

    async def transition(self, task: int) -> None:
        one = self.ids[task]
        async with self.pool.acquire() as connection:
            row = await connection.fetchrow(self.read, TEAM, one)
            assert row is not None
            async with connection.transaction():
                await connection.execute(self.change, row["comment"], TEAM, one, row["version"])
                await connection.execute(self.audit, TEAM, -next(self.numbers), f"invitation:{one}")
                await connection.execute(self.outbox, TEAM, new_work_id(), to_json(PAYLOAD))


async def _nothing_to_reset(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """As ours does: five round trips are five."""


async def measure(effort: Effort) -> list[Row]:
    """Return transitions a second on both databases."""
    return [await _sqlite(effort), *await _postgres(effort)]


async def _sqlite(effort: Effort) -> Row:
    number = effort.times(EACH_ROUND)
    mine: list[float] = []
    bare: list[float] = []
    with TemporaryDirectory() as folder:
        path, other = Path(folder, "ours.db"), Path(folder, "floor.db")
        for one in (path, other):
            await migrate(f"sqlite:///{one}")
        async with store_on(f"sqlite:///{other}") as filled:
            ids = filled.ids
        numbers = itertools.count(1)
        async with store_on(f"sqlite:///{path}") as ours:
            await at_once(ours.transition, AT_ONCE * 4)
            for _ in range(effort.rounds):
                mine.append(await at_once(ours.transition, number))
                bare.append(await asyncio.to_thread(blocking, other, ids, numbers, number))
    return Row(
        WHAT[0],
        Samples(mine, "/s"),
        "at least 1.5",
        at_least(1.5),
        Samples(bare, "/s"),
        "blocking sqlite3, one commit each",
    )


async def _postgres(effort: Effort) -> list[Row]:
    number = effort.times(EACH_ROUND)
    mine: list[float] = []
    bare: list[float] = []
    names = [await create_database(), await create_database()]
    try:
        url, other = map(url_of, names)
        for one in (url, other):
            await migrate(one)
        async with store_on(other) as filled:
            ids = filled.ids
        pool = await asyncpg.create_pool(
            other, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=_nothing_to_reset
        )
        async with store_on(url) as ours, pool:
            by_hand = ByHand(pool, ids)
            for transition in (ours.transition, by_hand.transition):
                await at_once(transition, AT_ONCE * 4)
            for _ in range(effort.rounds):
                mine.append(await at_once(ours.transition, number))
                bare.append(await at_once(by_hand.transition, number))
    finally:
        for name in names:
            await drop_database(name)
    return [
        Row(
            WHAT[1],
            Samples(mine, "/s"),
            "at least 0.8",
            at_least(0.8),
            Samples(bare, "/s"),
            "asyncpg by hand, 8 connections",
        )
    ]
