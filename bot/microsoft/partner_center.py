"""Partner Center's REST API. Sources are pages of learn.microsoft.com/partner-center/developer."""

import base64
import binascii
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from bot.domain.clouds import CAPABILITIES
from bot.domain.identifiers import RelationshipId, TenantId, parse_domain_name, parse_tenant_id
from bot.microsoft.api import Api, given_headers, partner_center_headers, quoted
from bot.microsoft.auth import TokenKind, Tokens
from bot.microsoft.clouds import Endpoints
from bot.microsoft.errors import Refusal
from bot.microsoft.relationship_link import relationship_link
from bot.microsoft.schemas import (
    AgreementStatus,
    AuditRecord,
    Collection,
    Customer,
    Registration,
    RelationshipRequest,
    UnreadableAnswer,
    loads,
    read,
    read_names,
)
from bot.microsoft.transport import Transport
from bot.ports.failures import Reason
from bot.ports.microsoft import ActivityRecord, CustomerPage, ListedCustomer, WebhookRegistration

PAGE_SIZE = 500
REGISTRATION = "/webhooks/v1/registration"
NO_RELATIONSHIP = "20002"
CONTINUATION_HEADER = "MS-ContinuationToken"
_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_RELATIONSHIP_ID = re.compile(rf"(?<![0-9a-f-]){_GUID}-{_GUID}(?![0-9a-f-])", re.IGNORECASE)


@dataclass(frozen=True)
class _Next:
    """Where a collection goes on: a link's address and the headers it wants."""

    uri: str
    headers: Mapping[str, str]

    def as_text(self) -> str:
        return base64.urlsafe_b64encode(orjson.dumps([self.uri, dict(self.headers)])).decode()

    @classmethod
    def from_text(cls, text: str) -> "_Next":
        try:
            uri, headers = orjson.loads(base64.urlsafe_b64decode(text))
            return cls(str(uri), {str(name): str(value) for name, value in headers.items()})
        except (binascii.Error, ValueError, TypeError, AttributeError):
            raise UnreadableAnswer("this continuation was not made by us") from None


class PartnerCenterClient:
    """Implements `bot.ports.microsoft.PartnerCenter` for one partner tenant."""

    def __init__(
        self,
        *,
        transport: Transport,
        tokens: Tokens,
        endpoints: Endpoints,
        tenant_id: TenantId,
        indirect_provider_id: TenantId | None = None,
        page_size: int = PAGE_SIZE,
    ) -> None:
        self._api = Api(
            transport,
            tokens,
            endpoints.partner_center,
            endpoints.partner_center_resource,
            partner_center_headers,
        )
        self._endpoints = endpoints
        self._tenant_id = tenant_id
        self._indirect_provider_id = indirect_provider_id
        self._page_size = page_size

    async def relationship_request_url(self) -> str:
        """
        Return the link a customer opens to accept a reseller relationship with us.

        Wire: GET /v1/customers/relationshiprequests, app+user only -> {"url": str, ...}
        Raises `Permanent` (UNTRUSTED_LINK) for a link that is not Microsoft's or not ours.
        Source: request-reseller-relationship
        """
        answer = await self._api.get("/v1/customers/relationshiprequests", kind=TokenKind.USER)
        return relationship_link(
            read(RelationshipRequest, answer.body).url,
            tenant_id=self._tenant_id,
            hosts=self._endpoints.link_hosts,
            indirect_provider_id=self._indirect_provider_id,
        )

    async def customers_page(self, continuation: str | None) -> CustomerPage:
        """
        Return one page of customers. `continuation` comes from the page before and is opaque.

        Wire: GET /v1/customers?size=n, then links.next.uri with links.next.headers.
        Source: get-a-list-of-customers
        """
        first = _Next(f"/customers?size={self._page_size}", {})
        here = _Next.from_text(continuation) if continuation else first
        page, onward = await self._page(here)
        customers = [_customer(Customer.model_validate(item)) for item in page.items]
        return CustomerPage(
            customers=tuple(customer for customer in customers if customer is not None),
            continuation=onward.as_text() if onward else None,
        )

    async def customer(self, tenant_id: TenantId) -> ListedCustomer | None:
        """
        Return one customer; None for 404, and for 403 with "no commerce relationship".

        Wire: GET /v1/customers/{id}. Source: get-a-customer-by-id
        """
        try:
            answer = await self._api.get(f"/v1/customers/{quoted(tenant_id)}")
        except Refusal as refusal:
            if refusal.status == 404 or refusal.code == NO_RELATIONSHIP:
                return None
            raise
        customer = _customer(read(Customer, answer.body))
        if customer is None:
            raise UnreadableAnswer("a customer without a tenant id")
        return customer

    async def customer_agreement_signed(self, tenant_id: TenantId) -> bool | None:
        """
        Return whether the customer signed directly, or we attested that it did.

        None where the cloud has no such calls, or the customer is not ours.
        Wire: GET /v1/customers/{id}/directSignedMicrosoftCustomerAgreementStatus -> {"isSigned": bool}, and
        GET /v1/customers/{id}/agreements, both app+user.
        Source: get-direct-sign-status-of-customer-agreement, get-confirmation-of-customer-agreement
        """
        if not CAPABILITIES[self._endpoints.cloud].customer_agreement:
            return None
        customer = f"/v1/customers/{quoted(tenant_id)}"
        try:
            answer = await self._api.get(
                f"{customer}/directSignedMicrosoftCustomerAgreementStatus", kind=TokenKind.USER
            )
        except Refusal as refusal:
            if refusal.reason is Reason.NOT_FOUND:
                return None
            raise
        signed = read(AgreementStatus, answer.body).is_signed
        return signed or await self._attested(customer) or signed

    async def _attested(self, customer: str) -> bool:
        path = f"{customer}/agreements?agreementType=MicrosoftCustomerAgreement"
        try:
            answer = await self._api.get(path, kind=TokenKind.USER)
        except Refusal as refusal:
            if refusal.reason is Reason.NOT_FOUND:
                return False
            raise
        return bool(read(Collection, answer.body).items)

    async def activity(self, since: datetime) -> Sequence[ActivityRecord]:
        """
        Return the activity log from the day of `since` to now, all pages.

        Wire: GET /v1/auditrecords?startDate=yyyy-mm-dd&size=n. Without an end date it runs to now.
        Source: get-a-record-of-partner-center-activity-by-user
        """
        day = since.astimezone(UTC).date().isoformat()
        first = _Next(f"/auditrecords?startDate={day}&size={self._page_size}", {})
        records = [_record(AuditRecord.model_validate(item)) async for item in self._items(first)]
        return [record for record in records if record is not None]

    async def webhook_events(self) -> frozenset[str]:
        """Wire: GET /webhooks/v1/registration/events -> [str]. Source: partner-center-webhooks"""
        return read_names((await self._api.get(f"{REGISTRATION}/events")).body)

    async def webhook_registration(self) -> WebhookRegistration | None:
        """
        Wire: GET /webhooks/v1/registration; 404, or an empty 200, where there is none.

        Source: partner-center-webhooks
        """
        try:
            answer = await self._api.get(REGISTRATION)
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise
        if not answer.body.strip() or loads(answer.body) is None:
            return None
        wire = read(Registration, answer.body)
        if not wire.webhook_url:
            return None
        return WebhookRegistration(
            url=wire.webhook_url,
            events=frozenset(wire.webhook_events),
            properties=wire.properties,
            signature_in_own_header=wire.signature_token_to_ms_signature_header,
        )

    async def create_webhook_registration(self, registration: WebhookRegistration) -> None:
        """Wire: POST /webhooks/v1/registration; 409 where there is one. Source: partner-center-webhooks"""
        await self._api.write("POST", REGISTRATION, _registration(registration))

    async def replace_webhook_registration(self, registration: WebhookRegistration) -> None:
        """Wire: PUT /webhooks/v1/registration. Source: partner-center-webhooks"""
        await self._api.write("PUT", REGISTRATION, _registration(registration), repeatable=True)

    async def _items(self, first: _Next) -> AsyncIterator[dict[str, Any]]:
        onward: _Next | None = first
        seen: set[str] = set()
        while onward is not None:
            if onward.as_text() in seen:
                raise UnreadableAnswer("the collection never ends")
            seen.add(onward.as_text())
            page, onward = await self._page(onward)
            for item in page.items:
                yield item

    async def _page(self, here: _Next) -> tuple[Collection, _Next | None]:
        answer = await self._api.get(self._api.url(_path(here.uri)), headers=given_headers(here.headers))
        page = read(Collection, answer.body)
        return page, _onward(here, page)


