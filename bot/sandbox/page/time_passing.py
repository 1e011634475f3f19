"""Letting time pass, in steps that can be watched."""

import asyncio
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel

from bot.sandbox.page.stage import Stage

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
    """Moves the clock in steps, one jump after the other; somebody who starts over ends what is under way."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._one_at_a_time = asyncio.Lock()

    async def jump(self, jump: Jump) -> None:
        """Return when all of it has passed."""
        async with self._one_at_a_time:
            began = self._stage.told.number
            left = JUMPS[jump.by]
            while left > timedelta() and self._stage.told.number == began:
                step = min(left, LONGEST_STEP)
                await self._stage.move(step)
                left -= step
