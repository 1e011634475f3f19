"""Somebody has the database's password: whatever they do to the audit log, its first wrong row is named."""

import base64
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain.identifiers import WorkspaceId
from bot.sandbox.run import ANA
from storage.chain import COLUMNS, hash_of
from storage.crypto import Cipher
from storage.database import Database, open_database
from storage.postgres import PostgresDatabase
from storage.store import WorkspaceStore
from storage.writes import Value, Write
from tests.integration.storage.samples import CIPHER, an_entry
from tests.scenario.overture_process import run_overture, world

LENGTH = 7
EVERY = range(1, LENGTH + 1)
ASIDE = 1_000
_names = itertools.count()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = open_database(url)
    await database.start()
    try:
        await open_up(database)
        yield database
    finally:
        await database.close()


async def open_up(database: Database) -> None:
    """Take the triggers away that refuse changes."""
    drop = ["DROP TRIGGER audit_refuses_update", "DROP TRIGGER audit_refuses_delete"]
    if isinstance(database, PostgresDatabase):
        drop = ["DROP TRIGGER audit_refuses ON audit"]
    await database.apply([Write(one, {"workspace_id": "-"}, summary="drop") for one in drop])


class Log:
    """A log of seven rows in a workspace of its own, and what can be done to it."""

    def __init__(self, database: Database, workspace_id: str = "", cipher: Cipher = CIPHER) -> None:
        self.database = database
        self.workspace_id = workspace_id or f"T{next(_names)}"
        self.store = WorkspaceStore(database, WorkspaceId(self.workspace_id), cipher)

    async def filled(self) -> "Log":
        entries = (an_entry(f"action-{number}", f"invitation:{number}") for number in EVERY)
        await self.store.commit(*(self.store.audit.appending(one) for one in entries))
        return self

    async def run(self, *statements: str, **params: Value) -> None:
        here: dict[str, Value] = {"workspace_id": self.workspace_id, **params}
        await self.database.apply([Write(one, here, summary="tamper") for one in statements])

    async def hashes(self) -> list[str]:
        """Return the hash after each number of rows, the one of no row first."""
        query = "SELECT hash FROM audit WHERE workspace_id = :workspace_id ORDER BY number"
        rows = await self.database.fetch(query, {"workspace_id": self.workspace_id})
        return ["", *(row["hash"] for row in rows)]

    async def head_is(self, number: int, digest: str) -> None:
        change = "UPDATE audit_heads SET number = :number, hash = :hash WHERE workspace_id = :workspace_id"
        await self.run(change, number=number, hash=digest)

    async def renumber(self, first: int, by: int) -> None:
        """Move all rows from `first` on; by way of numbers nobody has, because each may be there once."""
        where = "WHERE workspace_id = :workspace_id AND number >= :first"
        await self.run(
            f"UPDATE audit SET number = number + {ASIDE} {where}",
            f"UPDATE audit SET number = number - {ASIDE} + :by WHERE workspace_id = :workspace_id "
            f"AND number >= {ASIDE}",
            first=first,
            by=by,
        )

    async def recompute(self, first: int) -> str:
        """Give every row from `first` on the hash that it has to have; return the last one."""
        query = "SELECT * FROM audit WHERE workspace_id = :workspace_id ORDER BY number"
        previous = (await self.hashes())[first - 1]
        for row in (await self.database.fetch(query, {"workspace_id": self.workspace_id}))[first - 1 :]:
            previous = hash_of(previous, {column: row[column] for column in COLUMNS})
            change = "UPDATE audit SET hash = :hash WHERE workspace_id = :workspace_id AND number = :number"
            await self.run(change, hash=previous, number=row["number"])
        return previous

    async def broken(self) -> int | None:
        return await self.store.audit.first_broken()


AT = "WHERE workspace_id = :workspace_id AND number = :number"
CHANGES = (
    "at = at + 1",
    "at = 0",
    "actor = 'U0EVE'",
    "actor = ''",
    "action = action || ' '",
    "subject = 'invitation:0'",
    "details = '{}'",
    "details = details || ' '",
    "hash = ''",
    "hash = 'x'",
    "hash = upper(hash)",
)


async def test_nothing_done_nothing_broken(database: Database) -> None:
    assert await (await Log(database).filled()).broken() is None


@pytest.mark.parametrize("change", CHANGES)
async def test_every_altered_row_is_named(database: Database, change: str) -> None:
    for number in EVERY:
        log = await Log(database).filled()
        await log.run(f"UPDATE audit SET {change} {AT}", number=number)

        assert await log.broken() == number


async def test_every_dropped_row_and_every_gap_is_named(database: Database) -> None:
    for first, last in itertools.combinations_with_replacement(EVERY, 2):
        log = await Log(database).filled()
        between = "number >= :first AND number <= :last"
        drop = f"DELETE FROM audit WHERE workspace_id = :workspace_id AND {between}"
        await log.run(drop, first=first, last=last)

        assert await log.broken() == first


async def test_a_gap_that_was_closed_by_counting_anew_is_named(database: Database) -> None:
    for number in EVERY[:-1]:
        log = await Log(database).filled()
        await log.run(f"DELETE FROM audit {AT}", number=number)
        await log.renumber(number + 1, by=-1)

        assert await log.broken() == number


async def test_every_two_rows_that_changed_places_are_named(database: Database) -> None:
    for one, other in itertools.combinations(EVERY, 2):
        log = await Log(database).filled()
        move = "UPDATE audit SET number = {} WHERE workspace_id = :workspace_id AND number = {}"
        await log.run(move.format(ASIDE, one), move.format(one, other), move.format(other, ASIDE))

        assert await log.broken() == one


