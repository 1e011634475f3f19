"""The GDAP calls of Graph v1.0."""

from typing import Any

from aiohttp import web

from bot.sandbox.fake_microsoft import odata
from bot.sandbox.fake_microsoft.gdap import Gdap
from bot.sandbox.fake_microsoft.gdap_rules import bad_request
from bot.sandbox.fake_microsoft.graph import GraphDoor, service_principal_missing
from bot.sandbox.fake_microsoft.hosting import CALLER
from bot.sandbox.fake_microsoft.relationships import Assignment, Operation, Relationship
from bot.sandbox.fake_microsoft.state import World
from bot.sandbox.fake_microsoft.wire import Handler, Refused, read_object

_BASE = "/v1.0/tenantRelationships/delegatedAdminRelationships"
_CUSTOMERS = "/v1.0/tenantRelationships/delegatedAdminCustomers"
_WRITE = ("DelegatedAdminRelationship.ReadWrite.All",)
_READ = ("DelegatedAdminRelationship.Read.All", *_WRITE)
_CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#tenantRelationships"


class GdapApi:
    """Source: learn.microsoft.com/graph/api/resources/delegatedadminrelationships-api-overview"""

    def __init__(self, world: World, door: GraphDoor, gdap: Gdap) -> None:
        self._world = world
        self._door = door
        self._gdap = gdap

    def routes(self) -> list[web.RouteDef]:
        one = _BASE + "/{relationship}"
        assignment = one + "/accessAssignments/{assignment}"
        getters = {
            _BASE: self.list_relationships,
            one: self.get,
            one + "/requests": self.list_requests,
            one + "/requests/{request}": self.get_request,
            one + "/accessAssignments": self.list_assignments,
            assignment: self.get_assignment,
            one + "/operations/{operation}": self.get_operation,
            _CUSTOMERS: self.list_customers,
            _CUSTOMERS + "/{customer}/serviceManagementDetails": self.service_management,
        }
        return [
            web.get(path, self._reads(handler), allow_head=False) for path, handler in getters.items()
        ] + [
            web.post(_BASE, self._writes(self.create)),
            web.patch(one, self._writes(self.update)),
            web.delete(one, self._writes(self.delete)),
            web.post(one + "/requests", self._writes(self.create_request)),
            web.post(one + "/accessAssignments", self._writes(self.create_assignment)),
            web.patch(assignment, self._writes(self.update_assignment)),
            web.delete(assignment, self._writes(self.delete_assignment)),
        ]

    async def list_relationships(self, request: web.Request) -> web.Response:
        known = [] if self._outside(request) else list(self._gdap.relationships.values())
        bodies = [self._body(relationship) for relationship in known]
        return self._page(request, bodies, "delegatedAdminRelationships")

    async def get(self, request: web.Request) -> web.Response:
        body = odata.selected(self._body(self._relationship(request)), request.query.get("$select"))
        return web.json_response({"@odata.context": f"{_CONTEXT}/$entity"} | body)

    async def create(self, request: web.Request) -> web.Response:
        if self._outside(request):
            raise Refused(403, "accessDenied", "The user is not a member of the AdminAgents group.")
        relationship = self._gdap.create(await read_object(request, code="badRequest"))
        location = {"Location": f"{self._origin(request)}{_BASE}/{relationship.id}"}
        return web.json_response(self._body(relationship), status=201, headers=location)

    async def update(self, request: web.Request) -> web.Response:
        relationship = self._relationship(request)
        _match(request, relationship.etag)
        changed = self._gdap.update(relationship, await read_object(request, code="badRequest"))
        if isinstance(changed, Operation):
            return self._accepted(request, changed)
        return web.json_response(self._body(changed))

    async def delete(self, request: web.Request) -> web.Response:
        relationship = self._relationship(request)
        _match(request, relationship.etag)
        self._gdap.delete(relationship)
        return web.Response(status=204)

    async def create_request(self, request: web.Request) -> web.Response:
        relationship = self._relationship(request)
        body = await read_object(request, code="badRequest")
        if body.keys() != {"action"}:
            raise bad_request("The request must have exactly the property action.")
        newer = body["action"] == "reject"
        if newer and "include-unknown-enum-members" not in request.headers.get("Prefer", ""):
            raise bad_request("The action 'reject' needs Prefer: include-unknown-enum-members.")
        created = self._gdap.request(relationship, str(body["action"]))
        location = {"Location": f"{self._origin(request)}{_BASE}/{relationship.id}/requests/{created.id}"}
        return web.json_response(created.body(), status=201, headers=location)

    async def list_requests(self, request: web.Request) -> web.Response:
        wanted = self._relationship(request).id
        bodies = [each.body() for each in self._gdap.requests.values() if each.relationship_id == wanted]
        return web.json_response({"value": bodies})

    async def get_request(self, request: web.Request) -> web.Response:
        found = self._gdap.requests.get(request.match_info["request"])
        if found is None or found.relationship_id != self._relationship(request).id:
            raise Refused(404, "notFound", "The request was not found.")
        return web.json_response(found.body())

    async def list_assignments(self, request: web.Request) -> web.Response:
        found = self._gdap.assignments.of(self._relationship(request).id)
        return web.json_response({"value": [assignment.body() for assignment in found]})

    async def get_assignment(self, request: web.Request) -> web.Response:
        return web.json_response(self._assignment(request).body())

    async def create_assignment(self, request: web.Request) -> web.Response:
        relationship = self._relationship(request)
        body = await read_object(request, code="badRequest")
        assignment = self._gdap.assignments.add(relationship, body)
        path = f"{_BASE}/{relationship.id}/accessAssignments/{assignment.id}"
        location = {"Location": f"{self._origin(request)}{path}"}
        return web.json_response(assignment.body(), status=201, headers=location)

    async def update_assignment(self, request: web.Request) -> web.Response:
        relationship, assignment = self._relationship(request), self._assignment(request)
        _match(request, assignment.etag)
        body = await read_object(request, code="badRequest")
        operation = self._gdap.assignments.update(relationship, assignment, body)
        if operation is None:
            return web.json_response(assignment.body())
        return self._accepted(request, operation)

    async def delete_assignment(self, request: web.Request) -> web.Response:
        relationship, assignment = self._relationship(request), self._assignment(request)
        _match(request, assignment.etag)
        self._gdap.assignments.delete(relationship, assignment)
        return web.Response(status=204)

    async def get_operation(self, request: web.Request) -> web.Response:
        relationship = self._relationship(request)
        operation = self._gdap.assignments.operations.get(relationship.id, request.match_info["operation"])
        return web.json_response(operation.body())

    async def list_customers(self, request: web.Request) -> web.Response:
        known = [] if self._outside(request) else list(self._gdap.relationships.values())
        active = {each.customer_id: each for each in known if each.status == "active"}
        bodies = [
            {"id": tenant_id, "tenantId": tenant_id, "displayName": each.customer_name}
            for tenant_id, each in active.items()
        ]
        return self._page(request, bodies, "delegatedAdminCustomers")

    async def service_management(self, request: web.Request) -> web.Response:
        tenant_id = request.match_info["customer"].lower()
        if request.query:
            raise bad_request("This call takes no query options.")
        if self._outside(request) or not self._gdap.active_with(tenant_id):
            raise Refused(404, "notFound", "The delegated admin customer was not found.")
        domain = self._world.tenants[tenant_id].initial_domain
        links = {
            "Microsoft Entra ID": f"https://entra.microsoft.com/{domain}",
            "Microsoft Teams": f"https://admin.teams.microsoft.com/?delegatedOrg={domain}",
        }
        items = [
            {"id": str(number), "serviceName": name, "serviceManagementUrl": url}
            for number, (name, url) in enumerate(links.items(), start=1)
        ]
        return web.json_response({"value": items})

    def _reads(self, handler: Handler) -> Handler:
        return self._door.needs(_READ, self._with_principal(handler))

    def _writes(self, handler: Handler) -> Handler:
        return self._door.needs(_WRITE, self._with_principal(handler))

    def _with_principal(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            if service_principal_missing(self._world, request[CALLER]):
                raise Refused(500, "generalException", "An internal server error occurred.")
            return await handler(request)

        return checked

    def _outside(self, request: web.Request) -> bool:
        """Whether a user outside AdminAgents calls: nothing is visible to them."""
        outside = request[CALLER].kind == "user" and not self._world.partner.user_is_admin_agent
        if outside and self._world.behaviour.outside_admin_agents == "forbidden":
            raise Refused(403, "accessDenied", "The user is not a member of the AdminAgents group.")
        return outside

    def _relationship(self, request: web.Request) -> Relationship:
        if self._outside(request):
            raise Refused(404, "notFound", "The delegated admin relationship was not found.")
        return self._gdap.get(request.match_info["relationship"].lower())

    def _assignment(self, request: web.Request) -> Assignment:
        assignment_id = request.match_info["assignment"].lower()
        return self._gdap.assignments.get(self._relationship(request).id, assignment_id)

    def _body(self, relationship: Relationship) -> dict[str, Any]:
        return relationship.body(self._world.behaviour)

    def _origin(self, request: web.Request) -> str:
        return f"{request.scheme}://{request.host}"

    def _accepted(self, request: web.Request, operation: Operation) -> web.Response:
        path = f"{_BASE}/{operation.relationship_id}/operations/{operation.id}"
        headers = {"Location": f"{self._origin(request)}{path}", "Retry-After": "10"}
        return web.Response(status=202, headers=headers)

    def _page(self, request: web.Request, bodies: list[dict[str, Any]], name: str) -> web.Response:
        query = request.query
        odata.check_options(query)
        matching = odata.ordered(odata.filtered(bodies, query.get("$filter")), query.get("$orderby"))
        start = _skipped(query.get("$skiptoken", "0"))
        end = start + odata.top_of(query, self._world.behaviour.graph_page_size)
        value = [odata.selected(body, query.get("$select")) for body in matching[start:end]]
        body: dict[str, Any] = {"@odata.context": f"{_CONTEXT}/{name}", "value": value}
        if query.get("$count") == "true":
            body["@odata.count"] = len(matching)
        if end < len(matching):
            following = request.rel_url.update_query({"$skiptoken": str(end)})
            body["@odata.nextLink"] = f"{self._origin(request)}{following}"
        return web.json_response(body)


def _match(request: web.Request, etag: str) -> None:
    given = request.headers.get("If-Match")
    if given is None:
        raise bad_request("The If-Match header is required.")
    if given != etag:
        raise Refused(412, "preconditionFailed", "The etag does not match the current state.")


def _skipped(text: str) -> int:
    if not text.isdigit():
        raise bad_request("The $skiptoken is invalid.")
    return int(text)
