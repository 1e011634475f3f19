"""Services on a real store, between fakes."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.domain.identifiers import WorkspaceId
from bot.ports.store import Write
from storage.crypto import Cipher
from storage.database import Database, open_database
from storage.migrations import migrate
from storage.store import WorkspaceStore
from tests.fakes import FakeClock

HERE = WorkspaceId("T0HERE")
CIPHER = Cipher(["a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="])


class FallibleStore(WorkspaceStore):
    """A real store, whose next commits fail with what a test puts into `failures`."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        super().__init__(database, HERE, CIPHER, clock=clock)
        self.failures: list[Exception] = []

    async def commit(self, *writes: Write) -> None:
        if self.failures:
            raise self.failures.pop(0)
        await super().commit(*writes)


NewStore = Callable[[FakeClock], AbstractAsyncContextManager[FallibleStore]]


@pytest.fixture
async def new_store(tmp_path: Path) -> NewStore:
    """Opens as many fresh stores as a test asks for."""
    template = tmp_path / "template.db"
    await migrate(f"sqlite:///{template}")
    made = iter(range(1_000_000))

    @asynccontextmanager
    async def opened(clock: FakeClock) -> AsyncIterator[FallibleStore]:
        path = tmp_path / f"{next(made)}.db"
        shutil.copyfile(template, path)
        database = open_database(f"sqlite:///{path}")
        await database.start()
        try:
            yield FallibleStore(database, clock)
        finally:
            await database.close()
            path.unlink()

    return opened


@pytest.fixture
async def store(new_store: NewStore) -> AsyncIterator[FallibleStore]:
    async with new_store(FakeClock()) as opened:
        yield opened
