"""
The hash chain of the audit log.

Each row's hash is SHA-256 over the hash before it, a newline, and the row's canonical JSON with its number.
The last number and hash are also kept in `audit_heads`, so that a tail that was cut off is missed, together
with a seal made by a key outside the database: who can write to both tables still cannot make one.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from storage.rows import Row, to_json
from storage.writes import Params, Value

COLUMNS = ("workspace_id", "number", "at", "actor", "action", "subject", "details")

# Writing the same number locks the head: on PostgreSQL the next batch waits here until this one is committed.
TAKE_HEAD = """
    INSERT INTO audit_heads (workspace_id, number, hash) VALUES (:workspace_id, 0, '')
        ON CONFLICT (workspace_id) DO UPDATE SET number = audit_heads.number
    RETURNING number, hash
"""

MOVE_HEAD = "UPDATE audit_heads SET number = :number, hash = :sealed WHERE workspace_id = :workspace_id"


@dataclass(frozen=True)
class Head:
    """The last row of a chain; number 0 before the first."""

    number: int = 0
    hash: str = ""

    def next(self, params: Params) -> dict[str, Value]:
        """Return `params` with number, hash and seal of the row that comes after this one."""
        row = dict(params) | {"number": self.number + 1}
        after = Head(self.number + 1, hash_of(self.hash, row))
        seal = params.seal(after) if isinstance(params, ChainedParams) else ""
        return row | {"hash": after.hash, "sealed": f"{after.hash} {seal}"}


class ChainedParams(dict[str, Value]):
    """The parameters of a row for the chain, and what seals the head it becomes."""

    def __init__(self, params: Params, seal: Callable[[Head], str]) -> None:
        super().__init__(params)
        self.seal = seal


def head_of(row: Row) -> Head:
    """Return the head that a row of either table stands for, whoever wrote it."""
    return Head(row["number"], row["hash"].partition(" ")[0])


def seal_of(row: Row) -> str:
    """Return the seal in a row of `audit_heads`, or nothing."""
    return str(row["hash"].partition(" ")[2])


def hash_of(previous: str, row: Row) -> str:
    """Return the hash a row must have after the one with the hash `previous`."""
    canonical = to_json({column: row[column] for column in COLUMNS})
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()
