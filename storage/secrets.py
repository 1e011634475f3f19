"""Values encrypted at rest."""

from bot.domain.identifiers import WorkspaceId
from bot.ports.store import SecretUnreadable
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


async def unreadable(database: Database, cipher: Cipher) -> list[str]:
    """Return the names of the secrets, of every workspace, that none of the cipher's keys opens."""
    found = []
    for row in await database.fetch(_ALL):
        try:
            sealed = Sealed(row["key_id"], row["value"])
            cipher.open(sealed, workspace_id=row["workspace_id"], name=row["name"])
        except SecretUnreadable:
            found.append(str(row["name"]))
    return sorted(set(found))


async def has_any(database: Database) -> bool:
    """Return whether any workspace keeps a secret."""
    return bool(await database.fetch(_ANY))


async def workspaces_with(database: Database, name: str) -> list[WorkspaceId]:
    """Return the workspaces that keep a secret of this name."""
    rows = await database.fetch(_WITH, {"name": name})
    return [WorkspaceId(row["workspace_id"]) for row in rows]


_GET = "SELECT key_id, value FROM secrets WHERE workspace_id = :workspace_id AND name = :name"

_ALL = "SELECT workspace_id, name, key_id, value FROM secrets"

_ANY = "SELECT 1 FROM secrets LIMIT 1"

_WITH = "SELECT workspace_id FROM secrets WHERE name = :name ORDER BY workspace_id"

_SET = """
    INSERT INTO secrets (workspace_id, name, key_id, value) VALUES (:workspace_id, :name, :key_id, :value)
        ON CONFLICT (workspace_id, name) DO UPDATE SET key_id = excluded.key_id, value = excluded.value
"""
