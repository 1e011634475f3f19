"""The webhook registration: one per partner tenant, and a way to test it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.fake_microsoft.audit import seven_digits
from bot.sandbox.fake_microsoft.delivery import Deliveries, Registration
from bot.sandbox.fake_microsoft.events import EVENT_NAMES, Events
from bot.sandbox.fake_microsoft.partner_center import Door, PartnerCenterShape
from bot.sandbox.fake_microsoft.state import World, new_guid
from bot.sandbox.fake_microsoft.wire import Refused, lower_keys, read_object, retry_after

_KEPT = timedelta(days=7)
_VALIDATIONS_PER_MINUTE = 2
_WRITABLE = frozenset(
    {
        "subscriberid",
        "webhookurl",
        "webhookevents",
        "signaturetokentomssignatureheader",
        "properties",
        "lastmodifiedtimestamp",
    }
)


@dataclass(frozen=True)
class Validation:
    """A test event on its way. `response_code` is None until the last attempt is known."""

    url: str
    at: datetime
    answered: bool = False
    response_code: int | None = None
    id: str = field(default_factory=new_guid)


class Registrations:
    """`/webhooks/v1/registration`. Source: partner-center-sdk rest-swagger-specs/Webhooks.json"""

    def __init__(
        self, world: World, door: Door, shape: PartnerCenterShape, events: Events, deliveries: Deliveries
    ) -> None:
        self._world = world
        self._door = door
        self._shape = shape
        self._events = events
        self._deliveries = deliveries
        self._validations: dict[str, Validation] = {}

    def routes(self) -> list[web.RouteDef]:
        door, base = self._door, "/webhooks/v1/registration"
        getters = {
            base: door.any_token(self.get),
            base + "/events": door.any_token(self.event_names),
            base + "/validationEvents/{validation}": door.any_token(self.validation),
        }
        return [web.get(path, handler, allow_head=False) for path, handler in getters.items()] + [
            web.post(base, door.any_token(self.create)),
            web.put(base, door.any_token(self.replace)),
            web.post(base + "/validationEvents", door.any_token(self.validate)),
        ]

    async def event_names(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler
        return self._shape.answer(list(EVENT_NAMES))

    async def get(self, request: web.Request) -> web.Response:  # noqa: ARG002 - a handler
        return self._answer(self._registered())

    async def create(self, request: web.Request) -> web.Response:
        wanted = await self._read(request)
        if self._deliveries.registration is not None:
            raise Refused(409, "409", "A registration already exists.")
        self._deliveries.registration = wanted
        return self._answer(wanted)

    async def replace(self, request: web.Request) -> web.Response:
        old = self._registered()
        new = replace(await self._read(request), subscriber_id=old.subscriber_id)
        self._deliveries.registration = new
        return self._answer(new)

    async def validate(self, request: web.Request) -> web.Response:
        if (await request.read()).strip():
            raise Refused(400, "800002", "The request body must be empty.")
        registration = self._registered()
        if "test-created" not in registration.events:
            raise Refused(400, "800002", "The registration does not contain test-created.")
        now = self._world.clock()
        recent = [each for each in self._validations.values() if abs(now - each.at) < timedelta(minutes=1)]
        if len(recent) >= _VALIDATIONS_PER_MINUTE:
            header = retry_after(now, 60, as_date=self._world.behaviour.retry_after_as_date)
            return self._shape.throttled(60, header)
        validation = Validation(registration.url, now)
        self._validations[validation.id] = validation
        self._deliveries.announce(self._events.test(), done=lambda status: self._answered(validation, status))
        return self._shape.answer({"correlationId": validation.id})

    async def validation(self, request: web.Request) -> web.Response:
        validation = self._validations.get(request.match_info["validation"])
        if validation is None or self._world.clock() - validation.at > _KEPT:
            raise Refused(404, "1000", "The validation event was not found.")
        return self._shape.answer(self._state(validation))

    def _answered(self, validation: Validation, status: int | None) -> None:
        self._validations[validation.id] = replace(validation, answered=True, response_code=status)

    def _state(self, validation: Validation) -> dict[str, Any]:
        code = validation.response_code
        good = code is not None and 200 <= code < 300
        result = {
            "responseCode": "OK" if good else str(code or ""),
            "responseMessage": "" if good else "The callback did not answer with success.",
            "systemError": validation.answered and code is None,
            "dateTimeUtc": seven_digits(self._world.clock()).removesuffix("+00:00"),
        }
        status = "Submitted" if not validation.answered else "completed" if good else "failed"
        return {
            "correlationId": validation.id,
            "partnerId": self._world.partner.tenant.id,
            "status": status,
            "callbackUrl": validation.url,
            "results": [result] if validation.answered else [],
        }

    def _registered(self) -> Registration:
        registration = self._deliveries.registration
        if registration is None:
            raise Refused(404, "1000", "No registration exists.")
        return registration

    async def _read(self, request: web.Request) -> Registration:
        body = lower_keys(await read_object(request, code="800002"))
        url, events = body.get("webhookurl"), body.get("webhookevents")
        if not body.keys() <= _WRITABLE or not _absolute(url):
            raise Refused(400, "800002", "WebhookUrl must be an absolute http or https address.")
        if not isinstance(events, list) or not events or not set(events) <= set(EVENT_NAMES):
            raise Refused(400, "800002", "WebhookEvents must name events of the catalogue.")
        in_header = body.get("signaturetokentomssignatureheader", False)
        if not isinstance(in_header, bool):
            raise Refused(400, "800002", "SignatureTokenToMsSignatureHeader must be true or false.")
        properties = body.get("properties") or {}
        now = self._world.clock()
        return Registration(str(url), tuple(events), in_header, now, properties=properties)

    def _answer(self, registration: Registration) -> web.Response:
        body = {
            "subscriberId": registration.subscriber_id,
            "webhookUrl": registration.url,
            "webhookEvents": list(registration.events),
            "signatureTokenToMsSignatureHeader": registration.signature_in_ms_header,
            "properties": registration.properties,
            "lastModifiedTimestamp": seven_digits(registration.modified_at),
        }
        return self._shape.answer(body, pascal=self._world.behaviour.registration_pascal_case)


def _absolute(url: object) -> bool:
    if not isinstance(url, str):
        return False
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
