"""The process itself: how soon it answers, what it holds when idle, and what requests leave behind."""

import asyncio
import time

from load import Unexpected, load
from processes import Ours, around_ours, floor, resident_mib
from run_with import Effort
from slack_requests import small_talk
from table import Row, Samples, at_most

WHAT = ("start to the first 200", "idle memory", "growth under requests")
REQUESTS = 1_000_000
WARM_UP = 5_000
CALLERS = 16
SETTLED_SECONDS = 3.0


async def measure(effort: Effort) -> list[Row]:
    """Return start, memory and growth."""
    starts: list[float] = []
    bare: list[float] = []
    number = effort.times(REQUESTS)
    async with around_ours() as here:
        for _ in range(effort.rounds):
            starts.append(await _start(here))
            await here.bot.kill()
            began = time.perf_counter()
            async with floor("floor_bolt.py", "all", here.slack.url, here.signing_secret):
                bare.append(time.perf_counter() - began)
        await here.bot.start()
        await asyncio.sleep(SETTLED_SECONDS)
        idle = resident_mib(here.pid)
        await load(here.port, small_talk(here.signing_secret, WARM_UP), callers=CALLERS)
        before = resident_mib(here.pid)
        await load(here.port, small_talk(here.signing_secret, number), callers=CALLERS)
        growth = 100 * (resident_mib(here.pid) / before - 1)
    return [
        Row(
            WHAT[0],
            Samples(starts, "s", 2),
            "at most 1.2 s",
            at_most(1.2),
            Samples(bare, "s", 2),
            "Bolt with as many listeners",
        ),
        Row(WHAT[1], Samples([idle], "MiB"), "at most 120 MiB", at_most(120)),
        Row(
            WHAT[2],
            Samples([growth], f"% over {number:,} requests".replace(",", " "), 1),
            "at most 10 %",
            at_most(10),
        ),
    ]


async def _start(here: Ours) -> float:
    """Start the bot on its migrated database; return the seconds until it answers 200."""
    asked = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    began = time.perf_counter()
    starting = asyncio.create_task(here.bot.start())
    while True:
        try:
            await load(here.port, iter([asked]), callers=1)
        except (OSError, Unexpected):
            await asyncio.sleep(0.005)
            continue
        took = time.perf_counter() - began
        await starting
        return took
