"""The review: exactly what will be sent, and approve, reject or ask for changes."""

from typing import Literal

from bot.domain.errors import DomainError, WrongStatus
from bot.domain.identifiers import InvitationId
from bot.domain.invitation import NEXT, Event, Invitation, Status
from bot.domain.proposal import differences
from bot.slack import names
from bot.slack.routing import Interaction
from bot.slack.views.review_invitation import comment_view, review_view
from bot.slack.web_client import BEFORE_ACK_SECONDS
from bot.slack.words import Mrkdwn
from handlers.errors import Errors
from handlers.parts import Parts
from handlers.reading import clicked_invitation, comment


class DecideInvitation:
    """What approvers do, from the card to the decision."""

    def __init__(self, parts: Parts, errors: Errors) -> None:
        self.parts = parts
        self.errors = errors

    async def review_clicked(self, interaction: Interaction) -> None:
        """Show everything to those who may see it; who may not decide reads why."""
        invitation = await self.parts.invitations.view(
            clicked_invitation(interaction), by=interaction.user_id
        )
        view = await self._review(interaction, invitation)
        await self.parts.messenger.open_view(interaction.trigger_id, view)
        await interaction.ack()

    async def approve_submitted(self, interaction: Interaction) -> None:
        """Approve what was on the screen: its fingerprint came along with the modal."""
        invitation_id, fingerprint = _reviewed(interaction)
        await self.parts.decisions.approve(
            invitation_id, by=interaction.user_id, fingerprint=fingerprint, comment=comment(interaction)
        )
        await interaction.ack(response_action="clear")

    async def reject_clicked(self, interaction: Interaction) -> None:
        await self._ask_why(interaction, "reject_invitation")

    async def request_changes_clicked(self, interaction: Interaction) -> None:
        await self._ask_why(interaction, "request_changes")

    async def back_clicked(self, interaction: Interaction) -> None:
        """Return to the review, with the comment as it was typed."""
        invitation = await self.parts.invitations.view(
            clicked_invitation(interaction), by=interaction.user_id
        )
        await self._show_instead(interaction, await self._review(interaction, invitation))

    async def reject_submitted(self, interaction: Interaction) -> None:
        invitation_id, _ = _reviewed(interaction)
        await self.parts.decisions.reject(invitation_id, by=interaction.user_id, comment=comment(interaction))
        await interaction.ack(response_action="clear")

    async def request_changes_submitted(self, interaction: Interaction) -> None:
        invitation_id, _ = _reviewed(interaction)
        await self.parts.decisions.request_changes(
            invitation_id, by=interaction.user_id, comment=comment(interaction)
        )
        await interaction.ack(response_action="clear")

    async def _review(self, interaction: Interaction, invitation: Invitation) -> dict[str, object]:
        words = await self.parts.words_for(interaction.user_id)
        previous = await self.parts.invitations.previous(invitation)
        why_not = await self._why_not(interaction, invitation)
        return review_view(
            words,
            invitation,
            previous=previous,
            differences=differences(previous.proposal, invitation.proposal) if previous else (),
            may_decide=why_not is None,
            why_not=why_not,
            comment=comment(interaction),
        )

    async def _why_not(self, interaction: Interaction, invitation: Invitation) -> Mrkdwn | None:
        """Return why this person cannot decide now, in their words, or None if they can."""
        words = await self.parts.words_for(interaction.user_id)
        try:
            if invitation.status is not Status.AWAITING_APPROVAL:
                status = words.plain(f"statuses/{invitation.status}")
                return words("review_invitation/closed", status=status)
            await self.parts.decisions.require_decider(invitation, interaction.user_id)
        except DomainError as error:
            return await self.errors.explain(error, words)
        return None

    async def _ask_why(
        self, interaction: Interaction, kind: Literal["reject_invitation", "request_changes"]
    ) -> None:
        words = await self.parts.words_for(interaction.user_id)
        invitation = await self.parts.invitations.view(
            clicked_invitation(interaction), by=interaction.user_id
        )
        await self.parts.decisions.require_decider(invitation, interaction.user_id)
        event = Event.REJECT if kind == "reject_invitation" else Event.REQUEST_CHANGES
        if event not in NEXT[invitation.status]:
            raise WrongStatus(invitation.id, invitation.status, event)
        view = comment_view(words, invitation, kind, comment=comment(interaction))
        await self._show_instead(interaction, view)

    async def _show_instead(self, interaction: Interaction, view: dict[str, object]) -> None:
        """Put a view in the place of the one that was clicked in, before the click is over."""
        view_id = str(interaction.body["view"]["id"])
        await self.parts.messenger.update_view(view_id, view, timeout_seconds=BEFORE_ACK_SECONDS)
        await interaction.ack()


def _reviewed(interaction: Interaction) -> tuple[InvitationId, str]:
    invitation_id, fingerprint = names.both_ids(interaction.body["view"]["private_metadata"])
    return InvitationId(invitation_id), fingerprint
