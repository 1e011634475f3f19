"""`overture serve` is killed again and again while the story goes on: nothing is lost, nothing said twice."""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.ports.work import Queue
from bot.sandbox.fake_microsoft import Slow
from bot.sandbox.fake_slack import Message
from bot.sandbox.fake_slack.errors import NotOnScreen
from bot.sandbox.run import APPROVALS_CHANNEL, TEAM_CHANNEL
from bot.sandbox.story import Story, WentWrong
from bot.slack.messenger import INTENT_EVENT
from storage.crypto import Cipher
from storage.database import open_database
from storage.store import WorkspaceStore
from tests.scenario.overture_process import World, world

KILLS = int(os.environ.get("OVERTURE_TEST_KILLS", "12"))
SEED = int(os.environ.get("OVERTURE_TEST_SEED", "20261120"))
LATE_SECONDS = 0.2
PATIENCE_SECONDS = 90.0
"""A killed process holds its work for half a minute; it may be killed again meanwhile."""


async def insists(act: Callable[[], Awaitable[None]], until: Callable[[], bool], what: str) -> None:
    """Do what a person does whose clicks are not answered: look, try again, and again."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not until():
            try:
                async with asyncio.timeout(4):
                    await act()
            except (WentWrong, NotOnScreen, TimeoutError):
                await asyncio.sleep(0.1)
    assert until(), what


class Fate:
    """Kills the bot at moments when something has just happened, and starts it again."""

    def __init__(self, here: World, kills: int, seed: int) -> None:
        self.here = here
        self.kills = kills
        self.random = random.Random(seed)
        self.struck = 0

    async def strike(self) -> None:
        while self.struck < self.kills:
            await self._something_happens(self.random.randint(1, 6))
            await asyncio.sleep(self.random.uniform(0, LATE_SECONDS))
            await self.here.bot.kill()
            self.struck += 1
            await self.here.bot.start()

    async def _something_happens(self, times: int) -> None:
        slack, microsoft = self.here.box.slack.feed, self.here.box.microsoft.feed
        for _ in range(times):
            growing = [
                asyncio.create_task(slack.wait_for(lambda _: True, timeout=5, since=len(slack))),
                asyncio.create_task(asyncio.wait_for(microsoft.grown(len(microsoft)), 5)),
            ]
            await asyncio.wait(growing, return_when=asyncio.FIRST_COMPLETED)
            for task in growing:
                task.cancel()
            await asyncio.gather(*growing, return_exceptions=True)


def has(message: Message, action_id: str) -> bool:
    elements = (one for block in message.blocks for one in block.get("elements", ()))
    return any(one.get("action_id") == action_id for one in elements)


class People:
    """Ana, Ben and the customer, who do not give up."""

    def __init__(self, here: World) -> None:
        self.story = Story(here.box)
        self.slack = here.box.slack
        self.microsoft = here.box.microsoft

    def cards(self, action_id: str) -> list[Message]:
        return [one for one in self.story.ben.channel_messages(APPROVALS_CHANNEL) if has(one, action_id)]

    async def ana_invites(self) -> None:
        if self.story.ana.views:
            await self.story.ana.close(everything=True)
        await self.story.ana_invites(admin_access="helpdesk")
        await self.story.until(lambda: bool(self.cards("review_invitation")), "the card appears")

    async def ben_approves(self) -> None:
        if self.story.ben.views:
            await self.story.ben.close(everything=True)
        await self.story.ben_approves()
        await self.story.until(lambda: not self.cards("review_invitation"), "the card moves on")

    async def the_mail_is_out(self) -> None:
        """Where nobody can tell whether the mail went out, Ana looks and decides."""
        doubtful = [one for one in self.story.ana.direct_messages if "cannot tell" in one.text]
        if doubtful:
            button = "mark_sent" if self.microsoft.mailbox else "retry_invitation"
            await self.story.ana.click(button, message=doubtful[-1])
        await self.story.until(self.is_sent, "the mail is out")

    def is_sent(self) -> bool:
        return any("has gone out" in one.text for one in self.story.ana.direct_messages)

    def heard(self, *fragments: str) -> Callable[[], bool]:
        return lambda: self.story.count(*fragments) > 0


async def nothing() -> None:
    await asyncio.sleep(0.05)


async def tells_the_whole_story(here: World) -> None:
    people, story = People(here), Story(here.box)
    asked = lambda: bool(people.cards("withdraw_invitation"))  # noqa: E731 - names a condition
    await insists(people.ana_invites, asked, "colleagues are asked")
    await insists(people.ben_approves, lambda: not people.cards("review_invitation"), "it is approved")
    await insists(people.the_mail_is_out, people.is_sent, "the mail is out")
    (mail,) = here.box.microsoft.mailbox
    await story.accepts(mail)
    await insists(nothing, people.heard("Fabrikam", "accepted us as a reseller"), "acceptance is told")
    await insists(nothing, people.heard("Admin access to", "no security group"), "activation is told")
    (relationship,) = here.box.microsoft.gdap.relationships
    here.box.microsoft.assign_group(relationship)
    await insists(nothing, people.heard("can be used now"), "the group is told")
    await story.customer().remove_roles()
    await insists(nothing, people.heard("no longer have admin access"), "the loss is told")


def answers_come_late(here: World) -> None:
    """What is asked for happens at once, and its answer takes a while: that is when a kill hurts."""
    for method in ("chat.postMessage", "chat.update"):
        here.box.slack.faults.slow(method, seconds=LATE_SECONDS, count=1_000_000)
    here.box.microsoft.faults.plan("graph", "POST", "*", Slow(LATE_SECONDS), times=1_000_000)


def intent(message: Message) -> str:
    metadata = message.metadata or {}
    assert metadata.get("event_type") == INTENT_EVENT
    return str(metadata["event_payload"]["intent"])


@pytest.mark.timeout(900)
async def test_a_bot_that_is_killed_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'overture.db'}"
    async with world(url, RECONCILE_SECONDS="5") as here:
        answers_come_late(here)
        await here.bot.start()
        fate = Fate(here, KILLS, SEED)
        striking = asyncio.create_task(fate.strike())
        await tells_the_whole_story(here)
        await striking
        posted, done = await settled(here, url)

    assert fate.struck == KILLS
    assert len(here.box.microsoft.mailbox) == 1
    assert len(here.box.microsoft.gdap.relationships) == 1
    times = Counter(intent(one) for one in posted)
    assert max(times.values()) == 1, "said twice"
    assert done["notice"] <= times.keys(), "never said"
    for channel in (TEAM_CHANNEL, APPROVALS_CHANNEL):
        cards = [one for one in posted if one.channel == channel and intent(one) in done["card"]]
        assert len(cards) == 1


async def settled(here: World, url: str) -> tuple[list[Message], dict[str, set[str]]]:
    """Wait until nothing is left to be said; return our messages, and the ids of what was to be said."""
    database = open_database(url)
    await database.start()
    store = WorkspaceStore(database, here.box.slack.workspace.team_id, Cipher([KEY]))  # type: ignore[arg-type]  # a team id
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await store.work.backlog(Queue.OUTBOX, now=here.box.clock.now())).waiting:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
        assert await store.work.abandoned(Queue.OUTBOX, limit=5) == []
        assert await store.work.abandoned(Queue.SENDER, limit=5) == []
        assert await store.audit.first_broken() is None
        rows = await database.fetch("SELECT id, payload FROM work WHERE queue = 'outbox'")
    finally:
        await here.bot.stop()
        await database.close()
    said: dict[str, set[str]] = {"notice": set(), "card": set()}
    for row in rows:
        said[json.loads(row["payload"])["kind"]].add(row["id"])
    own = here.box.slack.workspace.bot_user_id
    return [one for one in here.box.slack.workspace.messages.values() if one.user == own], said


KEY = "c2FuZGJveC1zYW5kYm94LXNhbmRib3gtc2FuZGJveCE="
