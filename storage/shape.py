"""Whether a database has the newest shape, without loading what could change it: people wait for a start."""

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.database import kind_of, sqlite_path

NEWEST = "0001"
"""The newest migration."""

_APPLIED = "SELECT version_num FROM alembic_version"


async def is_up_to_date(url: str) -> bool:
    """Return whether it is. False also where that cannot be told: `migrations_pending` then says why."""
    if kind_of(url) == "sqlite":
        return _applied_to_file(sqlite_path(url)) == NEWEST
    return await _applied_to_server(url) == NEWEST


def _applied_to_file(path: str) -> object:
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as file:
            return file.execute(_APPLIED).fetchone()[0]
    except sqlite3.Error:
        return None


async def _applied_to_server(url: str) -> object:
    import asyncpg

    try:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(_APPLIED)
        finally:
            await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None
