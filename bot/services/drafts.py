"""What people typed before it became an invitation."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.identifiers import (
    DomainName,
    InvitationId,
    SlackUserId,
    TenantId,
    parse_domain_name,
    parse_tenant_id,
)
from bot.ports.clock import Clock
from bot.ports.store import Draft, Store, Write

KEPT_FOR = timedelta(days=7)
"""What nobody finished is forgotten after a week: it holds names and addresses."""

_TYPED = ("contact_name", "contact_email", "reason", "mail_text")
"""What nobody fills in for a person."""


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
        return _drafted(draft) if draft is not None and draft.user_id == by else None

    async def unfinished(self, domain: DomainName | None, *, by: SlackUserId) -> Drafted | None:
        """Return a copy of what this person last typed for a customer they have not asked for since."""
        about = [_drafted(one) for one in await self.store.drafts.about(domain, by=by)] if domain else []
        found = next((one for one in about if any(one.form.get(name) for name in _TYPED)), None)
        return replace(found, id=self.new_id()) if found else None

    async def save(self, drafted: Drafted, *, by: SlackUserId) -> None:
        form = {
            "form": dict(drafted.form),
            "changes": drafted.changes or "",
            "again_from": drafted.again_from or "",
            "tenant_id": drafted.tenant_id or "",
            "reseller": drafted.reseller,
        }
        now = self.clock.now()
        await self.store.commit(
            self.store.drafts.saving(Draft(drafted.id, by, form, now, _new_customer(drafted) or "")),
            self.store.drafts.removing_older(now - KEPT_FOR),
        )

    def finishing(self, drafted: Drafted, *, by: SlackUserId) -> list[Write]:
        """Return what forgets a draft that becomes an invitation, and other forms for the same customer."""
        done = [self.store.drafts.removing(drafted.id)]
        domain = _domain(drafted)
        return [*done, self.store.drafts.removing_about(domain, by=by)] if domain else done


def _drafted(draft: Draft) -> Drafted:
    form = draft.form["form"]
    return Drafted(
        draft.id,
        form if isinstance(form, Mapping) else {},
        changes=_invitation(draft.form.get("changes")),
        again_from=_invitation(draft.form.get("again_from")),
        tenant_id=parse_tenant_id(str(draft.form.get("tenant_id", ""))),
        reseller=draft.form.get("reseller") is not False,
    )


def _new_customer(drafted: Drafted) -> DomainName | None:
    """Return the domain of a customer who is to be invited; a form that changes an invitation has none."""
    return None if drafted.changes else _domain(drafted)


def _domain(drafted: Drafted) -> DomainName | None:
    return parse_domain_name(str(drafted.form.get("customer_domain", "")))


def _invitation(value: object) -> InvitationId | None:
    return InvitationId(value) if isinstance(value, str) and value else None
