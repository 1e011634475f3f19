"""Reseller and delegated admin relationships, with Microsoft's own statuses."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.identifiers import InvitationId, RelationshipId, RoleId, TenantId

PENDING = frozenset({"created", "approvalPending"})
ARRIVING = frozenset({"approved", "activating"})
WORKING = frozenset({"active", "expiring"})
LEAVING = frozenset({"terminationRequested", "terminating"})
FINAL = frozenset({"terminated", "expired"})
"""Statuses as in learn.microsoft.com/graph/api/resources/delegatedadminrelationship."""

GONE = "gone"
"""Our word where Graph no longer has the relationship."""


class EndCause(StrEnum):
    """How admin access ended, as far as anybody can tell."""

    CUSTOMER_ENDED = "customer_ended"
    WE_ENDED = "we_ended"
    EXPIRED = "expired"
    INACTIVITY = "inactivity"
    SOME_ROLES = "some_roles"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class AdminRelationship:
    """
    A delegated admin relationship (GDAP) as Graph has it.

    `status` is Microsoft's own word, unknown ones included. `etag` belongs in `If-Match`.
    """

    id: RelationshipId
    display_name: str
    status: str
    roles: tuple[RoleId, ...]
    duration_days: int | None
    auto_extends: bool
    customer_tenant_id: TenantId | None
    customer_name: str | None
    activated_at: datetime | None
    ends_at: datetime | None
    etag: str
    created_at: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True)
class AdminGrant:
    """What we remember of one delegated admin relationship of a customer."""

    id: RelationshipId
    status: str
    roles: tuple[RoleId, ...]
    activated_at: datetime | None = None
    ends_at: datetime | None = None
    auto_extends: bool = False
    assigned: bool = False
    invitation_id: InvitationId | None = None
    end_cause: EndCause | None = None
    ended_at: datetime | None = None

    @property
    def gives_access(self) -> bool:
        return self.status in WORKING

    @property
    def is_final(self) -> bool:
        return self.status in FINAL or self.status == GONE
