"""Partner Center's customers: the invitation link, the list, one customer, and ending it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.sandbox.fake_microsoft.assignments import Announce
from bot.sandbox.fake_microsoft.audit import AuditLog
from bot.sandbox.fake_microsoft.events import Events
from bot.sandbox.fake_microsoft.paging import Pager
from bot.sandbox.fake_microsoft.partner_center import Door, PartnerCenterShape, guid_in_path
from bot.sandbox.fake_microsoft.state import Customer, World
from bot.sandbox.fake_microsoft.wire import Refused, lower_keys, read_object

_FILTER_FIELDS = ("CompanyName", "Domain", "IndirectReseller", "IndirectCloudSolutionProvider")


def our_customer(world: World, request: web.Request) -> Customer:
    """The customer in the path. Raises `Refused` 403/20002 or 404 when it is not the partner's."""
    customer = world.customers.get(guid_in_path(request, "customer"))
    if customer is not None:
        return customer
    if world.behaviour.unknown_customer_status == 404:
        raise Refused(404, "1000", "The customer was not found.")
    raise Refused(403, "20002", "There is no commerce relationship with this customer.")


class Customers:
    """`/v1/customers`. Source: learn.microsoft.com/partner-center/developer/customer-resources"""

    def __init__(
        self,
        world: World,
        door: Door,
        shape: PartnerCenterShape,
        audit: AuditLog,
        events: Events,
        announce: Announce,
    ) -> None:
        self._world = world
        self._door = door
        self._shape = shape
        self._audit = audit
        self._events = events
        self._announce = announce
        self._pager = Pager[Customer](
            "/customers", lambda customer: (customer.tenant.name, customer.tenant.id), world.behaviour
        )

    def routes(self) -> list[web.RouteDef]:
        door = self._door
        return [
            web.get(
                "/v1/customers/relationshiprequests",
                door.user_only(self.relationship_request),
                allow_head=False,
            ),
            web.get("/v1/customers", door.any_token(self.list_customers), allow_head=False),
            web.get("/v1/customers/{customer}", door.any_token(self.get), allow_head=False),
            web.patch("/v1/customers/{customer}", door.user_only(self.change)),
        ]

    async def relationship_request(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler
        partner = self._world.partner
        if not partner.is_in_programme:
            raise Refused(403, "900149", "The partner's programme status is not active.")
        if not (partner.user_is_admin_agent or partner.user_is_sales_agent):
            raise Refused(403, "900150", "The user's role does not have the rights for this call.")
        body = {"url": self.invitation_url(), "attributes": {"objectType": "RelationshipRequest"}}
        return self._shape.answer(body)

    def invitation_url(self) -> str:
        """The partner's link; for an indirect reseller the caller adds `indirectCSPId` before the `#`."""
        partner, behaviour = self._world.partner, self._world.behaviour
        indirect = partner.kind == "indirect_reseller"
        kind = "IndirectResellerRelationship" if indirect else "ResellerRelationship"
        mspp_id = partner.mpn_id if indirect else "0"
        dap = "&DAP=false" if behaviour.link_carries_dap else ""
        return (
            f"{self._world.portal_url}/Adminportal/Home?invType={kind}"
            f"&partnerId={partner.tenant.id}&msppId={mspp_id}{dap}#{behaviour.link_fragment}"
        )

    async def list_customers(self, request: web.Request) -> web.Response:
        matches = matching(self._pager.query(request).get("filter"))
        customers = [each for each in self._world.customers.values() if matches(each)]
        page = self._pager.page(request, customers)
        return self._shape.collection([self._item(customer) for customer in page.items], **page.more)

    async def get(self, request: web.Request) -> web.Response:
        customer = our_customer(self._world, request)
        return self._shape.answer(self._item(customer) | self._detail(customer))

    async def change(self, request: web.Request) -> web.Response:
        customer = our_customer(self._world, request)
        body = lower_keys(await read_object(request, code="800002"))
        attributes = lower_keys(body.get("attributes") or {})
        if attributes.get("objecttype") != "Customer":
            raise Refused(400, "800002", "attributes.objectType must be Customer.")
        if body.get("relationshiptopartner") == "none":
            return self._remove_reseller(customer)
        if body.get("allowdelegatedaccess") is False:
            return self._remove_dap(customer)
        raise Refused(
            400, "3000", "Only relationshipToPartner none or allowDelegatedAccess false can be set."
        )

    def _remove_reseller(self, customer: Customer) -> web.Response:
        if any(subscription.status == "active" for subscription in customer.subscriptions):
            status = self._world.behaviour.removal_refusal_status
            raise Refused(status, "800002", "The customer still has active subscriptions.")
        del self._world.customers[customer.tenant.id]
        self._audit.add(
            customer.tenant,
            "partner_customer_relationship",
            "remove_partner_customer_relationship",
            old={"relationshipToPartner": "reseller"},
            new={"relationshipToPartner": "none"},
            by_partner=True,
        )
        return self._changed(RelationshipToPartner="none")

    def _remove_dap(self, customer: Customer) -> web.Response:
        if customer.dap:
            self._world.customers[customer.tenant.id] = replace(customer, dap=False)
            operation = "dap_admin_relationship_terminated"
            record = self._audit.add(customer.tenant, "partner_customer_dap", operation, by_partner=True)
            self._announce(self._events.dap(record))
        return self._changed(AllowDelegatedAccess=False)

    def _changed(self, **set_values: Any) -> web.Response:
        body: dict[str, Any] = {
            "Id": None,
            "CommerceId": None,
            "CompanyProfile": None,
            "BillingProfile": None,
            "RelationshipToPartner": None,
            "AllowDelegatedAccess": None,
            "UserCredentials": None,
            "CustomDomains": None,
            "AssociatedPartnerId": None,
            "Attributes": {"ObjectType": "Customer"},
        }
        return self._shape.answer(body | set_values, pascal=True)

    def _item(self, customer: Customer) -> dict[str, Any]:
        return {
            "id": customer.tenant.id,
            "companyProfile": company_profile(customer),
            "relationshipToPartner": "reseller",
            "links": {"self": self_link(f"/customers/{customer.tenant.id}")},
            "attributes": {"objectType": "Customer"},
        }

    def _detail(self, customer: Customer) -> dict[str, Any]:
        tenant = customer.tenant
        detail: dict[str, Any] = {
            "commerceId": customer.commerce_id,
            "billingProfile": billing_profile(customer),
            "allowDelegatedAccess": customer.dap,
        }
        if customer.dap:
            address = {"country": tenant.country, "city": "Redmond", "addressLine1": "1 Way"}
            more = {"address": address, "email": f"admin@{tenant.domain}"}
            detail |= {"companyProfile": company_profile(customer) | more, "customDomains": [tenant.domain]}
        return detail


def matching(text: str | None) -> Callable[[Customer], bool]:
    """The test `{"Field", "Value", "Operator"}` asks for. Raises `Refused` 400."""
    if text is None:
        return lambda _: True
    wanted = filter_of(text)
    field, value = wanted.get("field"), wanted.get("value")
    if field not in _FILTER_FIELDS or not isinstance(value, str) or wanted.get("operator") != "starts_with":
        raise Refused(400, "3000", "The filter's Field, Value or Operator is not supported.")
    start = value.lower()
    return lambda customer: any(have.lower().startswith(start) for have in _filtered_by(customer, field))


def filter_of(text: str) -> dict[str, Any]:
    """The JSON object in `filter`, its keys in lower case. Raises `Refused` 400."""
    try:
        return lower_keys(json.loads(text))
    except (ValueError, AttributeError) as error:
        raise Refused(400, "3000", "filter must be a JSON object.") from error


def _filtered_by(customer: Customer, field: str) -> tuple[str, ...]:
    if field == "CompanyName":
        return (customer.tenant.name,)
    if field == "Domain":
        return customer.tenant.domains
    return (customer.indirect_provider_id or "",)


def self_link(uri: str) -> dict[str, Any]:
    return {"uri": uri, "method": "GET", "headers": []}


def company_profile(customer: Customer) -> dict[str, Any]:
    tenant = customer.tenant
    return {
        "tenantId": tenant.id,
        "domain": tenant.initial_domain,
        "companyName": tenant.name,
        "links": {"self": self_link(f"/customers/{tenant.id}/profiles/company")},
        "attributes": {"objectType": "CustomerCompanyProfile"},
    }


def billing_profile(customer: Customer) -> dict[str, Any]:
    tenant = customer.tenant
    return {
        "id": customer.billing_profile_id,
        "email": f"billing@{tenant.domain}",
        "culture": "en-US",
        "language": "en",
        "companyName": tenant.name,
        "defaultAddress": {
            "country": tenant.country,
            "city": "Redmond",
            "state": "WA",
            "addressLine1": "1 Way",
            "postalCode": "98052",
        },
        "attributes": {"etag": "-4242348048554929329", "objectType": "CustomerBillingProfile"},
    }
