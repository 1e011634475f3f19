"""
Bad days of what we stand on. Slack has its answer within three seconds on all of them, and it is a true one.

What Microsoft and Slack do wrong one call at a time is in `tests/scenario/test_microsoft_bad_days.py` and
`test_slack_bad_days.py`.
"""

import asyncio
import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.domain.invitation import Status
from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import Half, Throttle
from bot.sandbox.fake_slack.traffic import Call
from bot.sandbox.run import APPROVALS_CHANNEL, TEAM_CHANNEL, Sandbox, sandbox
from bot.sandbox.story import Story
from bot.sandbox.waiting import at_rest
from tests.faults.balancer import Balancer
from tests.faults.cluster import own_cluster
from tests.faults.verdict import said
from tests.scenario.microsoft_side import LINK, MAIL, RELATIONSHIPS, calls
from tests.scenario.overture_process import HISTORY, Bot, world
from tests.scenario.support import comes_to_the_mail, reads, told
from tests.scenario.test_slack_bad_days import POSTED, cards

AWAY_SECONDS = float(os.environ.get("OVERTURE_TEST_AWAY", "6"))
"""How long a database is away: longer than SQLite's patience and ours. The bar is 60 s, see `make faults`."""

DEADLINE_SECONDS = 3.0
UNSURE, NOT_DONE = "I cannot say that it worked", "so I did nothing"


@pytest.fixture
async def story() -> AsyncIterator[Story]:
    async with sandbox() as box:
        box.slack.workspace.tokens[box.slack.bot_token].scopes |= HISTORY
        yield Story(box)


async def is_answered(story: Story, words: str) -> None:
    """Ana sends what she typed, and is answered in time by us, not by Slack on our behalf."""
    toasts = len(story.ana.toasts)
    story.ana.fill("delivery", "send_for_me")
    await story.ana.submit()

    assert story.box.slack.traffic.deliveries[-1].duration_seconds < DEADLINE_SECONDS
    assert len(story.ana.toasts) == toasts
    assert words in reads(story.ana)


async def sends_it_again(story: Story) -> None:
    """Ana closes what she was told; what she typed is still below it."""
    await story.ana.close()
    assert story.shows("invite_customer_draft")
    assert not story.ana.errors
    await story.ana.submit()
    await story.status(Status.AWAITING_APPROVAL)


async def ends_well(story: Story) -> None:
    """It is approved and sent once, and was asked for once."""
    if story.ana.views:
        await story.ana.close(everything=True)
    await story.ben_approves()
    await story.status(Status.SENT)
    assert len(await story.box.app.store.invitations.in_status(frozenset(Status), limit=10)) == 1
    assert len(story.box.microsoft.mailbox) == 1
    assert cards(story) == 1


# Slack and Microsoft


async def test_a_message_slack_throttles_waits_two_minutes_and_over_a_restart(story: Story) -> None:
    story.box.slack.faults.rate_limit(POSTED, retry_after=120, channel=APPROVALS_CHANNEL)
    await story.ana_invites()
    await story.until(lambda: len(refused(story)) == 1, "Slack asks to wait")
    await story.box.restart()
    await story.box.move(timedelta(seconds=110))
    waited = cards(story)
    await story.box.move(timedelta(seconds=15))
    await story.card(APPROVALS_CHANNEL, "review_invitation")

    assert waited == 0
    assert cards(story) == 1


def refused(story: Story) -> list[int | None]:
    return [one.status for one in story.box.slack.traffic.called(POSTED) if one.status == 429]


async def test_a_card_that_is_found_again_shows_how_things_stand_by_then(story: Story) -> None:
    faults = story.box.slack.faults
    faults.drop(POSTED, after_commit=True, channel=APPROVALS_CHANNEL)
    faults.rate_limit("conversations.history", retry_after=60)
    await story.ana_invites()
    card = await story.card(TEAM_CHANNEL, "withdraw_invitation")
    await story.until(lambda: bool(looked(story)), "it is looked for")
    await story.ana.click("withdraw_invitation", message=card, confirm=True)
    await story.status(Status.WITHDRAWN)
    await story.box.move(timedelta(seconds=61))
    await story.hears("is withdrawn", where=APPROVALS_CHANNEL)

    (shown,) = [one for one in story.ben.channel_messages(APPROVALS_CHANNEL) if one.thread_ts is None]
    assert "*Withdrawn*" in shown.text


