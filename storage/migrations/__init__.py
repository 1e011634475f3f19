"""The shape of the tables, one step per release, forward only. The only place that imports SQLAlchemy."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage.database import OutOfReach, kind_of, sqlite_path
from storage.newest import NewerDatabase

_LOCK = 0x4F766572
"""The advisory lock two migrating processes meet at on PostgreSQL: "Over" in ASCII."""

_LOCK_TIMEOUT_SECONDS = 60

_UNREACHABLE = (
    OSError,
    OperationalError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)


async def migrate(url: str) -> None:
    """
    Bring the database to the newest shape, in one transaction. Two processes that start at once take turns.

    A SQLite file is created where there is none; a PostgreSQL database must exist.
    """
    async with _connection(url) as connection:
        await connection.run_sync(_upgrade)
        await connection.commit()


async def migrations_pending(url: str) -> list[str]:
    """
    Return the revisions not applied yet, oldest first. Changes nothing and creates no file.

    Raises `OutOfReach` where nobody answers, `NewerDatabase` where a later release has changed it.
    """
    if _has_no_file(url):
        return _revisions()
    async with _connection(url, read_only=True) as connection:
        applied = await connection.run_sync(_applied)
    known = _revisions()
    if applied is None:
        return known
    if applied not in known:
        raise NewerDatabase(applied)
    return known[known.index(applied) + 1 :]


async def is_new(url: str) -> bool:
    """Return whether nothing was ever applied: there is no data to be careful with."""
    return await migrations_pending(url) == _revisions()


def _has_no_file(url: str) -> bool:
    return kind_of(url) == "sqlite" and not Path(sqlite_path(url)).exists()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _revisions() -> list[str]:
    script = ScriptDirectory.from_config(_config())
    return [step.revision for step in reversed(list(script.walk_revisions()))]


def _applied(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@asynccontextmanager
async def _connection(url: str, *, read_only: bool = False) -> AsyncIterator[AsyncConnection]:
    engine = _sqlite(sqlite_path(url), read_only) if kind_of(url) == "sqlite" else _postgres(url)
    try:
        async with engine.connect() as connection:
            yield connection
    except _UNREACHABLE as error:
        raise OutOfReach(str(error)) from error
    finally:
        await engine.dispose()


def _sqlite(path: str, read_only: bool) -> AsyncEngine:
    address = f"{Path(path).absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    engine = create_async_engine(
        "sqlite+aiosqlite://", poolclass=NullPool, async_creator=partial(_opened, address)
    )
    event.listen(engine.sync_engine, "connect", _leave_transactions_to_us)
    event.listen(engine.sync_engine, "begin", partial(_begin, "BEGIN" if read_only else "BEGIN IMMEDIATE"))
    return engine


async def _opened(address: str) -> aiosqlite.Connection:
    """Open a file; where that fails, wait for its thread, which would report to a loop that is closed."""
    connection = aiosqlite.connect(address, uri=True, timeout=_LOCK_TIMEOUT_SECONDS)
    try:
        return await connection
    except sqlite3.Error:
        await asyncio.to_thread(connection._thread.join)
        raise


def _leave_transactions_to_us(driver_connection: Any, _: object) -> None:
    driver_connection.isolation_level = None


def _begin(statement: str, connection: Connection) -> None:
    """Take the write lock before the version is read, so that the second process finds the work done."""
    connection.exec_driver_sql(statement)


def _postgres(url: str) -> AsyncEngine:
    """asyncpg reads the URL itself, so that every option means here what it means to the bot."""
    return create_async_engine(
        "postgresql+asyncpg://",
        poolclass=NullPool,
        async_creator=partial(asyncpg.connect, url, timeout=_LOCK_TIMEOUT_SECONDS),
    )
