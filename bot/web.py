"""The doors of the bot, as one web application."""

from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.ports.failures import Temporary
from bot.ports.store import Store

Webhook = Callable[[Request], Awaitable[Response]]


class Endpoint:
    """Hands a route's requests to an ASGI application as they are, whatever their method."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def web_app(*, webhook: Webhook, gate: ASGIApp | None, store: Store) -> Starlette:
    """Return the application. Without a gate (Socket Mode alone) there is no door for Slack."""

    async def ready(_: Request) -> Response:
        """Whether this process can do its work: its database answers."""
        try:
            await store.notes.get("ready")
        except Temporary as error:
            return JSONResponse({"ready": False, "why": str(error)}, status_code=503)
        return JSONResponse({"ready": True})

    routes: list[BaseRoute] = [
        Route("/webhooks/partner-center", webhook, methods=["POST"]),
        Route("/healthz", lambda _: PlainTextResponse("ok")),
        Route("/readyz", ready),
        Route("/metrics", lambda _: Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)),
    ]
    if gate is not None:
        routes.insert(0, Route("/slack/events", Endpoint(gate)))
    return Starlette(routes=routes)
