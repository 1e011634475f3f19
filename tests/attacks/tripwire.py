"""A server that nobody should ever ask for anything."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Tripwire:
    url: str = ""
    asked: list[str] = field(default_factory=list)


async def _nothing(_: web.Request) -> web.StreamResponse:
    return web.Response(text="{}")


@asynccontextmanager
async def tripwire(answer: Handler = _nothing) -> AsyncIterator[Tripwire]:
    wire = Tripwire()

    async def handle(request: web.Request) -> web.StreamResponse:
        wire.asked.append(f"{request.method} {request.path} {dict(request.headers)}")
        return await answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        wire.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield wire
    finally:
        await runner.cleanup()
