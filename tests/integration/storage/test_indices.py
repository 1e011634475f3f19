"""No query walks through a whole table, or through another workspace's rows."""

from collections.abc import Sequence

import pytest

from storage.database import NOTHING, Database
from storage.rows import Row
from storage.store import WorkspaceStore
from storage.writes import Params, Write, statements
from tests.integration.storage.samples import CIPHER, HERE
from tests.integration.storage.test_workspaces import READS, fill

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])

MADE_ON_THE_WAY = frozenset(
    {"json_each", "waiting_lanes", "heads", "candidates", "firsts", "CONSTANT", "(subquery"}
)
"""What a query makes for itself, and holds no more than it found by an index."""


class Listening:
    """A database that remembers what it was asked."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.heard: dict[str, Params] = {}

    async def start(self) -> None:
        await self.database.start()

    async def close(self) -> None:
        await self.database.close()

    async def fetch(self, sql: str, params: Params = NOTHING) -> Sequence[Row]:
        self.heard[sql] = params
        return await self.database.fetch(sql, params)

    async def apply(self, batch: Sequence[Write]) -> list[Sequence[Row]]:
        self.heard |= {one.sql: one.params for one in statements(batch) if not one.chained}
        return await self.database.apply(batch)


async def test_every_statement_searches_by_an_index(database: Database) -> None:
    listening = Listening(database)
    store = WorkspaceStore(listening, HERE, CIPHER)
    await fill(store)
    for read in READS.values():
        await read(store)
    await store.audit.first_broken()

    plans = {
        sql: [row["detail"] for row in await database.fetch(f"EXPLAIN QUERY PLAN {sql}", params)]
        for sql, params in listening.heard.items()
    }

    assert len(plans) > 30
    scanned = {step: sql for sql, plan in plans.items() for step in plan if step.startswith("SCAN")}
    assert {step for step in scanned if step.split()[1] not in MADE_ON_THE_WAY} == set()
    assert not [sql for sql in plans if "workspace_id" not in sql]
