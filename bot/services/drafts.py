"""What people typed before it became an invitation."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.identifiers import InvitationId, SlackUserId, TenantId, parse_tenant_id
from bot.ports.clock import Clock
from bot.ports.store import Draft, Store


@dataclass(frozen=True)
class Drafted:
    """
    A form in progress. `changes` is the invitation to be resubmitted, `again_from` the one asked again.

    `tenant_id` and `reseller` are what the person was shown: the tenant found, and whether the reseller
    relationship is still to be asked for.
    """

    id: str
    form: Mapping[str, object]
    changes: InvitationId | None = None
    again_from: InvitationId | None = None
    tenant_id: TenantId | None = None
    reseller: bool = True


class Drafts:
    """Keeps forms from the moment somebody sends them, for their author alone."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    @staticmethod
    def new_id() -> str:
        return secrets.token_hex(12)

    async def get(self, draft_id: str, *, by: SlackUserId) -> Drafted | None:
        """Return the draft if it is this person's."""
        draft = await self.store.drafts.get(draft_id)
        if draft is None or draft.user_id != by:
            return None
        form = draft.form["form"]
        return Drafted(
            draft_id,
            form if isinstance(form, Mapping) else {},
            changes=_invitation(draft.form.get("changes")),
            again_from=_invitation(draft.form.get("again_from")),
            tenant_id=parse_tenant_id(str(draft.form.get("tenant_id", ""))),
            reseller=draft.form.get("reseller") is not False,
        )

    async def save(self, drafted: Drafted, *, by: SlackUserId) -> None:
        form = {
            "form": dict(drafted.form),
            "changes": drafted.changes or "",
            "again_from": drafted.again_from or "",
            "tenant_id": drafted.tenant_id or "",
            "reseller": drafted.reseller,
        }
        await self.store.commit(self.store.drafts.saving(Draft(drafted.id, by, form, self.clock.now())))

    async def remove(self, draft_id: str) -> None:
        await self.store.commit(self.store.drafts.removing(draft_id))


def _invitation(value: object) -> InvitationId | None:
    return InvitationId(value) if isinstance(value, str) and value else None
