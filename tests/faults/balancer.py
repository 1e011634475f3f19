"""One address for several replicas: each connection goes to the next one that takes it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

from bot.sandbox.run import LOOPBACK


class Balancer:
    """Passes bytes on, both ways, until either side ends. While `flowing` is cleared, nothing passes."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = ports
        self.port = 0
        self.flowing = asyncio.Event()
        self.flowing.set()
        self._turn = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, LOOPBACK, 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        replica = await self._replica()
        if replica is None:
            writer.close()
            return
        theirs, ours = replica
        await asyncio.gather(self._pass_on(reader, ours), self._pass_on(theirs, writer))

    async def _replica(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self.ports:
            self._turn += 1
            with suppress(OSError):
                return await asyncio.open_connection(LOOPBACK, self.ports[self._turn % len(self.ports)])
        return None

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while part := await reader.read(65_536):
                await self.flowing.wait()
                writer.write(part)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
