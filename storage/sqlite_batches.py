"""What runs on the threads of SQLite's connections: a group of batches with one commit, a group of reads."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import lru_cache

from bot.ports.failures import Temporary
from storage.chain import MOVE_HEAD, TAKE_HEAD, Head, head_of
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


class _OneFailed(Exception):
    """A batch of a group failed, and with it, for now, the whole group."""


def run_group(connection: sqlite3.Connection, batches: Sequence[Sequence[Write]]) -> list[Outcome]:
    """
    Apply the batches and commit once. A batch that fails leaves the others alone.

    A savepoint for each costs a third of the time and is needed only where one fails, which is rare: then the
    group is undone and applied once more with savepoints. Raises whatever undid the whole transaction; then
    none of the batches happened.
    """
    try:
        return _in_transaction(connection, batches, _run_without_savepoint)
    except _OneFailed:
        return _in_transaction(connection, batches, _run_in_savepoint)


def _in_transaction(
    connection: sqlite3.Connection, batches: Sequence[Sequence[Write]], run: "_RunBatch"
) -> list[Outcome]:
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    connection.execute("BEGIN IMMEDIATE")
    try:
        heads = _Heads(connection)
        outcomes = [run(connection, batch, heads) for batch in batches]
        heads.move()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


class _Heads:
    """Each audit chain's head is read once and moved once in a group, however many rows are appended."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.known: dict[object, tuple[Head, Params]] = {}

    def append(self, write: Write) -> None:
        workspace_id = write.params["workspace_id"]
        known = self.known.get(workspace_id)
        row = (known[0] if known else self._take(write.params)).next(write.params)
        self._connection.execute(write.sql, row)
        self.known[workspace_id] = (head_of(row), write.params)

    def move(self) -> None:
        for head, params in self.known.values():
            self._connection.execute(MOVE_HEAD, head.moving(params))

    def _take(self, params: Params) -> Head:
        (row,) = self._connection.execute(TAKE_HEAD, params).fetchall()
        return head_of(row)


_RunBatch = Callable[[sqlite3.Connection, Sequence[Write], _Heads], Outcome]


def _run_without_savepoint(connection: sqlite3.Connection, batch: Sequence[Write], heads: _Heads) -> Outcome:
    try:
        return [_run(connection, write, heads) for write in statements(batch)]
    except Exception as error:
        raise _OneFailed from error


def _run_in_savepoint(connection: sqlite3.Connection, batch: Sequence[Write], heads: _Heads) -> Outcome:
    connection.execute("SAVEPOINT batch")
    before = dict(heads.known)
    try:
        rows = [_run(connection, write, heads) for write in statements(batch)]
    except Exception as error:
        heads.known = before
        # Out of space or memory, SQLite may have undone the whole transaction by itself.
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO batch")
        connection.execute("RELEASE batch")
        passing = isinstance(error, sqlite3.Error) and is_passing(error)
        return not_committed(error, batch) if passing else error
    connection.execute("RELEASE batch")
    return rows


def _run(connection: sqlite3.Connection, write: Write, heads: _Heads) -> Sequence[Row]:
    if write.chained:
        heads.append(write)
        return ()
    cursor = connection.execute(translate(write.sql), write.params)
    rows: Sequence[Row] = cursor.fetchall() if write.returning else ()
    write.require_touched(len(rows) if write.returning else cursor.rowcount)
    return rows


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
