"""
Looks into a database and leaves no trace there: for whoever checks an installation, beside a bot at work.

On SQLite a second connection that writes can damage the database (see `sqlite.py`), and even one that reads
leaves files beside it.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Protocol

import asyncpg

from bot.ports.failures import Temporary
from storage.database import NOTHING, Database, kind_of, sqlite_path
from storage.postgres import translate as for_postgres
from storage.rows import Row
from storage.sqlite_batches import is_passing
from storage.sqlite_batches import translate as for_sqlite
from storage.writes import Params, Write

_PATIENCE_SECONDS = 5.0

_UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class NotADatabase(Exception):
    """The file is something else, or damaged."""


class Onlooker(Database, Protocol):
    """A database of which nothing is known yet. `apply` raises `PermissionError`."""

    async def start(self) -> None:
        """Open it. Raises `Temporary`, `NotADatabase`."""

    async def has_table(self, name: str) -> bool: ...


def onlooker(url: str) -> Onlooker:
    """Return what looks into the database that `url` names. Raises `ValueError` for another kind."""
    if kind_of(url) == "sqlite":
        return SqliteOnlooker(Path(sqlite_path(url)))
    return PostgresOnlooker(url)


class SqliteOnlooker:
    """Opens the file for each question, since somebody may begin to write at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def start(self) -> None:
        await self.has_table("alembic_version")

    async def close(self) -> None:
        pass

    async def fetch(self, sql: str, params: Params = NOTHING) -> Sequence[Row]:
        try:
            return await asyncio.to_thread(_asked, self._path, for_sqlite(sql), params)
        except sqlite3.Error as error:
            if is_passing(error):
                raise Temporary(f"SQLite: {error}") from error
            raise NotADatabase(str(error)) from error

    async def apply(self, batch: Sequence[Write]) -> list[Sequence[Row]]:
        raise _only_looking(batch)

    async def has_table(self, name: str) -> bool:
        return bool(await self.fetch("SELECT 1 FROM sqlite_master WHERE name = :name", {"name": name}))


class PostgresOnlooker:
    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def start(self) -> None:
        try:
            self._connection = await asyncpg.connect(
                self._url, timeout=_PATIENCE_SECONDS, command_timeout=_PATIENCE_SECONDS
            )
            await self._connection.execute("SET default_transaction_read_only = on")
        except _UNREACHABLE as error:
            raise Temporary(f"PostgreSQL: {type(error).__name__}") from error

    async def close(self) -> None:
        if self._connection is not None:
            with suppress(*_UNREACHABLE):
                await self._connection.close(timeout=1)

    async def fetch(self, sql: str, params: Params = NOTHING) -> Sequence[Row]:
        if self._connection is None:
            raise Temporary("the database is not open")
        native, names = for_postgres(sql)
        async with self._one_at_a_time:
            try:
                return await self._connection.fetch(native, *(params[name] for name in names))
            except _UNREACHABLE as error:
                raise Temporary(f"PostgreSQL: {type(error).__name__}") from error

    async def apply(self, batch: Sequence[Write]) -> list[Sequence[Row]]:
        raise _only_looking(batch)

    async def has_table(self, name: str) -> bool:
        rows = await self.fetch("SELECT to_regclass(:name) IS NOT NULL AS there", {"name": name})
        return bool(rows[0]["there"])


async def applied_revision(database: Onlooker) -> str | None:
    """Return the last revision that was applied; None for a database without our tables."""
    if not await database.has_table("alembic_version"):
        return None
    rows = await database.fetch("SELECT version_num FROM alembic_version")
    return str(rows[0]["version_num"]) if rows else None


def _asked(path: Path, sql: str, params: Params) -> Sequence[Row]:
    with closing(_opened(path)) as connection:
        return connection.execute(sql, params).fetchall()


def _opened(path: Path) -> sqlite3.Connection:
    """
    Open the file for reading.

    In WAL mode that makes `-wal` and `-shm` files, which stay. Where nobody has the database open there are
    none, and SQLite may be told that the file does not change (sqlite.org/uri.html, "immutable").
    """
    in_use = any(path.with_name(path.name + end).exists() for end in ("-wal", "-journal"))
    address = f"{path.absolute().as_uri()}?mode=ro{'' if in_use else '&immutable=1'}"
    connection = sqlite3.connect(
        address, uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    return connection


def _only_looking(batch: Sequence[Write]) -> PermissionError:
    return PermissionError(f"an onlooker writes nothing: {', '.join(write.summary for write in batch)}")
