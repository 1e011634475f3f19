"""Who is told what when something changes. The templates decide the words."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.domain.customer import Change, Changed, Customer
from bot.domain.identifiers import InvitationId, RelationshipId, SlackUserId, TenantId
from bot.domain.invitation import Delivery, Invitation
from bot.domain.relationship import EndCause


class Notice(StrEnum):
    """Each has words in `templates/words/notices/`."""

    ASKED = "asked"
    ASKED_AGAIN = "asked_again"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes_requested"
    WITHDRAWN = "withdrawn"
    APPROVAL_EXPIRED = "approval_expired"
    READY = "ready"
    SENT = "sent"
    NOT_PREPARED = "not_prepared"
    DELAYED = "delayed"
    NOT_SENT = "not_sent"
    SENDING_UNCERTAIN = "sending_uncertain"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    RESELLER_ACCEPTED = "reseller_accepted"
    RESELLER_ENDED = "reseller_ended"
    AGREEMENT_SIGNED = "agreement_signed"
    ADMIN_ACCESS_ACTIVE = "admin_access_active"
    ADMIN_ACCESS_UNASSIGNED = "admin_access_unassigned"
    GROUPS_ASSIGNED = "groups_assigned"
    GROUPS_UNASSIGNED = "groups_unassigned"
    ADMIN_ACCESS_LOST = "admin_access_lost"
    ADMIN_ACCESS_REDUCED = "admin_access_reduced"
    ADMIN_REQUEST_ENDED = "admin_request_ended"
    WHICH_INVITATION = "which_invitation"
    CHANNEL_UNREACHABLE = "channel_unreachable"
    SYSTEM_PROBLEM = "system_problem"


class Place(StrEnum):
    """Where a message goes: the team's channel, the approvers' channel, or one person."""

    TEAM = "team"
    APPROVALS = "approvals"
    PERSON = "person"


class Kind(StrEnum):
    """A card is one message per invitation and channel, edited in place; a notice is said once."""

    CARD = "card"
    NOTICE = "notice"


@dataclass(frozen=True)
class Notification:
    """
    One message to be posted or one card to be brought up to date.

    `facts` hold what was true at the moment of the change, as short strings without personal data: a notice
    is delivered later, sometimes much later, and must not say what has become of it since.
    `broadcast` also shows a thread's reply in the channel itself.
    """

    kind: Kind
    place: Place
    person: SlackUserId | None = None
    notice: Notice | None = None
    invitation_id: InvitationId | None = None
    tenant_id: TenantId | None = None
    broadcast: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


# Seen in the channel itself and not only in the card's thread: the ones somebody has to know at once.
LOUD = frozenset(
    {
        Notice.RESELLER_ACCEPTED,
        Notice.RESELLER_ENDED,
        Notice.ADMIN_ACCESS_LOST,
        Notice.ADMIN_ACCESS_REDUCED,
    }
)

# The approvers' thread is the record of the decision; the team's thread is the record of everything else.
_DECISIONS = frozenset(
    {
        Notice.ASKED_AGAIN,
        Notice.APPROVED,
        Notice.REJECTED,
        Notice.CHANGES_REQUESTED,
        Notice.WITHDRAWN,
        Notice.APPROVAL_EXPIRED,
    }
)

_NOTICE_OF = {
    Change.RESELLER_ACCEPTED: Notice.RESELLER_ACCEPTED,
    Change.RESELLER_ENDED: Notice.RESELLER_ENDED,
    Change.AGREEMENT_SIGNED: Notice.AGREEMENT_SIGNED,
    Change.ADMIN_ACCESS_ACTIVE: Notice.ADMIN_ACCESS_ACTIVE,
    Change.GROUPS_ASSIGNED: Notice.GROUPS_ASSIGNED,
    Change.GROUPS_UNASSIGNED: Notice.GROUPS_UNASSIGNED,
    Change.ADMIN_ACCESS_LOST: Notice.ADMIN_ACCESS_LOST,
    Change.ADMIN_ACCESS_REDUCED: Notice.ADMIN_ACCESS_REDUCED,
    Change.ADMIN_REQUEST_ENDED: Notice.ADMIN_REQUEST_ENDED,
}


_YES = "yes"


def cards(invitation: Invitation) -> list[Notification]:
    """Return the cards of an invitation to bring up to date."""
    return [
        Notification(Kind.CARD, place, invitation_id=invitation.id) for place in (Place.APPROVALS, Place.TEAM)
    ]


def tell(invitation: Invitation, notice: Notice, **facts: str) -> list[Notification]:
    """Return the cards, the notice in the right thread, and the word to the requester."""
    place = Place.APPROVALS if notice in _DECISIONS else Place.TEAM
    loud = notice in LOUD
    facts = facts_of(invitation) | facts
    in_thread = Notification(
        Kind.NOTICE, place, notice=notice, invitation_id=invitation.id, broadcast=loud, facts=facts
    )
    direct = Notification(
        Kind.NOTICE,
        Place.PERSON,
        person=invitation.requested_by,
        notice=notice,
        invitation_id=invitation.id,
        facts=facts,
    )
    return [*cards(invitation), in_thread, direct]


def facts_of(invitation: Invitation) -> dict[str, str]:
    """Return what a notice may say of an invitation that can be otherwise by the time it is delivered."""
    until = invitation.tried_until
    waits = invitation.proposal.admin_access is not None and not invitation.has_admin_access
    return {
        "status": invitation.status,
        "due": invitation.due_at.isoformat(),
        "until": until.isoformat() if until else "",
        "decided_by": invitation.decided_by or "",
        "comment": mark_of(invitation.comment),
        "reason": invitation.problem,
        "waits_for_admin_access": _YES if waits else "",
    }


def access_facts(customer: Customer, relationship_id: RelationshipId | None) -> dict[str, str]:
    """Return what a notice about a relationship may say of its customer, likewise."""
    others = any(grant.gives_access for grant in customer.grants if grant.id != relationship_id)
    return {"reseller": customer.reseller, "other_access": _YES if others else ""}


def mark_of(comment: str) -> str:
    """Return what tells one comment from another without repeating what somebody wrote."""
    return hashlib.sha256(comment.encode()).hexdigest()[:16] if comment else ""


def ready(invitation: Invitation) -> list[Notification]:
    """Return what is told once the links exist: a person is needed unless the mail is sent for them."""
    if invitation.proposal.delivery is Delivery.SEND_FOR_ME:
        return cards(invitation)
    return tell(invitation, Notice.READY)


def changed(
    customer: Customer, change: Changed, invitation: Invitation | None, *, matched: str = ""
) -> list[Notification]:
    """
    Return who hears of a change at a customer, in the invitation's thread where there is one.

    `matched` says how the invitation was found: `tenant`, `likeness` or `person`.
    """
    notice = _notice(customer, change)
    facts = _facts(customer, change)
    if invitation is not None:
        told = tell(invitation, notice, **facts, matched=matched)
        return [replace(one, tenant_id=customer.tenant_id) for one in told]
    return [Notification(Kind.NOTICE, Place.TEAM, notice=notice, tenant_id=customer.tenant_id, facts=facts)]


def _notice(customer: Customer, change: Changed) -> Notice:
    grant = customer.grant(change.relationship_id) if change.relationship_id else None
    if change.change is Change.ADMIN_ACCESS_ACTIVE and grant is not None and not grant.assigned:
        return Notice.ADMIN_ACCESS_UNASSIGNED
    return _NOTICE_OF[change.change]


def _facts(customer: Customer, change: Changed) -> dict[str, str]:
    grant = customer.grant(change.relationship_id) if change.relationship_id else None
    facts = {"at": change.at.isoformat()}
    if grant is not None:
        cause = EndCause.SOME_ROLES if change.change is Change.ADMIN_ACCESS_REDUCED else grant.end_cause
        facts |= {"relationship_id": grant.id, "cause": cause or EndCause.UNKNOWN}
        facts |= access_facts(customer, grant.id)
    return facts
