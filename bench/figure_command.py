"""A slash command, from Slack's request to the answer, by one caller: the modal is opened in between."""

from statistics import median

from load import load
from processes import floor, ours
from run_with import Effort
from slack_requests import commands
from table import Row, Samples, at_most, percentile

WHAT = (
    "`/invite-customer` acknowledged, one caller, p50",
    "`/invite-customer` acknowledged, one caller, p99",
)
EACH_ROUND = 200


async def measure(effort: Effort) -> list[Row]:
    """Return half and nearly all of the answers' times."""
    halves: list[float] = []
    tails: list[float] = []
    bare: list[float] = []
    async with (
        ours() as here,
        floor("floor_bolt.py", "/invite-customer", here.slack.url, here.signing_secret) as bolt,
    ):
        for port in (here.port, bolt):
            await load(port, commands(here.signing_secret, 50), callers=1)
        for _ in range(effort.rounds):
            mine = await load(here.port, commands(here.signing_secret, EACH_ROUND), callers=1)
            theirs = await load(bolt, commands(here.signing_secret, EACH_ROUND), callers=1)
            halves.append(median(mine.latencies) * 1000)
            tails.append(percentile(mine.latencies, 0.99) * 1000)
            bare.append(median(theirs.latencies) * 1000)
    limit = 2 * median(halves) + 3
    return [
        Row(
            WHAT[0],
            Samples(halves, "ms", 1),
            "below the floor",
            lambda _, ratio: ratio < 1,
            Samples(bare, "ms", 1),
            "Bolt that only acknowledges",
        ),
        Row(
            WHAT[1],
            Samples(tails, "ms", 1),
            f"2 x p50 + 3 ms = {limit:.1f} ms",
            at_most(limit),
        ),
    ]
