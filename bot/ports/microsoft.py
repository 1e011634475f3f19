"""What services and workers need from Microsoft."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.identifiers import DomainName, RelationshipId, RoleId, TenantId
from bot.domain.relationship import AdminRelationship as AdminRelationship


@dataclass(frozen=True)
class Tenant:
    """A tenant found by one of its domains."""

    tenant_id: TenantId
    display_name: str
    default_domain: DomainName


@dataclass(frozen=True)
class ListedCustomer:
    """One customer as Partner Center has it. `has_reseller_relationship` is Microsoft's "reseller"."""

    tenant_id: TenantId
    name: str
    domain: DomainName | None
    has_reseller_relationship: bool
    country: str | None = None


@dataclass(frozen=True)
class CustomerPage:
    """A page of the customer list; `continuation` is None on the last one."""

    customers: tuple[ListedCustomer, ...]
    continuation: str | None


@dataclass(frozen=True)
class ActivityRecord:
    """A record of the partner's activity log, as far as it tells who ended what."""

    operation: str
    customer_tenant_id: TenantId | None
    relationship_id: RelationshipId | None
    user_principal_name: str | None
    happened_at: datetime
    application_id: str | None = None

    @property
    def user_domain(self) -> str:
        """The domain of the user named, in lower case; empty where nobody is."""
        _, found, domain = (self.user_principal_name or "").lower().rpartition("@")
        return domain if found else ""


@dataclass(frozen=True)
class WebhookRegistration:
    """
    Where Microsoft sends events for this partner tenant, and which.

    `properties` are Microsoft's own and go back as they came; `signature_in_own_header` says that signatures
    come in `x-ms-signature` instead of `Authorization`.
    """

    url: str
    events: frozenset[str]
    properties: "dict[str, object]"
    signature_in_own_header: bool = False


class WebhookRegistrations(Protocol):
    """The partner tenant's one place for a webhook. Raises as `PartnerCenter` does."""

    async def webhook_events(self) -> frozenset[str]:
        """Return the event names this partner may subscribe to."""

    async def webhook_registration(self) -> WebhookRegistration | None:
        """Return the partner tenant's one registration, or None."""

    async def create_webhook_registration(self, registration: WebhookRegistration) -> None: ...

    async def replace_webhook_registration(self, registration: WebhookRegistration) -> None: ...


class PartnerCenter(WebhookRegistrations, Protocol):
    """
    Partner Center. Every method raises `Temporary` or `Permanent`; writes also `OutcomeUnknown`.
    """

    async def relationship_request_url(self) -> str:
        """Return the link by which a customer accepts us as reseller, byte for byte as it is to be sent."""

    async def customers_page(self, continuation: str | None) -> CustomerPage:
        """Return the page at `continuation`, or the first. Not all on it are reseller customers."""

    async def customer(self, tenant_id: TenantId) -> ListedCustomer | None:
        """Return one customer, or None where Microsoft says it is not ours."""

    async def customer_agreement_signed(self, tenant_id: TenantId) -> bool | None:
        """Return whether the Microsoft Customer Agreement is signed; None where nobody can say."""

    async def activity(self, since: datetime) -> Sequence[ActivityRecord]:
        """Return the activity log from the day of `since` to now."""


@dataclass(frozen=True)
class AdminRelationshipRequest:
    """What to ask a customer for. `display_name`: at most 50 letters, digits, spaces, `_`, `-`; unique."""

    display_name: str
    roles: tuple[RoleId, ...]
    duration_days: int
    auto_extend: bool
    customer_tenant_id: TenantId | None
    customer_name: str


class DelegatedAdmin(Protocol):
    """Delegated admin relationships. Methods raise `Temporary`, `Permanent`; writes also `OutcomeUnknown`."""

    async def create(self, request: AdminRelationshipRequest) -> AdminRelationship: ...

    async def find_by_display_name(self, display_name: str) -> AdminRelationship | None: ...

    async def lock_for_approval(self, relationship: AdminRelationship) -> None:
        """Fix the relationship so that the customer may approve it; it becomes `approvalPending`."""

    async def get(self, relationship_id: RelationshipId) -> AdminRelationship | None: ...

    def all(self) -> AsyncIterator[AdminRelationship]:
        """Yield every relationship. An empty list proves nothing: Graph hides them from non-members."""

    async def has_active_assignment(self, relationship_id: RelationshipId) -> bool:
        """Return whether some security group of ours can use the relationship."""

    def approval_url(self, relationship_id: RelationshipId) -> str:
        """Return the link by which the customer approves the relationship."""


class Tenants(Protocol):
    """Looks tenants up before they are ours."""

    async def find_by_domain(self, domain: DomainName) -> Tenant | None:
        """Return the tenant that owns `domain`, or None if no tenant of our cloud does."""


@dataclass(frozen=True)
class OutgoingMail:
    """A mail in both forms, to one person."""

    to_name: str
    to_address: str
    subject: str
    text: str
    html: str


class MailSender(Protocol):
    """Sends one mail. Raises `Temporary`, `Permanent`, or `OutcomeUnknown` when it may have gone out."""

    async def send(self, mail: OutgoingMail) -> None: ...
