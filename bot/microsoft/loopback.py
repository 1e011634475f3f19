"""Where a browser comes back to after a sign-in: a door on this machine, open for one answer."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

LARGEST_FORM = 64 * 1024


@asynccontextmanager
async def answer_from_browser(
    redirect_uri: str, *, state: str
) -> AsyncIterator[asyncio.Future[dict[str, str]]]:
    """
    Listen at `redirect_uri`, on 127.0.0.1 alone; yield what holds the form the browser brings.

    A form without our `state` belongs to another sign-in and is refused.
    Raises `ValueError` where something else listens there.
    """
    where = urlsplit(redirect_uri)
    answer: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def receive(request: web.Request) -> web.Response:
        form = dict(parse_qsl((await request.read()).decode("utf-8", "replace")))
        if not hmac.compare_digest(form.get("state", "").encode(), state.encode()):
            return web.Response(status=400, text="This is not the sign-in that Overture waits for.\n")
        if not answer.done():
            answer.set_result(form)
        return web.Response(text="Thank you. You can close this; the terminal says whether it worked.\n")

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
        raise ValueError(
            f"port {port} cannot be used: {error.strerror}; choose another with --port"
        ) from None
