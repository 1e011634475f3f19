"""A server on loopback that records what reaches it and fails where a fault is planned."""

import asyncio
import ssl
from email.utils import format_datetime
from typing import Protocol

from aiohttp import web

from bot.sandbox.breaking import broken_off
from bot.sandbox.fake_microsoft.faults import (
    DropAfter,
    DropBefore,
    Effect,
    FaultPlan,
    Half,
    Refuse,
    ServerError,
    Slow,
    Throttle,
)
from bot.sandbox.fake_microsoft.feed import Exchange, Feed, RequestSeen, redacted_body, redacted_headers
from bot.sandbox.fake_microsoft.state import Clock
from bot.sandbox.fake_microsoft.tokens import Caller
from bot.sandbox.fake_microsoft.wire import Handler, Refused, path_of, retry_after

CALLER = web.RequestKey("caller", Caller)
LARGEST_BODY = 4 * 1024 * 1024
_HTML = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


class Shape(Protocol):
    """How a service words its errors."""

    def error(self, refused: Refused) -> web.Response: ...

    def throttled(self, seconds: int, header: str) -> web.Response: ...


class Observer:
    """Runs every request: takes the planned fault, shapes errors, publishes what happened."""

    def __init__(self, service: str, shape: Shape, feed: Feed, faults: FaultPlan, clock: Clock) -> None:
        self._service = service
        self._shape = shape
        self._feed = feed
        self._faults = faults
        self._clock = clock

    async def handle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        effect = self._faults.take(self._service, request.method, path_of(request))
        await request.read()
        if isinstance(effect, DropBefore):
            return await self._drop(request)
        response: web.StreamResponse | None = self._planned(effect)
        if response is None:
            response = await self._answer(request, handler)
        if isinstance(effect, Slow):
            await asyncio.sleep(effect.seconds)
        if isinstance(effect, DropAfter):
            return await self._drop(request)
        response.headers["Date"] = format_datetime(self._clock() + self._faults.clock_skew, usegmt=True)
        await self._record(request, response)
        if isinstance(effect, Half) and isinstance(response, web.Response):
            return await broken_off(request, response)
        return response

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refused:
            return self._shape.error(refused)
        except web.HTTPException as error:
            headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            return self._shape.error(Refused(error.status, "", error.reason, headers=headers))

    def _planned(self, effect: Effect | None) -> web.Response | None:
        if isinstance(effect, Refuse):
            return self._shape.error(Refused(effect.status, "", "Access denied."))
        if isinstance(effect, Throttle):
            return self._shape.throttled(effect.retry_after_seconds, self._header(effect))
        if isinstance(effect, ServerError):
            return self._server_error(effect)
        return None

    def _header(self, effect: Throttle) -> str:
        return retry_after(self._clock(), effect.retry_after_seconds, as_date=effect.as_date)

    def _server_error(self, effect: ServerError) -> web.Response:
        seconds = effect.retry_after_seconds
        headers = {} if seconds is None else {"Retry-After": str(seconds)}
        if effect.html:
            text = _HTML.format(f"{effect.status} Service Error")
            return web.Response(status=effect.status, text=text, content_type="text/html", headers=headers)
        return self._shape.error(Refused(effect.status, "", "An unexpected error occurred.", headers=headers))

    async def _drop(self, request: web.Request) -> web.Response:
        await self._record(request, None)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _record(self, request: web.Request, response: web.StreamResponse | None) -> None:
        caller = request.get(CALLER)
        status = None if response is None else response.status
        body = response.body if isinstance(response, web.Response) else b""
        self._feed.traffic.append(
            Exchange(
                self._clock(),
                self._service,
                request.method,
                str(request.rel_url),
                redacted_headers(request.headers),
                redacted_body(await request.read()),
                status,
                redacted_body(body if isinstance(body, bytes) else b""),
            )
        )
        self._feed.publish(
            RequestSeen(
                self._clock(),
                self._service,
                request.method,
                path_of(request),
                request.rel_url.raw_query_string,
                status,
                caller.kind if caller else None,
                request.headers.get("MS-RequestId") or request.headers.get("client-request-id"),
            )
        )


class Server:
    """One listening socket on loopback."""

    def __init__(self, observer: Observer, routes: list[web.RouteDef], tls: ssl.SSLContext | None) -> None:
        self._observer = observer
        self._routes = routes
        self._tls = tls
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=self._tls)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _application(self) -> web.Application:
        @web.middleware
        async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._observer.handle(request, handler)

        app = web.Application(middlewares=[observed], client_max_size=LARGEST_BODY)
        app.add_routes(self._routes)
        return app
