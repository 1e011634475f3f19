"""Takes approved invitations to the customer, step by step."""

from bot.domain.identifiers import InvitationId
from bot.ports.work import Claim, Queue
from bot.services.sending import Sending
from bot.workers.endings import Done, Ending


class InvitationSender:
    """Microsoft and mail. One invitation is a lane: its steps never overlap."""

    queue = Queue.SENDER
    limit = 8

    def __init__(self, sending: Sending) -> None:
        self.sending = sending

    async def attempt(self, claim: Claim) -> Ending:
        invitation_id = InvitationId(str(claim.work.payload["invitation_id"]))
        if claim.work.payload["step"] == "prepare":
            await self.sending.prepare(invitation_id)
        else:
            await self.sending.send(invitation_id, uncertain=claim.uncertain)
        return Done()
