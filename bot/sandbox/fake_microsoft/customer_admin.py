"""What a customer's administrator does in Microsoft's portals."""

from dataclasses import dataclass, replace
from typing import Literal, NoReturn
from urllib.parse import parse_qs, urlsplit

from bot.sandbox.fake_microsoft.assignments import Announce
from bot.sandbox.fake_microsoft.audit import AuditLog
from bot.sandbox.fake_microsoft.behaviour import LINK_FRAGMENTS
from bot.sandbox.fake_microsoft.events import Events
from bot.sandbox.fake_microsoft.feed import Feed, PortalVisit
from bot.sandbox.fake_microsoft.gdap import Gdap
from bot.sandbox.fake_microsoft.markets import same_market
from bot.sandbox.fake_microsoft.relationships import Relationship
from bot.sandbox.fake_microsoft.state import Customer, Tenant, World
from bot.sandbox.fake_microsoft.wire import Refused

AdminRole = Literal["global_administrator", "billing_administrator", "relationship_administrator", "user"]
_ADMIN_ACCESS = "/partners/invitation/granularAdminRelationships/"
_SIGN_IN_ROLES: dict[str, frozenset[AdminRole]] = {
    "reseller": frozenset({"global_administrator", "billing_administrator"}),
    "admin_access": frozenset({"global_administrator", "relationship_administrator"}),
}


