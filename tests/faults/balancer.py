"""One address for several replicas: each connection goes to the next one that takes it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from bot.sandbox.run import LOOPBACK


@dataclass
class Balancer:
    """Passes bytes on, both ways, until either side ends."""

    ports: Sequence[int]
    _turn: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Yield the address."""
        server = await asyncio.start_server(self._connected, LOOPBACK, 0)
        try:
            yield "http://{}:{}".format(*server.sockets[0].getsockname()[:2])
        finally:
            server.close()
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
        await asyncio.gather(_pass_on(reader, ours), _pass_on(theirs, writer))

    async def _replica(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self.ports:
            self._turn += 1
            with suppress(OSError):
                return await asyncio.open_connection(LOOPBACK, self.ports[self._turn % len(self.ports)])
        return None


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
