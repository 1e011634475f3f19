"""Microsoft Graph v1.0: delegated admin relationships (GDAP) and tenants. App-only throughout."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from yarl import URL

from bot.domain.identifiers import (
    DomainName,
    RelationshipId,
    RoleId,
    TenantId,
    parse_domain_name,
    parse_tenant_id,
)
from bot.microsoft.api import Api, graph_headers, quoted
from bot.microsoft.auth import Tokens
from bot.microsoft.clouds import Endpoints, other_instances
from bot.microsoft.errors import Refusal, failure, problem
from bot.microsoft.schemas import (
    AccessAssignment,
    DelegatedAdminRelationship,
    GraphPage,
    OpenIdConfiguration,
    RelationshipAction,
    TenantInformation,
    UnreadableAnswer,
    duration_days,
    read,
)
from bot.microsoft.transport import Answer, Request, Transport
from bot.ports.clock import Clock
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.ports.microsoft import AdminRelationship, AdminRelationshipRequest, Tenant

VERSION = "/v1.0"
RELATIONSHIPS = f"{VERSION}/tenantRelationships/delegatedAdminRelationships"
PAGE_SIZE = 300
"""The most Graph gives at once (tenantrelationship-list-delegatedadminrelationships)."""

LOCKED = frozenset({"approvalpending", "approved", "activating", "active"})
NOT_VISIBLE_YET = timedelta(seconds=2)
SETTLES_IN = timedelta(minutes=2)
"""How long after its creation a relationship's refusals are not taken at their word."""


def graph_api(transport: Transport, tokens: Tokens, endpoints: Endpoints) -> Api:
    return Api(transport, tokens, endpoints.graph, endpoints.graph_resource, graph_headers)


