"""Small stand-ins for what services hold: a clock one can move, a Microsoft one can write into, a mailbox."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.identifiers import DomainName, RelationshipId, SlackUserId, TenantId
from bot.domain.policy import Member
from bot.ports.microsoft import (
    ActivityRecord,
    AdminRelationship,
    AdminRelationshipRequest,
    CustomerPage,
    ListedCustomer,
    OutgoingMail,
    Tenant,
    WebhookRegistration,
)
from tests.builders import LINKS, NOON


@dataclass
class FakeClock:
    """Stands still until it is moved."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


@dataclass
class FakePartnerCenter:
    """Knows the customers, the agreements and the log that a test wrote down."""

    customers: dict[TenantId, ListedCustomer] = field(default_factory=dict)
    agreements: set[TenantId] = field(default_factory=set)
    log: list[ActivityRecord] = field(default_factory=list)

    async def relationship_request_url(self) -> str:
        return LINKS.reseller

    async def customers_page(self, continuation: str | None) -> CustomerPage:
        return CustomerPage(tuple(self.customers.values()), None)

    async def customer(self, tenant_id: TenantId) -> ListedCustomer | None:
        return self.customers.get(tenant_id)

    async def customer_agreement_signed(self, tenant_id: TenantId) -> bool | None:
        return tenant_id in self.agreements

    async def activity(self, since: datetime) -> Sequence[ActivityRecord]:
        return [one for one in self.log if one.happened_at.date() >= since.date()]

    async def webhook_events(self) -> frozenset[str]:
        return frozenset()

    async def webhook_registration(self) -> WebhookRegistration | None:
        return None

    async def create_webhook_registration(self, registration: WebhookRegistration) -> None: ...

    async def replace_webhook_registration(self, registration: WebhookRegistration) -> None: ...


@dataclass
class FakeDelegatedAdmin:
    """Knows the relationships a test wrote down. `hidden`: what somebody outside AdminAgents sees of them."""

    relationships: dict[RelationshipId, AdminRelationship] = field(default_factory=dict)
    assigned: set[RelationshipId] = field(default_factory=set)
    hidden: bool = False

    async def create(self, request: AdminRelationshipRequest) -> AdminRelationship:
        return self.made(request)

    def made(self, request: AdminRelationshipRequest) -> AdminRelationship:
        number = len(self.relationships) + 1
        made = AdminRelationship(
            id=RelationshipId(f"33333333-3333-4333-8333-333333333333-44444444-4444-4444-8444-{number:012d}"),
            display_name=request.display_name,
            status="created",
            roles=request.roles,
            duration_days=request.duration_days,
            auto_extends=request.auto_extend,
            customer_tenant_id=request.customer_tenant_id,
            customer_name=request.customer_name,
            activated_at=None,
            ends_at=None,
            etag="",
        )
        self.relationships[made.id] = made
        return made

    async def find_by_display_name(self, display_name: str) -> AdminRelationship | None:
        return next((one for one in self.relationships.values() if one.display_name == display_name), None)

    async def lock_for_approval(self, relationship: AdminRelationship) -> None: ...

    async def get(self, relationship_id: RelationshipId) -> AdminRelationship | None:
        return None if self.hidden else self.relationships.get(relationship_id)

    async def all(self) -> AsyncIterator[AdminRelationship]:
        for relationship in () if self.hidden else tuple(self.relationships.values()):
            yield relationship

    async def has_active_assignment(self, relationship_id: RelationshipId) -> bool:
        return relationship_id in self.assigned

    def approval_url(self, relationship_id: RelationshipId) -> str:
        return LINKS.admin_access


@dataclass
class FakeTenants:
    """Knows the tenants a test wrote down; `failure` is raised while there is one."""

    tenants: dict[DomainName, Tenant] = field(default_factory=dict)
    failure: Exception | None = None

    async def find_by_domain(self, domain: DomainName) -> Tenant | None:
        if self.failure:
            raise self.failure
        return self.tenants.get(domain)


@dataclass
class FakeMail:
    """Keeps what was sent; `failures` are raised first, one a mail, which is then not sent."""

    sent: list[OutgoingMail] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def send(self, mail: OutgoingMail) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(mail)


class FakeMembers:
    """Everybody is a full member."""

    async def member(self, user_id: SlackUserId, *, anew: bool = False) -> Member:
        return Member(user_id, is_full_member=True)
