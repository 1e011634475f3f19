"""What can be found out about a customer before anybody is asked."""

from bot.domain.customer import ResellerState
from bot.domain.findings import Findings, Lookup
from bot.domain.identifiers import DomainName, TenantId
from bot.domain.invitation import OPEN, Invitation
from bot.domain.markets import may_sell
from bot.domain.partner import Partner
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.ports.microsoft import Tenant, Tenants
from bot.ports.store import Store


class Prospects:
    """Looks prospects up at Microsoft and among our own records."""

    def __init__(self, store: Store, tenants: Tenants, partner: Partner) -> None:
        self.store = store
        self.tenants = tenants
        self.partner = partner

    async def look_up(
        self, *, domain: DomainName | None, tenant_id: TenantId | None, country: str
    ) -> Findings:
        """Return what is known. Microsoft's silence or refusal is a finding of its own, never an error."""
        lookup, tenant = await self._tenant(domain)
        found_id = tenant_id or (tenant.tenant_id if tenant else None)
        customer = await self.store.customers.get(found_id) if found_id else None
        pending = await self.pending(domain=domain, tenant_id=found_id)
        known = bool(country and self.partner.country)
        foreign = known and not may_sell(self.partner.country, country)
        return Findings(
            lookup=lookup,
            tenant_id=found_id,
            name=tenant.display_name if tenant else (customer.name if customer else ""),
            default_domain=tenant.default_domain if tenant else None,
            is_reseller_customer=customer is not None and customer.reseller is ResellerState.ACTIVE,
            has_admin_access=customer is not None and customer.has_admin_access,
            pending=pending.id if pending else None,
            pending_status=pending.status if pending else None,
            foreign_market=foreign,
        )

    async def pending(self, *, domain: DomainName | None, tenant_id: TenantId | None) -> Invitation | None:
        """Return the newest invitation that still asks this customer, or None."""
        found: list[Invitation] = []
        if tenant_id:
            found.extend(await self.store.invitations.of_tenant(tenant_id))
        if domain:
            found.extend(await self.store.invitations.of_domain(domain))
        still_open = (one for one in found if one.status in OPEN)
        return max(still_open, key=lambda one: one.requested_at, default=None)

    async def _tenant(self, domain: DomainName | None) -> tuple[Lookup, Tenant | None]:
        if domain is None:
            return Lookup.NOT_ASKED, None
        try:
            tenant = await self.tenants.find_by_domain(domain)
        except Permanent as error:
            unreadable = error.reason is Reason.UNREADABLE_ANSWER
            return (Lookup.NOT_ANSWERED if unreadable else Lookup.REFUSED), None
        except (Temporary, OutcomeUnknown):
            return Lookup.NOT_ANSWERED, None
        return (Lookup.FOUND if tenant else Lookup.NO_TENANT), tenant
