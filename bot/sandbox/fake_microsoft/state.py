"""What Microsoft knows: tenants, the partner, its customers and their subscriptions."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.sandbox.fake_microsoft.behaviour import Behaviour
from bot.sandbox.fake_microsoft.clouds import CLOUDS, Cloud

Clock = Callable[[], datetime]
PartnerKind = Literal["direct", "indirect_provider", "indirect_reseller"]

GRAPH_PERMISSIONS = frozenset(
    {"DelegatedAdminRelationship.ReadWrite.All", "CrossTenantInformation.ReadBasic.All", "Mail.Send"}
)
GDAP_SERVICE_PRINCIPAL = "2832473f-ec63-45fb-976f-5d45a7d4bb91"


def new_guid() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Tenant:
    """An Entra tenant. `domain` is its custom domain, `country` ISO 3166 alpha-2."""

    id: str
    name: str
    domain: str
    country: str = "US"
    cloud: str = "public"

    @property
    def initial_domain(self) -> str:
        return f"{self.domain.split('.')[0]}.onmicrosoft.com"

    @property
    def domains(self) -> tuple[str, str]:
        return (self.domain, self.initial_domain)


@dataclass(frozen=True)
class IndirectPartner:
    """A provider or reseller the partner works with. `location` is a country code."""

    id: str
    name: str
    relationship_type: Literal["is_indirect_reseller_of", "is_indirect_cloud_solution_provider_of"]
    mpn_id: str
    location: str = "US"


@dataclass
class Partner:
    """The partner whose application calls, and what that application and its user may do."""

    tenant: Tenant
    kind: PartnerKind = "direct"
    mpn_id: str = "4800000"
    client_id: str = field(default_factory=new_guid)
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(30))
    user_id: str = field(default_factory=new_guid)
    user_is_admin_agent: bool = True
    user_signs_in: Literal["with_mfa", "without_mfa", "declines"] = "with_mfa"
    redirect_uris: frozenset[str] = frozenset({"http://localhost:8401/signed-in"})
    user_is_sales_agent: bool = False
    is_in_programme: bool = True
    app_is_registered: bool = True
    """Whether Partner Center's App management lists the application, which app-only calls need."""
    app_permissions: frozenset[str] = GRAPH_PERMISSIONS
    delegated_permissions: frozenset[str] = GRAPH_PERMISSIONS
    service_principals: set[str] = field(default_factory=lambda: {GDAP_SERVICE_PRINCIPAL})
    groups: dict[str, str] = field(default_factory=dict)
    mailboxes: dict[str, Literal["open", "denied", "not_enabled"]] = field(default_factory=dict)

    @property
    def user_principal_name(self) -> str:
        return f"admin@{self.tenant.domain}"


@dataclass(frozen=True)
class Subscription:
    """A subscription of a customer. `status` is one of Partner Center's."""

    id: str
    offer_name: str
    quantity: int
    status: str
    created_at: datetime
    support_tenant_id: str
    support_mpn_id: str
    support_name: str

    @property
    def commitment_end(self) -> datetime:
        return self.created_at + timedelta(days=365)


@dataclass(frozen=True)
class Customer:
    """A tenant with a relationship to the partner."""

    tenant: Tenant
    since: datetime
    indirect_provider_id: str | None = None
    dap: bool = False
    subscriptions: tuple[Subscription, ...] = ()
    attestations: tuple[dict[str, Any], ...] = ()
    commerce_id: str = field(default_factory=new_guid)
    billing_profile_id: str = field(default_factory=new_guid)


@dataclass(frozen=True)
class ServiceRequest:
    """A support ticket the partner has with Microsoft."""

    id: str
    title: str
    customer_id: str
    severity: Literal["unknown", "critical", "moderate", "minimal"]
    status: Literal["none", "open", "closed", "attention_needed"]
    created_at: datetime
    notes: tuple[str, ...] = ()


@dataclass
class World:
    """The state all servers share."""

    clock: Clock
    partner: Partner
    cloud: Cloud = CLOUDS["public"]
    behaviour: Behaviour = field(default_factory=Behaviour)
    tenants: dict[str, Tenant] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    indirect_partners: dict[str, IndirectPartner] = field(default_factory=dict)
    service_requests: dict[str, ServiceRequest] = field(default_factory=dict)
    agreements_signed: set[str] = field(default_factory=set)
    portal_url: str = ""

    def __post_init__(self) -> None:
        self.portal_url = self.portal_url or self.cloud.portal
        self.tenants.setdefault(self.partner.tenant.id, self.partner.tenant)

    @property
    def resources(self) -> frozenset[str]:
        """What tokens may be asked for: the cloud's APIs, and applications in the partner's tenant."""
        return self.cloud.resources | self.partner.service_principals

    def find_tenant(self, id_or_domain: str) -> Tenant | None:
        """The tenant of this cloud with that id or domain."""
        wanted = id_or_domain.lower()
        for tenant in self.tenants.values():
            if tenant.cloud == self.cloud.name and (wanted == tenant.id or wanted in tenant.domains):
                return tenant
        return None

    def tenant_anywhere(self, domain: str) -> Tenant:
        """The tenant with that domain in any cloud. Raises `KeyError`."""
        for tenant in self.tenants.values():
            if domain.lower() in tenant.domains:
                return tenant
        raise KeyError(domain)
