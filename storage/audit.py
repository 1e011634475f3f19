"""The audit log: rows are appended, chained by their hashes, and never changed."""

from collections.abc import Sequence
from itertools import count

from bot.domain.identifiers import WorkspaceId
from bot.ports.store import AuditEntry, SecretUnreadable
from storage.chain import ChainedParams, Head, hash_of, head_of, seal_of
from storage.crypto import Cipher, Sealed
from storage.database import Database
from storage.rows import Row, from_json, micros, moment, to_json
from storage.table import Table
from storage.writes import Value, Write

_PAGE = 1000
_SEAL = "audit head"


class AuditLog(Table):
    def __init__(self, database: Database, workspace_id: WorkspaceId, cipher: Cipher) -> None:
        super().__init__(database, workspace_id)
        self._cipher = cipher

    def appending(self, entry: AuditEntry) -> Write:
        row: dict[str, Value] = {
            "at": micros(entry.at),
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "details": to_json(entry.details),
        }
        params = ChainedParams(self._here(row), self._seal)
        return Write(_APPEND, params, summary=f"audit {entry.action}", chained=True)

    async def of_subject(self, subject: str) -> Sequence[AuditEntry]:
        rows = await self._rows(_OF_SUBJECT, subject=subject)
        return [_to_entry(row) for row in rows]

    async def first_broken(self) -> int | None:
        # The head is read first: rows that are appended meanwhile come after it and prove nothing.
        row_of_anchor = await self._row(_HEAD)
        anchor = head_of(row_of_anchor) if row_of_anchor else Head()
        expected = Head()
        for _ in count():
            page = await self._rows(_PAGE_AFTER, number=expected.number, last=anchor.number, limit=_PAGE)
            for row in page:
                if row["number"] != expected.number + 1 or row["hash"] != hash_of(expected.hash, row):
                    return expected.number + 1
                expected = head_of(row)
            if len(page) < _PAGE:
                break
        broken = await self._broken_at_the_end(expected, anchor)
        if broken is None and row_of_anchor and not self._is_sealed(anchor, seal_of(row_of_anchor)):
            return anchor.number + 1
        return broken

    async def end(self) -> tuple[int, str]:
        head = await self._head()
        return head.number, head.hash

    async def _broken_at_the_end(self, last: Head, anchor: Head) -> int | None:
        if last.number < anchor.number:
            return last.number + 1
        if last.hash != anchor.hash:
            return last.number
        # A later head accounts for a row beyond the anchor; without one, somebody put the row there.
        beyond = await self._row(_LAST)
        now = await self._head()
        if beyond is not None and beyond["number"] > now.number:
            return now.number + 1
        return None

    def _seal(self, head: Head) -> str:
        sealed = self._cipher.seal(_text(head), workspace_id=self._workspace_id, name=_SEAL)
        return f"{sealed.key_id} {sealed.value}"

    def _is_sealed(self, head: Head, seal: str) -> bool:
        key_id, _, value = seal.partition(" ")
        try:
            text = self._cipher.open(Sealed(key_id, value), workspace_id=self._workspace_id, name=_SEAL)
        except SecretUnreadable:
            return False
        return text == _text(head)

    async def _head(self) -> Head:
        row = await self._row(_HEAD)
        return head_of(row) if row else Head()


def _text(head: Head) -> str:
    return f"{head.number} {head.hash}"


def _to_entry(row: Row) -> AuditEntry:
    return AuditEntry(
        at=moment(int(row["at"])),
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        details=from_json(row["details"]),
    )


_APPEND = """
    INSERT INTO audit (workspace_id, number, at, actor, action, subject, details, hash)
    VALUES (:workspace_id, :number, :at, :actor, :action, :subject, :details, :hash)
"""

_OF_SUBJECT = "SELECT * FROM audit WHERE workspace_id = :workspace_id AND subject = :subject ORDER BY number"

_PAGE_AFTER = """
    SELECT * FROM audit
     WHERE workspace_id = :workspace_id AND number > :number AND number <= :last
     ORDER BY number LIMIT :limit
"""

_LAST = "SELECT number FROM audit WHERE workspace_id = :workspace_id ORDER BY number DESC LIMIT 1"

_HEAD = "SELECT number, hash FROM audit_heads WHERE workspace_id = :workspace_id"