def looked(story: Story) -> list[Call]:
    return story.box.slack.traffic.called("conversations.history")


async def test_half_an_answer_to_a_post_does_not_double_it(story: Story) -> None:
    for channel in (APPROVALS_CHANNEL, TEAM_CHANNEL):
        story.box.slack.faults.half(POSTED, channel=channel)
    await story.ana_invites()
    await story.ben_approves()
    await story.status(Status.SENT)
    await story.ana_hears("has gone out")

    assert (cards(story), cards(story, TEAM_CHANNEL)) == (1, 1)


async def test_half_answers_of_microsoft_are_asked_for_again_or_looked_for(story: Story) -> None:
    faults = story.box.microsoft.faults
    faults.plan("partner_center", "GET", LINK, Half(), times=2)
    faults.plan("graph", "POST", RELATIONSHIPS, Half())
    await story.ana_invites(admin_access="helpdesk")
    await story.ben_approves()
    await story.status(Status.SENT)

    assert len(story.box.microsoft.gdap.relationships) == 1
    assert len(story.box.microsoft.mailbox) == 1


async def test_a_revoked_token_is_said_in_the_answer_and_nothing_is_lost_once_there_is_a_new_one(
    story: Story,
) -> None:
    await comes_to_the_mail(story)
    token = story.box.slack.workspace.tokens[story.box.slack.bot_token]
    story.box.slack.revoke_bot_token()
    await story.ana_asks()
    await story.status(Status.AWAITING_APPROVAL)
    await story.ben.command("/invite-customer", "adatum.com")

    assert "no longer accepts" in told(story.ben)
    assert story.box.slack.traffic.deliveries[-1].duration_seconds < DEADLINE_SECONDS
    token.refused_with = None
    await story.box.move(timedelta(minutes=6))
    await story.ana_hears("waiting for approval")
    await ends_well(story)


# The database


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else holds the SQLite file: a backup, a report, a person with a shell."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_a_locked_file_is_waited_for_and_nothing_typed_is_lost(story: Story) -> None:
    await comes_to_the_mail(story)
    with locked(story.box.settings.database_url):
        await is_answered(story, UNSURE)
        await asyncio.sleep(AWAY_SECONDS)
    await sends_it_again(story)
    await ends_well(story)