class GraphDelegatedAdmin:
    """Implements `bot.ports.microsoft.DelegatedAdmin`. Sources are pages of learn.microsoft.com/graph/api."""

    def __init__(self, *, transport: Transport, tokens: Tokens, endpoints: Endpoints, clock: Clock) -> None:
        self._api = graph_api(transport, tokens, endpoints)
        self._clock = clock
        self._approval_link = endpoints.approval_link

    async def create(self, request: AdminRelationshipRequest) -> AdminRelationship:
        """
        Create a relationship in status `created`. After `OutcomeUnknown` look for it by its display name.

        Wire: POST /tenantRelationships/delegatedAdminRelationships -> 201
        Source: tenantrelationship-post-delegatedadminrelationships
        """
        answer = await self._api.write("POST", RELATIONSHIPS, _creation(request))
        try:
            return _relationship(read(DelegatedAdminRelationship, answer.body))
        except UnreadableAnswer as error:
            raise OutcomeUnknown(f"created, but {error.detail}") from error

    async def find_by_display_name(self, display_name: str) -> AdminRelationship | None:
        """
        Return the relationship with exactly this name. Where Graph will not filter by it, all are read.

        The documentation names no filter properties.
        """
        try:
            return await self._named(display_name, filtered=True)
        except Refusal as refusal:
            if refusal.status not in {400, 501}:
                raise
        return await self._named(display_name, filtered=False)

    async def lock_for_approval(self, relationship: AdminRelationship) -> None:
        """
        Make the relationship `approvalPending`. It may be called again: what is locked already stays so.

        Wire: POST .../{id}/requests {"action": "lockForApproval"} -> 201
        Raises `Temporary` while a relationship just created cannot be seen, or an earlier call takes effect.
        Right after its creation Graph may refuse what it takes a moment later: `Temporary` too.
        Source: delegatedadminrelationship-post-requests
        """
        current = await self.get(relationship.id)
        if current is None:
            raise Temporary("the relationship cannot be seen yet", retry_after=NOT_VISIBLE_YET)
        if current.status.casefold() in LOCKED:
            return
        if current.status.casefold() != "created":
            raise Permanent(Reason.REQUEST_REFUSED, f"the relationship is {current.status}")
        path = f"{RELATIONSHIPS}/{quoted(relationship.id)}/requests"
        try:
            answer = await self._api.write("POST", path, {"action": "lockForApproval"})
        except Refusal as refusal:
            if await self._is_being_locked(path):
                raise Temporary("the relationship is being locked", retry_after=NOT_VISIBLE_YET) from None
            if refusal.status in {400, 404, 409} and self._is_new(current):
                raise Temporary(refusal.detail, retry_after=NOT_VISIBLE_YET) from None
            raise
        if _action_failed(answer):
            raise Permanent(Reason.REQUEST_REFUSED, "lockForApproval failed")

    async def get(self, relationship_id: RelationshipId) -> AdminRelationship | None:
        """Wire: GET .../{id}; 404 is None. Source: delegatedadminrelationship-get"""
        try:
            answer = await self._api.get(f"{RELATIONSHIPS}/{quoted(relationship_id)}")
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise
        wire = read(DelegatedAdminRelationship, answer.body)
        return _relationship(wire, etag=answer.headers.get("ETag", ""))

    async def all(self) -> AsyncIterator[AdminRelationship]:
        """
        Yield every relationship, page by page.

        Wire: GET ...?$top=300, then @odata.nextLink verbatim.
        Source: tenantrelationship-list-delegatedadminrelationships
        """
        async for relationship in self._listed(f"{RELATIONSHIPS}?$top={PAGE_SIZE}"):
            yield relationship

    async def has_active_assignment(self, relationship_id: RelationshipId) -> bool:
        """Wire: GET .../{id}/accessAssignments. Source: delegatedadminrelationship-list-accessassignments"""
        path = f"{RELATIONSHIPS}/{quoted(relationship_id)}/accessAssignments"
        try:
            async for page in self._pages(path):
                assignments = [AccessAssignment.model_validate(item) for item in page.value]
                if any(assignment.status.casefold() == "active" for assignment in assignments):
                    return True
        except Refusal as refusal:
            if refusal.status != 404:
                raise
        return False

    def approval_url(self, relationship_id: RelationshipId) -> str:
        """Source: partner-center/customers/gdap-obtain-admin-permissions-to-manage-customer"""
        return self._approval_link.replace("{relationship_id}", quoted(relationship_id))

    def _is_new(self, relationship: AdminRelationship) -> bool:
        created = relationship.created_at
        return created is not None and self._clock.now() - created < SETTLES_IN

    async def _is_being_locked(self, path: str) -> bool:
        """Wire: GET .../{id}/requests. Source: delegatedadminrelationship-list-requests"""
        async for page in self._pages(path):
            for action in map(RelationshipAction.model_validate, page.value):
                if action.action.casefold() == "lockforapproval" and action.status.casefold() != "failed":
                    return True
        return False

    async def _named(self, display_name: str, *, filtered: bool) -> AdminRelationship | None:
        literal = quoted(display_name.replace("'", "''"))
        condition = f"$filter=displayName%20eq%20'{literal}'&" if filtered else ""
        async for relationship in self._listed(f"{RELATIONSHIPS}?{condition}$top={PAGE_SIZE}"):
            if relationship.display_name == display_name:
                return relationship
        return None

    async def _listed(self, path: str) -> AsyncIterator[AdminRelationship]:
        async for page in self._pages(path):
            for item in page.value:
                wire = DelegatedAdminRelationship.model_validate(item)
                if wire.id:
                    yield _relationship(wire)

    async def _pages(self, path: str) -> AsyncIterator[GraphPage]:
        url = self._api.url(path)
        seen = set[URL]()
        while url not in seen:
            seen.add(url)
            page = read(GraphPage, (await self._api.get(url)).body)
            yield page
            if not page.next_link:
                return
            url = self._api.url(_with_version(page.next_link), relative_to=str(url))
        raise UnreadableAnswer("the list never ends")


