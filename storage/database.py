"""What both databases can do, and which one a URL means."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from bot.ports.failures import Temporary
from bot.ports.unfit import Fault, SettingWrong
from storage.rows import Row
from storage.writes import Params, Write

NOTHING: Params = {}


class OutOfReach(Temporary):
    """Nobody answers at a database's address, or not as a database that lets us in."""


class Database(Protocol):
    """
    A database that is migrated already.

    Methods raise `Temporary` when the database cannot be reached, is full or is locked for too long.
    """

    async def start(self) -> None:
        """Open the connections."""

    async def close(self) -> None:
        """Close every connection. What was handed over is finished first, or fails with `Temporary`."""

    async def fetch(self, sql: str, params: Params = NOTHING) -> Sequence[Row]:
        """Return the rows of a query. It sees every batch that was applied before it."""

    async def apply(self, batch: Sequence[Write]) -> list[Sequence[Row]]:
        """
        Apply all of the batch or none of it; return what each of its `statements` returned.

        Raises what a write has as `otherwise`, and `OutcomeUnknown` where the connection went away while it
        was committing.
        """


SCHEMES: Mapping[str, str] = {"sqlite": "sqlite", "postgresql": "postgresql", "postgres": "postgresql"}


def kind_of(url: str) -> str:
    """Return `sqlite` or `postgresql`. Raises `SettingWrong` for any other URL, without repeating it."""
    scheme = urlsplit(url).scheme
    if scheme not in SCHEMES:
        raise SettingWrong(Fault.DATABASE_URL)
    return SCHEMES[scheme]


def sqlite_path(url: str) -> str:
    """Return the file a URL names: `sqlite:///relative.db` or `sqlite:////absolute.db`."""
    prefix, _, path = url.partition(":///")
    if prefix != "sqlite" or not path or path.startswith(":memory:"):
        raise SettingWrong(Fault.SQLITE_FILE)
    return path


def open_database(url: str) -> Database:
    """Return the database that `url` names, not started yet. Raises `SettingWrong` for another kind."""
    if kind_of(url) == "sqlite":
        from storage.sqlite import SqliteDatabase

        return SqliteDatabase(sqlite_path(url))
    from storage.postgres import PostgresDatabase

    return PostgresDatabase(url)