@contextmanager
def no_room_in_files(bot: Bot) -> Iterator[None]:
    """No file may grow, as where a quota is used up."""
    assert bot.process is not None
    before = resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (1, before[1]))
    yield
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of a few MiB; skip the test where that is not allowed."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "overture", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("nobody may mount a file system here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def no_room_on(disk: Path) -> Iterator[None]:
    """Fill it to the last byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    ballast.unlink()


async def test_a_full_disk_is_told_and_nothing_is_lost_once_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        await is_told_that_there_is_no_room(disk, lambda _bot: no_room_on(disk))


async def test_a_used_up_quota_is_told_and_nothing_is_lost_once_there_is_more(tmp_path: Path) -> None:
    await is_told_that_there_is_no_room(tmp_path, no_room_in_files)


async def is_told_that_there_is_no_room(
    folder: Path, no_room: Callable[[Bot], AbstractContextManager[None]]
) -> None:
    async with world(f"sqlite:///{folder / 'overture.db'}") as here:
        story = Story(here.box)
        await here.bot.start()
        await comes_to_the_mail(story)
        with no_room(here.bot):
            await is_answered(story, NOT_DONE)
        await story.ana.close()
        await story.ana.submit()
        await story.ben_approves()
        await story.ana_hears("has gone out")

    assert len(here.box.microsoft.mailbox) == 1
    assert cards(story) == 1


@pytest.mark.postgres
async def test_a_server_that_is_gone_is_waited_for_and_nothing_typed_is_lost() -> None:
    async with own_cluster() as cluster, sandbox(database_url=cluster.url) as box:
        story = Story(box)
        await comes_to_the_mail(story)
        await cluster.stop()
        await is_answered(story, NOT_DONE)
        await asyncio.sleep(AWAY_SECONDS)
        await cluster.start()
        await sends_it_again(story)
        await ends_well(story)


@pytest.mark.postgres
async def test_a_server_that_does_not_answer_keeps_nobody_waiting() -> None:
    async with own_cluster() as cluster, Balancer([cluster.port]) as between:
        url = cluster.url.replace(str(cluster.port), str(between.port))
        async with sandbox(database_url=url) as box:
            story = Story(box)
            await comes_to_the_mail(story)
            between.flowing.clear()
            await is_answered(story, UNSURE)
            await asyncio.sleep(AWAY_SECONDS)
            between.flowing.set()
            # It may have been done once the server went on, or never: sending it again is right either way.
            await sends_it_again(story)
            await ends_well(story)


async def test_a_restored_backup_does_not_send_again_what_was_sent(story: Story, tmp_path: Path) -> None:
    box, backup = story.box, tmp_path / "backup.db"
    box.microsoft.faults.plan("graph", "POST", MAIL, Throttle(100))
    await story.ana_invites(admin_access="helpdesk")
    await story.ben_approves()
    await story.until(lambda: len(calls(box.microsoft, "POST", MAIL)) == 1, "the mail has to wait")
    await at_rest(box)
    path = Path(box.settings.database_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)
    await box.move(timedelta(minutes=2))
    await story.mail()
    await story.ana_hears("has gone out")
    await box.stop()
    for left in path.parent.glob(f"{path.name}-*"):
        left.unlink()
    shutil.copyfile(backup, path)
    box.clock.move(timedelta(minutes=15))
    await box.start()

    await story.ana_hears("cannot tell whether the mail")
    await box.move(timedelta(minutes=5))
    assert len(box.microsoft.mailbox) == 1
    assert len(box.microsoft.gdap.relationships) == 1
    assert max(said(box).values()) == 1


# The clock


@dataclass
class Skewed:
    """The bot's own clock, which does not agree with everybody else's."""

    true: SandboxClock
    by: timedelta

    def now(self) -> datetime:
        return self.true.now() + self.by


async def with_a_clock_that_is_off(box: Sandbox, by: timedelta, **settings: object) -> Skewed:
    await box.stop()
    clock = Skewed(box.clock, by)
    box.settings = box.settings.model_copy(update=settings)
    box.clock = clock  # type: ignore[assignment]  # only its time is asked for
    await box.start()
    return clock


OFF = pytest.mark.parametrize("hours", [1, -1], ids=["ahead", "behind"])


@OFF
async def test_with_a_clock_that_is_off_by_an_hour_nothing_is_lost_or_doubled(
    story: Story, hours: int
) -> None:
    token = SecretStr(story.box.slack.app_token)
    await with_a_clock_that_is_off(story.box, timedelta(hours=hours), slack_app_token=token)
    await story.box.slack.sockets.connected()
    for channel in (APPROVALS_CHANNEL, TEAM_CHANNEL):
        story.box.slack.faults.drop(POSTED, after_commit=True, channel=channel)
    await story.ana_invites(admin_access="helpdesk")
    await story.ben_approves()
    await story.status(Status.SENT)
    await story.ana_hears("has gone out")

    assert (cards(story), cards(story, TEAM_CHANNEL)) == (1, 1)
    assert len(story.box.microsoft.mailbox) == 1


@OFF
async def test_signatures_cannot_be_checked_by_a_clock_that_is_off_and_work_again_once_it_is_right(
    story: Story, hours: int
) -> None:
    clock = await with_a_clock_that_is_off(story.box, timedelta(hours=hours))
    await story.ana.command("/invite-customer", "fabrikam.com")
    delivery = story.box.slack.traffic.deliveries[-1]

    assert delivery.status == 401
    assert delivery.duration_seconds < DEADLINE_SECONDS
    clock.by = timedelta()
    await story.ana_invites()
    await story.status(Status.AWAITING_APPROVAL)


async def test_a_clock_that_is_set_back_by_an_hour_does_not_silence_a_channel_for_as_long(
    story: Story,
) -> None:
    clock = await with_a_clock_that_is_off(story.box, timedelta(hours=0))
    await story.ana_invites()
    card = await story.card(APPROVALS_CHANNEL, "review_invitation")
    await story.ana_hears("waiting for approval")
    clock.by = timedelta(minutes=-4)
    await story.ana.click("withdraw_invitation", message=card, confirm=True)

    await story.hears("is withdrawn", where=APPROVALS_CHANNEL)
