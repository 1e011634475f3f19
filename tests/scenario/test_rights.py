"""Rights are checked at every click, on our side; whoever may not reads why, and nothing changes."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.invitation import Status
from bot.sandbox.fake_slack import Delivery, UserGroup
from bot.sandbox.run import ANA, APPROVALS_CHANNEL, BEN, CHRIS, DANA, TEAM_CHANNEL, sandbox
from bot.sandbox.story import Story
from bot.slack import names
from tests.scenario.support import (
    ON_AN_INVITATION,
    as_sent,
    comes_to_the_mail,
    is_told,
    reads,
    reviews,
    stored,
    submission,
    told,
)

APPROVERS = "S0APPROVERS"


@pytest.fixture
async def strict() -> AsyncIterator[Story]:
    """Ana alone may ask, Ben alone may decide, nobody administers."""
    async with sandbox(requesters=(ANA,), approvers=(BEN,), administrators=()) as box:
        yield Story(box)


async def clicked_by(story: Story, user_id: str, action_id: str) -> Delivery:
    """Deliver a click on any button of the newest card, as somebody whose client shows it."""
    workspace = story.box.slack.workspace
    card = await story.card(TEAM_CHANNEL, "withdraw_invitation")
    value = (await story.invitation(lambda _: True)).id
    payload = {
        "type": "block_actions",
        "team": {"id": workspace.team_id},
        "api_app_id": workspace.app_id,
        "channel": {"id": TEAM_CHANNEL},
        "container": {"type": "message", "message_ts": card.ts, "channel_id": TEAM_CHANNEL},
        "actions": [{"type": "button", "action_id": action_id, "block_id": "b", "value": value}],
    }
    return await story.box.slack.replay(as_sent(story, payload, by=user_id))


async def test_a_guest_cannot_invite_and_reads_who_decides_that(story: Story) -> None:
    dana = story.box.slack.person(DANA)

    await dana.command("/invite-customer", "fabrikam.com")

    assert "not among the people who may invite" in told(dana)
    assert "Your administrator decides who may" in told(dana)
    assert dana.view is None
    assert stored(story.box)["drafts"] == []


async def test_a_guest_who_uses_the_shortcut_reads_the_same(story: Story) -> None:
    dana = story.box.slack.person(DANA)

    await dana.shortcut(names.INVITE_CUSTOMER_SHORTCUT)

    await story.until(lambda: dana.view is not None, "Dana is told")
    assert "not among the people who may invite" in reads(dana)
    assert dana.toasts == []


async def test_where_requesters_are_named_nobody_else_may_ask(strict: Story) -> None:
    await strict.ben.command("/invite-customer", "fabrikam.com")

    assert "not among the people who may invite" in told(strict.ben)
    assert strict.ben.view is None

    await strict.ana.command("/invite-customer", "fabrikam.com")

    await strict.until(lambda: strict.shows("invite_customer"), "the form opens for Ana")


async def test_somebody_who_is_neither_cannot_open_the_review(strict: Story) -> None:
    chris = strict.box.slack.person(CHRIS)
    await strict.ana_invites()
    card = await strict.card(APPROVALS_CHANNEL, "review_invitation")

    await chris.click("review_invitation", message=card)

    sentence = await is_told(strict, chris, "Only the person who asked for this invitation")
    assert "an approver or an administrator" in sentence
    assert chris.view is None


async def test_an_administrator_who_is_no_approver_reads_the_review_and_cannot_decide() -> None:
    async with sandbox(approvers=(BEN,), administrators=(CHRIS,)) as box:
        story, chris = Story(box), box.slack.person(CHRIS)
        await story.ana_invites()
        await reviews(story, chris)
        assert chris.view is not None
        assert "You are not among the approvers" in reads(chris)
        assert "submit" not in chris.view.body

        answer = await box.slack.replay(submission(story, chris.view, by=CHRIS))

        assert "You are not among the approvers" in str(answer.json["view"])
        await story.status(Status.AWAITING_APPROVAL)


@pytest.mark.parametrize("person", [DANA, CHRIS])
async def test_no_button_works_for_somebody_without_rights(strict: Story, person: str) -> None:
    """Whatever their client shows or sends: every one is answered, and nothing happens."""
    await strict.ana_invites()
    await strict.card(APPROVALS_CHANNEL, "review_invitation")
    await strict.ana_hears("waiting for approval")
    before = stored(strict.box)

    for action_id in ON_AN_INVITATION:
        answer = await clicked_by(strict, person, action_id)

        assert answer.status == 200, action_id
    await strict.until(lambda: len(told_so(strict, person)) == len(ON_AN_INVITATION), "all are answered")

    assert stored(strict.box) == before
    assert strict.box.slack.person(person).views == []


async def test_a_guest_cannot_read_a_customers_record(story: Story) -> None:
    await story.ana_invites()
    dana = story.box.slack.person(DANA)

    await clicked_by(story, DANA, names.OPEN_CUSTOMER)

    assert "Guests cannot" in await is_told(story, dana, "Only full members")
    assert dana.view is None


async def test_nobody_sends_a_form_that_somebody_else_began(story: Story) -> None:
    await comes_to_the_mail(story)
    assert story.ana.view is not None

    answer = await story.box.slack.replay(submission(story, story.ana.view, by=CHRIS))

    assert "done already" in str(answer.json["view"])
    assert stored(story.box)["invitations"] == []


async def test_an_approver_is_one_by_the_user_group_and_only_as_long_as_they_are_in_it() -> None:
    async with sandbox(approvers=(APPROVERS,), administrators=()) as box:
        story, chris = Story(box), box.slack.person(CHRIS)
        await story.ana_invites()
        await reviews(story, chris)
        box.slack.workspace.usergroups[APPROVERS] = UserGroup(APPROVERS, "approvers", (BEN,))

        await chris.submit()

        assert "You are not among the approvers" in reads(chris)
        await story.ben_approves()
        await story.mail()


def told_so(story: Story, person: str) -> list[str]:
    """Return what this person was told alone, beside a message or in a modal."""
    kinds = {"ephemeral", "modal"}
    return [one.text for one in story.box.slack.feed.since(0) if one.kind in kinds and one.who == person]
