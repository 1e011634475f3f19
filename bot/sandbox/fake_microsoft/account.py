"""What Partner Center says about the partner, its partners, its log, countries and agreements."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from aiohttp import web

from bot.sandbox.fake_microsoft.audit import AuditLog, AuditRecord
from bot.sandbox.fake_microsoft.customers import filter_of
from bot.sandbox.fake_microsoft.paging import Pager
from bot.sandbox.fake_microsoft.partner_center import Door, PartnerCenterShape
from bot.sandbox.fake_microsoft.state import World
from bot.sandbox.fake_microsoft.wire import Refused, is_guid, lower_keys, read_object

AGREEMENT_TEMPLATE_ID = "998b88de-aa99-4388-a42c-1b3517d49490"
_RELATIONSHIP_TYPES = {
    "isindirectresellerof": "is_indirect_reseller_of",
    "isindirectcloudsolutionproviderof": "is_indirect_cloud_solution_provider_of",
}
_POSTAL_CODES = {"US": r"^\d{5}(-\d{4})?$", "DE": r"^\d{5}$", "CA": r"^[A-Z]\d[A-Z] \d[A-Z]\d$"}


class Account:
    """Everything under `/v1` that is not about one customer."""

    def __init__(self, world: World, door: Door, shape: PartnerCenterShape, audit: AuditLog) -> None:
        self._world = world
        self._door = door
        self._shape = shape
        self._audit = audit
        self._pager = Pager[AuditRecord](
            "/auditrecords", lambda record: (record.at.isoformat(), record.id), world.behaviour
        )

    def routes(self) -> list[web.RouteDef]:
        door = self._door
        getters = {
            "/v1/profiles/organization": door.user_only(self.organization),
            "/v1/profiles/mpn": door.user_only(self.mpn),
            "/v1/profiles/legalbusiness": door.any_token(self.legal_business),
            "/v1/applicationmfaadoptionstatus": door.any_token(self.mfa_adoption),
            "/v1/relationships": door.user_only(self.relationships),
            "/v1/auditrecords": door.any_token(self.audit_records),
            "/v1/auditrecords/{record}": door.any_token(self.audit_record),
            "/auditactivity/v1/auditrecords/{record}": door.any_token(self.audit_record),
            "/v1/countryvalidationrules/{country}": door.any_token(self.country_rules),
            "/v1/agreements": door.user_only(self.agreement_templates),
            "/v1/agreementtemplates/{template}/document": door.user_only(self.agreement_document),
            "/v1/compliance/csp/agreementstatus": door.user_only(self.partner_agreement),
        }
        return [web.get(path, handler, allow_head=False) for path, handler in getters.items()] + [
            web.head("/v1/domains/{domain}", door.any_token(self.domain)),
            web.post("/v1/validations/address", door.any_token(self.address)),
        ]

    async def organization(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler
        tenant = self._world.partner.tenant
        return self._shape.answer(
            {
                "id": tenant.id,
                "companyName": tenant.name,
                "defaultAddress": {"country": tenant.country},
                "tenantId": tenant.id,
                "domain": tenant.initial_domain,
                "email": f"info@{tenant.domain}",
                "language": "en",
                "culture": "en-US",
                "attributes": {"objectType": "OrganizationProfile"},
            }
        )

    async def mpn(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler
        partner = self._world.partner
        body = {"partnerName": partner.tenant.name, "mpnId": partner.mpn_id}
        return self._shape.answer(body | {"attributes": {"objectType": "MpnProfile"}})

    async def legal_business(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler
        tenant = self._world.partner.tenant
        return self._shape.answer(
            {
                "companyName": tenant.name,
                "address": {"country": tenant.country, "city": "Redmond", "addressLine1": "1 Way"},
                "primaryContact": {"firstName": "Megan", "lastName": "Bowen"},
                "companyApproverAddress": {"country": tenant.country},
                "vettingStatus": "authorized",
                "attributes": {"objectType": "PartnerLegalBusinessProfile"},
            }
        )

    async def mfa_adoption(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler
        calls = self._door.user_calls
        row = {
            "loginDate": self._world.clock().strftime("%Y-%m-%dT00:00:00"),
            "mfaCompliantRequestCount": sum(calls),
            "totalRequestCount": len(calls),
            "applicationId": self._world.partner.client_id,
            "applicationName": "Overture",
        }
        return self._shape.answer([row])

    async def relationships(self, request: web.Request) -> web.Response:
        given = request.query.get("relationship_type", "").replace("_", "").lower()
        if given not in _RELATIONSHIP_TYPES:
            raise Refused(400, "3000", "relationship_type is missing or unknown.")
        # Asking for those whose reseller one is lists providers, each described from its own side.
        described = next(kind for key, kind in _RELATIONSHIP_TYPES.items() if key != given)
        return self._shape.collection(
            [
                {
                    "id": partner.id,
                    "name": partner.name,
                    "relationshipType": partner.relationship_type,
                    "state": "Active",
                    "mpnId": partner.mpn_id,
                    "location": partner.location,
                    "attributes": {"objectType": "PartnerRelationship"},
                }
                for partner in self._world.indirect_partners.values()
                if partner.relationship_type == described
            ]
        )

    async def audit_records(self, request: web.Request) -> web.Response:
        query = self._pager.query(request)
        start, end = self._span(query)
        matches = matching(query.get("filter"))
        records = [each for each in self._audit.records if start <= each.at < end and matches(each)]
        page = self._pager.page(request, records)
        return self._shape.collection([self._audit.body(record) for record in page.items], **page.more)

    async def audit_record(self, request: web.Request) -> web.Response:
        record = self._audit.find(request.match_info["record"])
        if record is None:
            raise Refused(404, "1000", "The audit record was not found.")
        return self._shape.answer(self._audit.body(record))

    async def country_rules(self, request: web.Request) -> web.Response:
        country = request.match_info["country"]
        if len(country) != 2 or not country.isascii() or not country.isalpha():
            raise Refused(400, "3000", "The country must be an ISO 3166 alpha-2 code.")
        iso = country.upper()
        states = ["WA", "NY", "CA"] if iso == "US" else []
        return self._shape.answer(
            {
                "iso2Code": iso,
                "defaultCulture": "de-DE" if iso == "DE" else "en-US",
                "isStateRequired": bool(states),
                "states": {"value": states},
                "supportedCultures": {"value": ["de-DE", "en-US"] if iso == "DE" else ["en-US"]},
                "isPostalCodeRequired": iso in _POSTAL_CODES,
                "postalCodeRegex": _POSTAL_CODES.get(iso),
                "isCityRequired": True,
                "phoneNumberRegex": r"^\d{1,16}$",
                "isTaxIdSupported": False,
                "resellerAgreementRegion": iso,
                "geographicRegion": iso,
                "countryCallingCodes": {"value": ["49"] if iso == "DE" else ["1"]},
                "attributes": {"objectType": "CountryInformation"},
            }
        )

    async def domain(self, request: web.Request) -> web.Response:
        """200 means taken, 404 free; there is no body."""
        domain = request.match_info["domain"].lower()
        if not domain.endswith(".onmicrosoft.com"):
            raise Refused(400, "2000", "Only onmicrosoft.com domains can be checked.", empty=True)
        taken = any(domain == tenant.initial_domain for tenant in self._world.tenants.values())
        return web.Response(status=200 if taken else 404)

    async def address(self, request: web.Request) -> web.Response:
        given = lower_keys(await read_object(request, code="800002"))
        if not {"country", "city", "addressline1"} <= given.keys():
            raise Refused(400, "800002", "country, city and addressLine1 are required.")
        return self._shape.answer({"originalAddress": given, "status": "VerifiedShippable"})

    async def agreement_templates(self, request: web.Request) -> web.Response:
        if request.query.get("agreementType") not in ("MicrosoftCustomerAgreement", "*"):
            return self._shape.collection([])
        item = {
            "templateId": AGREEMENT_TEMPLATE_ID,
            "agreementType": "MicrosoftCustomerAgreement",
            "agreementLink": "https://aka.ms/customeragreement",
            "versionRank": 0,
        }
        return self._shape.collection([item])

    async def agreement_document(self, request: web.Request) -> web.Response:
        if request.match_info["template"] != AGREEMENT_TEMPLATE_ID:
            raise Refused(404, "1000", "The agreement template was not found.")
        link = "https://aka.ms/customeragreement"
        return self._shape.answer({"displayUri": link, "downloadUri": link})

    async def partner_agreement(self, request: web.Request) -> web.Response:
        tenant_id = request.query.get("tenantId")
        if tenant_id is not None and not is_guid(tenant_id):
            raise Refused(400, "2000", "Tenant Id must be a GUID.")
        partners = self._world.indirect_partners.values()
        known = {partner.id for partner in partners} | {partner.mpn_id for partner in partners}
        if (tenant_id or request.query.get("mpnId", "")) not in known:
            raise Refused(404, "3000", "The partner was not found.")
        return self._shape.answer({"isAgreementSigned": True})

    def _span(self, query: dict[str, str]) -> tuple[datetime, datetime]:
        now = self._world.clock()
        try:
            start = _day(query["startDate"]) if "startDate" in query else now - timedelta(days=30)
            end = _day(query["endDate"]) if "endDate" in query else now
        except ValueError as error:
            raise Refused(400, "3000", "startDate and endDate must be yyyy-mm-dd.") from error
        return start, end + timedelta(days=1)


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


def matching(text: str | None) -> Callable[[AuditRecord], bool]:
    """The test of the one filter the log takes. Raises `Refused` 400."""
    if text is None:
        return lambda _: True
    wanted = filter_of(text)
    value = str(wanted.get("value", "")).lower()
    match (wanted.get("field"), wanted.get("operator")):
        case ("CustomerId", "equals"):
            return lambda record: record.customer.id == value
        case ("ResourceType", "equals"):
            return lambda record: record.resource_type == value
        case ("CompanyName", "substring"):
            return lambda record: value in record.customer.name.lower()
    raise Refused(400, "3000", "The filter's Field or Operator is not supported.")
