"""
Whether a database has the newest shape, asked without the libraries that could change it.

Loading those takes a third of the start and 25 MiB, and nearly every start finds nothing to change.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.database import kind_of, sqlite_path

_STEPS = Path(__file__).parent / "migrations" / "versions"
_APPLIED = "SELECT version_num FROM alembic_version"


class NewerDatabase(Exception):
    """A later release has brought the database to a step that this one does not know."""

    def __init__(self, step: str) -> None:
        super().__init__(f"the database is at {step}, which a newer release made")
        self.step = step


def newest_revision() -> str:
    """Return the last revision there is."""
    return revisions()[-1]


def revisions() -> list[str]:
    """Return the revisions there are, oldest first: a step's file is named `v<revision>_<what>.py`."""
    return sorted(step.name[1:].partition("_")[0] for step in _STEPS.glob("v*.py"))


async def has_newest_shape(url: str) -> bool:
    """Return False also where nobody can tell: `migrations_pending` says what is wrong. Changes nothing."""
    if kind_of(url) == "sqlite":
        return _applied_to_file(Path(sqlite_path(url))) == newest_revision()
    return await _applied_to_server(url) == newest_revision()


def _applied_to_file(path: Path) -> str | None:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            row = database.execute(_APPLIED).fetchone()
    except sqlite3.Error:
        return None
    return row[0] if row else None


async def _applied_to_server(url: str) -> str | None:
    import asyncpg  # A twentieth of the start, which a file does not need.

    try:
        connection = await asyncpg.connect(url)
        try:
            applied: str | None = await connection.fetchval(_APPLIED)
        finally:
            await connection.close()
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None
    return applied
