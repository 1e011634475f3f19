"""What was found out about a prospect before anybody is asked, and what differs from the last time."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.identifiers import DomainName, InvitationId, TenantId
from bot.domain.invitation import Proposal, Status


class Lookup(StrEnum):
    """How looking the domain up ended."""

    NOT_ASKED = "not_asked"
    FOUND = "found"
    NO_TENANT = "no_tenant"
    NOT_ANSWERED = "not_answered"
    REFUSED = "refused"


@dataclass(frozen=True)
class Findings:
    """
    What Microsoft and our own records say about a prospect.

    `is_reseller_customer` and `has_admin_access` are about today; `pending` is another open invitation.
    """

    lookup: Lookup = Lookup.NOT_ASKED
    tenant_id: TenantId | None = None
    name: str = ""
    default_domain: DomainName | None = None
    is_reseller_customer: bool = False
    has_admin_access: bool = False
    pending: InvitationId | None = None
    pending_status: Status | None = None
    foreign_market: bool = False


class Difference(StrEnum):
    """A part of a proposal that is not what it was in the last one to the same customer."""

    RECIPIENT = "recipient"
    SUBJECT = "subject"
    TEXT = "text"
    RESELLER = "reseller"
    ROLES = "roles"
    DURATION = "duration"
    AUTO_EXTEND = "auto_extend"
    LANGUAGE = "language"


def differences(before: Proposal, after: Proposal) -> tuple[Difference, ...]:
    """Return what an approver who knows `before` should look at in `after`."""
    was, now = before.admin_access, after.admin_access
    pairs = {
        Difference.RECIPIENT: (before.contact, after.contact),
        Difference.SUBJECT: (before.subject, after.subject),
        Difference.TEXT: (before.text, after.text),
        Difference.RESELLER: (before.reseller, after.reseller),
        Difference.ROLES: (was and frozenset(was.roles), now and frozenset(now.roles)),
        Difference.DURATION: (was and was.duration_days, now and now.duration_days),
        Difference.AUTO_EXTEND: (was and was.auto_extend, now and now.auto_extend),
        Difference.LANGUAGE: (before.language, after.language),
    }
    return tuple(part for part, (old, new) in pairs.items() if old != new)
