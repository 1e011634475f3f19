"""The doors of the bot, as one web application."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.metrics import Metrics
from bot.ports.failures import Temporary
from bot.ports.store import Store

Webhook = Callable[[Request], Awaitable[Response]]

REQUEST_SECONDS = 15.0
"""Slack and Microsoft wait less for an answer than anybody may take here over a request."""
MOST_HEAD_BYTES = 64 * 1024


class Endpoint:
    """Hands a route's requests to an ASGI application as they are, whatever their method."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def web_app(*, webhook: Webhook, gate: ASGIApp | None, store: Store, metrics: Metrics) -> Starlette:
    """Return the application. Without a gate (Socket Mode alone) there is no door for Slack."""

    async def ready(_: Request) -> Response:
        """Whether this process can do its work: its database answers."""
        try:
            await store.notes.get("ready")
        except Temporary as error:
            return JSONResponse({"ready": False, "why": str(error)}, status_code=503)
        return JSONResponse({"ready": True})

    async def measured(_: Request) -> Response:
        return Response(await metrics.text(), media_type=CONTENT_TYPE_LATEST)

    routes: list[BaseRoute] = [
        Route("/webhooks/partner-center", webhook, methods=["POST"]),
        Route("/healthz", lambda _: PlainTextResponse("ok")),
        Route("/readyz", ready),
        Route("/metrics", measured),
    ]
    if gate is not None:
        routes.insert(0, Route("/slack/events", Endpoint(gate)))
    return Starlette(routes=routes)


def server(app: ASGIApp, **options: Any) -> uvicorn.Server:
    """Return what serves the application, ready to listen. `options` are more of uvicorn's."""
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        **options,
    )
    return uvicorn.Server(config)


class BoundedProtocol(HttpToolsProtocol):
    """
    uvicorn's protocol, which hangs up on requests that do not end.

    uvicorn itself waits for the rest of a request as long as the sender likes, and keeps a head of any size.
    """

    _ending: asyncio.TimerHandle | None = None
    _in_head = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        continued = self._in_head
        super().data_received(data)
        if continued and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._end()
        super().on_message_complete()

    def _begin(self) -> None:
        if self._ending is None:
            self._ending = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _end(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
