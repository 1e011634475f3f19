"""Looking into a database changes nothing, neither in it nor beside it."""

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot.ports.failures import Temporary
from storage.crypto import Cipher
from storage.database import Database
from storage.key_file import key_beside
from storage.newest import newest_revision
from storage.notes import Notes
from storage.onlooker import NotADatabase, Onlooker, applied_revision, onlooker
from storage.secrets import unreadable, workspaces_with
from storage.store import WorkspaceStore
from tests import databases
from tests.integration.storage.samples import CIPHER, HERE


@asynccontextmanager
async def looking_into(url: str) -> AsyncIterator[Onlooker]:
    looking = onlooker(url)
    await looking.start()
    try:
        yield looking
    finally:
        await looking.close()


async def test_what_is_written_meanwhile_is_seen(url: str, store: WorkspaceStore) -> None:
    async with looking_into(url) as looking:
        await store.commit(store.notes.setting("checkpoint", "7"))

        assert await Notes(looking, HERE).get("checkpoint") == "7"


async def test_nothing_can_be_written(url: str, store: WorkspaceStore) -> None:
    async with looking_into(url) as looking:
        with pytest.raises(PermissionError):
            await looking.apply([Notes(looking, HERE).setting("checkpoint", "8")])
        with pytest.raises((Temporary, NotADatabase)):
            await looking.fetch("INSERT INTO notes (workspace_id, name, value) VALUES ('T', 'a', 'b')")

    assert await store.notes.get("checkpoint") is None


async def test_the_last_step_that_was_applied_is_told(url: str) -> None:
    async with looking_into(url) as looking:
        assert await applied_revision(looking) == newest_revision()


async def test_a_database_without_our_tables_has_no_step(kind: str, tmp_path: Path) -> None:
    async with databases.empty(kind, tmp_path) as url:
        made = sqlite3.connect(url.removeprefix("sqlite:///")) if kind == "sqlite" else None
        if made:
            made.execute("CREATE TABLE of_others (value TEXT)")
            made.close()
        async with looking_into(url) as looking:
            assert await applied_revision(looking) is None


async def test_secrets_without_their_key_are_named(url: str, store: WorkspaceStore, tmp_path: Path) -> None:
    await store.commit(store.secrets.setting("sign_in", "something"))
    async with looking_into(url) as looking:
        assert await unreadable(looking, CIPHER) == []
        assert await unreadable(looking, Cipher([key_beside(tmp_path / "other.db")])) == ["sign_in"]
        assert await workspaces_with(looking, "sign_in") == [HERE]


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
async def test_a_file_nobody_has_open_stays_as_it_is_and_alone(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "overture.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute(f"PRAGMA journal_mode = {mode}")
        made.execute("CREATE TABLE notes (value TEXT)")
    before = path.read_bytes()

    async with looking_into(f"sqlite:///{path}") as looking:
        assert await looking.has_table("notes")
    assert os.listdir(tmp_path) == ["overture.db"]
    assert path.read_bytes() == before


async def test_another_file_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "overture.db"
    path.write_text("Minutes of a meeting, which is longer than the header of a database would be.\n" * 20)

    with pytest.raises(NotADatabase):
        await onlooker(f"sqlite:///{path}").start()


@pytest.mark.parametrize("url", ["sqlite:////nowhere/a.db", "postgresql://overture@127.0.0.1:9/overture"])
async def test_a_database_out_of_reach_is_temporary(url: str) -> None:
    with pytest.raises(Temporary):
        await onlooker(url).start()


async def test_a_database_is_looked_into_while_somebody_writes(url: str, database: Database) -> None:
    async with looking_into(url) as looking:
        store = WorkspaceStore(database, HERE, CIPHER)
        for number in range(20):
            await store.commit(store.notes.setting("number", str(number)))
            assert await Notes(looking, HERE).get("number") == str(number)
