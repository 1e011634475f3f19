import asyncio

import pytest

from bot.domain.identifiers import WorkspaceId
from storage.chain import COLUMNS, hash_of
from storage.database import Database
from storage.postgres import PostgresDatabase
from storage.store import WorkspaceStore
from storage.writes import Value, Write
from tests.integration.storage.samples import CIPHER, HERE, an_entry

LENGTH = 5
EVERY_POSITION = range(1, LENGTH + 1)

SWAP = """
    UPDATE audit SET action = CASE WHEN number = :number THEN CAST(:b AS TEXT) ELSE CAST(:a AS TEXT) END
     WHERE number IN (:number, :second)
"""


def a_store(database: Database, number: int) -> WorkspaceStore:
    """A workspace of its own for each position that is tampered with."""
    return WorkspaceStore(database, WorkspaceId(f"T{number}"), CIPHER)


async def fill(store: WorkspaceStore, length: int = LENGTH) -> None:
    await store.commit(*(store.audit.appending(an_entry(f"action-{number}")) for number in range(length)))


async def open_up(database: Database) -> None:
    """Take the triggers away, as somebody with the database's password could."""
    drop = ["DROP TRIGGER audit_refuses_update", "DROP TRIGGER audit_refuses_delete"]
    if isinstance(database, PostgresDatabase):
        drop = ["DROP TRIGGER audit_refuses ON audit"]
    await database.apply([Write(one, {"workspace_id": HERE}, summary="drop") for one in drop])


async def tamper(database: Database, sql: str, number: int, **params: Value) -> None:
    here: dict[str, Value] = {"workspace_id": f"T{number}", "number": number}
    await database.apply([Write(f"{sql} AND workspace_id = :workspace_id", here | params, summary="tamper")])


async def broken_after(database: Database, sql: str, number: int, **params: Value) -> int | None:
    store = a_store(database, number)
    await fill(store)
    await tamper(database, sql, number, **params)
    return await store.audit.first_broken()


async def test_entries_of_a_subject_come_back_in_order(store: WorkspaceStore) -> None:
    entries = [an_entry("request"), an_entry("approve")]
    other = an_entry("request", "invitation:other")
    await store.commit(*(store.audit.appending(one) for one in (*entries, other)))

    assert await store.audit.of_subject("invitation:aaaaaaaaaaaaaaaa") == entries
    assert await store.audit.first_broken() is None


async def test_an_empty_log_is_whole(store: WorkspaceStore) -> None:
    assert await store.audit.first_broken() is None


async def test_a_batch_that_was_undone_leaves_no_gap(store: WorkspaceStore) -> None:
    await fill(store, 2)
    bad = Write(
        "DELETE FROM notes WHERE workspace_id = :workspace_id", {"workspace_id": HERE}, "x", must_touch=1
    )
    with pytest.raises(Exception, match="x"):
        await store.commit(store.audit.appending(an_entry()), bad)
    await fill(store, 1)

    assert await store.audit.first_broken() is None


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'U0EVE'", "DELETE FROM audit"])
async def test_the_table_refuses_changes(store: WorkspaceStore, database: Database, statement: str) -> None:
    await fill(store, 1)

    with pytest.raises(Exception, match="append-only"):
        await database.apply([Write(statement, {"workspace_id": HERE}, summary="")])

    assert len(await store.audit.of_subject("invitation:aaaaaaaaaaaaaaaa")) == 1


@pytest.mark.parametrize(
    "change",
    ["actor = 'U0EVE'", "action = 'x'", "subject = 'x'", "details = '{}'", "at = at + 1", "hash = 'x'"],
)
async def test_an_altered_row_is_named(database: Database, change: str) -> None:
    await open_up(database)

    sql = f"UPDATE audit SET {change} WHERE number = :number"
    assert [await broken_after(database, sql, number) for number in EVERY_POSITION] == [*EVERY_POSITION]


@pytest.mark.parametrize("which", ["number = :number", "number >= :number"])
async def test_a_dropped_row_and_a_cut_tail_are_named(database: Database, which: str) -> None:
    await open_up(database)

    sql = f"DELETE FROM audit WHERE {which}"
    assert [await broken_after(database, sql, number) for number in EVERY_POSITION] == [*EVERY_POSITION]


async def test_swapped_rows_are_named(database: Database) -> None:
    await open_up(database)

    for number in EVERY_POSITION[:-1]:
        names = {"a": f"action-{number - 1}", "b": f"action-{number}"}
        assert await broken_after(database, SWAP, number, second=number + 1, **names) == number


@pytest.mark.parametrize(("number", "broken"), [(3, 4), (LENGTH, LENGTH)])
async def test_a_row_rewritten_with_its_right_hash_does_not_fit_what_comes_after_it(
    database: Database, number: int, broken: int
) -> None:
    await open_up(database)
    await fill(a_store(database, number))
    rows = await database.fetch("SELECT * FROM audit ORDER BY number")
    forged = {column: rows[number - 1][column] for column in COLUMNS} | {"actor": "U0EVE"}

    change = "UPDATE audit SET actor = 'U0EVE', hash = :hash WHERE number = :number"
    await tamper(database, change, number, hash=hash_of(rows[number - 2]["hash"], forged))

    assert await a_store(database, number).audit.first_broken() == broken


async def test_a_row_beyond_the_head_is_named(database: Database) -> None:
    await fill(a_store(database, 3))
    (third,) = await database.fetch("SELECT hash FROM audit WHERE number = 3")

    change = "UPDATE audit_heads SET number = :number, hash = :hash WHERE number > 0"
    await tamper(database, change, 3, hash=third["hash"])

    assert await a_store(database, 3).audit.first_broken() == 4


async def test_each_workspace_has_its_own_chain(store: WorkspaceStore, other_store: WorkspaceStore) -> None:
    await fill(store)
    await fill(other_store, 2)

    assert await store.audit.first_broken() is None
    assert await other_store.audit.first_broken() is None


async def test_workspaces_that_append_at_once_keep_to_their_own_chains(
    store: WorkspaceStore, other_store: WorkspaceStore
) -> None:
    stores = [store, other_store] * 20

    await asyncio.gather(*(one.commit(one.audit.appending(an_entry())) for one in stores))

    for one in (store, other_store):
        assert len(await one.audit.of_subject(an_entry().subject)) == 20
        assert await one.audit.first_broken() is None
