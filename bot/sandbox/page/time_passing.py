"""Letting time pass, slowly enough for everyone to do what falls due on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel

from bot.sandbox.clock import SandboxClock

Move = Callable[[timedelta], Awaitable[None]]
LONGEST_STEP = timedelta(days=10)
JUMPS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "month": timedelta(days=30),
    "quarter": timedelta(days=90),
}


class Jump(BaseModel):
    """How far to go: an hour, a day, 30 days or 90 days."""

    by: Literal["hour", "day", "month", "quarter"]


class TimePassing:
    """Moves the clock in steps, one jump after the other."""

    def __init__(self, clock: SandboxClock, move: Move | None, settle_seconds: float) -> None:
        self.clock = clock
        self._move = move or self._move_clock
        self._settle_seconds = settle_seconds
        self._one_at_a_time = asyncio.Lock()

    async def jump(self, jump: Jump) -> None:
        """Return when all of it has passed."""
        async with self._one_at_a_time:
            left = JUMPS[jump.by]
            while left > timedelta():
                step = min(left, LONGEST_STEP)
                await self._move(step)
                await asyncio.sleep(self._settle_seconds)
                left -= step

    async def _move_clock(self, by: timedelta) -> None:
        self.clock.move(by)
