"""Support tickets: read them, add a note. Creating one is no longer documented."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.sandbox.fake_microsoft.customers import our_customer
from bot.sandbox.fake_microsoft.partner_center import Door, PartnerCenterShape
from bot.sandbox.fake_microsoft.state import ServiceRequest, World
from bot.sandbox.fake_microsoft.wire import Refused, lower_keys, read_object

_STATUSES = ("none", "open", "closed", "attention_needed")
_SEVERITIES = ("unknown", "critical", "moderate", "minimal")


class ServiceRequests:
    """Lists print status and severity as numbers, single requests as words, like the documented samples."""

    def __init__(self, world: World, door: Door, shape: PartnerCenterShape) -> None:
        self._world = world
        self._door = door
        self._shape = shape

    def routes(self) -> list[web.RouteDef]:
        door = self._door
        getters = {
            "/v1/customers/{customer}/servicerequests": door.user_only(self.list_of_customer),
            "/v1/servicerequests": door.user_only(self.list_all),
            "/v1/servicerequests/{request}": door.user_only(self.get),
        }
        return [web.get(path, handler, allow_head=False) for path, handler in getters.items()] + [
            web.patch("/v1/servicerequests/{request}", door.user_only(self.add_note))
        ]

    async def list_of_customer(self, request: web.Request) -> web.Response:
        customer = our_customer(self._world, request)
        return self._listed([each for each in self._known if each.customer_id == customer.tenant.id])

    async def list_all(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler
        return self._listed(self._known)

    async def get(self, request: web.Request) -> web.Response:
        return self._shape.answer(_body(self._wanted(request)))

    async def add_note(self, request: web.Request) -> web.Response:
        wanted = self._wanted(request)
        body = lower_keys(await read_object(request, code="800002"))
        note = body.get("newnote")
        text = lower_keys(note).get("text") if isinstance(note, dict) else None
        if not isinstance(text, str) or not text:
            raise Refused(400, "800002", "NewNote.Text is required.")
        changed = replace(wanted, notes=(*wanted.notes, text))
        self._world.service_requests[changed.id] = changed
        return self._shape.answer(_body(changed))

    @property
    def _known(self) -> list[ServiceRequest]:
        return list(self._world.service_requests.values())

    def _wanted(self, request: web.Request) -> ServiceRequest:
        found = self._world.service_requests.get(request.match_info["request"])
        if found is None:
            raise Refused(404, "1000", "The service request was not found.")
        return found

    def _listed(self, requests: list[ServiceRequest]) -> web.Response:
        return self._shape.collection(
            [
                _body(each)
                | {"status": _STATUSES.index(each.status), "severity": _SEVERITIES.index(each.severity)}
                for each in requests
            ]
        )


def _body(request: ServiceRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "title": request.title,
        "severity": request.severity,
        "status": request.status,
        "organization": {"id": request.customer_id},
        "createdDate": request.created_at.isoformat(),
        "notes": [{"text": note} for note in request.notes],
        "attributes": {"objectType": "ServiceRequest"},
    }
