"""Small facts the system keeps for itself."""

from storage.table import Table
from storage.writes import Write


class Notes(Table):
    async def get(self, name: str) -> str | None:
        row = await self._row(_GET, name=name)
        return None if row is None else str(row["value"])

    def setting(self, name: str, value: str) -> Write:
        return Write(_SET, self._here({"name": name, "value": value}), summary=f"set note {name}")


_GET = "SELECT value FROM notes WHERE workspace_id = :workspace_id AND name = :name"

_SET = """
    INSERT INTO notes (workspace_id, name, value) VALUES (:workspace_id, :name, :value)
        ON CONFLICT (workspace_id, name) DO UPDATE SET value = excluded.value
"""
