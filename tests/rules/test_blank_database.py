"""A blank database is the one the migrations make."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from storage.blank import create_blank
from storage.migrations import migrate

SHAPE = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
APPLIED = "SELECT version_num FROM alembic_version"


def shape_of(path: Path) -> list[list[Any]]:
    with closing(sqlite3.connect(path)) as database:
        return [database.execute(query).fetchall() for query in (SHAPE, APPLIED)]


async def test_a_blank_database_is_what_the_migrations_make(tmp_path: Path) -> None:
    await migrate(f"sqlite:///{tmp_path / 'migrated.db'}")

    create_blank(tmp_path / "blank.db")

    assert shape_of(tmp_path / "blank.db") == shape_of(tmp_path / "migrated.db"), "run: make blank"
