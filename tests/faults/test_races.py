"""Fifty people decide at the same moment: one of them does, one thing follows, everybody hears who it was."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.invitation import Invitation, Status
from bot.sandbox.fake_microsoft import RequestSeen
from bot.sandbox.fake_slack import Message, Person
from bot.sandbox.fake_slack.reading import view_text
from bot.sandbox.fake_slack.state import User
from bot.sandbox.run import APPROVALS_CHANNEL, Sandbox, sandbox
from bot.sandbox.story import Story
from tests import databases
from tests.faults.crowd import shows

ROUNDS = int(os.environ.get("OVERTURE_TEST_RACES", "4"))
DECIDERS = tuple(f"U0DECIDES{number:02d}" for number in range(50))
RELATIONSHIPS = "/v1.0/tenantRelationships/delegatedAdminRelationships"
DECIDED = frozenset({"invitation.approve", "invitation.reject"})
DEADLINE_SECONDS = 3.0


@pytest.fixture(params=databases.KINDS)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    async with databases.empty(str(request.param), tmp_path) as found:
        yield found


@pytest.mark.timeout(3 * 3600)
async def test_of_fifty_who_decide_at_once_one_does_and_everybody_hears_who(url: str) -> None:
    async with sandbox(database_url=url, approvers=DECIDERS) as box:
        box.microsoft.behaviour.mails_per_minute = None
        workspace = box.slack.workspace
        for user_id in DECIDERS:
            workspace.users[user_id] = User(user_id, user_id.lower(), user_id.title())
        members = workspace.channels[APPROVALS_CHANNEL].members | set(DECIDERS)
        workspace.change_channel(APPROVALS_CHANNEL, members=members)
        people = [box.slack.person(one) for one in DECIDERS]
        won: Counter[str] = Counter()
        slowest = 0.0
        for number in range(ROUNDS):
            won[await one_round(box, people, number)] += 1
            slowest = max(slowest, *(one.duration_seconds for one in box.slack.traffic.deliveries))
        print(f"{url.partition(':')[0]}: {ROUNDS} rounds, won by {dict(won)}, slowest answer {slowest:.2f} s")

    assert won.total() == ROUNDS
    assert slowest <= DEADLINE_SECONDS


async def one_round(box: Sandbox, people: list[Person], number: int) -> str:
    """Let all of them decide on a new invitation; return what was decided."""
    domain = f"fabrikam-{number:03d}.example"
    box.microsoft.add_tenant(f"Fabrikam {number:03d}", domain)
    story = Story(box)
    await story.ana_invites(domain, name=f"Fabrikam {number:03d}", admin_access="helpdesk")
    card = await card_of(story, f"Fabrikam {number:03d}")
    # Whoever is even approves; who is first changes from round to round.
    order = people[number % len(people) :] + people[: number % len(people)]
    await asyncio.gather(*(opens(story, one, card) for one in people))
    toasts = sum(len(one.toasts) for one in people)
    await asyncio.gather(*(one.submit() for one in order))

    decided = await story.invitation(lambda one: is_decided(one, domain))
    winner = str(decided.decided_by)
    entries = await box.app.store.audit.of_subject(f"invitation:{decided.id}")
    transitions = [one for one in entries if one.action in DECIDED]
    assert [one.actor for one in transitions] == [winner]
    assert sum(len(one.toasts) for one in people) == toasts, "somebody got no answer of ours"
    for person in people:
        assert_hears_who(person, winner)
    await assert_one_thing_follows(story, decided, transitions[0].action)
    for person in people:
        if person.views:
            await person.close(everything=True)
    return transitions[0].action


def is_decided(invitation: Invitation, domain: str) -> bool:
    return invitation.proposal.customer.domain == domain and invitation.decided_by is not None


async def card_of(story: Story, name: str) -> Message:
    """Wait for the card of this customer; the clock helps over Slack's pace of a message a second."""
    while True:
        found = [one for one in story.ben.channel_messages(APPROVALS_CHANNEL) if name in str(one.blocks)]
        if found:
            return found[0]
        story.box.clock.move(timedelta(seconds=1))
        await asyncio.sleep(0.02)


async def opens(story: Story, person: Person, card: Message) -> None:
    await person.click("review_invitation", message=card)
    await story.until(lambda: shows(person, "review_invitation"), "the review opens")
    if DECIDERS.index(person.id) % 2:
        await person.click("reject_invitation")
        await story.until(lambda: shows(person, "reject_invitation"), "a comment is asked for")
        person.fill("comment", "Not this year")


def assert_hears_who(person: Person, winner: str) -> None:
    if person.id == winner:
        assert person.views == []
        return
    assert person.view is not None
    assert winner in view_text(person.view.body), f"{person.id} reads: {view_text(person.view.body)}"


async def assert_one_thing_follows(story: Story, decided: Invitation, action: str) -> None:
    """One relationship is asked for and one mail sent where it was approved, and none where it was not."""
    approved = action == "invitation.approve"
    if approved:
        await story.invitation(lambda one: one.id == decided.id and one.status is Status.SENT)
    created = [
        one
        for one in story.box.microsoft.gdap.relationships.values()
        if one.display_name == decided.relationship_name
    ]
    mails = [one for one in story.box.microsoft.mailbox if decided.proposal.contact.email in one.to]
    assert len(created) == len(mails) == (1 if approved else 0)
    asked = [
        one
        for one in story.box.microsoft.feed
        if isinstance(one, RequestSeen) and one.method == "POST" and one.path == RELATIONSHIPS
    ]
    assert len(asked) == len(story.box.microsoft.gdap.relationships)
