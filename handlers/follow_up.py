"""What requesters do with an invitation after it was decided on: the buttons of its card."""

from collections.abc import Awaitable, Callable

from bot.domain.identifiers import InvitationId, SlackUserId
from bot.domain.invitation import Invitation
from bot.slack.routing import Interaction
from bot.slack.views.show_mail import mail_view
from handlers.errors import try_to_tell
from handlers.parts import Parts
from handlers.reading import clicked_invitation, clicked_tenant

Act = Callable[..., Awaitable[Invitation]]


class FollowUp:
    """Each button does one thing; the card shows the result, so a click is only acknowledged."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def withdraw_clicked(self, interaction: Interaction) -> None:
        await self._do(interaction, self.parts.invitations.withdraw)

    async def retry_clicked(self, interaction: Interaction) -> None:
        await self._do(interaction, self.parts.invitations.retry)

    async def mark_sent_clicked(self, interaction: Interaction) -> None:
        await self._do(interaction, self.parts.invitations.mark_sent)

    async def cancel_clicked(self, interaction: Interaction) -> None:
        await self._do(interaction, self.parts.invitations.cancel)

    async def reopen_clicked(self, interaction: Interaction) -> None:
        await self._do(interaction, self.parts.invitations.reopen)

    async def show_mail_clicked(self, interaction: Interaction) -> None:
        """Show the mail with its links, ready to be copied or opened in a mail program."""
        invitation = await self.parts.invitations.view(
            clicked_invitation(interaction), by=interaction.user_id
        )
        words = await self.parts.words_for(interaction.user_id)
        await self.parts.messenger.open_view(interaction.trigger_id, mail_view(words, invitation))
        await interaction.ack()

    async def mail_submitted(self, interaction: Interaction) -> None:
        """The person says the mail is out."""
        invitation_id = InvitationId(interaction.body["view"]["private_metadata"])
        await self.parts.invitations.mark_sent(invitation_id, by=interaction.user_id)
        await interaction.ack(response_action="clear")

    async def let_it_go_clicked(self, interaction: Interaction) -> None:
        """Nothing is asked again; the record says who decided so."""
        words = await self.parts.words_for(interaction.user_id)
        tenant_id = clicked_tenant(interaction)
        if tenant_id is not None:
            await self.parts.relationships.settle(tenant_id, "let_go", by=interaction.user_id)
        else:
            await self.parts.invitations.let_go(clicked_invitation(interaction), by=interaction.user_id)
        await try_to_tell(self.parts, interaction, words, words("errors/let_go"))

    async def link_clicked(self, interaction: Interaction) -> None:
        """A button that opens a page also tells us; there is nothing to do."""
        await interaction.ack()

    async def _do(self, interaction: Interaction, act: Act) -> None:
        by: SlackUserId = interaction.user_id
        await act(clicked_invitation(interaction), by=by)
        await interaction.ack()
