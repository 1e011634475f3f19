"""Several processes of the bot on one PostgreSQL: each is killed, and so is the server, and all come back."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import asyncpg

from bot.sandbox.clock import SandboxClock
from tests.faults.cluster import Cluster
from tests.faults.records import Records
from tests.scenario.overture_process import Bot

_LIFE_SECONDS = (1.0, 8.0)
_SERVER_LIFE_SECONDS = (3.0, 7.0)
_CALM_SECONDS = 2.0
_LOOK_SECONDS = 0.2

_OVERDUE = """
    SELECT COALESCE(MIN(lease_until), 0) AS since FROM work
     WHERE status = 'waiting' AND lease_until > 0
"""


@dataclass
class Replicas:
    """
    `overdue_seconds` is the longest that work stayed where a dead process left it after its lease ran out,
    while the server and at least one replica could have taken it up.
    """

    bots: Sequence[Bot]
    cluster: Cluster
    records: Records
    random: random.Random
    clock: SandboxClock
    kills: int = 0
    restarts: int = 0
    overdue_seconds: float = 0.0
    _ready: set[int] = field(default_factory=set)
    _calm_since: float | None = None

    async def suffer(self, enough: Callable[[], bool], *, restarted: bool = True) -> None:
        """Kill replicas and the server until it is enough; then leave all of them running."""
        watching = asyncio.create_task(self.watch())
        server = asyncio.create_task(self._server_falls(enough)) if restarted else None
        try:
            await asyncio.gather(*(self._falls(bot, enough) for bot in self.bots))
            if server is not None:
                await server
            await asyncio.gather(*(self._stands_up(bot) for bot in self.bots))
        finally:
            watching.cancel()

    async def _falls(self, bot: Bot, enough: Callable[[], bool]) -> None:
        while not enough():
            await self._stands_up(bot)
            await asyncio.sleep(self.random.uniform(*_LIFE_SECONDS))
            self._ready.discard(bot.port)
            await bot.kill()
            self.kills += 1

    async def _stands_up(self, bot: Bot) -> None:
        """Start it until it is ready: without the server it ends by itself, as any supervisor would see."""
        while bot.port not in self._ready:
            await bot.launch()
            try:
                await bot.ready()
                self._ready.add(bot.port)
            except AssertionError:
                await bot.kill()

    async def _server_falls(self, enough: Callable[[], bool]) -> None:
        while not enough():
            await asyncio.sleep(self.random.uniform(*_SERVER_LIFE_SECONDS))
            await self.cluster.stop()
            await self.cluster.start()
            self.restarts += 1

    async def watch(self) -> None:
        """Note the longest that anything stayed overdue in calm times."""
        loop = asyncio.get_running_loop()
        before: set[int] = set()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            calm = self.cluster.running and bool(before & self._ready)
            before = set(self._ready)
            if not calm:
                self._calm_since = None
                continue
            if self._calm_since is None:
                self._calm_since = loop.time()
            since = await self._overdue_since()
            overdue = self.clock.now().timestamp() - since / 1_000_000 if since else 0.0
            possible = loop.time() - self._calm_since - _CALM_SECONDS
            self.overdue_seconds = max(self.overdue_seconds, min(overdue, possible))

    async def _overdue_since(self) -> int:
        try:
            (row,) = await self.records.rows(_OVERDUE)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return 0
        return int(row["since"])
