"""What somebody typed before it became an invitation."""

from bot.ports.store import Draft
from storage.rows import from_json, micros, moment, to_json
from storage.table import Table
from storage.writes import Value, Write


class Drafts(Table):
    async def get(self, draft_id: str) -> Draft | None:
        row = await self._row(_GET, id=draft_id)
        if row is None:
            return None
        return Draft(row["id"], row["user_id"], from_json(row["form"]), moment(int(row["updated_at"])))

    def saving(self, draft: Draft) -> Write:
        row: dict[str, Value] = {
            "id": draft.id,
            "user_id": draft.user_id,
            "form": to_json(draft.form),
            "updated_at": micros(draft.updated_at),
        }
        return Write(_SAVE, self._here(row), summary=f"save draft {draft.id}")

    def removing(self, draft_id: str) -> Write:
        return Write(_REMOVE, self._here({"id": draft_id}), summary=f"remove draft {draft_id}")


_GET = "SELECT * FROM drafts WHERE workspace_id = :workspace_id AND id = :id"

_SAVE = """
    INSERT INTO drafts (workspace_id, id, user_id, form, updated_at)
    VALUES (:workspace_id, :id, :user_id, :form, :updated_at)
        ON CONFLICT (workspace_id, id) DO UPDATE
       SET user_id = excluded.user_id, form = excluded.form, updated_at = excluded.updated_at
"""

_REMOVE = "DELETE FROM drafts WHERE workspace_id = :workspace_id AND id = :id"
