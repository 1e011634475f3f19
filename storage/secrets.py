"""Values encrypted at rest."""

from bot.domain.identifiers import WorkspaceId
from storage.crypto import Cipher, Sealed
from storage.database import Database
from storage.table import Table
from storage.writes import Write


class Secrets(Table):
    def __init__(self, database: Database, workspace_id: WorkspaceId, cipher: Cipher) -> None:
        super().__init__(database, workspace_id)
        self._cipher = cipher

    async def get(self, name: str) -> str | None:
        """Return the value, or None. Raises `SecretUnreadable` where its key is gone or it was altered."""
        row = await self._row(_GET, name=name)
        if row is None:
            return None
        sealed = Sealed(row["key_id"], row["value"])
        return self._cipher.open(sealed, workspace_id=self._workspace_id, name=name)

    def setting(self, name: str, value: str) -> Write:
        sealed = self._cipher.seal(value, workspace_id=self._workspace_id, name=name)
        row = {"name": name, "key_id": sealed.key_id, "value": sealed.value}
        return Write(_SET, self._here(row), summary=f"set secret {name}")


_GET = "SELECT key_id, value FROM secrets WHERE workspace_id = :workspace_id AND name = :name"

_SET = """
    INSERT INTO secrets (workspace_id, name, key_id, value) VALUES (:workspace_id, :name, :key_id, :value)
        ON CONFLICT (workspace_id, name) DO UPDATE SET key_id = excluded.key_id, value = excluded.value
"""
