"""Customers: their record, and which invitation an acceptance belongs to."""

from bot.domain.customer import Customer
from bot.domain.errors import NotAllowed
from bot.domain.identifiers import InvitationId, TenantId, parse_tenant_id
from bot.domain.invitation import Invitation
from bot.slack import names
from bot.slack.routing import Interaction
from bot.slack.views.customer import customer_view
from handlers.errors import tell, try_to_tell
from handlers.parts import Parts
from handlers.reading import clicked_tenant, clicked_value


class CustomerRelationships:
    """Reads records, and takes the answers to "which invitation was this?"."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def open_clicked(self, interaction: Interaction) -> None:
        """Show a customer's record; the value is a tenant id, or the id of an invitation to it."""
        words = await self.parts.words_for(interaction.user_id)
        await self._require_member(interaction)
        tenant_id = clicked_tenant(interaction) or await self._tenant_of(clicked_value(interaction))
        customer = await self.parts.store.customers.get(tenant_id) if tenant_id else None
        if tenant_id is None or customer is None:
            await tell(self.parts, interaction, words, words("errors/no_customer"))
            return
        invitations = await self._invitations(customer)
        links = self.parts.customer_links(customer)
        view = customer_view(words, customer, invitations, links=links)
        await self.parts.messenger.open_view(interaction.trigger_id, view)
        await interaction.ack()

    async def link_chosen(self, interaction: Interaction) -> None:
        """Somebody recognised the invitation."""
        words = await self.parts.words_for(interaction.user_id)
        tenant, invitation = names.both_ids(clicked_value(interaction))
        tenant_id = parse_tenant_id(tenant)
        if tenant_id is not None:
            await self.parts.relationships.link(tenant_id, InvitationId(invitation), by=interaction.user_id)
        await try_to_tell(self.parts, interaction, words, words("errors/linked"))

    async def adopt_clicked(self, interaction: Interaction) -> None:
        """A customer of its own: nobody's invitation waits for it."""
        await self._settle(interaction, "adopt")

    async def not_an_invitation_clicked(self, interaction: Interaction) -> None:
        await self._settle(interaction, "not_an_invitation")

    async def _settle(self, interaction: Interaction, action: str) -> None:
        words = await self.parts.words_for(interaction.user_id)
        tenant_id = clicked_tenant(interaction)
        if tenant_id is not None:
            await self.parts.relationships.settle(tenant_id, action, by=interaction.user_id)
        await try_to_tell(self.parts, interaction, words, words(f"errors/{action}"))

    async def _invitations(self, customer: Customer) -> list[Invitation]:
        """Return the invitations to a customer, newest first; some name only the domain."""
        known = self.parts.store.invitations
        by_domain = await known.of_domain(customer.domain) if customer.domain else ()
        unnamed = [one for one in by_domain if one.customer_tenant_id is None]
        found = [*await known.of_tenant(customer.tenant_id), *unnamed]
        return sorted(found, key=lambda one: one.requested_at, reverse=True)

    async def _tenant_of(self, invitation_id: str) -> TenantId | None:
        invitation = await self.parts.store.invitations.get(InvitationId(invitation_id))
        return invitation.customer_tenant_id if invitation else None

    async def _require_member(self, interaction: Interaction) -> None:
        person = await self.parts.people.person(interaction.user_id)
        if not person.is_full_member:
            raise NotAllowed(interaction.user_id, "read")
