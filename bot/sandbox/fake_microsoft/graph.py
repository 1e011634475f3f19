"""Microsoft Graph's conventions, and its calls about tenants and mail."""

import re
from collections.abc import Callable, Iterable

from aiohttp import web

from bot.sandbox.fake_microsoft.hosting import CALLER, Shape
from bot.sandbox.fake_microsoft.mailbox import Mailboxes
from bot.sandbox.fake_microsoft.state import GDAP_SERVICE_PRINCIPAL, World, new_guid
from bot.sandbox.fake_microsoft.tokens import Caller, Mint
from bot.sandbox.fake_microsoft.wire import Handler, Refused, is_guid, read_object, retry_after

_CODE_OF_STATUS = {
    401: "InvalidAuthenticationToken",
    403: "accessDenied",
    404: "notFound",
    429: "TooManyRequests",
    500: "generalException",
    503: "serviceNotAvailable",
}
_DOMAIN_CALL = re.compile(r"findTenantInformationByDomainName\(domainName='([^']+)'\)")
_NO_PERMISSION = (
    "The user (principal) does not have the required permissions "
    "to perform the specified action on the resource."
)


class GraphShape(Shape):
    """`{"error": {"code", "message", "innerError"}}`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def error(self, refused: Refused) -> web.Response:
        inner = {
            "date": self._world.clock().strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": new_guid(),
            "client-request-id": new_guid(),
        }
        error = {
            "code": refused.code or _CODE_OF_STATUS.get(refused.status, "UnknownError"),
            "message": refused.message,
            self._world.behaviour.inner_error_key: inner,
        }
        return web.json_response({"error": error}, status=refused.status, headers=refused.headers)

    def throttled(self, seconds: int, header: str) -> web.Response:  # noqa: ARG002 - the header says it
        return self.error(Refused(429, "", "Too many requests.", headers={"Retry-After": header}))


class GraphDoor:
    """Checks token and permission before a handler runs, and lets time do its part."""

    def __init__(self, world: World, mint: Mint, shape: GraphShape, advance: Callable[[], object]) -> None:
        self._world = world
        self._mint = mint
        self._shape = shape
        self._advance = advance

    def needs(self, permissions: Iterable[str], handler: Handler, *, user: bool = False) -> Handler:
        """Let callers through that hold one of `permissions`; `user` refuses app-only tokens."""
        accepted = frozenset(permissions)

        async def guarded(request: web.Request) -> web.StreamResponse:
            caller = self._caller(request)
            if user and caller.kind == "app":
                raise Refused(
                    400, "BadRequest", "/me request is only valid with delegated authentication flow."
                )
            if not accepted & caller.permissions:
                raise Refused(403, "Authorization_RequestDenied", _NO_PERMISSION)
            self._advance()
            return await handler(request)

        return self._named(guarded)

    def _named(self, handler: Handler) -> Handler:
        async def named(request: web.Request) -> web.StreamResponse:
            try:
                response = await handler(request)
            except Refused as refused:
                response = self._shape.error(refused)
            response.headers["request-id"] = new_guid()
            given = request.headers.get("client-request-id")
            response.headers["client-request-id"] = given or response.headers["request-id"]
            return response

        return named

    def _caller(self, request: web.Request) -> Caller:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, "InvalidAuthenticationToken", "Access token is empty.")
        caller = self._mint.caller(token, frozenset({self._world.cloud.graph}))
        if caller is None:
            message = "Access token validation failure. Invalid audience or lifetime."
            raise Refused(401, "InvalidAuthenticationToken", message)
        request[CALLER] = caller
        return caller


class GraphDirectory:
    """Tenant information, service principals and `sendMail`."""

    def __init__(self, world: World, door: GraphDoor, mailboxes: Mailboxes) -> None:
        self._world = world
        self._door = door
        self._mailboxes = mailboxes

    def routes(self) -> list[web.RouteDef]:
        needs = self._door.needs
        return [
            web.get(
                r"/v1.0/tenantRelationships/{call:findTenantInformationByDomainName\(.*\)}",
                needs(["CrossTenantInformation.ReadBasic.All"], self.find_tenant),
                allow_head=False,
            ),
            web.post(
                "/v1.0/servicePrincipals",
                needs(["Application.ReadWrite.All"], self.create_service_principal),
            ),
            web.post("/v1.0/users/{user}/sendMail", needs(["Mail.Send"], self.send_mail)),
            web.post("/v1.0/me/sendMail", needs(["Mail.Send"], self.send_my_mail, user=True)),
        ]

    async def find_tenant(self, request: web.Request) -> web.Response:
        call = _DOMAIN_CALL.fullmatch(request.match_info["call"])
        if call is None:
            raise Refused(400, "BadRequest", "domainName must be a quoted string.")
        tenant = self._world.find_tenant(call[1])
        if tenant is None or is_guid(call[1]):
            raise Refused(404, "Directory_ObjectNotFound", f"Unable to find tenant for domain {call[1]}.")
        return web.json_response(
            {
                "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.tenantInformation",
                "tenantId": tenant.id,
                "federationBrandName": None,
                "displayName": tenant.name,
                "defaultDomainName": tenant.domain,
            }
        )

    async def create_service_principal(self, request: web.Request) -> web.Response:
        app_id = (await read_object(request, code="BadRequest")).get("appId")
        if not is_guid(app_id):
            raise Refused(400, "Request_BadRequest", "appId must be a GUID.")
        known = self._world.partner.service_principals
        if app_id in known:
            text = "The service principal cannot be created, it is already in use."
            raise Refused(409, "Request_MultipleObjectsWithSameKeyValue", text)
        known.add(str(app_id))
        return web.json_response({"id": new_guid(), "appId": app_id}, status=201)

    async def send_mail(self, request: web.Request) -> web.Response:
        return await self._send(request, request.match_info["user"])

    async def send_my_mail(self, request: web.Request) -> web.Response:
        return await self._send(request, self._world.partner.user_principal_name)

    async def _send(self, request: web.Request, sender: str) -> web.Response:
        body = await read_object(request, code="BadRequest")
        wait = self._mailboxes.exhausted(sender)
        if wait is not None:
            header = retry_after(self._world.clock(), wait, as_date=self._world.behaviour.retry_after_as_date)
            text = "Application is over its MailboxConcurrency limit."
            raise Refused(429, "ApplicationThrottled", text, headers={"Retry-After": header})
        self._mailboxes.send(sender, body)
        return web.Response(status=202)


def service_principal_missing(world: World, caller: Caller) -> bool:
    """App-only GDAP calls need Microsoft's own application in the partner's directory."""
    return caller.kind == "app" and GDAP_SERVICE_PRINCIPAL not in world.partner.service_principals
