"""A press of a button on a large card, 16 callers: what it costs to verify, decode and route one."""

from load import load
from processes import floor, ours
from run_with import Effort
from slack_requests import presses
from table import Row, Samples, at_least

WHAT = ("press of a button, 12.7 KB, 16 callers",)
CALLERS = 16
EACH_ROUND = 4000


async def measure(effort: Effort) -> list[Row]:
    """Return presses a second."""
    number = effort.times(EACH_ROUND)
    mine: list[float] = []
    bare: list[float] = []
    async with (
        ours() as here,
        floor("floor_bolt.py", "app_home_opened,open_link", here.slack.url, here.signing_secret) as bolt,
    ):
        for port in (here.port, bolt):
            await load(port, presses(here.signing_secret, 500), callers=CALLERS)
        for _ in range(effort.rounds):
            for port, rates in ((here.port, mine), (bolt, bare)):
                requests = list(presses(here.signing_secret, number))
                rates.append((await load(port, iter(requests), callers=CALLERS)).rate)
    return [
        Row(
            WHAT[0],
            Samples(mine, "/s"),
            "at least 2",
            at_least(2),
            Samples(bare, "/s"),
            "Bolt with two listeners",
        )
    ]
