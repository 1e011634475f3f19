"""Which tenant an invitation is for, where Microsoft did not know its domain when colleagues were asked."""

from bot.domain import notifications
from bot.domain.invitation import LINK_IS_OUT, Invitation
from bot.ports.failures import OutcomeUnknown, Permanent, Temporary
from bot.ports.microsoft import Tenants
from bot.ports.store import Stale, Store
from bot.services.changes import SYSTEM, Changes

_AT_ONCE = 25
"""How many invitations are looked up because of one acceptance, the newest first."""


class Identification:
    """Looks domains up again. A tenant id settles for sure what name and domain only suggest."""

    def __init__(self, *, changes: Changes, tenants: Tenants) -> None:
        self.changes = changes
        self.store: Store = changes.store
        self.tenants = tenants

    async def identify(self, invitation: Invitation) -> Invitation:
        """Return the invitation with its tenant where Microsoft names one now, else as it is."""
        domain = invitation.proposal.customer.domain
        if invitation.customer_tenant_id is not None or domain is None:
            return invitation
        try:
            tenant = await self.tenants.find_by_domain(domain)
        except (Temporary, Permanent, OutcomeUnknown):
            return invitation
        if tenant is None:
            return invitation
        named = invitation.belongs_to(tenant.tenant_id)
        try:
            await self.changes.replace(
                invitation, named, actor=SYSTEM, action="identify", told=notifications.cards(named)
            )
        except Stale:
            # Whoever was first may have ended it; the next look finds it as it is then.
            return invitation
        return await self.store.invitations.get(invitation.id) or invitation

    async def identify_open(self) -> None:
        """Look up every invitation whose link is out and whose tenant is not known."""
        for invitation in (await self.store.invitations.without_tenant(LINK_IS_OUT))[:_AT_ONCE]:
            await self.identify(invitation)
