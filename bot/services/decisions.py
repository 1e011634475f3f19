"""What approvers decide."""

from collections.abc import Callable

from bot.domain import notifications
from bot.domain.errors import SelfApproval, UnknownInvitation
from bot.domain.identifiers import InvitationId, SlackUserId
from bot.domain.invitation import Event, Invitation
from bot.domain.notifications import Notice
from bot.domain.policy import Policy
from bot.ports.members import Members
from bot.ports.store import Store
from bot.services.changes import Changes, retry_when_stale


class Decisions:
    """Approve, reject, ask for changes: by an approver of the policy, never by the requester."""

    def __init__(self, *, changes: Changes, members: Members, policy: Policy) -> None:
        self.changes = changes
        self.store: Store = changes.store
        self.clock = changes.clock
        self.members = members
        self.policy = policy

    @retry_when_stale
    async def approve(
        self, invitation_id: InvitationId, *, by: SlackUserId, fingerprint: str, comment: str = ""
    ) -> Invitation:
        """
        Let exactly what was reviewed be sent, and start preparing it.

        Raises `NotAllowed`, `SelfApproval`, `WrongStatus`, `ReviewOutdated`.
        """

        def approve(invitation: Invitation) -> Invitation:
            return invitation.approve(by=by, fingerprint=fingerprint, comment=comment, at=self.clock.now())

        return await self._decide(invitation_id, by, Event.APPROVE, Notice.APPROVED, approve)

    @retry_when_stale
    async def reject(self, invitation_id: InvitationId, *, by: SlackUserId, comment: str) -> Invitation:
        """Refuse for good. Raises `NotAllowed`, `SelfApproval`, `WrongStatus`."""

        def reject(invitation: Invitation) -> Invitation:
            return invitation.reject(by=by, comment=comment, at=self.clock.now())

        return await self._decide(invitation_id, by, Event.REJECT, Notice.REJECTED, reject)

    @retry_when_stale
    async def request_changes(
        self, invitation_id: InvitationId, *, by: SlackUserId, comment: str
    ) -> Invitation:
        """Give it back to the requester. Raises `NotAllowed`, `SelfApproval`, `WrongStatus`."""

        def request_changes(invitation: Invitation) -> Invitation:
            return invitation.request_changes(by=by, comment=comment, at=self.clock.now())

        return await self._decide(
            invitation_id, by, Event.REQUEST_CHANGES, Notice.CHANGES_REQUESTED, request_changes
        )

    async def require_decider(
        self, invitation: Invitation, user_id: SlackUserId, *, anew: bool = False
    ) -> None:
        """Raise `NotAllowed` or `SelfApproval` unless this person may decide on this invitation."""
        if user_id == invitation.requested_by:
            raise SelfApproval(invitation.id)
        self.policy.require_approver(await self.members.member(user_id, anew=anew))

    async def _decide(
        self,
        invitation_id: InvitationId,
        by: SlackUserId,
        event: Event,
        notice: Notice,
        decide: Callable[[Invitation], Invitation],
    ) -> Invitation:
        invitation = await self.store.invitations.get(invitation_id)
        if invitation is None:
            raise UnknownInvitation(invitation_id)
        await self.require_decider(invitation, by, anew=True)
        decided = decide(invitation)
        next_step = [self.changes.step(decided, "prepare")] if event is Event.APPROVE else []
        told = notifications.tell(decided, notice)
        await self.changes.replace(invitation, decided, actor=by, action=event, told=told, also=next_step)
        return decided
