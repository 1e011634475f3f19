"""Whether this process is the only one that works on a database, where that can be known."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog

from storage.database import kind_of, sqlite_path

_log = structlog.get_logger(__name__)


class NotAlone(Exception):
    """Another process works on this SQLite file."""

    def __init__(self, path: str) -> None:
        super().__init__(f"another process works on {path}")
        self.path = path


@contextmanager
def working_alone(url: str) -> Iterator[bool]:
    """
    Yield whether nobody else can work on this database until the block ends. Raises `NotAlone`.

    A SQLite file has a lock beside it, which the system takes back from a process however it ends. On
    PostgreSQL, and where files cannot be locked, nobody knows.
    """
    if kind_of(url) != "sqlite":
        yield False
        return
    path = os.path.realpath(sqlite_path(url))
    with ExitStack() as stack:
        yield _locked(stack, path)


def _locked(stack: ExitStack, path: str) -> bool:
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        stack.callback(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise NotAlone(path) from None
    except OSError as error:
        _log.warning("database_not_locked", path=path, why=str(error))
        return False
    return True
