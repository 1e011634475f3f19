"""The invitation and its state machine."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.errors import NotApproved, ReviewOutdated, SelfApproval, WrongStatus
from bot.domain.identifiers import InvitationId, RelationshipId, SlackUserId, TenantId
from bot.domain.mail import Links
from bot.domain.proposal import AdminAccess as AdminAccess
from bot.domain.proposal import Contact as Contact
from bot.domain.proposal import Delivery as Delivery
from bot.domain.proposal import Difference, edits
from bot.domain.proposal import Proposal as Proposal
from bot.domain.proposal import Prospect as Prospect
from bot.domain.relationship import WORKING

APPROVAL_TIME = timedelta(days=14)
"""How long colleagues have to decide."""

ANSWER_TIME = timedelta(days=90)
"""How long the customer has: Microsoft drops an unapproved admin request after 90 days."""

DELAY_TIME = timedelta(days=1)
"""How long a step is tried by itself while Microsoft or the mail system is away; then a person decides."""


class Status(StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    APPROVAL_EXPIRED = "approval_expired"
    APPROVED = "approved"
    PREPARING = "preparing"
    FAILED = "failed"
    READY = "ready"
    SENT = "sent"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class Event(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_CHANGES = "request_changes"
    RESUBMIT = "resubmit"
    WITHDRAW = "withdraw"
    EXPIRE_APPROVAL = "expire_approval"
    REOPEN = "reopen"
    PREPARE = "prepare"
    PREPARED = "prepared"
    FAIL = "fail"
    RETRY = "retry"
    MARK_SENT = "mark_sent"
    ACCEPT = "accept"
    CANCEL = "cancel"
    LAPSE = "lapse"


# The whole state machine. A customer may accept a link that was already out when we cancelled or let it
# lapse: Microsoft cannot call a link back, so those two still lead to accepted.
NEXT: dict[Status, dict[Event, Status]] = {
    Status.AWAITING_APPROVAL: {
        Event.APPROVE: Status.APPROVED,
        Event.REJECT: Status.REJECTED,
        Event.REQUEST_CHANGES: Status.CHANGES_REQUESTED,
        Event.WITHDRAW: Status.WITHDRAWN,
        Event.EXPIRE_APPROVAL: Status.APPROVAL_EXPIRED,
    },
    Status.CHANGES_REQUESTED: {
        Event.RESUBMIT: Status.AWAITING_APPROVAL,
        Event.WITHDRAW: Status.WITHDRAWN,
    },
    Status.APPROVAL_EXPIRED: {Event.REOPEN: Status.AWAITING_APPROVAL},
    Status.APPROVED: {Event.PREPARE: Status.PREPARING},
    Status.PREPARING: {Event.PREPARED: Status.READY, Event.FAIL: Status.FAILED},
    Status.FAILED: {Event.RETRY: Status.PREPARING, Event.WITHDRAW: Status.WITHDRAWN},
    Status.READY: {
        Event.MARK_SENT: Status.SENT,
        Event.ACCEPT: Status.ACCEPTED,
        Event.CANCEL: Status.CANCELLED,
        Event.LAPSE: Status.LAPSED,
    },
    Status.SENT: {
        Event.ACCEPT: Status.ACCEPTED,
        Event.CANCEL: Status.CANCELLED,
        Event.LAPSE: Status.LAPSED,
    },
    Status.CANCELLED: {Event.ACCEPT: Status.ACCEPTED},
    Status.LAPSED: {Event.ACCEPT: Status.ACCEPTED},
    Status.ACCEPTED: {},
    Status.REJECTED: {},
    Status.WITHDRAWN: {},
}

OPEN = frozenset(Status) - {
    Status.ACCEPTED,
    Status.REJECTED,
    Status.WITHDRAWN,
    Status.CANCELLED,
    Status.LAPSED,
    Status.APPROVAL_EXPIRED,
}
"""Statuses in which an invitation still asks for somebody's next step."""

