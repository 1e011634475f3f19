"""What was found out about a prospect before anybody is asked."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.identifiers import DomainName, InvitationId, TenantId
from bot.domain.invitation import Status


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
