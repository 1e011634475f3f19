"""A batch happens whole or not at all, alone or among many."""

import asyncio
import os
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from bot.domain.identifiers import SlackUserId
from bot.ports.failures import OutcomeUnknown, Temporary
from bot.ports.store import Draft, Stale, Store
from storage.database import Database, open_database, sqlite_path
from storage.migrations import migrate
from storage.sqlite import SqliteDatabase
from storage.store import WorkspaceStore
from storage.writes import Unstorable, Write
from tests.integration.storage.samples import CIPHER, HERE, NOON, an_entry, an_invitation, some_work

only_sqlite = pytest.mark.parametrize("kind", ["sqlite"])
only_postgres = pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)])


def statement(sql: str) -> Write:
    return Write(sql, {"workspace_id": HERE}, summary=sql.split("(")[0])


def test_the_store_is_what_the_services_ask_for(store: WorkspaceStore) -> None:
    def asks_for(given: Store) -> Store:
        return given

    assert asks_for(store) == store


async def test_a_batch_with_a_stale_write_leaves_nothing_behind(store: WorkspaceStore) -> None:
    invitation = an_invitation()

    with pytest.raises(Stale):
        await store.commit(
            store.notes.setting("first", "x"),
            store.audit.appending(an_entry()),
            store.work.adding(some_work(key="event-1")),
            store.invitations.replacing(invitation, replace(invitation, comment="x")),
        )

    assert await store.notes.get("first") is None
    assert await store.audit.of_subject(an_entry().subject) == []


async def test_of_many_at_once_the_ones_that_fail_fail_alone(store: WorkspaceStore) -> None:
    invitation = an_invitation()

    async def commit(number: int) -> None:
        bad = [store.invitations.replacing(invitation, invitation)] if number % 3 == 0 else []
        await store.commit(store.notes.setting(f"n{number}", "x"), store.audit.appending(an_entry()), *bad)

    outcomes = await asyncio.gather(*(commit(number) for number in range(40)), return_exceptions=True)

    stored = [await store.notes.get(f"n{number}") for number in range(40)]
    assert [isinstance(one, Stale) for one in outcomes] == [number % 3 == 0 for number in range(40)]
    assert [one is None for one in stored] == [number % 3 == 0 for number in range(40)]
    assert len(await store.audit.of_subject(an_entry().subject)) == 26
    assert await store.audit.first_broken() is None


async def test_of_many_who_replace_one_version_at_once_exactly_one_wins(store: WorkspaceStore) -> None:
    invitation = an_invitation()
    await store.commit(store.invitations.adding(invitation, key=""))

    outcomes = await asyncio.gather(
        *(
            store.commit(store.invitations.replacing(invitation, replace(invitation, comment=str(number))))
            for number in range(16)
        ),
        return_exceptions=True,
    )

    winner = await store.invitations.get(invitation.id)
    assert [type(one) for one in outcomes].count(Stale) == 15
    assert winner is not None
    assert outcomes[int(winner.comment)] is None
    assert winner.version == 2


async def test_a_statement_that_makes_no_sense_fails_alone(store: WorkspaceStore, database: Database) -> None:
    bad, good = await asyncio.gather(
        database.apply([statement("SELEKT")]),
        store.commit(store.notes.setting("good", "x")),
        return_exceptions=True,
    )

    assert isinstance(bad, (sqlite3.OperationalError, asyncpg.PostgresSyntaxError))
    assert good is None
    assert await store.notes.get("good") == "x"


async def test_reading_with_a_text_no_database_keeps_is_refused_alike(store: WorkspaceStore) -> None:
    with pytest.raises(Unstorable):
        await store.notes.get("a\0b")


async def test_a_cancelled_waiter_does_not_hold_up_the_others(store: WorkspaceStore) -> None:
    cancelled = asyncio.create_task(store.commit(store.notes.setting("a", "x")))
    other = asyncio.create_task(store.commit(store.notes.setting("b", "x")))
    await asyncio.sleep(0)
    cancelled.cancel()
    await other

    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert await store.notes.get("b") == "x"


async def test_closing_stores_exactly_what_it_reports(url: str) -> None:
    database = open_database(url)
    await database.start()
    store = WorkspaceStore(database, HERE, CIPHER)
    commits = [asyncio.create_task(store.commit(store.notes.setting(f"n{n}", "x"))) for n in range(8)]
    await asyncio.sleep(0)
    await database.close()

    outcomes = await asyncio.gather(*commits, return_exceptions=True)

    with pytest.raises(Temporary):
        await store.notes.get("n0")
    with pytest.raises(Temporary):
        await store.commit(store.notes.setting("late", "x"))
    again = open_database(url)
    await again.start()
    stored = [await WorkspaceStore(again, HERE, CIPHER).notes.get(f"n{n}") for n in range(8)]
    await again.close()
    assert [one is None for one in outcomes] == [one == "x" for one in stored]
    assert {type(one) for one in outcomes} <= {type(None), Temporary}


@only_sqlite
async def test_a_commit_that_fails_fails_every_waiter_by_name(
    store: WorkspaceStore, database: Database
) -> None:
    await database.apply([statement("CREATE TABLE parent (id INTEGER PRIMARY KEY)")])
    reference = "REFERENCES parent DEFERRABLE INITIALLY DEFERRED"
    await database.apply([statement(f"CREATE TABLE child (id INTEGER {reference})")])

    outcomes = await asyncio.gather(
        *(store.commit(store.notes.setting(f"n{n}", "x")) for n in range(5)),
        database.apply([statement("INSERT INTO child VALUES (1)")]),
        return_exceptions=True,
    )

    assert [type(one) for one in outcomes] == [Temporary] * 6
    assert all(f"set note n{n}" in str(outcomes[n]) for n in range(5))
    assert await store.notes.get("n0") is None
    await store.commit(store.notes.setting("n0", "after"))
    assert await store.notes.get("n0") == "after"