LINK_IS_OUT = frozenset(
    {Status.READY, Status.SENT, Status.CANCELLED, Status.LAPSED, Status.ACCEPTED},
)
"""Statuses in which the customer may hold the link."""


@dataclass(frozen=True)
class Progress:
    """How far each half is. `admin_access_status` is Microsoft's own word, empty before it is known."""

    reseller_accepted_at: datetime | None = None
    agreement_signed_at: datetime | None = None
    admin_access_status: str = ""
    admin_access_active_at: datetime | None = None
    groups_assigned_at: datetime | None = None


@dataclass(frozen=True)
class Invitation:
    """
    One customer asked by one colleague. `version` counts writes; `due_at` is when colleagues or the
    customer run out of time. `changed` is what was edited since a colleague asked for changes, None where
    nobody did. `problem` is a `Reason` while a person has to mend something; `delayed_since`
    is set while the next step waits for Microsoft or the mail system, and nobody has to do anything.
    """

    id: InvitationId
    proposal: Proposal
    status: Status
    requested_by: SlackUserId
    requested_at: datetime
    due_at: datetime
    version: int = 1
    decided_by: SlackUserId | None = None
    decided_at: datetime | None = None
    comment: str = ""
    changed: tuple[Difference, ...] | None = None
    approved_fingerprint: str = ""
    links: Links = Links()
    relationship_id: RelationshipId | None = None
    prepared_at: datetime | None = None
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    problem: str = ""
    problem_detail: str = ""
    delayed_since: datetime | None = None
    progress: Progress = Progress()
    asked_again_from: InvitationId | None = None

    @property
    def customer_tenant_id(self) -> TenantId | None:
        return self.proposal.customer.tenant_id

    @property
    def is_complete(self) -> bool:
        """Whether the customer did everything that was asked of them."""
        reseller_done = not self.proposal.reseller or self.progress.reseller_accepted_at is not None
        access_done = self.proposal.admin_access is None or self.progress.admin_access_active_at is not None
        return reseller_done and access_done

    @property
    def has_admin_access(self) -> bool:
        """Whether the admin access this invitation asked for is there now."""
        progress = self.progress
        return progress.admin_access_active_at is not None and progress.admin_access_status in WORKING | {""}

    @property
    def tried_until(self) -> datetime | None:
        """When a delayed step is no longer tried by itself."""
        return self.delayed_since + DELAY_TIME if self.delayed_since else None

    @property
    def relationship_name(self) -> str:
        """Our admin relationship's name at Microsoft: unique for ever, so that a lost answer can be found."""
        return f"Overture_{self.id}"

    def approve(self, *, by: SlackUserId, fingerprint: str, at: datetime, comment: str = "") -> "Invitation":
        """
        Allow exactly what `fingerprint` stands for to be sent.

        Raises `SelfApproval`, `WrongStatus`, `ReviewOutdated`.
        """
        approved = self._decide(Event.APPROVE, by=by, comment=comment, at=at)
        if fingerprint != self.proposal.fingerprint:
            raise ReviewOutdated(self.id)
        return replace(approved, approved_fingerprint=fingerprint)

    def reject(self, *, by: SlackUserId, comment: str, at: datetime) -> "Invitation":
        """Refuse for good. Raises `SelfApproval`, `WrongStatus`."""
        return replace(self._decide(Event.REJECT, by=by, comment=comment, at=at), ended_at=at)

    def request_changes(self, *, by: SlackUserId, comment: str, at: datetime) -> "Invitation":
        """Give it back to the requester. Raises `SelfApproval`, `WrongStatus`."""
        return self._decide(Event.REQUEST_CHANGES, by=by, comment=comment, at=at)

    def resubmit(self, proposal: Proposal, *, at: datetime) -> "Invitation":
        """Ask again after changes; what was decided before no longer counts. Raises `WrongStatus`."""
        changed = edits(self.proposal, proposal)
        undecided = replace(self._undecided(at), proposal=proposal, changed=changed)
        return undecided._become(Event.RESUBMIT)

    def withdraw(self, *, at: datetime) -> "Invitation":
        return replace(self._become(Event.WITHDRAW), ended_at=at)

    def expire_approval(self, *, at: datetime) -> "Invitation":
        return replace(self._become(Event.EXPIRE_APPROVAL), ended_at=at)

    def reopen(self, *, at: datetime) -> "Invitation":
        return self._undecided(at)._become(Event.REOPEN)

    def prepare(self) -> "Invitation":
        """Start asking Microsoft for the links. Raises `NotApproved` if the text is not the approved one."""
        preparing = self._become(Event.PREPARE)
        preparing.require_approval()
        return preparing

    def refuse(self, reason: str, detail: str = "") -> "Invitation":
        """Fail what was approved before Microsoft is asked for anything."""
        return self._become(Event.PREPARE).fail(reason, detail)

    def record_relationship(self, relationship_id: RelationshipId) -> "Invitation":
        """Remember the admin relationship as soon as Microsoft has it, before it is complete."""
        return replace(self, relationship_id=relationship_id)

    def prepared(self, links: Links, *, at: datetime) -> "Invitation":
        ready = self._become(Event.PREPARED)
        return replace(ready, links=links, prepared_at=at, due_at=at + ANSWER_TIME)

    def fail(self, reason: str, detail: str = "") -> "Invitation":
        return replace(self._become(Event.FAIL), problem=reason, problem_detail=detail)

    def delay(self, *, at: datetime) -> "Invitation":
        """Note since when the next step waits for somebody else's system."""
        return replace(self, delayed_since=self.delayed_since or at)

    def retry(self) -> "Invitation":
        return self._become(Event.RETRY)

    def could_not_send(self, reason: str, detail: str = "") -> "Invitation":
        """Keep it ready, and say why the mail did not go out."""
        return replace(self, problem=reason, problem_detail=detail, delayed_since=None)

    def mark_sent(self, *, at: datetime) -> "Invitation":
        return replace(self._become(Event.MARK_SENT), sent_at=at)

    def cancel(self, *, at: datetime) -> "Invitation":
        return replace(self._become(Event.CANCEL), ended_at=at)

    def lapse(self, *, at: datetime) -> "Invitation":
        return replace(self._become(Event.LAPSE), ended_at=at)

    def with_progress(self, progress: Progress, *, at: datetime) -> "Invitation":
        """Record how far the halves are; accepted as soon as every one is, if the link can be out."""
        further = replace(self, progress=progress)
        if further.is_complete and Event.ACCEPT in NEXT[self.status]:
            return replace(further._become(Event.ACCEPT), ended_at=at)
        return further

    def belongs_to(self, tenant_id: TenantId) -> "Invitation":
        """Tie the invitation to the tenant that accepted it."""
        customer = replace(self.proposal.customer, tenant_id=tenant_id)
        return replace(self, proposal=replace(self.proposal, customer=customer))

    def require_approval(self) -> None:
        """Raise `NotApproved` unless what would be sent is exactly what was approved."""
        if not self.approved_fingerprint or self.approved_fingerprint != self.proposal.fingerprint:
            raise NotApproved(self.id)

    def _decide(self, event: Event, *, by: SlackUserId, comment: str, at: datetime) -> "Invitation":
        decided = self._become(event)
        if by == self.requested_by:
            raise SelfApproval(self.id)
        if at >= self.due_at:  # nobody has got round to writing it down yet
            raise WrongStatus(self.id, Status.APPROVAL_EXPIRED, event)
        return replace(decided, decided_by=by, decided_at=at, comment=comment)

    def _undecided(self, at: datetime) -> "Invitation":
        return replace(
            self,
            decided_by=None,
            decided_at=None,
            approved_fingerprint="",
            ended_at=None,
            due_at=at + APPROVAL_TIME,
        )

    def _become(self, event: Event) -> "Invitation":
        """Return it in its next status, where what troubled it in the former one no longer counts."""
        try:
            status = NEXT[self.status][event]
        except KeyError:
            raise WrongStatus(self.id, self.status, event) from None
        return replace(self, status=status, problem="", problem_detail="", delayed_since=None)
