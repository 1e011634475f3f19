"""
SQLite: one connection writes, a few read.

All batches that wait at the same moment share one commit, and so one wait for the disk; all reads that wait
share one trip to a reading connection's thread.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import aiosqlite

from bot.ports.failures import Temporary
from storage.database import NOTHING
from storage.gathering import Gathering
from storage.rows import Row
from storage.sqlite_batches import Outcome, Query, Rows, fetch_group, is_passing, not_committed, run_group
from storage.writes import Params, Write, require_storable

T = TypeVar("T")

_READERS = 2
_MOST_READS = 64
_MOST_BATCHES = 256


class _Connection(aiosqlite.Connection):
    """A connection that runs a whole function on its thread: one hop, however many statements."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call] # aiosqlite has no types
        return result

    async def ended(self) -> None:
        """Wait for the thread of a connection that could not be opened; aiosqlite does not."""
        await asyncio.to_thread(self._thread.join)


class SqliteDatabase:
    """
    A SQLite file in WAL mode.

    Only the writing connection ever checkpoints: before 3.51.3 SQLite can corrupt a WAL when two connections
    write or checkpoint at once (sqlite.org/wal.html, "The WAL-Reset Bug").
    """

    def __init__(self, path: str, *, busy_timeout: timedelta = timedelta(seconds=5)) -> None:
        self._path = Path(path)
        self._busy_timeout = busy_timeout
        self._connections: list[_Connection] = []
        self._serving: list[asyncio.Task[None]] = []
        self._reads = Gathering[Query, Sequence[Row]]()
        self._batches = Gathering[Sequence[Write], Rows]()

    async def start(self) -> None:
        try:
            writer = await self._connect(_open_writer)
            readers = [await self._connect(_open_reader) for _ in range(_READERS)]
        except sqlite3.Error as error:
            await self._close_connections()
            if is_passing(error):
                raise Temporary(f"SQLite: {error}") from error
            raise
        writing = self._batches.serve(partial(_write, writer), most=_MOST_BATCHES)
        reading = [self._reads.serve(partial(_read, reader), most=_MOST_READS) for reader in readers]
        self._serving = [asyncio.create_task(serving) for serving in (writing, *reading)]
        self._batches.open()
        self._reads.open()

    async def close(self) -> None:
        self._batches.close()
        self._reads.close()
        await asyncio.gather(*self._serving)
        await self._close_connections()

    async def fetch(self, sql: str, params: Params = NOTHING) -> Sequence[Row]:
        require_storable(params)
        return await self._reads.do((sql, params))

    async def apply(self, batch: Sequence[Write]) -> list[Sequence[Row]]:
        return await self._batches.do(batch)

    async def _connect(self, opening: "Callable[[Path, timedelta], sqlite3.Connection]") -> _Connection:
        connection = _Connection(partial(opening, self._path, self._busy_timeout), iter_chunk_size=64)
        try:
            await connection
        except sqlite3.Error:
            await connection.ended()
            raise
        self._connections.append(connection)
        return connection

    async def _close_connections(self) -> None:
        """Close the writer last: the connection that closes last checkpoints and removes the WAL."""
        while self._connections:
            await self._connections.pop().close()


async def _write(writer: _Connection, batches: Sequence[Sequence[Write]]) -> Sequence[Outcome]:
    try:
        return await writer.run(partial(run_group, batches=batches))
    except sqlite3.Error as error:
        return [not_committed(error, batch) for batch in batches]


async def _read(reader: _Connection, queries: Sequence[Query]) -> Sequence[Sequence[Row] | Exception]:
    return await reader.run(partial(fetch_group, queries=queries))


def _open_writer(path: Path, busy_timeout: timedelta) -> sqlite3.Connection:
    connection = _open(str(path), busy_timeout, uri=False)
    # 16 MiB of WAL instead of 4: pages that change again and again are copied to the database less often.
    pragmas = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "wal_autocheckpoint = 4000")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _open_reader(path: Path, busy_timeout: timedelta) -> sqlite3.Connection:
    return _open(f"{path.absolute().as_uri()}?mode=ro", busy_timeout, uri=True)


def _open(database: str, busy_timeout: timedelta, *, uri: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        database, uri=uri, timeout=busy_timeout.total_seconds(), isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    return connection
