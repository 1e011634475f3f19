"""
PostgreSQL: several replicas of the bot on one database.

An audit chain lets one transaction in at a time, until it is on the disk. So batches that append to one and
wait at the same moment go in together: a round trip for each kind of statement, and one commit.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import lru_cache

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from asyncpg.transaction import Transaction

from bot.ports.failures import OutcomeUnknown, Temporary
from storage.chain import MOVE_HEAD, TAKE_HEAD, head_of
from storage.database import NOTHING
from storage.gathering import Gathering
from storage.rows import Row
from storage.writes import Params, Write, require_storable, statements, summary_of

_CONNECTIONS = 10
_MOST_BATCHES = 64
_PATIENCE_SECONDS = 30.0
_ATTEMPTS = 5
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")
_LIST = re.compile(r"json_each\((:[a-z_]+)\)")
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"

# Another batch was in the way; the same one works when it is tried again.
_COLLIDED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)

# The connection is gone, or the server cannot do anything now. `InterfaceError` is asyncpg's word for a
# connection that closed under it; its subclasses that are a `ValueError` are ours to mend and pass through.
_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.LockNotAvailableError,
)

Connection = PoolConnectionProxy
Batch = Sequence[Write]
Rows = list[Sequence[Row]]


@lru_cache(maxsize=512)
def translate(sql: str) -> tuple[str, tuple[str, ...]]:
    """Return PostgreSQL's form of a statement and the names of its parameters `$1`, `$2`, ... in order."""
    names: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    native = _LIST.sub(r"json_array_elements_text(CAST(\1 AS json))", sql)
    return _PARAMETER.sub(numbered, native), tuple(names)


