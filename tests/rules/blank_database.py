"""What `storage/blank.sql` has to create, by the migrations. `make blank` writes it; the rules compare."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.blank import BLANK
from storage.migrations import migrate


def as_migrated() -> str:
    """Return the SQL that makes a blank database as the migrations do."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.db"
        asyncio.run(migrate(f"sqlite:///{path}"))
        with closing(sqlite3.connect(path)) as database:
            return "\n".join(database.iterdump()) + "\n"


if __name__ == "__main__":
    BLANK.write_text(as_migrated(), encoding="utf-8")
