"""Kills the bot at moments nobody chose, starts it again, and measures until it is back at work."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.records import Records
from tests.scenario.overture_process import Bot

_EARLY_SHARE = 0.1
"""How many of the kills come while it is still starting."""

_START_SECONDS = 1.5
_LOOK_SECONDS = 0.02


@dataclass
class Fate:
    """`longest_life_seconds` is how long the bot may work, at most, after it is ready."""

    bot: Bot
    records: Records
    random: random.Random
    longest_life_seconds: float = 1.0
    struck: int = 0
    recoveries: list[float] = field(default_factory=list)

    async def strike(self, enough: Callable[[], bool]) -> None:
        """Kill until it is enough. The bot is dead then."""
        while not enough():
            if self.random.random() < _EARLY_SHARE:
                await self.bot.launch()
                await asyncio.sleep(self.random.uniform(0, _START_SECONDS))
            else:
                await self.recover()
                await asyncio.sleep(self.random.uniform(0, self.longest_life_seconds))
            await self.bot.kill()
            self.struck += 1

    async def recover(self) -> None:
        """Start the bot; note how long it takes until all that was held is taken up again."""
        held = await self.records.held()
        began = time.perf_counter()
        await self.bot.launch()
        await asyncio.gather(self.bot.ready(), self._taken_up(held))
        self.recoveries.append(time.perf_counter() - began)

    async def _taken_up(self, held: dict[str, int]) -> None:
        async with asyncio.timeout(60):
            while await self.records.still_held(held):  # noqa: ASYNC110 - another process
                await asyncio.sleep(_LOOK_SECONDS)
