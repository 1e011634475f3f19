"""Partner Center's conventions: its errors, headers, casing, budget, and who may call what."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.sandbox.fake_microsoft.hosting import CALLER, Shape
from bot.sandbox.fake_microsoft.state import World, new_guid
from bot.sandbox.fake_microsoft.tokens import Caller, Mint
from bot.sandbox.fake_microsoft.wire import Handler, Refused, is_guid, path_of, retry_after

_CODE_OF_STATUS = {401: "400", 403: "2032", 404: "1000", 500: "800003"}
_REMEMBERED = frozenset({"POST", "PUT", "PATCH"})
_MINUTE = timedelta(minutes=1)
_INVALID_TOKEN = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class PartnerCenterShape(Shape):
    """
    Bodies as Partner Center words them; gateway throttling has a shape of its own.

    Source: learn.microsoft.com/partner-center/developer/error-codes, api-throttling-guidance
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(
        self, payload: Any, *, status: int = 200, pascal: bool | None = None, byte_order_mark: bool = False
    ) -> web.Response:
        behaviour = self._world.behaviour
        if behaviour.pascal_case if pascal is None else pascal:
            payload = pascal_case(payload)
        mark = "\ufeff" if byte_order_mark or behaviour.byte_order_mark else ""
        body = (mark + json.dumps(payload, ensure_ascii=False)).encode()
        return web.Response(body=body, status=status, content_type="application/json", charset="utf-8")

    def collection(self, items: list[dict[str, Any]], **more: Any) -> web.Response:
        body = {"totalCount": len(items), "items": items, "attributes": {"objectType": "Collection"}}
        return self.answer(body | more)

    def error(self, refused: Refused) -> web.Response:
        if refused.empty:
            return web.Response(status=refused.status, reason=refused.reason, headers=refused.headers)
        code = refused.code or _CODE_OF_STATUS.get(refused.status, str(refused.status))
        response = self.answer(
            {
                "code": int(code) if self._world.behaviour.numeric_error_codes else code,
                "description": refused.message,
                "data": [],
                "source": "PartnerApiServiceControllers",
            }
        )
        response.set_status(refused.status, refused.reason)
        response.headers.update(refused.headers)
        return response

    def throttled(self, seconds: int, header: str) -> web.Response:
        message = f"Rate limit is exceeded. Try again in {seconds} seconds."
        body = {"statusCode": 429, "message": message}
        return web.json_response(body, status=429, headers={"Retry-After": header})


