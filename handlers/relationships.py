"""Customers: their record, and which invitation an acceptance belongs to."""

from collections.abc import Awaitable, Callable

import structlog

from bot.domain.customer import Customer
from bot.domain.errors import NotAllowed
from bot.domain.identifiers import InvitationId, TenantId, parse_tenant_id
from bot.domain.invitation import Invitation
from bot.domain.settlement import Answer, Settlement
from bot.ports.failures import OutcomeUnknown, Permanent, Temporary
from bot.services.settlements import settlement_of
from bot.slack import names
from bot.slack.blocks import section
from bot.slack.messages.which_invitation import settled
from bot.slack.routing import Interaction
from bot.slack.views.customer import customer_view
from bot.slack.words import Mrkdwn
from handlers.errors import tell, try_to_tell
from handlers.parts import Parts
from handlers.reading import clicked_message, clicked_tenant, clicked_value

_log = structlog.get_logger(__name__)


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
        tenant, invitation = names.both_ids(clicked_value(interaction))

        async def link(tenant_id: TenantId) -> None:
            await self.parts.relationships.link(tenant_id, InvitationId(invitation), by=interaction.user_id)

        await self._settle(interaction, parse_tenant_id(tenant), link, "errors/linked")

    async def adopt_clicked(self, interaction: Interaction) -> None:
        """A customer of its own: nobody's invitation waits for it."""
        await self._say(interaction, Answer.ADOPT)

    async def not_an_invitation_clicked(self, interaction: Interaction) -> None:
        await self._say(interaction, Answer.NOT_AN_INVITATION)

    async def _say(self, interaction: Interaction, answer: Answer) -> None:
        async def say(tenant_id: TenantId) -> None:
            await self.parts.relationships.settle(tenant_id, answer, by=interaction.user_id)

        await self._settle(interaction, clicked_tenant(interaction), say, f"errors/{answer}")

    async def _settle(
        self,
        interaction: Interaction,
        tenant_id: TenantId | None,
        act: Callable[[TenantId], Awaitable[None]],
        thanks: str,
    ) -> None:
        """Take the first answer, and let the question show it; later ones are told how it was settled."""
        words = await self.parts.words_for(interaction.user_id)
        await self._require_member(interaction)
        customer = await self.parts.store.customers.get(tenant_id) if tenant_id else None
        if customer is None:
            await tell(self.parts, interaction, words, words("errors/no_customer"))
            return
        earlier = await settlement_of(self.parts.store, customer)
        if earlier is None:
            await act(customer.tenant_id)
        settlement = earlier or await settlement_of(self.parts.store, customer)
        await interaction.ack()
        if settlement is None:
            await tell(self.parts, interaction, words, words("which_invitation/taken"))
            return
        await self._show_settled(interaction, customer, settlement)
        done = Mrkdwn(f"{words('errors/done_already')} {settled(words, customer, settlement)}")
        await try_to_tell(self.parts, interaction, words, done if earlier else words(thanks))

    async def _show_settled(
        self, interaction: Interaction, customer: Customer, settlement: Settlement
    ) -> None:
        """Put the answer in the place of the question. If Slack is away now, the next click does it."""
        message = clicked_message(interaction)
        if message is None:
            return
        text = settled(self.parts.channel_words, customer, settlement)
        try:
            await self.parts.messenger.update(message, [section(text)], text)
        except (Permanent, Temporary, OutcomeUnknown) as failure:
            _log.warning("question_not_settled_in_place", why=str(failure))

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
        member = await self.parts.members.member(interaction.user_id)
        if not member.is_full_member:
            raise NotAllowed(interaction.user_id, "read")
