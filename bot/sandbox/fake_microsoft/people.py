"""The parts of a Microsoft, and what its people do with them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.sandbox.fake_microsoft.audit import AuditLog
from bot.sandbox.fake_microsoft.customer_admin import AdminRole, CustomerAdmin, Portal
from bot.sandbox.fake_microsoft.delivery import Deliveries
from bot.sandbox.fake_microsoft.entra import Entra
from bot.sandbox.fake_microsoft.events import Event, Events
from bot.sandbox.fake_microsoft.faults import FaultPlan
from bot.sandbox.fake_microsoft.feed import Entry, Feed, MailSent
from bot.sandbox.fake_microsoft.gdap import Gdap
from bot.sandbox.fake_microsoft.pki import DispatchAuthority
from bot.sandbox.fake_microsoft.relationships import Assignment
from bot.sandbox.fake_microsoft.signing import Mode, SignedDelivery, Signer
from bot.sandbox.fake_microsoft.state import Customer, Subscription, Tenant, World, new_guid
from bot.sandbox.fake_microsoft.tokens import Mint, RefreshTokens


class Microsoft:
    """Everything but the sockets."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.behaviour = world.behaviour
        self.feed = Feed()
        self.faults = FaultPlan()
        self.refresh_tokens = RefreshTokens(world.clock)
        self.refresh_token = self.refresh_tokens.issue(mfa=True)
        self.dispatch = DispatchAuthority(world.clock)
        self.signer = Signer(self.dispatch)
        self.events = Events(world)
        self.audit = AuditLog(world)
        self.deliveries = Deliveries(world, self.feed, self.signer)
        self.gdap = Gdap(world, self.audit, self.events, self.deliveries.announce)
        self.mint = Mint(world)
        self.entra = Entra(world, self.mint, self.refresh_tokens)
        self._portal = Portal(world, self.gdap, self.audit, self.events, self.deliveries.announce)

    @property
    def mailbox(self) -> list[MailSent]:
        """Mails sent so far, oldest first."""
        return [entry for entry in self.feed if isinstance(entry, MailSent)]

    def wait_for(self, predicate: Callable[[Entry], bool], timeout: float = 5.0) -> Awaitable[Entry]:
        """The first entry of the feed, past or coming, that satisfies `predicate`, or `TimeoutError`."""
        return self.feed.wait_for(predicate, timeout)

    async def settle(self) -> None:
        """Take every step Microsoft would take by itself, and wait for callbacks under way."""
        while self.gdap.advance(force=True):
            pass
        await self.deliveries.idle()

    def consent(self, *, mfa: bool = True) -> str:
        """The partner's user signs in again; the refresh token of a new grant."""
        return self.refresh_tokens.issue(mfa=mfa)

    def customer(self, domain: str, *, role: AdminRole = "global_administrator") -> CustomerAdmin:
        """The administrator of the tenant with that domain. Raises `KeyError`."""
        return CustomerAdmin(self._portal, self.feed, self.world.tenant_anywhere(domain), role)

    def admin_access_link(self, relationship_id: str) -> str:
        """The approval link, as documented, on this world's portal."""
        path = f"/AdminPortal/Home#/partners/invitation/granularAdminRelationships/{relationship_id}"
        return f"{self.world.portal_url}{path}"

    def add_tenant(
        self,
        name: str,
        domain: str,
        *,
        country: str = "US",
        cloud: str = "public",
        tenant_id: str | None = None,
    ) -> Tenant:
        tenant = Tenant(tenant_id or new_guid(), name, domain, country, cloud)
        self.world.tenants[tenant.id] = tenant
        return tenant

    def add_customer(self, domain: str, *, dap: bool = False) -> Customer:
        """Make a tenant a customer silently, as if it had long been one."""
        customer = Customer(self.world.tenant_anywhere(domain), self.world.clock(), dap=dap)
        self.world.customers[customer.tenant.id] = customer
        return customer

    def add_subscription(
        self, domain: str, offer_name: str, *, quantity: int = 1, status: str = "active"
    ) -> Subscription:
        partner = self.world.partner
        now = self.world.clock()
        subscription = Subscription(
            new_guid(),
            offer_name,
            quantity,
            status,
            now,
            partner.tenant.id,
            partner.mpn_id,
            partner.tenant.name,
        )
        customer = self.world.customers[self.world.tenant_anywhere(domain).id]
        kept = (*customer.subscriptions, subscription)
        self.world.customers[customer.tenant.id] = replace(customer, subscriptions=kept)
        return subscription

    def assign_group(self, relationship_id: str, group_id: str | None = None) -> Assignment:
        """A partner admin gives a security group (the first, if none is named) all roles."""
        self.gdap.advance()
        relationship = self.gdap.get(relationship_id)
        container = {
            "accessContainerId": group_id or next(iter(self.world.partner.groups)),
            "accessContainerType": "securityGroup",
        }
        roles = [{"roleDefinitionId": role} for role in relationship.roles]
        body = {"accessContainer": container, "accessDetails": {"unifiedRoles": roles}}
        return self.gdap.assignments.add(relationship, body)

    def partner_terminates(self, relationship_id: str) -> None:
        """A partner admin ends a relationship in Partner Center."""
        self.gdap.advance()
        self.gdap.request(self.gdap.get(relationship_id), "terminate")

    def provider_asks(self, provider_id: str, display_name: str, roles: tuple[str, ...]) -> str:
        """An indirect provider creates a relationship the partner has to confirm; its id."""
        details = {"unifiedRoles": [{"roleDefinitionId": role} for role in roles]}
        body = {"displayName": display_name, "duration": "P730D", "accessDetails": details}
        return self.gdap.create(body, provider_id).id

    def grant_dap(self, domain: str) -> None:
        """Legacy: the customer's DAP is approved."""
        self._change_dap(domain, granted=True, operation="dap_admin_relationship_approved")

    def inactive_ninety_days(self, domain: str) -> None:
        """Microsoft removes a DAP nobody used."""
        operation = "dap_admin_relationship_terminated_by_microsoft"
        self._change_dap(domain, granted=False, operation=operation)

    def signed_delivery(self, event: Event | bytes, mode: Mode = Mode.NORMAL) -> SignedDelivery:
        """Headers and body of a callback, genuine or forged, without sending it."""
        return self.signer.delivery(event, mode)

    def _change_dap(self, domain: str, *, granted: bool, operation: str) -> None:
        customer = self.world.customers[self.world.tenant_anywhere(domain).id]
        self.world.customers[customer.tenant.id] = replace(customer, dap=granted)
        record = self.audit.add(customer.tenant, "partner_customer_dap", operation)
        self.deliveries.announce(self.events.dap(record))