@pytest.mark.parametrize("digest", ["hash of its own", "hash that fits"])
async def test_every_row_put_in_between_is_named(database: Database, digest: str) -> None:
    """Where the row's own hash fits, the next row's does not any more, nor what the head says of the last."""
    for number in EVERY:
        log = await Log(database).filled()
        before = (await log.hashes())[number - 1]
        await log.renumber(number, by=1)
        row: dict[str, Value] = {
            "workspace_id": log.workspace_id,
            "number": number,
            "at": 1,
            "actor": ANA,
            "action": "approve",
            "subject": "invitation:0",
            "details": "{}",
        }
        fits = digest == "hash that fits"
        await log.run(INSERT, **(row | {"hash": hash_of(before, row) if fits else "0" * 64}))

        assert await log.broken() == (min(number + 1, LENGTH) if fits else number)


INSERT = """
    INSERT INTO audit (workspace_id, number, at, actor, action, subject, details, hash)
    VALUES (:workspace_id, :number, :at, :actor, :action, :subject, :details, :hash)
"""

HeadMove = Callable[[Log, int], Awaitable[None]]


async def head_left(log: Log, number: int) -> None:
    """The head still tells of all rows."""


async def head_moved(log: Log, number: int) -> None:
    """The head tells of the rows that are left, with their right hash."""
    await log.head_is(number, (await log.hashes())[number])


async def head_moved_and_seal_kept(log: Log, number: int) -> None:
    """As before, under the seal of the true head."""
    seal = await seal_of(log)
    await log.head_is(number, f"{(await log.hashes())[number]} {seal}")


async def head_gone(log: Log, number: int) -> None:
    await log.run("DELETE FROM audit_heads WHERE workspace_id = :workspace_id")


async def seal_of(log: Log) -> str:
    query = "SELECT hash FROM audit_heads WHERE workspace_id = :workspace_id"
    (row,) = await log.database.fetch(query, {"workspace_id": log.workspace_id})
    return str(row["hash"].partition(" ")[2])


@pytest.mark.parametrize("move", [head_left, head_moved, head_moved_and_seal_kept])
async def test_every_end_that_was_cut_off_is_named_whatever_was_done_to_the_head(
    database: Database, move: HeadMove
) -> None:
    for left in range(LENGTH):
        log = await Log(database).filled()
        cut = "DELETE FROM audit WHERE workspace_id = :workspace_id AND number > :left"
        await log.run(cut, left=left)
        await move(log, left)

        assert await log.broken() == left + 1


@pytest.mark.parametrize("move", [head_moved, head_moved_and_seal_kept])
async def test_a_head_that_was_moved_back_below_rows_that_are_still_there_is_named(
    database: Database, move: HeadMove
) -> None:
    for number in range(LENGTH):
        log = await Log(database).filled()
        await move(log, number)

        assert await log.broken() == number + 1


async def test_a_head_that_is_gone_is_named_by_the_first_row(database: Database) -> None:
    log = await Log(database).filled()
    await head_gone(log, 0)

    assert await log.broken() == 1


@pytest.mark.parametrize("seal", ["none", "the old one", "of another workspace"])
async def test_a_log_written_anew_from_any_row_on_head_and_all_is_not_whole(
    database: Database, seal: str
) -> None:
    """Every hash fits. What is missing is the key, so no row can be named but the end."""
    for number in EVERY:
        log, other = await Log(database).filled(), await Log(database).filled()
        seals = {"none": "", "the old one": await seal_of(log), "of another workspace": await seal_of(other)}
        await log.run(f"UPDATE audit SET actor = 'U0EVE' {AT}", number=number)
        last = await log.recompute(number)
        await log.head_is(LENGTH, f"{last} {seals[seal]}")

        assert await log.broken() == LENGTH + 1


async def test_the_log_goes_on_being_whole_while_its_key_is_replaced(database: Database) -> None:
    old, new = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
    before = await Log(database, "T0KEYS", Cipher([old])).filled()
    during = Log(database, "T0KEYS", Cipher([new, old]))
    assert await before.broken() is None
    assert await during.broken() is None

    await during.store.commit(during.store.audit.appending(an_entry("later")))

    assert await Log(database, "T0KEYS", Cipher([new])).broken() is None


async def test_the_command_says_whether_the_log_is_whole_and_which_row_is_not(
    url: str, tmp_path: Path
) -> None:
    async with world(url) as here:
        team_id = here.box.slack.workspace.team_id
        (key,) = (one.get_secret_value() for one in here.box.settings.encryption_keys)
        database = open_database(url)
        await database.start()
        await open_up(database)
        log = await Log(database, team_id, Cipher([key])).filled()
        whole = await run_overture("audit", "verify", cwd=tmp_path, env=here.bot.env)
        hashes = await log.hashes()
        await log.run(f"UPDATE audit SET actor = 'U0EVE' {AT}", number=4)
        broken = await run_overture("audit", "verify", cwd=tmp_path, env=here.bot.env)
        await log.head_is(LENGTH, await log.recompute(4))
        forged = await run_overture("audit", "verify", cwd=tmp_path, env=here.bot.env)
        await database.close()

    assert (whole.status, whole.err) == (0, "")
    assert whole.out == f"The audit log is whole: {LENGTH} rows.\nThe hash of the last one is {hashes[-1]}\n"
    assert broken.status == 1
    assert broken.err.startswith(
        "Row 4 of the audit log is the first that was altered, dropped, swapped or cut"
    )
    assert forged.status == 1
    assert "the end after row 7 is not the one Overture wrote" in forged.err
