"""What happens when somebody's time is up."""

from bot.domain import notifications
from bot.domain.errors import WrongStatus
from bot.domain.identifiers import InvitationId
from bot.domain.invitation import Event, Invitation, Status
from bot.domain.notifications import Notice
from bot.ports.store import Store
from bot.services.changes import SYSTEM, Changes, retry_when_stale


class Deadlines:
    """Colleagues have `APPROVAL_TIME`, customers `ANSWER_TIME`. A late or repeated timer is harmless."""

    def __init__(self, *, changes: Changes) -> None:
        self.changes = changes
        self.store: Store = changes.store
        self.clock = changes.clock

    @retry_when_stale
    async def expire_approval(self, invitation_id: InvitationId) -> None:
        """Close an invitation nobody decided on in time."""
        invitation = await self._overdue(invitation_id)
        if invitation is None or invitation.status is not Status.AWAITING_APPROVAL:
            return
        expired = invitation.expire_approval(at=self.clock.now())
        told = notifications.tell(expired, Notice.APPROVAL_EXPIRED)
        await self.changes.replace(invitation, expired, actor=SYSTEM, action=Event.EXPIRE_APPROVAL, told=told)

    @retry_when_stale
    async def lapse(self, invitation_id: InvitationId) -> None:
        """Close an invitation the customer did not answer in time."""
        invitation = await self._overdue(invitation_id)
        if invitation is None:
            return
        try:
            lapsed = invitation.lapse(at=self.clock.now())
        except WrongStatus:
            return
        told = notifications.tell(lapsed, Notice.LAPSED)
        await self.changes.replace(invitation, lapsed, actor=SYSTEM, action=Event.LAPSE, told=told)

    async def _overdue(self, invitation_id: InvitationId) -> Invitation | None:
        invitation = await self.store.invitations.get(invitation_id)
        due = invitation is not None and invitation.due_at <= self.clock.now()
        return invitation if due else None
