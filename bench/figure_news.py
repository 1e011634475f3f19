"""From an accepted event to the message at Slack, on a quiet system: read back, decided, stored, posted."""

import asyncio
import time
from statistics import median
from uuid import uuid4

from bot.sandbox.fake_microsoft.state import Customer, Tenant
from load import load
from microsoft_events import accepted
from processes import Ours, ours
from run_with import Effort
from table import Row, Samples, at_most, percentile

WHAT = ("event accepted to message at Slack, quiet, p50", "event accepted to message at Slack, quiet, p99")
EVENTS = 40
APART_SECONDS = 1.1
"""Slack takes one message a second and channel, and all of these go to one."""


async def measure(effort: Effort) -> list[Row]:
    """Return half and nearly all of the times."""
    async with ours() as here:
        took = [await _one(here) for _ in range(effort.times(EVENTS, least=8) + 2)][2:]
    return [
        Row(
            WHAT[0],
            Samples([median(took)], f"ms of {len(took)}", 1),
            "at most 50 ms",
            at_most(50),
        ),
        Row(WHAT[1], Samples([percentile(took, 0.99)], "ms", 1), "at most 250 ms", at_most(250)),
    ]


async def _one(here: Ours) -> float:
    """Return milliseconds from the answer to the event until Slack was asked to post."""
    posted: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    tenant = Tenant(str(uuid4()), "Fabrikam", f"{uuid4().hex}.example.com")
    here.microsoft.world.tenants[tenant.id] = tenant
    here.microsoft.world.customers[tenant.id] = Customer(tenant, here.microsoft.world.clock())
    here.slack.on_post = lambda _channel, _arguments: (
        None if posted.done() else posted.set_result(time.perf_counter())
    )
    await load(here.port, iter([accepted(here.microsoft, tenant.id)]), callers=1)
    answered = time.perf_counter()
    async with asyncio.timeout(20):
        seen = await posted
    await asyncio.sleep(APART_SECONDS)
    return max(0.0, seen - answered) * 1000
