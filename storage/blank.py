"""
A blank SQLite database of the newest shape, made without the libraries of the migrations.

For whoever is waited for, as the sandbox is: loading those takes a fifth of its start. `make blank` writes
`blank.sql` from the migrations, which alone say what the shape is; a rule compares.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

BLANK = Path(__file__).with_name("blank.sql")


def create_blank(path: Path) -> None:
    """Create the file. Raises `sqlite3.OperationalError` where there are tables already."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(BLANK.read_text(encoding="utf-8"))
