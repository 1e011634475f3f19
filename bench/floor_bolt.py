"""
A bare Bolt app: it does nothing but acknowledge, and is served as ours is.

Arguments: port, its listeners (`all` for those ours has, in the same order, or names with commas between),
the address of Slack's Web API, and the signing secret.
"""

import sys
from typing import Any

import uvicorn
import uvloop
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import Route

from our_table import Listener, our_listeners


def bare_app(listeners: list[Listener], api_url: str, secret: str) -> AsyncApp:
    client = AsyncWebClient(token="xoxb-bench", base_url=api_url)
    app = AsyncApp(client=client, signing_secret=secret)
    for kind, name in listeners:
        _register(app, kind, name)
    return app


def _register(app: AsyncApp, kind: str, name: str) -> None:
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    by_kind: dict[str, Any] = {
        "command": app.command,
        "action": app.action,
        "view_submitted": app.view,
        "shortcut": app.shortcut,
        "event": app.event,
    }
    by_kind[kind](name)(acknowledge)


def main() -> None:
    port, names, api_url, secret = sys.argv[1:]
    table = our_listeners()
    chosen = table if names == "all" else [one for one in table if one[1] in names.split(",")]
    handler = AsyncSlackRequestHandler(bare_app(chosen, api_url, secret))
    web = Starlette(routes=[Route("/slack/events", handler.handle, methods=["POST"])])
    config = uvicorn.Config(
        web, port=int(port), lifespan="off", log_config=None, access_log=False, server_header=False
    )
    uvloop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
