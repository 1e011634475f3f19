"""How an invitation becomes a row and comes back."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from bot.domain.clouds import Cloud
from bot.domain.identifiers import InvitationId, TenantId
from bot.domain.invitation import (
    AdminAccess,
    Contact,
    Delivery,
    Invitation,
    Progress,
    Proposal,
    Prospect,
    Status,
)
from bot.domain.mail import Links
from bot.domain.proposal import Difference
from storage.rows import Row, micros, moment
from storage.writes import Value


@dataclass(frozen=True)
class _Facts:
    """What no query asks for and what is not about a person, kept as JSON in one column."""

    country: str
    cloud: Cloud
    reseller: bool
    admin_access: AdminAccess | None
    language: str
    delivery: Delivery
    indirect_provider: TenantId | None
    approved_fingerprint: str
    links: Links
    prepared_at: datetime | None
    sent_at: datetime | None
    ended_at: datetime | None
    progress: Progress
    asked_again_from: InvitationId | None
    delayed_since: datetime | None = None
    changed: tuple[Difference, ...] | None = None


_FACTS = TypeAdapter(_Facts)


def to_row(invitation: Invitation) -> dict[str, Value]:
    """Return every column but `workspace_id`, `key` and `version`."""
    proposal, customer = invitation.proposal, invitation.proposal.customer
    return {
        "id": invitation.id,
        "status": invitation.status.value,
        "requested_by": invitation.requested_by,
        "requested_at": micros(invitation.requested_at),
        "due_at": micros(invitation.due_at),
        "tenant_id": customer.tenant_id,
        "domain": customer.domain,
        "relationship_id": invitation.relationship_id,
        "relationship_name": invitation.relationship_name,
        "decided_by": invitation.decided_by,
        "decided_at": micros(invitation.decided_at),
        "customer_name": customer.name,
        "contact_name": proposal.contact.name,
        "contact_email": proposal.contact.email,
        "subject": proposal.subject,
        "text": proposal.text,
        "reason": proposal.reason,
        "comment": invitation.comment,
        "problem": invitation.problem,
        "problem_detail": invitation.problem_detail,
        "facts": _FACTS.dump_json(_facts(invitation)).decode(),
    }


def _facts(invitation: Invitation) -> _Facts:
    proposal = invitation.proposal
    return _Facts(
        country=proposal.customer.country,
        cloud=proposal.customer.cloud,
        reseller=proposal.reseller,
        admin_access=proposal.admin_access,
        language=proposal.language,
        delivery=proposal.delivery,
        indirect_provider=proposal.indirect_provider,
        approved_fingerprint=invitation.approved_fingerprint,
        links=invitation.links,
        prepared_at=invitation.prepared_at,
        sent_at=invitation.sent_at,
        ended_at=invitation.ended_at,
        progress=invitation.progress,
        asked_again_from=invitation.asked_again_from,
        delayed_since=invitation.delayed_since,
        changed=invitation.changed,
    )


def to_invitation(row: Row) -> Invitation:
    """Return the invitation a row holds, with the row's version."""
    facts = _FACTS.validate_json(row["facts"])
    return Invitation(
        id=row["id"],
        proposal=_proposal(row, facts),
        status=Status(row["status"]),
        requested_by=row["requested_by"],
        requested_at=moment(int(row["requested_at"])),
        due_at=moment(int(row["due_at"])),
        version=row["version"],
        decided_by=row["decided_by"],
        decided_at=moment(row["decided_at"]),
        comment=row["comment"],
        approved_fingerprint=facts.approved_fingerprint,
        links=facts.links,
        relationship_id=row["relationship_id"],
        prepared_at=facts.prepared_at,
        sent_at=facts.sent_at,
        ended_at=facts.ended_at,
        problem=row["problem"],
        problem_detail=row["problem_detail"],
        progress=facts.progress,
        asked_again_from=facts.asked_again_from,
        delayed_since=facts.delayed_since,
        changed=facts.changed,
    )


def _proposal(row: Row, facts: _Facts) -> Proposal:
    return Proposal(
        customer=Prospect(row["customer_name"], row["domain"], row["tenant_id"], facts.country, facts.cloud),
        contact=Contact(row["contact_name"], row["contact_email"]),
        reseller=facts.reseller,
        admin_access=facts.admin_access,
        subject=row["subject"],
        text=row["text"],
        language=facts.language,
        delivery=facts.delivery,
        reason=row["reason"],
        indirect_provider=facts.indirect_provider,
    )
