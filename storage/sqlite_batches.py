"""What runs on the threads of SQLite's connections: a group of batches with one commit, a group of reads."""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache

from bot.ports.failures import Temporary
from storage.chain import MOVE_HEAD, TAKE_HEAD, head_of
from storage.rows import Row
from storage.writes import Params, Write, statements, summary_of

Rows = list[Sequence[Row]]
Outcome = Rows | Exception
Query = tuple[str, Params]

# Primary result codes (sqlite.org/rescode.html) after which the same statement may work later.
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


@lru_cache(maxsize=512)
def translate(sql: str) -> str:
    """Return SQLite's form of a statement. There is one writer, so no row is ever locked by another."""
    return sql.replace("FOR UPDATE SKIP LOCKED", "").replace("GREATEST(", "MAX(")


def run_group(connection: sqlite3.Connection, batches: Sequence[Sequence[Write]]) -> list[Outcome]:
    """
    Apply each batch in a savepoint of its own and commit once. A batch that fails leaves the others alone.

    Raises whatever undid the whole transaction; then none of the batches happened.
    """
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes = [_run_batch(connection, batch) for batch in batches]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _run_batch(connection: sqlite3.Connection, batch: Sequence[Write]) -> Outcome:
    connection.execute("SAVEPOINT batch")
    try:
        rows = [_run(connection, write) for write in statements(batch)]
    except Exception as error:
        # Out of space or memory, SQLite may have undone the whole transaction by itself.
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO batch")
        connection.execute("RELEASE batch")
        passing = isinstance(error, sqlite3.Error) and is_passing(error)
        return not_committed(error, batch) if passing else error
    connection.execute("RELEASE batch")
    return rows


def _run(connection: sqlite3.Connection, write: Write) -> Sequence[Row]:
    if write.chained:
        _append(connection, write)
        return ()
    cursor = connection.execute(translate(write.sql), write.params)
    rows: Sequence[Row] = cursor.fetchall() if write.returning else ()
    write.require_touched(len(rows) if write.returning else cursor.rowcount)
    return rows


def _append(connection: sqlite3.Connection, write: Write) -> None:
    (head,) = connection.execute(TAKE_HEAD, write.params).fetchall()
    row = head_of(head).next(write.params)
    connection.execute(write.sql, row)
    connection.execute(MOVE_HEAD, row)


def fetch_group(
    connection: sqlite3.Connection, queries: Sequence[Query]
) -> Sequence[Sequence[Row] | Exception]:
    """Run each query; one that fails leaves the others alone."""
    return [_fetch(connection, sql, params) for sql, params in queries]


def _fetch(connection: sqlite3.Connection, sql: str, params: Params) -> Sequence[Row] | Exception:
    try:
        return connection.execute(translate(sql), params).fetchall()
    except sqlite3.Error as error:
        return Temporary(f"SQLite: {error}") if is_passing(error) else error


def not_committed(error: Exception, batch: Sequence[Write]) -> Temporary:
    failure = Temporary(f"not committed: {summary_of(batch)}: {error}")
    failure.__cause__ = error
    return failure


def is_passing(error: sqlite3.Error) -> bool:
    """Whether SQLite could not do it now, as opposed to never."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _PASSING
