"""A Home of thirty blocks or more, built in each language: what words cost."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bot.domain.identifiers import InvitationId, TenantId
from bot.domain.invitation import Status
from bot.slack.blocks import View
from bot.slack.views.home import HomePage, home_view
from bot.slack.words import Templates
from run_with import Effort
from table import Row, Samples, at_most
from tests.builders import NOON, a_customer, a_grant, an_invitation

WHAT = ("a Home of 30 blocks, in the slowest language",)
BLOCKS = 30
TIMES = 300


def page() -> HomePage:
    """Return what an operator sees who has a few things to do: a Home of exactly thirty blocks."""
    waiting = [an_invitation(id=InvitationId(f"w{count:015d}"), status=Status.SENT) for count in range(8)]
    needs = [an_invitation(id=InvitationId(f"n{count:015d}")) for count in range(5)]
    customers = [
        a_customer(tenant_id=TenantId(f"22222222-2222-4222-8222-{count:012d}"), grants=(a_grant(),))
        for count in range(10)
    ]
    return HomePage(
        needs_you=needs,
        waiting=waiting,
        may_open={one.id for one in (*needs, *waiting)},
        customers=customers,
        may_invite=True,
        now=NOON + timedelta(days=1),
    )


async def measure(effort: Effort) -> list[Row]:
    """Return microseconds for one Home, of the language that takes longest."""
    templates, shown = Templates(), page()
    values: dict[str, list[float]] = {locale: [] for locale in templates.locales}
    for _ in range(effort.rounds):
        for locale, times in values.items():
            words = templates.words(locale)
            count = len(home_view(words, shown)["blocks"])
            if count != BLOCKS:
                raise ValueError(f"the view has {count} blocks")
            times.append(_microseconds(partial(home_view, words, shown)))
    slowest = max(values, key=lambda locale: Samples(values[locale], "").median)
    return [
        Row(
            WHAT[0],
            Samples(values[slowest], f"µs, {slowest}"),
            "at most 300 µs",
            at_most(300),
        )
    ]


def _microseconds(build: Callable[[], View]) -> float:
    started = time.perf_counter()
    for _ in range(TIMES):
        build()
    return (time.perf_counter() - started) / TIMES * 1e6