def _onward(here: _Next, page: Collection) -> _Next | None:
    """`links.next` decides, as in Microsoft's own SDK; the bare token is for answers without any links."""
    if page.links is not None:
        link = page.links.next
        if link is None or not link.uri:
            return None
        return _Next(link.uri, {header.key: header.value for header in link.headers})
    token = page.continuation_token
    if not token or not page.items or token == here.headers.get(CONTINUATION_HEADER):
        return None
    uri = here.uri if "seekOperation=" in here.uri else f"{here.uri}&seekOperation=Next"
    return _Next(uri, {CONTINUATION_HEADER: token})


def _path(uri: str) -> str:
    """Link addresses are absolute, or relative with or without `/v1`."""
    if urlsplit(uri).scheme:
        return uri
    path = "/" + uri.lstrip("/")
    return "/v1" + (path[3:] if re.match(r"/v1[/?]", path) else path)


def _customer(wire: Customer) -> ListedCustomer | None:
    company, billing = wire.company_profile, wire.billing_profile
    tenant_id = parse_tenant_id(wire.id) or parse_tenant_id(company.tenant_id)
    if tenant_id is None:
        return None
    return ListedCustomer(
        tenant_id=tenant_id,
        name=company.company_name or billing.company_name or company.domain or tenant_id,
        domain=parse_domain_name(company.domain) if company.domain else None,
        has_reseller_relationship=wire.relationship_to_partner.casefold() == "reseller",
        country=billing.default_address.country.upper() or None,
    )


def _record(wire: AuditRecord) -> ActivityRecord | None:
    if wire.operation_date is None or not wire.operation_type:
        return None
    new, old = wire.resource_new_value, wire.resource_old_value
    return ActivityRecord(
        operation=wire.operation_type,
        customer_tenant_id=parse_tenant_id(wire.customer_id),
        relationship_id=_relationship_id(new) or _relationship_id(old),
        user_principal_name=wire.user_principal_name or None,
        happened_at=wire.operation_date,
        application_id=wire.application_id or None,
    )


def _relationship_id(resource: object) -> RelationshipId | None:
    """Find the id by its shape, two GUIDs: which key of the JSON string holds it is not documented."""
    text = resource if isinstance(resource, str) else orjson.dumps(resource).decode()
    match = _RELATIONSHIP_ID.search(text)
    return RelationshipId(match[0].lower()) if match else None


def _registration(registration: WebhookRegistration) -> dict[str, object]:
    body: dict[str, object] = {
        "WebhookUrl": registration.url,
        "WebhookEvents": sorted(registration.events),
        "SignatureTokenToMsSignatureHeader": registration.signature_in_own_header,
    }
    return body | ({"Properties": registration.properties} if registration.properties else {})
