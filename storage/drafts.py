"""What somebody typed before it became an invitation."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.identifiers import DomainName, SlackUserId
from bot.ports.store import Draft
from storage.rows import Row, from_json, micros, moment, to_json
from storage.table import Table
from storage.writes import Value, Write


class Drafts(Table):
    async def get(self, draft_id: str) -> Draft | None:
        row = await self._row(_GET, id=draft_id)
        return _to_draft(row) if row else None

    async def about(self, domain: DomainName, *, by: SlackUserId) -> Sequence[Draft]:
        return [_to_draft(row) for row in await self._rows(_ABOUT, user_id=by, domain=domain)]

    def saving(self, draft: Draft) -> Write:
        row: dict[str, Value] = {
            "id": draft.id,
            "user_id": draft.user_id,
            "domain": draft.domain,
            "form": to_json(draft.form),
            "updated_at": micros(draft.updated_at),
        }
        return Write(_SAVE, self._here(row), summary=f"save draft {draft.id}")

    def removing(self, draft_id: str) -> Write:
        return Write(_REMOVE, self._here({"id": draft_id}), summary=f"remove draft {draft_id}")

    def removing_about(self, domain: DomainName, *, by: SlackUserId) -> Write:
        params: dict[str, Value] = {"user_id": by, "domain": domain}
        return Write(_REMOVE_ABOUT, self._here(params), summary="remove drafts about a customer")

    def removing_older(self, than: datetime) -> Write:
        return Write(_REMOVE_OLDER, self._here({"than": micros(than)}), summary="remove old drafts")


def _to_draft(row: Row) -> Draft:
    return Draft(
        id=row["id"],
        user_id=row["user_id"],
        form=from_json(row["form"]),
        updated_at=moment(int(row["updated_at"])),
        domain=row["domain"],
    )


_GET = "SELECT * FROM drafts WHERE workspace_id = :workspace_id AND id = :id"

_ABOUT = """
    SELECT * FROM drafts WHERE workspace_id = :workspace_id AND user_id = :user_id AND domain = :domain
     ORDER BY updated_at DESC LIMIT 50
"""

_SAVE = """
    INSERT INTO drafts (workspace_id, id, user_id, domain, form, updated_at)
    VALUES (:workspace_id, :id, :user_id, :domain, :form, :updated_at)
        ON CONFLICT (workspace_id, id) DO UPDATE
       SET user_id = excluded.user_id, domain = excluded.domain, form = excluded.form,
           updated_at = excluded.updated_at
"""

_REMOVE = "DELETE FROM drafts WHERE workspace_id = :workspace_id AND id = :id"

_REMOVE_ABOUT = """
    DELETE FROM drafts WHERE workspace_id = :workspace_id AND user_id = :user_id AND domain = :domain
"""

_REMOVE_OLDER = "DELETE FROM drafts WHERE workspace_id = :workspace_id AND updated_at < :than"
