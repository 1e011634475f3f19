"""Several replicas on one PostgreSQL: what only shows when transactions overlap."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from bot.ports.work import Claim, Queue
from storage.store import WorkspaceStore
from tests.integration.storage.samples import HERE, LEASE, NOON, some_work

pytestmark = pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)])

GATE = 7
"""The advisory lock that every update of `work` waits at, once the gate is built."""

BUILD_GATE = f"""
    CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NEW; END $$;
    CREATE TRIGGER gate BEFORE UPDATE ON work FOR EACH ROW EXECUTE FUNCTION gate()
"""

ADD_FIRST = """
    INSERT INTO work (workspace_id, id, queue, lane, key, payload, due_at)
    VALUES ($1, 'first', 'outbox', 'C1', '', '{}', 0)
"""

WAITING = """
    SELECT COUNT(*) FROM pg_locks
     WHERE locktype = 'advisory' AND NOT granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(url)
    yield opened
    await opened.close()


@pytest.fixture
async def slow_replica(url: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(url)
    yield opened
    await opened.close()


async def claim(store: WorkspaceStore) -> Sequence[Claim]:
    return await store.work.claim(Queue.OUTBOX, now=NOON, lease=LEASE, limit=5)


async def until_waiting(connection: asyncpg.Connection, number: int) -> None:
    """Return once this many transactions wait for an advisory lock."""
    async with asyncio.timeout(10):
        while await connection.fetchval(WAITING) < number:
            pass


async def test_work_that_commits_late_does_not_overtake_a_lane_that_is_held(
    store: WorkspaceStore, slow_replica: asyncpg.Connection
) -> None:
    transaction = slow_replica.transaction()
    await transaction.start()
    await slow_replica.execute(ADD_FIRST, HERE)
    second = some_work(lane="C1")
    await store.commit(store.work.adding(second))
    (held,) = await claim(store)
    await transaction.commit()

    assert held.work == second
    assert await claim(store) == []
    await store.commit(store.work.finishing(held))
    assert [one.work.id for one in await claim(store)] == ["first"]


async def test_two_who_claim_in_the_same_instant_never_share_a_lane(
    store: WorkspaceStore, slow_replica: asyncpg.Connection, connection: asyncpg.Connection
) -> None:
    await connection.execute(BUILD_GATE)
    await connection.execute(f"SELECT pg_advisory_lock({GATE})")
    transaction = slow_replica.transaction()
    await transaction.start()
    await slow_replica.execute(ADD_FIRST, HERE)
    await store.commit(store.work.adding(some_work(lane="C1")))

    one = asyncio.create_task(claim(store))
    await until_waiting(connection, 1)
    await transaction.commit()
    other = asyncio.create_task(claim(store))
    await until_waiting(connection, 2)
    await connection.execute(f"SELECT pg_advisory_unlock({GATE})")

    assert len([*await one, *await other]) == 1