class Door:
    """
    Checks every request before its handler: ids, token, MFA, budget; remembers answers by `MS-RequestId`.

    Source: learn.microsoft.com/partner-center/developer/headers, partner-center-authentication
    """

    def __init__(
        self, world: World, mint: Mint, shape: PartnerCenterShape, advance: Callable[[], object]
    ) -> None:
        self._world = world
        self._mint = mint
        self._shape = shape
        self._advance = advance
        self._answered: dict[tuple[str, str, str], _Answer] = {}
        self._spent: deque[datetime] = deque()
        self.user_calls: list[bool] = []
        """One entry for each app+user call: whether its token carried MFA."""

    def any_token(self, handler: Handler) -> Handler:
        """Accept app-only and app+user tokens."""
        return self._guarded(handler, user_refusal=None)

    def user_only(self, handler: Handler) -> Handler:
        """Accept app+user tokens; app-only is 401 or 403."""

        def refusal() -> Refused:
            return Refused(self._world.behaviour.app_only_refusal_status, "", "Access denied.")

        return self._guarded(handler, user_refusal=refusal)

    def user_data(self, handler: Handler) -> Handler:
        """Accept app+user tokens; user and licence calls answer app-only with 400 and code 900316."""

        def refusal() -> Refused:
            return Refused(400, "900316", "The token kind is not supported for this call.")

        return self._guarded(handler, user_refusal=refusal)

    def _guarded(self, handler: Handler, user_refusal: Callable[[], Refused] | None) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            self._check_headers(request)
            caller = self._caller(request)
            if caller.kind == "app" and not self._world.partner.app_is_registered:
                text = "The application is not registered with Partner Center."
                raise Refused(self._world.behaviour.app_only_refusal_status, "", text)
            if caller.kind == "app" and user_refusal is not None:
                raise user_refusal()
            exhausted = self._exhausted(request)
            if exhausted is not None:
                return exhausted
            self._advance()
            return await self._once(request, handler)

        return self._named(guarded)

    def _named(self, handler: Handler) -> Handler:
        async def named(request: web.Request) -> web.StreamResponse:
            try:
                response = await handler(request)
            except Refused as refused:
                response = self._shape.error(refused)
            for name in ("MS-RequestId", "MS-CorrelationId"):
                given = request.headers.get(name, "")
                response.headers[name] = given if is_guid(given) else new_guid()
            if request.headers.get("ValidateMfa", "").lower() == "true" and CALLER in request:
                response.headers["isMfaCompliant"] = str(request[CALLER].mfa).lower()
            return response

        return named

    def _check_headers(self, request: web.Request) -> None:
        for name in ("MS-RequestId", "MS-CorrelationId"):
            if name in request.headers and not is_guid(request.headers[name]):
                raise Refused(400, "2000", f"{name} must be a GUID.")
        if request.headers.get("MS-Contract-Version", "v1") != "v1":
            raise Refused(400, "800002", "The contract version is not supported.")
        accepted = request.headers.get("Accept", "*/*")
        if not any(kind in accepted for kind in ("application/json", "application/*", "*/*")):
            raise Refused(406, "", "Only application/json can be produced.")

    def _caller(self, request: web.Request) -> Caller:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, "800001", "Partner token is missing in the request context.")
        caller = self._mint.caller(token, self._world.cloud.partner_center_audiences)
        if caller is None:
            raise Refused(401, "", "", headers=_INVALID_TOKEN, empty=True)
        request[CALLER] = caller
        if caller.kind == "user":
            self.user_calls.append(caller.mfa)
        if caller.kind == "user" and not caller.mfa:
            reason = "Unauthorized - MFA required"
            raise Refused(401, "900421", "MFA is required.", headers=_INVALID_TOKEN, reason=reason)
        return caller

    def _exhausted(self, request: web.Request) -> web.Response | None:
        """Rejected calls count against the budget like others."""
        budget = self._world.behaviour.customer_requests_per_minute
        if budget is None or not path_of(request).startswith("/v1/customers"):
            return None
        now = self._world.clock()
        while self._spent and not now - _MINUTE < self._spent[0] <= now:
            self._spent.popleft()
        self._spent.append(now)
        if len(self._spent) <= budget:
            return None
        seconds = 1 + int((self._spent[0] + _MINUTE - now).total_seconds())
        as_date = self._world.behaviour.retry_after_as_date
        return self._shape.throttled(seconds, retry_after(now, seconds, as_date=as_date))

    async def _once(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        key = (request.method, path_of(request), request.headers.get("MS-RequestId", ""))
        if request.method not in _REMEMBERED or not key[2]:
            return await handler(request)
        if key not in self._answered:
            response = await handler(request)
            body = response.body if isinstance(response, web.Response) else b""
            content = body if isinstance(body, bytes) else b""
            self._answered[key] = _Answer(response.status, content, response.content_type)
        return self._answered[key].response()


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes
    content_type: str

    def response(self) -> web.Response:
        return web.Response(status=self.status, body=self.body, content_type=self.content_type)


def pascal_case(value: Any) -> Any:
    """Every key with a capital first letter, at all depths."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal_case(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [pascal_case(inner) for inner in value]
    return value


def guid_in_path(request: web.Request, name: str) -> str:
    value = request.match_info[name]
    if not is_guid(value):
        raise Refused(400, "2000", "Tenant Id must be a GUID.")
    return value.lower()
