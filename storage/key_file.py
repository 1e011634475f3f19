"""A key for secrets at rest, made beside a SQLite database at its first start."""

import base64
import os
from pathlib import Path


def key_path(database: Path) -> Path:
    return database.with_suffix(".key")


def key_beside(database: Path) -> str:
    """Return the key kept for this database; make one, for the owner's eyes alone, where there is none."""
    path = key_path(database)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600)
    except FileExistsError:
        return kept_key(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = base64.b64encode(os.urandom(32)).decode()
        file.write(key)
    return key


def kept_key(path: Path) -> str:
    """Return the key in a file. Raises `OSError`, `ValueError`."""
    return path.read_text(encoding="ascii").strip()
