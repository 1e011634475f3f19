from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.database import Database, open_database
from storage.store import WorkspaceStore
from tests import databases
from tests.databases import Templates
from tests.integration.storage.samples import CIPHER, HERE, THERE


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    with databases.templates(tmp_path_factory.mktemp("templates")) as made:
        yield made


@pytest.fixture(params=databases.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def url(kind: str, templates: Templates, tmp_path: Path) -> AsyncIterator[str]:
    async with databases.migrated(kind, templates, tmp_path) as found:
        yield found


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = open_database(url)
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
def store(database: Database) -> WorkspaceStore:
    return WorkspaceStore(database, HERE, CIPHER)


@pytest.fixture
def other_store(database: Database) -> WorkspaceStore:
    return WorkspaceStore(database, THERE, CIPHER)