class PostgresDatabase:
    """A pool of connections; one that was lost is replaced when the next one is asked for."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._chained = Gathering[Batch, Rows]()
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        with _reaching("opening the database"):
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=_CONNECTIONS,
                command_timeout=_PATIENCE_SECONDS,
                reset=_nothing_to_reset,
            )
        self._chained.open()
        self._serving = asyncio.create_task(self._chained.serve(self._apply_group, most=_MOST_BATCHES))

    async def close(self) -> None:
        self._chained.close()
        if self._serving is not None:
            await self._serving
        if self._pool is not None:
            await self._pool.close()

    async def fetch(self, sql: str, params: Params = NOTHING) -> Sequence[Row]:
        require_storable(params)
        async with self._connection("reading") as connection:
            return await _query(connection, sql, params)

    async def apply(self, batch: Batch) -> Rows:
        return await (self._chained.do(batch) if _may_join(batch) else self._apply_alone(batch))

    async def _apply_group(self, batches: Sequence[Batch]) -> Sequence[Rows | Exception]:
        """Apply the batches in one transaction or, where one of them fails, each in its own."""
        if len(batches) > 1:
            try:
                return await self._together(batches)
            except (OutcomeUnknown, Temporary) as error:
                return [error] * len(batches)
            except (_OneFailed, asyncpg.PostgresError, ValueError):
                pass
        return await asyncio.gather(*map(self._apply_alone, batches), return_exceptions=True)  # type: ignore[return-value]  # only Exceptions come back

    async def _together(self, batches: Sequence[Batch]) -> list[Rows]:
        every = [write for batch in batches for write in batch]
        async with self._transaction(every) as connection:
            for group in _alike(statements(every)):
                await (_append_all if group[0].chained else _run_all)(connection, group)
        return [[() for _ in statements(batch)] for batch in batches]

    async def _apply_alone(self, batch: Batch) -> Rows:
        for attempt in range(_ATTEMPTS):
            with suppress(*_COLLIDED):
                return await self._attempt(batch, again=attempt > 0)
        raise Temporary(f"others were in the way: {summary_of(batch)}")

    async def _attempt(self, batch: Batch, *, again: bool) -> Rows:
        """Apply the batch once. Batches that try `again` take turns, so that they do not collide for ever."""
        async with self._transaction(batch) as connection:
            if again:
                await _lock(connection, "try again")
            return [await _run(connection, write) for write in statements(batch)]

    @asynccontextmanager
    async def _transaction(self, batch: Batch) -> AsyncIterator[Connection]:
        async with self._connection(summary_of(batch)) as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            except BaseException:
                with suppress(*_UNREACHABLE):
                    await transaction.rollback()
                raise
            await _commit(transaction, batch)

    @asynccontextmanager
    async def _connection(self, purpose: str) -> AsyncIterator[Connection]:
        if self._pool is None:
            raise Temporary("the database is not open")
        with _reaching(purpose):
            async with self._pool.acquire(timeout=_PATIENCE_SECONDS) as connection:
                yield connection


class _OneFailed(Exception):
    """A statement of a group touched another number of rows than all of them together must."""


def _may_join(batch: Batch) -> bool:
    """Whether nothing in the batch has to be alone, and its chain makes others wait for it."""
    every = statements(batch)
    return any(write.chained for write in every) and not any(
        write.returning or write.serial for write in every
    )


def _alike(writes: Sequence[Write]) -> list[list[Write]]:
    """Return the writes by SQL, by how many rows each must touch, and by workspace, in the order given."""
    groups: dict[tuple[object, ...], list[Write]] = {}
    for write in writes:
        alike = (write.sql, write.must_touch, write.params["workspace_id"])
        groups.setdefault(alike, []).append(write)
    return list(groups.values())


async def _run_all(connection: Connection, alike: Sequence[Write]) -> None:
    native, names = translate(alike[0].sql)
    values = [[write.params[name] for name in names] for write in alike]
    if alike[0].must_touch is None:
        await connection.executemany(native, values)
        return
    touched = await connection.fetchmany(f"{native} RETURNING 1", values)
    if len(touched) != len(alike) * alike[0].must_touch:
        raise _OneFailed


async def _append_all(connection: Connection, alike: Sequence[Write]) -> None:
    """Append rows to the chain, whose head is taken once and moved once."""
    rows = []
    (taken,) = await _query(connection, TAKE_HEAD, alike[0].params)
    head = head_of(taken)
    for write in alike:
        rows.append(head.next(write.params))
        head = head_of(rows[-1])
    native, names = translate(alike[0].sql)
    await connection.executemany(native, [[row[name] for name in names] for row in rows])
    await _execute(connection, MOVE_HEAD, head.moving(alike[-1].params))


async def _commit(transaction: Transaction, batch: Sequence[Write]) -> None:
    try:
        await transaction.commit()
    except _UNREACHABLE as error:
        raise OutcomeUnknown(f"the connection was lost while committing: {summary_of(batch)}") from error


async def _run(connection: Connection, write: Write) -> Sequence[Row]:
    if write.serial:
        await _lock(connection, write.serial)
    if write.chained:
        await _append_all(connection, [write])
        return ()
    if write.returning:
        rows = await _query(connection, write.sql, write.params)
        write.require_touched(len(rows))
        return rows
    write.require_touched(await _execute(connection, write.sql, write.params))
    return ()


async def _lock(connection: Connection, name: str) -> None:
    """Wait for the lock of this name and hold it until the transaction ends."""
    await _query(connection, _LOCK, {"name": name})


async def _query(connection: Connection, sql: str, params: Params) -> Sequence[Row]:
    native, names = translate(sql)
    return await connection.fetch(native, *(params[name] for name in names))


async def _execute(connection: Connection, sql: str, params: Params) -> int:
    """Return how many rows it touched: the last word of the command tag, as in `INSERT 0 1`."""
    native, names = translate(sql)
    tag = await connection.execute(native, *(params[name] for name in names))
    touched = tag.rpartition(" ")[2]
    return int(touched) if touched.isdigit() else 0


@contextmanager
def _reaching(purpose: str) -> Iterator[None]:
    try:
        yield
    except _COLLIDED:
        raise
    except _UNREACHABLE as error:
        if isinstance(error, ValueError):
            raise
        raise Temporary(f"PostgreSQL: {purpose}: {type(error).__name__}") from error


async def _nothing_to_reset(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Spare a round trip: nothing here changes a session, and a transaction never outlives its batch."""
