import pytest

from storage.database import Database
from storage.store import WorkspaceStore
from tests.integration.storage.samples import CIPHER, HERE, THERE


@pytest.fixture
def store(database: Database) -> WorkspaceStore:
    return WorkspaceStore(database, HERE, CIPHER)


@pytest.fixture
def other_store(database: Database) -> WorkspaceStore:
    return WorkspaceStore(database, THERE, CIPHER)
