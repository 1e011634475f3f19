"""What Partner Center shows of one customer: subscriptions, users, licences, agreements, support."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.sandbox.fake_microsoft.audit import AuditLog
from bot.sandbox.fake_microsoft.customers import company_profile, our_customer, self_link
from bot.sandbox.fake_microsoft.gdap import Gdap
from bot.sandbox.fake_microsoft.partner_center import Door, PartnerCenterShape
from bot.sandbox.fake_microsoft.roles import (
    DIRECTORY_READERS,
    DIRECTORY_WRITERS,
    GLOBAL_ADMINISTRATOR,
    GLOBAL_READER,
    LICENSE_ADMINISTRATOR,
    USER_ADMINISTRATOR,
)
from bot.sandbox.fake_microsoft.state import Customer, Subscription, World
from bot.sandbox.fake_microsoft.wire import Refused, lower_keys, read_object

_COMPANY_ROLES = frozenset({GLOBAL_READER, DIRECTORY_WRITERS, GLOBAL_ADMINISTRATOR})
_USER_ROLES = frozenset({DIRECTORY_READERS, GLOBAL_READER, USER_ADMINISTRATOR})
_CONTACT_NAMES = frozenset({"firstname", "lastname", "email", "phonenumber"})
_PEOPLE = (("Alex", "Wilber"), ("Megan", "Bowen"))


class CustomerDetails:
    """`/v1/customers/{id}/...`. Source: the developer pages of the same names."""

    def __init__(
        self, world: World, door: Door, shape: PartnerCenterShape, gdap: Gdap, audit: AuditLog
    ) -> None:
        self._world = world
        self._door = door
        self._shape = shape
        self._gdap = gdap
        self._audit = audit

    def routes(self) -> list[web.RouteDef]:
        door = self._door
        base = "/v1/customers/{customer}"
        contact = base + "/subscriptions/{subscription}/supportcontact"
        getters = {
            base + "/subscriptions": door.any_token(self.subscriptions),
            base + "/relationships": door.user_only(self.relationships),
            base + "/profiles/company": door.user_only(self.company),
            base + "/organization": door.any_token(self.organization),
            base + "/customDomains": door.any_token(self.custom_domains),
            base + "/users": door.user_data(self.users),
            base + "/subscribedskus": door.user_data(self.subscribed_skus),
            base + "/managedservices": door.user_only(self.managed_services),
            base + "/agreements": door.user_only(self.agreements),
            base + "/directSignedMicrosoftCustomerAgreementStatus": door.user_only(self.direct_signed),
            contact: door.user_only(self.support_contact),
        }
        return [web.get(path, handler, allow_head=False) for path, handler in getters.items()] + [
            web.put(contact, door.user_only(self.replace_support_contact)),
            web.post(base + "/agreements", door.user_only(self.attest)),
        ]

    async def subscriptions(self, request: web.Request) -> web.Response:
        customer = our_customer(self._world, request)
        return self._shape.collection([self._subscription(each) for each in customer.subscriptions])

    async def relationships(self, request: web.Request) -> web.Response:
        provider = self._world.indirect_partners.get(
            our_customer(self._world, request).indirect_provider_id or ""
        )
        items = [] if provider is None else [{"id": provider.id, "name": provider.name}]
        more = {
            "relationshipType": "is_indirect_cloud_solution_provider_of",
            "attributes": {"objectType": "PartnerRelationship"},
        }
        return self._shape.collection([item | more for item in items])

    async def company(self, request: web.Request) -> web.Response:
        return self._shape.answer(company_profile(our_customer(self._world, request)))

    async def organization(self, request: web.Request) -> web.Response:
        tenant = self._visible(request, _COMPANY_ROLES).tenant
        organization = {
            "street": "1 Way",
            "countryLetterCode": tenant.country,
            "postalCode": "98052",
            "city": "Redmond",
            "state": "WA",
            "displayName": tenant.name,
            "technicalNotificationMails": [f"admin@{tenant.domain}"],
        }
        return self._shape.answer([organization])

    async def custom_domains(self, request: web.Request) -> web.Response:
        return self._shape.answer(list(self._visible(request, _COMPANY_ROLES).tenant.domains))

    async def users(self, request: web.Request) -> web.Response:
        tenant = self._visible(request, _USER_ROLES).tenant
        return self._shape.collection(
            [
                {
                    "id": f"{number:08d}-0000-4000-8000-{tenant.id[-12:]}",
                    "userPrincipalName": f"{first.lower()}@{tenant.domain}",
                    "displayName": f"{first} {last}",
                    "firstName": first,
                    "lastName": last,
                    "usageLocation": tenant.country,
                    "userDomainType": "none",
                    "state": "active",
                    "attributes": {"objectType": "CustomerUser"},
                }
                for number, (first, last) in enumerate(_PEOPLE, start=1)
            ]
        )

    async def subscribed_skus(self, request: web.Request) -> web.Response:
        customer = self._visible(request, _USER_ROLES | {LICENSE_ADMINISTRATOR})
        return self._shape.collection([self._sku(each) for each in customer.subscriptions])

    async def managed_services(self, request: web.Request) -> web.Response:
        tenant = our_customer(self._world, request).tenant
        portal = f"https://portal.office.com/Partner/BeginClientSession.aspx?CTID={tenant.id}&CSDEST=Exchange"
        link = {"uri": portal, "method": "GET", "headers": []}
        item = {"id": "exchange", "name": "Exchange", "links": {"adminService": link}}
        return self._shape.collection([item | {"attributes": {"objectType": "ManagedService"}}])

    async def agreements(self, request: web.Request) -> web.Response:
        customer = our_customer(self._world, request)
        wanted = request.query.get("agreementType", "MicrosoftCloudAgreement")
        items = [each for each in customer.attestations if wanted in ("*", each["type"])]
        return self._shape.collection(items)

    async def attest(self, request: web.Request) -> web.Response:
        customer = our_customer(self._world, request)
        body = await read_object(request, code="800002")
        given = lower_keys(body)
        contact = lower_keys(given.get("primarycontact") or {})
        named = contact.keys() >= _CONTACT_NAMES and {"templateid", "dateagreed"} <= given.keys()
        if not named or given.get("type") != "MicrosoftCustomerAgreement":
            raise Refused(400, "800002", "primaryContact, templateId, dateAgreed and type are required.")
        attestation = body | {"userId": self._world.partner.user_id, "type": "MicrosoftCustomerAgreement"}
        kept = (*customer.attestations, attestation)
        self._world.customers[customer.tenant.id] = replace(customer, attestations=kept)
        self._audit.add(customer.tenant, "agreement", "create_agreement", new=attestation, by_partner=True)
        return self._shape.answer(attestation, status=201)

    async def direct_signed(self, request: web.Request) -> web.Response:
        signed = our_customer(self._world, request).tenant.id in self._world.agreements_signed
        return self._shape.answer({"isSigned": signed})

    async def support_contact(self, request: web.Request) -> web.Response:
        customer, subscription = self._subscription_in(request)
        return self._contact(customer, subscription)

    async def replace_support_contact(self, request: web.Request) -> web.Response:
        customer, subscription = self._subscription_in(request)
        given = lower_keys(await read_object(request, code="800002"))
        if not {"supporttenantid", "supportmpnid", "name"} <= given.keys():
            raise Refused(400, "800002", "supportTenantId, supportMpnId and name are required.")
        known = {self._world.partner.tenant.id, *self._world.indirect_partners}
        if given["supporttenantid"] not in known:
            raise Refused(400, "3000", "The support contact must be a reseller with a relationship to you.")
        changed = replace(
            subscription,
            support_tenant_id=given["supporttenantid"],
            support_mpn_id=given["supportmpnid"],
            support_name=given["name"],
        )
        kept = tuple(changed if each.id == changed.id else each for each in customer.subscriptions)
        self._world.customers[customer.tenant.id] = replace(customer, subscriptions=kept)
        return self._contact(customer, changed)

    def _visible(self, request: web.Request, roles: frozenset[str]) -> Customer:
        customer = our_customer(self._world, request)
        if not roles & self._gdap.roles_held(customer.tenant.id):
            raise Refused(403, "2032", "Access denied.")
        return customer

    def _subscription_in(self, request: web.Request) -> tuple[Customer, Subscription]:
        customer = our_customer(self._world, request)
        for subscription in customer.subscriptions:
            if subscription.id == request.match_info["subscription"].lower():
                return customer, subscription
        raise Refused(404, "20003", "The subscription was not found.")

    def _contact(self, customer: Customer, subscription: Subscription) -> web.Response:
        path = f"/customers/{customer.tenant.id}/subscriptions/{subscription.id}/supportcontact"
        body = {
            "supportTenantId": subscription.support_tenant_id,
            "supportMpnId": subscription.support_mpn_id,
            "name": subscription.support_name,
            "links": {"self": self_link(path) | {"method": "Get"}},
            "attributes": {"objectType": "SupportContact"},
        }
        mark = self._world.behaviour.support_contact_byte_order_mark
        return self._shape.answer(body, byte_order_mark=mark)

    def _subscription(self, subscription: Subscription) -> dict[str, Any]:
        return {
            "id": subscription.id,
            "offerId": f"CFQ7TTC0{subscription.id[:4].upper()}:0001",
            "offerName": subscription.offer_name,
            "friendlyName": subscription.offer_name,
            "productType": {"id": "OnlineServicesNCE", "displayName": "OnlineServicesNCE"},
            "quantity": subscription.quantity,
            "unitType": "Licenses",
            "creationDate": subscription.created_at.isoformat(),
            "effectiveStartDate": subscription.created_at.isoformat(),
            "commitmentEndDate": subscription.commitment_end.isoformat(),
            "cancellationAllowedUntilDate": "0001-01-01T00:00:00",
            "status": subscription.status,
            "autoRenewEnabled": True,
            "isTrial": False,
            "billingType": "license",
            "billingCycle": "monthly",
            "termDuration": "P1Y",
            "partnerId": self._world.partner.mpn_id,
            "attributes": {"etag": f"etag-{subscription.id}", "objectType": "Subscription"},
        }

    def _sku(self, subscription: Subscription) -> dict[str, Any]:
        return {
            "availableUnits": subscription.quantity,
            "activeUnits": subscription.quantity,
            "consumedUnits": 0,
            "suspendedUnits": 0,
            "totalUnits": subscription.quantity,
            "warningUnits": 0,
            "productSku": {
                "id": subscription.id,
                "name": subscription.offer_name,
                "skuPartNumber": subscription.offer_name.upper().replace(" ", "_"),
                "targetType": "User",
                "licenseGroupId": "group1",
            },
            "servicePlans": [],
            "capabilityStatus": "Enabled",
            "attributes": {"objectType": "SubscribedSku"},
        }
