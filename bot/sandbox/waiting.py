"""Waiting for the bot: until all is said, until it rests, until it has compared everything anew."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.ports.work import LEASE, Queue
from bot.sandbox.run import Sandbox

PATIENCE_SECONDS = 20.0
_UNTIL_COMPARED_AGAIN = timedelta(minutes=16)


class WentWrong(Exception):
    """The story did not go as its scenario says."""


async def eventually(fits: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for something only the store can tell: it has no feed. Raises `WentWrong`."""
    end = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not await fits():
        if asyncio.get_running_loop().time() > end:
            raise WentWrong(f"it never happened that {what}")
        await asyncio.sleep(0.02)


async def quiet(box: Sandbox) -> None:
    """Wait until every event that arrived was followed and everything to be said was said."""
    work = box.app.store.work

    async def idle() -> bool:
        waiting = [await work.backlog(queue, now=box.clock.now()) for queue in (Queue.WEBHOOKS, Queue.OUTBOX)]
        return not any(backlog.waiting for backlog in waiting)

    await eventually(idle, "all is followed and said")


async def at_rest(box: Sandbox) -> None:
    """Wait until nothing is under way: a clock that jumps would take running work from whoever does it."""
    await quiet(box)
    await _nothing_is_due(box)


async def reconciled(box: Sandbox) -> None:
    """
    Let a comparison with Microsoft's lists begin and end.

    One that is under way already does not count: it may have read a list before there was anything to find.
    """
    await at_rest(box)
    box.clock.move(_UNTIL_COMPARED_AGAIN)
    await _nothing_is_due(box)


async def _nothing_is_due(box: Sandbox) -> None:
    work = box.app.store.work

    async def rests() -> bool:
        due = [await work.next_due(queue) for queue in (Queue.SENDER, Queue.TIMERS)]
        return all(one is None or one - box.clock.now() > LEASE for one in due)

    await eventually(rests, "nothing is under way")