class PortalRefusal(Exception):
    """The portal does not let the person go on. `words` is what the page shows."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(f"{reason}: {words}")
        self.reason = reason
        self.words = words


@dataclass(frozen=True)
class InvitationPage:
    """What the portal shows behind a link before the administrator decides."""

    kind: Literal["reseller", "admin_access"]
    partner_name: str
    indirect_provider_id: str | None = None
    relationship_id: str | None = None
    duration: str | None = None
    roles: tuple[str, ...] = ()


class Portal:
    """Reads invitation links the way the admin center does."""

    def __init__(self, world: World, gdap: Gdap, audit: AuditLog, events: Events, announce: Announce) -> None:
        self.world = world
        self.gdap = gdap
        self.audit = audit
        self.events = events
        self.announce = announce

    def page(self, link: str) -> InvitationPage:
        """Raises `PortalRefusal` for a link that is broken or names nobody."""
        parts = urlsplit(link)
        home = parts.path.lower() == "/adminportal/home"
        if f"{parts.scheme}://{parts.netloc}" != self.world.portal_url or not home:
            raise PortalRefusal("broken_link", "This address does not lead to an invitation.")
        if parts.fragment.startswith(_ADMIN_ACCESS):
            return self._admin_access(parts.fragment.removeprefix(_ADMIN_ACCESS))
        if parts.fragment in LINK_FRAGMENTS:
            return self._reseller(parse_qs(parts.query))
        raise PortalRefusal("broken_link", "This address does not lead to an invitation.")

    def _admin_access(self, relationship_id: str) -> InvitationPage:
        try:
            relationship = self.gdap.get(relationship_id)
        except Refused as refused:
            text = "We could not find this request. Ask your partner for a new link."
            raise PortalRefusal("unknown_request", text) from refused
        return InvitationPage(
            "admin_access",
            self.world.partner.tenant.name,
            relationship_id=relationship.id,
            duration=relationship.duration,
            roles=relationship.roles,
        )

    def _reseller(self, query: dict[str, list[str]]) -> InvitationPage:
        given = {name: values[0] for name, values in query.items()}
        partner = self.world.partner
        indirect = partner.kind == "indirect_reseller"
        expected = "IndirectResellerRelationship" if indirect else "ResellerRelationship"
        if given.get("invType") != expected or given.get("msppId") != (partner.mpn_id if indirect else "0"):
            raise PortalRefusal(
                "broken_link", "This invitation is incomplete. Ask your partner for a new one."
            )
        if given.get("partnerId") != partner.tenant.id:
            raise PortalRefusal("unknown_partner", "We could not find the partner who sent this invitation.")
        provider = given.get("indirectCSPId") or given.get("indirectCSP")
        if provider is not None and not (indirect and provider in self.world.indirect_partners):
            raise PortalRefusal("unknown_provider", "We could not find the provider in this invitation.")
        return InvitationPage("reseller", partner.tenant.name, indirect_provider_id=provider)


class CustomerAdmin:
    """The administrator of one customer tenant, signed in with `role`."""

    def __init__(
        self, portal: Portal, feed: Feed, tenant: Tenant, role: AdminRole = "global_administrator"
    ) -> None:
        self._portal = portal
        self._world = portal.world
        self._feed = feed
        self.tenant = tenant
        self.role = role

    async def follow(self, link: str) -> InvitationPage:
        """Open an invitation link. Raises `PortalRefusal` for a broken one."""
        return self._open(link, "follow")

    async def accept_reseller(self, link: str) -> None:
        """Accept the reseller relationship; accepting again changes nothing and tells nobody."""
        page = self._open(link, "accept_reseller", "reseller")
        if not same_market(self.tenant.country, self._world.partner.tenant.country):
            self._refuse(
                "accept_reseller", "outside_market", "This partner cannot sell in your country or region."
            )
        if self.tenant.id not in self._world.customers:
            self._become_customer(page)
        self._visited("accept_reseller", link)

    async def decline(self, link: str) -> None:
        """Say no. The partner hears nothing of it."""
        self._open(link, "decline")
        self._visited("decline", link)

    async def approve_admin_access(self, link: str) -> None:
        """Approve a delegated admin relationship; it becomes active a little later."""
        page = self._open(link, "approve_admin_access", "admin_access")
        self._portal.gdap.advance()
        relationship = self._waiting(page.relationship_id or "")
        self._portal.gdap.approve(relationship, self.tenant)
        self._visited("approve_admin_access", relationship.id)

    async def remove_roles(self, relationship_id: str | None = None) -> None:
        """End one delegated admin relationship, or every one and DAP too. The reseller relationship stays."""
        self._portal.gdap.advance()
        active = self._portal.gdap.active_with(self.tenant.id)
        chosen = [each for each in active if relationship_id in (None, each.id)]
        if relationship_id is not None and not chosen:
            self._refuse("remove_roles", "unknown_request", "This partner has no such roles.")
        for relationship in chosen:
            self._portal.gdap.terminate(relationship, by_partner=False)
        if relationship_id is None:
            self._remove_dap()
        self._visited("remove_roles", relationship_id or "all")

    async def remove_reseller_relationship(self) -> None:
        """End the reseller relationship. Microsoft announces nothing: only the customer list shows it."""
        self._world.customers.pop(self.tenant.id, None)
        self._visited("remove_reseller_relationship", self._world.partner.tenant.id)

    async def sign_agreement(self) -> None:
        """Accept the Microsoft Customer Agreement directly."""
        self._world.agreements_signed.add(self.tenant.id)
        self._visited("sign_agreement", "MicrosoftCustomerAgreement")

    def _open(self, link: str, action: str, kind: str | None = None) -> InvitationPage:
        self._check_tenant(action)
        try:
            page = self._portal.page(link)
        except PortalRefusal as refusal:
            self._refuse(action, refusal.reason, refusal.words)
        if kind is not None and page.kind != kind:
            self._refuse(action, "broken_link", "This address leads to a different kind of invitation.")
        if action != "follow" and self.role not in _SIGN_IN_ROLES[page.kind]:
            self._refuse(action, "wrong_account", "Your account may not do this. Ask a Global administrator.")
        if action == "follow":
            self._visited("follow", link)
        return page

    def _check_tenant(self, action: str) -> None:
        if self.tenant.cloud != self._world.cloud.name:
            self._refuse(action, "wrong_cloud", "Your organization is in another Microsoft cloud.")
        if self.tenant.id == self._world.partner.tenant.id:
            self._refuse(action, "wrong_account", "You are signed in to the partner's own organization.")

    def _waiting(self, relationship_id: str) -> Relationship:
        relationship = self._portal.gdap.get(relationship_id)
        if relationship.customer_id not in (None, self.tenant.id):
            text = "This request is meant for another organization. Sign in with the right account."
            self._refuse("approve_admin_access", "wrong_account", text)
        if relationship.status != "approvalPending":
            text = "This request can no longer be approved. Ask your partner for a new one."
            self._refuse("approve_admin_access", "not_waiting", text)
        return relationship

    def _become_customer(self, page: InvitationPage) -> None:
        world = self._world
        provider = page.indirect_provider_id
        world.customers[self.tenant.id] = Customer(self.tenant, world.clock(), provider)
        if world.behaviour.agreement_signed_on_acceptance:
            world.agreements_signed.add(self.tenant.id)
        indirect = world.partner.kind == "indirect_reseller"
        prefix = "indirect_" if indirect else ""
        record = self._portal.audit.add(
            self.tenant,
            "partner_customer_relationship",
            f"{prefix}reseller_relationship_accepted_by_customer",
            new={"relationshipToPartner": "reseller", "customerTenantId": self.tenant.id},
        )
        self._portal.announce(self._portal.events.reseller_accepted(record, indirect=indirect))

    def _remove_dap(self) -> None:
        customer = self._world.customers.get(self.tenant.id)
        if customer is None or not customer.dap:
            return
        self._world.customers[self.tenant.id] = replace(customer, dap=False)
        record = self._portal.audit.add(
            self.tenant, "partner_customer_dap", "dap_admin_relationship_terminated"
        )
        self._portal.announce(self._portal.events.dap(record))

    def _visited(self, action: str, detail: str) -> None:
        self._feed.publish(PortalVisit(self._world.clock(), self.tenant.id, action, detail))

    def _refuse(self, action: str, reason: str, words: str) -> NoReturn:
        visit = PortalVisit(self._world.clock(), self.tenant.id, action, reason, refused=True)
        self._feed.publish(visit)
        raise PortalRefusal(reason, words)
