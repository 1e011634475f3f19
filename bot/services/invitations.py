"""What requesters do with their invitations."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import notifications
from bot.domain.clouds import CAPABILITIES
from bot.domain.customer import ResellerState
from bot.domain.errors import (
    AlreadyCustomer,
    AlreadyInvited,
    CloudRefused,
    NotAllowed,
    NothingAskedFor,
    UnknownInvitation,
)
from bot.domain.identifiers import InvitationId, SlackUserId
from bot.domain.invitation import APPROVAL_TIME, Delivery, Event, Invitation, Proposal, Status
from bot.domain.notifications import Notice
from bot.domain.partner import Partner
from bot.domain.policy import Policy
from bot.ports.members import Members
from bot.ports.store import Stale, Store, Write
from bot.services.changes import Changes, new_invitation_id, retry_when_stale
from bot.services.prospects import Prospects


class Invitations:
    """Requesting, changing and ending invitations. Every method checks the person's rights first."""

    def __init__(
        self,
        *,
        changes: Changes,
        members: Members,
        policy: Policy,
        partner: Partner,
        prospects: Prospects,
    ) -> None:
        self.changes = changes
        self.store: Store = changes.store
        self.clock = changes.clock
        self.members = members
        self.policy = policy
        self.partner = partner
        self.prospects = prospects

    async def get(self, invitation_id: InvitationId) -> Invitation:
        """Return it. Raises `UnknownInvitation`."""
        invitation = await self.store.invitations.get(invitation_id)
        if invitation is None:
            raise UnknownInvitation(invitation_id)
        return invitation

    async def require_requester(self, user_id: SlackUserId) -> None:
        """Raise `NotAllowed` unless this person may ask for invitations."""
        self.policy.require_requester(await self.members.member(user_id))

    @retry_when_stale
    async def request(
        self,
        proposal: Proposal,
        *,
        by: SlackUserId,
        key: str,
        again_from: InvitationId | None = None,
        also: Sequence[Write] = (),
    ) -> Invitation:
        """
        Ask colleagues to approve a proposal; the same `key` twice is one request. `also` commits with it.

        Raises `NotAllowed`, `AlreadyInvited`, `AlreadyCustomer`, `NothingAskedFor`, `CloudRefused`.
        """
        try:
            return await self._request(proposal, by=by, key=key, again_from=again_from, also=also)
        except (AlreadyInvited, AlreadyCustomer, Stale):
            # Looked for only now: that a request comes twice is rare.
            earlier = await self.store.invitations.by_key(key)
            if earlier is None:
                raise
            return earlier

    async def _request(
        self,
        proposal: Proposal,
        *,
        by: SlackUserId,
        key: str,
        again_from: InvitationId | None,
        also: Sequence[Write],
    ) -> Invitation:
        await self.require_requester(by)
        await self._require_possible(proposal)
        now = self.clock.now()
        invitation = Invitation(
            id=new_invitation_id(),
            proposal=proposal,
            status=Status.AWAITING_APPROVAL,
            requested_by=by,
            requested_at=now,
            due_at=now + APPROVAL_TIME,
            asked_again_from=again_from,
        )
        await self.store.commit(
            self.store.invitations.adding(invitation, key=key),
            self.changes.audited(invitation, actor=by, action="request"),
            self.changes.timer("approval", invitation),
            *self.changes.telling(notifications.tell(invitation, Notice.ASKED)),
            *also,
        )
        return invitation

    @retry_when_stale
    async def resubmit(
        self,
        invitation_id: InvitationId,
        proposal: Proposal,
        *,
        by: SlackUserId,
        also: Sequence[Write] = (),
    ) -> Invitation:
        """Ask again after changes. Earlier votes no longer count. `also` commits with it."""
        invitation = await self.to_change(invitation_id, by=by)
        again = invitation.resubmit(proposal, at=self.clock.now())
        await self._require_possible(proposal, besides=invitation_id)
        await self._commit(
            invitation,
            again,
            by,
            Event.RESUBMIT,
            Notice.ASKED_AGAIN,
            self.changes.timer("approval", again),
            *also,
        )
        return again

    @retry_when_stale
    async def withdraw(self, invitation_id: InvitationId, *, by: SlackUserId) -> Invitation:
        invitation = await self._as_steward(invitation_id, by)
        withdrawn = invitation.withdraw(at=self.clock.now())
        await self._commit(invitation, withdrawn, by, Event.WITHDRAW, Notice.WITHDRAWN)
        return withdrawn

    @retry_when_stale
    async def reopen(self, invitation_id: InvitationId, *, by: SlackUserId) -> Invitation:
        """Ask colleagues once more after they let it expire."""
        invitation = await self._as_steward(invitation_id, by)
        reopened = invitation.reopen(at=self.clock.now())
        await self._require_possible(reopened.proposal, besides=invitation_id)
        await self._commit(
            invitation,
            reopened,
            by,
            Event.REOPEN,
            Notice.ASKED_AGAIN,
            self.changes.timer("approval", reopened),
        )
        return reopened

    @retry_when_stale
    async def retry(self, invitation_id: InvitationId, *, by: SlackUserId) -> Invitation:
        """Try again what could not be prepared, or a mail that did not go out."""
        invitation = await self._as_steward(invitation_id, by)
        if invitation.status is Status.READY and invitation.problem:
            again = replace(invitation, problem="", problem_detail="")
            step = "send"
        else:
            again, step = invitation.retry(), "prepare"
        await self._commit(invitation, again, by, Event.RETRY, None, self.changes.step(again, step))
        return again

    @retry_when_stale
    async def mark_sent(self, invitation_id: InvitationId, *, by: SlackUserId) -> Invitation:
        """Record that a person sent the mail."""
        invitation = await self._as_steward(invitation_id, by)
        sent = invitation.mark_sent(at=self.clock.now())
        await self._commit(invitation, sent, by, Event.MARK_SENT, Notice.SENT)
        return sent

    @retry_when_stale
    async def cancel(self, invitation_id: InvitationId, *, by: SlackUserId) -> Invitation:
        """Stop waiting. A link already out may still work until Microsoft lets it lapse."""
        invitation = await self._as_steward(invitation_id, by)
        cancelled = invitation.cancel(at=self.clock.now())
        await self._commit(invitation, cancelled, by, Event.CANCEL, Notice.CANCELLED)
        return cancelled

    async def let_go(self, invitation_id: InvitationId, *, by: SlackUserId) -> None:
        """Record that lost access is not asked for again."""
        invitation = await self._as_steward(invitation_id, by)
        await self.store.commit(self.changes.audited(invitation, actor=by, action="let_go"))

    async def view(self, invitation_id: InvitationId, *, by: SlackUserId) -> Invitation:
        """Return an invitation with the customer's data, to those who may see it. Raises `NotAllowed`."""
        return await self._as_steward(invitation_id, by)

    async def to_change(self, invitation_id: InvitationId, *, by: SlackUserId) -> Invitation:
        """
        Return an invitation that was sent back, to the person who asked for it.

        Nobody else may change it: an approver who did would then approve words of their own.
        Raises `NotAllowed`, `WrongStatus`.
        """
        invitation = await self._as_steward(invitation_id, by)
        if by != invitation.requested_by:
            raise NotAllowed(by, "change")
        invitation.resubmit(invitation.proposal, at=self.clock.now())
        return invitation

    async def previous(self, invitation: Invitation) -> Invitation | None:
        """Return the invitation to the same customer before this one, or None."""
        customer = invitation.proposal.customer
        if customer.tenant_id:
            known: Sequence[Invitation] = await self.store.invitations.of_tenant(customer.tenant_id)
        elif customer.domain:
            known = await self.store.invitations.of_domain(customer.domain)
        else:
            known = ()
        earlier = (one for one in known if one.requested_at < invitation.requested_at)
        return max(earlier, key=lambda one: one.requested_at, default=None)

    async def _as_steward(self, invitation_id: InvitationId, user_id: SlackUserId) -> Invitation:
        invitation = await self.get(invitation_id)
        self.policy.require_steward(await self.members.member(user_id), invitation.requested_by)
        return invitation

    async def _require_possible(self, proposal: Proposal, besides: InvitationId | None = None) -> None:
        customer = proposal.customer
        if not proposal.reseller and proposal.admin_access is None:
            raise NothingAskedFor()
        if customer.cloud is not self.partner.cloud:
            raise CloudRefused(customer.cloud, "not_ours")
        if proposal.admin_access is not None and not CAPABILITIES[customer.cloud].admin_access:
            raise CloudRefused(customer.cloud, "no_admin_access")
        pending = await self.prospects.pending(domain=customer.domain, tenant_id=customer.tenant_id)
        if pending is not None and pending.id != besides:
            raise AlreadyInvited(pending.id)
        known = await self.store.customers.get(customer.tenant_id) if customer.tenant_id else None
        if proposal.reseller and known is not None and known.reseller is ResellerState.ACTIVE:
            raise AlreadyCustomer(f"tenant {known.tenant_id} is already a reseller customer")

    async def _commit(
        self,
        before: Invitation,
        after: Invitation,
        by: SlackUserId,
        event: Event,
        notice: Notice | None,
        *more: Write,
    ) -> None:
        told = notifications.tell(after, notice) if notice else notifications.cards(after)
        await self.changes.replace(before, after, actor=by, action=event, told=told, also=more)


def needs_a_person(invitation: Invitation) -> bool:
    """Return whether the mail waits for somebody to send it."""
    manual = invitation.proposal.delivery is not Delivery.SEND_FOR_ME
    return invitation.status is Status.READY and (manual or bool(invitation.problem))
