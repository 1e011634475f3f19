"""A change to the database as a value, in the dialect that SQLite and PostgreSQL share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.ports.store import Stale
from bot.ports.work import Queue

Value = str | int | None
Params = Mapping[str, Value]


class Unstorable(ValueError):
    """
    A text holds NUL, which PostgreSQL refuses, or half a surrogate pair, which is no text.

    It is refused and never cleaned, because an approval binds to the exact text. `name` is the parameter's.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} holds a character that cannot be stored")
        self.name = name


@dataclass(frozen=True)
class Write:
    """
    One statement that has not run yet; those in `then` run right after it, in the same transaction.

    `sql` has named parameters (`:name`), and `params` always has `workspace_id`. When it touches other than
    `must_touch` rows the whole batch is undone and `otherwise` (or `Stale`) is raised. `chained` puts the row
    on the workspace's audit chain. `serial` names a lock: writes with the same name never overlap.
    `wakes` are the queues whose workers have something to look at once it is committed.
    """

    sql: str
    params: Params
    summary: str
    must_touch: int | None = None
    otherwise: Exception | None = None
    returning: bool = False
    chained: bool = False
    serial: str = ""
    wakes: frozenset[Queue] = field(default=frozenset())
    then: tuple["Write", ...] = ()

    def __post_init__(self) -> None:
        require_storable(self.params)

    def require_touched(self, rows: int) -> None:
        """Raise `otherwise` if the statement touched another number of rows than it must."""
        if self.must_touch is not None and rows != self.must_touch:
            raise self.otherwise or Stale(self.summary)


def require_storable(params: Params) -> None:
    """Raise `Unstorable` if a text among `params` would not come back from both databases as it was."""
    for name, value in params.items():
        if isinstance(value, str) and not _is_storable(value):
            raise Unstorable(name)


def _is_storable(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def statements(batch: Iterable[Write]) -> list[Write]:
    """Return the statements of a batch in the order they run: audit last, to hold its chain only briefly."""
    every = [one for write in batch for one in (write, *write.then)]
    return sorted(every, key=lambda write: write.chained)


def summary_of(batch: Sequence[Write]) -> str:
    """Return what a batch does, for the log."""
    return ", ".join(write.summary for write in batch)
