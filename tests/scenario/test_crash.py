"""A bot whose workers died by a mistake of ours does not go on as if nothing had happened."""

import asyncio

from bot.app import build
from bot.sandbox.run import Sandbox


async def test_workers_that_crash_are_reported(box: Sandbox) -> None:
    await box.stop()
    heard = asyncio.Event()
    async with build(box.settings, clock=box.clock) as app:
        app.loop.poll_seconds = "soon"  # type: ignore[assignment]  # what no caller of ours would do
        async with app.working(on_crash=heard.set):
            async with asyncio.timeout(10):
                await heard.wait()
    await box.start()


async def test_workers_that_end_in_order_are_no_crash(box: Sandbox) -> None:
    await box.stop()
    heard: list[str] = []
    async with (
        build(box.settings, clock=box.clock) as app,
        app.working(on_crash=lambda: heard.append("crash")),
    ):
        pass
    await box.start()

    assert heard == []
