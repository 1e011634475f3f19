"""Where a browser comes back to after a sign-in: a door on this machine, open for one answer."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from bot.ports.unfit import PortUnusable

LARGEST_FORM = 64 * 1024


@asynccontextmanager
async def answer_from_browser(
    redirect_uri: str, *, state: str, thanks: str, refusal: str
) -> AsyncIterator[asyncio.Future[dict[str, str]]]:
    """
    Listen at `redirect_uri`, on 127.0.0.1 alone; yield what holds the form the browser brings.

    A form without our `state` belongs to another sign-in and is refused. `thanks` and `refusal` are what
    the browser shows.
    Raises `PortUnusable` where nothing can listen there.
    """
    where = urlsplit(redirect_uri)
    answer: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def receive(request: web.Request) -> web.Response:
        form = dict(parse_qsl((await request.read()).decode("utf-8", "replace")))
        if not hmac.compare_digest(form.get("state", "").encode(), state.encode()):
            return web.Response(status=400, text=f"{refusal}\n")
        if not answer.done():
            answer.set_result(form)
        return web.Response(text=f"{thanks}\n")

    door = web.Application(client_max_size=LARGEST_FORM)
    door.router.add_post(where.path, receive)
    runner = web.AppRunner(door, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await _listen(runner, where.port or 80)
        yield answer
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
    except OSError as error:
        raise PortUnusable(port) from error
