"""Takes approved invitations to the customer, step by step."""

from datetime import timedelta

from bot.domain.identifiers import InvitationId
from bot.ports.failures import OutcomeUnknown, Temporary
from bot.ports.work import Claim, Queue
from bot.services.sending import Sending
from bot.workers.endings import Done, Ending, waiting_time

_WORTH_TELLING = timedelta(seconds=8)
"""A shorter wait is over before anybody has read of it."""


class InvitationSender:
    """Microsoft and mail. One invitation is a lane: its steps never overlap."""

    queue = Queue.SENDER
    limit = 8

    def __init__(self, sending: Sending) -> None:
        self.sending = sending

    async def attempt(self, claim: Claim) -> Ending:
        invitation_id = InvitationId(str(claim.work.payload["invitation_id"]))
        try:
            await self._step(claim, invitation_id)
        except (Temporary, OutcomeUnknown) as error:
            if waiting_time(error, claim.attempts) < _WORTH_TELLING:
                raise
            if await self.sending.delayed(invitation_id, detail=str(error)):
                raise
            return Done("handed to a person")
        return Done()

    async def _step(self, claim: Claim, invitation_id: InvitationId) -> None:
        if claim.work.payload["step"] == "prepare":
            await self.sending.prepare(invitation_id)
        else:
            await self.sending.send(invitation_id, uncertain=claim.uncertain)
