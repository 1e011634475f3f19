"""`overture serve` is killed again and again while many invitations are under way."""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.ports.work import LEASE
from tests import databases
from tests.faults.fate import Fate
from tests.faults.stage import Stage, account_of, first_broken_of_the_audit, settled, stage
from tests.faults.verdict import judge, judge_so_far

KILLS = int(os.environ.get("OVERTURE_TEST_KILLS", "50"))
SEED = int(os.environ.get("OVERTURE_TEST_SEED", "20261126"))
ROOT = Path(__file__).parents[2]

END_SECONDS = 10.0
AT_ONCE = 6

LEASE_SECONDS = LEASE.total_seconds()
FORMS = [pytest.param("sqlite", KILLS, LEASE_SECONDS / 3)]
"""Which database, how many kills, and how long a recovery may take."""

# The long form says how fast it is, on a machine that does nothing else; the short one, that no lease is
# waited for. On PostgreSQL it is, as nobody can know that they are alone; `test_replicas.py` kills there too.
if KILLS >= 200:
    FORMS = [
        pytest.param("sqlite", KILLS, 2.0),
        pytest.param("postgres", KILLS // 20, LEASE_SECONDS + 2.0, marks=pytest.mark.postgres),
    ]

LAST_KILLS = 35
"""So many still come when nothing new begins any more, so that endings are struck like beginnings."""

MOST_KILLS_OF_A_CONTROL = 300
LONGER_SECONDS = 1.0
"""A control is struck while calls take longer: it is to be found out soon, by the same kills."""


@pytest.mark.parametrize(("kind", "kills", "recovery_seconds"), FORMS)
@pytest.mark.timeout(6 * 3600)
async def test_whenever_it_is_killed_nothing_is_lost_and_nothing_is_doubled(
    tmp_path: Path, kind: str, kills: int, recovery_seconds: float
) -> None:
    async with databases.empty(kind, tmp_path) as url, stage(url, SEED) as on:
        fate = Fate(on.here.bot, on.records, on.random)
        living = asyncio.create_task(on.crowd.live(AT_ONCE))
        await fate.strike(lambda: living.done() or fate.struck >= kills - min(LAST_KILLS, kills // 2))
        on.crowd.stopping.set()
        await fate.strike(lambda: fate.struck >= kills)
        await on.here.bot.start()
        await living
        await settled(on.records)
        await on.here.bot.stop()
        verdict = await judge(on.here.box, on.records, on.crowd)
        print(f"{kind}: {account(on, fate, recovery_seconds)}")
        print(verdict)
        broken = await first_broken_of_the_audit(url, on.here)

    assert verdict.is_clean
    assert broken is None
    assert fate.struck == kills
    assert statistics.median(fate.recoveries) <= recovery_seconds


@pytest.mark.parametrize(("control", "fails_by"), [("mark_then_post", "lost"), ("post_then_mark", "doubled")])
@pytest.mark.timeout(600)
async def test_the_same_kills_find_out_an_outbox_that_is_wrong(
    tmp_path: Path, control: str, fails_by: str
) -> None:
    url = f"sqlite:///{tmp_path / 'overture.db'}"
    async with stage(url, SEED) as on:
        fate = Fate(on.here.bot, on.records, on.random)
        on.weather.longest_seconds = LONGER_SECONDS
        on.here.bot.program = (sys.executable, "-m", "tests.faults.controls", control)
        on.here.bot.env = {**on.here.bot.env, "PYTHONPATH": str(ROOT)}
        living = asyncio.create_task(on.crowd.live(AT_ONCE))
        wrong: list[str] = []
        while not wrong and fate.struck < MOST_KILLS_OF_A_CONTROL:
            await fate.strike(once_more(fate))
            wrong = getattr(await judge_so_far(on.here.box, on.records), fails_by)
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
        print(f"{control}: {fails_by} {wrong} after {fate.struck} kills")

    assert wrong


@pytest.mark.timeout(900)
async def test_asked_to_end_in_the_middle_of_everything_it_ends_within_ten_seconds_and_loses_nothing(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'overture.db'}"
    async with stage(url, SEED) as on:
        on.crowd.most = 1 if KILLS < 200 else 12
        living = asyncio.create_task(on.crowd.live(at_once=3))
        took: list[float] = []
        while not living.done():
            await on.here.bot.start()
            await asyncio.wait({living}, timeout=on.random.uniform(1, 6))
            began = time.monotonic()
            assert await on.here.bot.stop() == 0
            took.append(time.monotonic() - began)
        await living
        await on.here.bot.start()
        await settled(on.records)
        await on.here.bot.stop()
        verdict = await judge(on.here.box, on.records, on.crowd)
        print(f"asked to end {len(took)} times, longest {max(took):.2f} s; {account_of(on)}")
        print(verdict)

    assert verdict.is_clean
    assert len(took) > 1
    assert max(took) <= END_SECONDS


def once_more(fate: Fate) -> Callable[[], bool]:
    enough = fate.struck + 1
    return lambda: fate.struck >= enough


def account(on: Stage, fate: Fate, seconds: float) -> str:
    recoveries = sorted(fate.recoveries)
    in_time = sum(one <= seconds for one in recoveries)
    return (
        f"kills {fate.struck}, {account_of(on)}; recovery median {statistics.median(recoveries):.2f} s, "
        f"p99 {recoveries[int(len(recoveries) * 0.99)]:.2f} s, longest {recoveries[-1]:.2f} s, "
        f"within {seconds:.0f} s {in_time} of {len(recoveries)}"
    )
