"""The page on a real port, and a caller that behaves as its own script does."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import uvicorn
from starlette.applications import Starlette

Json = dict[str, Any]


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """Serve on loopback; the address has no slash at its end."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen()
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[door]))
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        app.state.live.close()
        server.should_exit = True
        await serving
        door.close()


class Script:
    """Calls the page's API from the page's own origin."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def get(self, path: str) -> Json:
        async with self.session.get(self.url + path) as response:
            assert response.status == 200, await response.text()
            return dict(await response.json())

    async def post(self, path: str, body: Json) -> tuple[int, Json]:
        async with self.session.post(self.url + path, json=body, headers={"Origin": self.url}) as response:
            return response.status, dict(await response.json())

    async def act(self, path: str, **body: Any) -> Json:
        """Do something that has to be accepted."""
        status, answer = await self.post(path, body)
        assert status == 200, answer
        return answer

    async def refused(self, path: str, **body: Any) -> Json:
        """Do something that has to be refused; return kind and text of the refusal."""
        status, answer = await self.post(path, body)
        assert status >= 400
        return dict(answer["error"])