class GraphTenants:
    """Implements `bot.ports.microsoft.Tenants`."""

    def __init__(self, *, transport: Transport, tokens: Tokens, endpoints: Endpoints) -> None:
        self._api = graph_api(transport, tokens, endpoints)
        self._transport = transport
        self._authority = endpoints.authority
        self._other_instances = other_instances(endpoints.cloud)

    async def find_by_domain(self, domain: DomainName) -> Tenant | None:
        """
        Return the tenant that owns `domain`: by Graph, else by the public OpenID configuration.

        Wire: GET /tenantRelationships/findTenantInformationByDomainName(domainName='...')
        Source: tenantrelationship-findtenantinformationbydomainname
        """
        name = quoted(domain.replace("'", "''"))
        path = f"{VERSION}/tenantRelationships/findTenantInformationByDomainName(domainName='{name}')"
        try:
            answer = await self._api.get(path)
        except Refusal as refusal:
            if refusal.status == 404 or refusal.code.casefold() == "invalid_tenant":
                return None
            if refusal.status not in {400, 403, 405, 501}:
                raise
            return await self._by_configuration(domain)
        return _tenant(read(TenantInformation, answer.body), domain)

    async def _by_configuration(self, domain: DomainName) -> Tenant | None:
        """The issuer holds the tenant id; an unknown domain is `invalid_tenant`."""
        url = URL(f"{self._authority}/{quoted(domain)}/v2.0/.well-known/openid-configuration", encoded=True)
        request = Request("GET", url, {"Accept": "application/json"}, repeatable=True)
        answer = await self._transport.send(request)
        if answer.status == 404 or (answer.status == 400 and problem(answer.body).code == "invalid_tenant"):
            return None
        if answer.status != 200:
            raise failure(answer, changes_something=False)
        configuration = read(OpenIdConfiguration, answer.body)
        if configuration.cloud_instance_name.casefold() in self._other_instances:
            return None
        segments = urlsplit(configuration.issuer).path.split("/")
        tenant_id = next((found for found in map(parse_tenant_id, segments) if found), None)
        if tenant_id is None:
            raise UnreadableAnswer("the issuer holds no tenant id")
        return Tenant(tenant_id, display_name=domain, default_domain=domain)


def _tenant(wire: TenantInformation, domain: DomainName) -> Tenant:
    tenant_id = parse_tenant_id(wire.tenant_id)
    if tenant_id is None:
        raise UnreadableAnswer("tenantId is not a GUID")
    return Tenant(
        tenant_id,
        display_name=wire.display_name or wire.federation_brand_name or domain,
        default_domain=parse_domain_name(wire.default_domain_name) or domain,
    )


def _creation(request: AdminRelationshipRequest) -> dict[str, object]:
    body: dict[str, object] = {
        "displayName": request.display_name,
        "duration": f"P{request.duration_days}D",
        "autoExtendDuration": "P180D" if request.auto_extend else "PT0S",
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": role} for role in request.roles]},
    }
    if request.customer_tenant_id is None:
        return body
    return body | {"customer": {"tenantId": request.customer_tenant_id, "displayName": request.customer_name}}


def _relationship(wire: DelegatedAdminRelationship, *, etag: str = "") -> AdminRelationship:
    if not wire.id:
        raise UnreadableAnswer("a relationship without an id")
    roles = (role.role_definition_id for role in wire.access_details.unified_roles)
    return AdminRelationship(
        id=RelationshipId(wire.id),
        display_name=wire.display_name,
        status=wire.status,
        roles=tuple(RoleId(role.lower()) for role in roles if role),
        duration_days=duration_days(wire.duration),
        auto_extends=(duration_days(wire.auto_extend_duration) or 0) > 0,
        customer_tenant_id=_customer_tenant(wire),
        customer_name=wire.customer.display_name or None,
        activated_at=wire.activated_date_time,
        ends_at=wire.end_date_time,
        etag=wire.etag or etag,
        created_at=wire.created_date_time,
        changed_at=wire.last_modified_date_time,
    )


def _customer_tenant(wire: DelegatedAdminRelationship) -> TenantId | None:
    """An all-zero GUID stands for "any customer"."""
    tenant_id = parse_tenant_id(wire.customer.tenant_id)
    return None if tenant_id is None or UUID(tenant_id).int == 0 else tenant_id


def _action_failed(answer: Answer) -> bool:
    try:
        return read(RelationshipAction, answer.body).status.casefold() == "failed"
    except UnreadableAnswer:
        return False


def _with_version(link: str) -> str:
    """Relative links come with and without the version."""
    relative_path = link.startswith("/") and not link.startswith("//")
    return VERSION + link if relative_path and not link.startswith(f"{VERSION}/") else link
