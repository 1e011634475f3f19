import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database, open_database
from storage.migrations import migrate, migrations_pending
from storage.shape import NEWEST, is_up_to_date
from storage.store import WorkspaceStore
from tests import databases
from tests.integration.storage.samples import CIPHER, HERE

MIGRATE = "import asyncio, sys; from storage.migrations import migrate; asyncio.run(migrate(sys.argv[1]))"


@pytest.fixture
async def url(kind: str, tmp_path: Path) -> AsyncIterator[str]:
    async with databases.empty(kind, tmp_path) as found:
        yield found


async def open_and_use(url: str) -> None:
    database: Database = open_database(url)
    await database.start()
    store = WorkspaceStore(database, HERE, CIPHER)
    await store.commit(store.notes.setting("a", "x"))
    assert await store.notes.get("a") == "x"
    await database.close()


async def test_an_empty_database_is_brought_to_the_newest_shape(url: str) -> None:
    assert (await migrations_pending(url))[0] == "0001"

    await migrate(url)

    assert await migrations_pending(url) == []
    await open_and_use(url)


async def test_the_newest_shape_is_known_without_loading_the_migrations(url: str) -> None:
    revisions = await migrations_pending(url)
    before = await is_up_to_date(url)
    await migrate(url)

    assert before is False
    assert await is_up_to_date(url)
    assert revisions[-1] == NEWEST


async def test_migrating_twice_keeps_what_is_there(url: str) -> None:
    await migrate(url)
    await open_and_use(url)

    await migrate(url)

    assert await migrations_pending(url) == []


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_looking_for_pending_migrations_creates_no_file(url: str, tmp_path: Path) -> None:
    await migrations_pending(url)

    assert os.listdir(tmp_path) == []


async def test_processes_that_migrate_at_once_take_turns(url: str) -> None:
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-W", "error", "-c", MIGRATE, url)
        for _ in range(3)
    ]

    assert [await process.wait() for process in started] == [0, 0, 0]
    assert await migrations_pending(url) == []
    await open_and_use(url)
