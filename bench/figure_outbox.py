"""
Draining the outbox to 200 channels of a Slack that takes one message a second in each, and refuses the rest.

The ceiling of `n` messages for each channel is one second for each. A second drain has one more channel,
which takes three seconds for every answer.
"""

import asyncio
import time
from collections import defaultdict
from dataclasses import asdict
from datetime import datetime

from bot.domain.identifiers import SlackUserId, WorkspaceId
from bot.domain.notifications import Kind, Notice, Notification, Place
from bot.ports.clock import SystemClock
from bot.ports.work import Queue, Work
from bot.services.changes import new_work_id
from processes import Ours, around_ours
from run_with import Effort
from slack_requests import TEAM
from storage.database import open_database
from storage.work import WorkQueue
from table import Row, Samples, at_most

WHAT = ("outbox to 200 channels", "outbox, refused with 429", "outbox beside a slow channel")
CHANNELS = 200
EACH = 10
SLOW_PERSON, SLOW_CHANNEL = "USLOW", "DSLOW"
SLOW_SECONDS = 3.0


async def measure(effort: Effort) -> list[Row]:
    """Return the share of the ceiling that is reached, and the share of calls that were refused."""
    each = effort.times(EACH, least=4)
    shares: list[float] = []
    refused: list[float] = []
    beside_slow: list[float] = []
    for _ in range(effort.times(3)):
        share, throttled = await _drain(each, slow=False)
        shares.append(share)
        refused.append(throttled)
        beside_slow.append((await _drain(each, slow=True))[0])
    return [
        Row(
            WHAT[0],
            Samples(shares, f"% of the ceiling, {each} messages each", 1),
            "at least 95 %",
            lambda ours, _: ours >= 95,
        ),
        Row(WHAT[1], Samples(refused, "%", 2), "at most 1 %", at_most(1)),
        Row(
            WHAT[2],
            Samples(beside_slow, "% of the ceiling", 1),
            "at least 95 %",
            lambda ours, _: ours >= 95,
        ),
    ]


async def _drain(each: int, *, slow: bool) -> tuple[float, float]:
    """Return per cent of the ceiling, and per cent of calls refused. The slow channel is not counted."""
    async with around_ours() as here:
        people = [f"U{count:06d}" for count in range(CHANNELS)]
        await _fill(here.database_url, people * each + [SLOW_PERSON] * slow)
        here.slack.seconds_between = 1.0
        here.slack.slow_channel, here.slack.slow_seconds = SLOW_CHANNEL, SLOW_SECONDS
        posted = await _posts(here, CHANNELS * each, within=each * 4.0 + 30)
        times = [moment for moments in posted.values() for moment in moments]
        share = 100 * each / (max(times) - min(times) + 1)
        return share, 100 * here.slack.throttled / here.slack.calls["chat.postMessage"]


async def _posts(here: Ours, number: int, *, within: float) -> dict[str, list[float]]:
    posted: dict[str, list[float]] = defaultdict(list)
    done = asyncio.Event()

    def heard(channel: str, _: object) -> None:
        if channel == SLOW_CHANNEL:
            return
        posted[channel].append(time.perf_counter())
        if sum(map(len, posted.values())) >= number:
            done.set()

    here.slack.on_post = heard
    await here.bot.start()
    async with asyncio.timeout(within):
        await done.wait()
    return posted


async def _fill(database_url: str, people: list[str]) -> None:
    database = open_database(database_url)
    await database.start()
    clock = SystemClock()
    queue, now = WorkQueue(database, WorkspaceId(TEAM), clock), clock.now()
    await database.apply([queue.adding(_message(person, now)) for person in people])
    await database.close()


def _message(person: str, now: datetime) -> Work:
    notification = Notification(
        Kind.NOTICE,
        Place.PERSON,
        person=SlackUserId(person),
        notice=Notice.SYSTEM_PROBLEM,
        facts={"reason": "token_revoked", "detail": ""},
    )
    payload = {**asdict(notification), "facts": dict(notification.facts)}
    return Work(new_work_id(), Queue.OUTBOX, payload, now, lane=f"person:{person}")