@only_sqlite
async def test_a_full_disk_is_temporary_and_loses_nobody(store: WorkspaceStore, database: Database) -> None:
    (pages,) = await database.fetch("SELECT page_count FROM pragma_page_count")
    await database.apply([statement(f"PRAGMA max_page_count = {pages['page_count'] + 3}")])
    big = "x" * 40_000

    outcomes = await asyncio.gather(
        *(store.commit(store.notes.setting(f"n{n}", big)) for n in range(6)), return_exceptions=True
    )
    assert {type(one) for one in outcomes} == {Temporary}

    await database.apply([statement("PRAGMA max_page_count = 100000")])
    await store.commit(store.notes.setting("n0", big))
    assert await store.notes.get("n0") == big


@only_sqlite
async def test_a_locked_file_is_temporary(url: str) -> None:
    database = SqliteDatabase(sqlite_path(url), busy_timeout=timedelta(milliseconds=20))
    await database.start()
    store = WorkspaceStore(database, HERE, CIPHER)
    somebody = sqlite3.connect(sqlite_path(url), isolation_level=None)
    somebody.execute("BEGIN IMMEDIATE")
    with pytest.raises(Temporary, match="locked"):
        await store.commit(store.notes.setting("a", "x"))
    somebody.execute("ROLLBACK")
    somebody.close()

    await store.commit(store.notes.setting("a", "x"))

    assert await store.notes.get("a") == "x"
    await database.close()


@only_sqlite
async def test_the_file_is_as_durable_as_it_must_be(database: Database) -> None:
    (mode,) = await database.fetch("SELECT journal_mode FROM pragma_journal_mode")
    (pragmas,) = await database.apply(
        [
            Write(
                "SELECT s.synchronous, f.foreign_keys FROM pragma_synchronous AS s, pragma_foreign_keys AS f",
                {"workspace_id": HERE},
                summary="",
                returning=True,
            )
        ]
    )

    assert mode["journal_mode"] == "wal"
    assert (pragmas[0]["synchronous"], pragmas[0]["foreign_keys"]) == (2, 1)


@only_sqlite
async def test_a_closed_database_is_a_single_file(url: str) -> None:
    database = open_database(url)
    await database.start()
    store = WorkspaceStore(database, HERE, CIPHER)
    await store.commit(store.notes.setting("a", "x"))
    await database.close()

    folder, name = os.path.split(sqlite_path(url))
    assert os.listdir(folder) == [name]


async def test_a_database_that_is_not_open_says_so(url: str) -> None:
    store = WorkspaceStore(open_database(url), HERE, CIPHER)

    with pytest.raises(Temporary):
        await store.notes.get("a")
    with pytest.raises(Temporary):
        await store.commit(store.notes.setting("a", "x"))


@only_sqlite
async def test_a_file_that_cannot_be_opened_is_temporary(kind: str, tmp_path: Path) -> None:
    database = SqliteDatabase(str(tmp_path / "missing" / "overture.db"))

    with pytest.raises(Temporary):
        await database.start()


@only_sqlite
async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(Temporary, match="readonly"):
        await database.fetch("INSERT INTO notes VALUES ('T1', 'a', 'x')")


@only_postgres
async def test_a_lost_connection_is_temporary_and_the_pool_heals(
    store: WorkspaceStore, database: Database
) -> None:
    await store.commit(store.notes.setting("a", "x"))
    kill = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND backend_type = 'client backend'"
    )

    with pytest.raises(Temporary):
        await database.apply([statement(kill)])

    assert await store.notes.get("a") == "x"


@only_postgres
async def test_a_connection_lost_while_committing_leaves_the_outcome_unknown(
    store: WorkspaceStore, database: Database
) -> None:
    for sql in (
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON drafts DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION die()",
    ):
        await database.apply([statement(sql)])

    with pytest.raises(OutcomeUnknown, match="save draft V1"):
        await store.commit(store.drafts.saving(Draft("V1", SlackUserId("U0ANA"), {}, NOON)))

    assert await store.drafts.get("V1") is None


@only_postgres
async def test_the_url_may_name_a_schema(url: str, database: Database) -> None:
    await database.apply([statement("CREATE SCHEMA overture")])
    in_schema = f"{url}?options=-csearch_path%3Doverture"
    await migrate(in_schema)
    opened = open_database(in_schema)
    await opened.start()
    store = WorkspaceStore(opened, HERE, CIPHER)
    await store.commit(store.notes.setting("a", "x"))
    await opened.close()

    (there,) = await database.fetch("SELECT COUNT(*) AS number FROM overture.notes")
    (elsewhere,) = await database.fetch("SELECT COUNT(*) AS number FROM public.notes")
    assert (there["number"], elsewhere["number"]) == (1, 0)


@only_postgres
async def test_batches_that_lock_in_opposite_order_both_happen(store: WorkspaceStore) -> None:
    await store.commit(store.notes.setting("a", "0"), store.notes.setting("b", "0"))

    async def commit(*names: str) -> None:
        await store.commit(*(store.notes.setting(name, "1") for name in names))

    await asyncio.gather(*(commit("a", "b") if n % 2 else commit("b", "a") for n in range(4)))

    assert await store.notes.get("a") == await store.notes.get("b") == "1"
