"""Who decides, once, about exactly what they saw; everybody else reads who was first."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.domain.invitation import Status
from bot.sandbox.fake_slack import Person
from bot.sandbox.run import ANA, APPROVALS_CHANNEL, BEN, CHRIS, Sandbox, sandbox
from bot.sandbox.story import Story
from tests.scenario.support import (
    as_sent,
    comes_to_the_mail,
    is_told,
    reads,
    reviews,
    said,
    submission,
)


@pytest.fixture
def chris(box: Sandbox) -> Person:
    return box.slack.person(CHRIS)


@pytest.fixture
async def own() -> AsyncIterator[Story]:
    """Ana is an approver herself."""
    async with sandbox(approvers=(ANA, BEN)) as box:
        yield Story(box)


async def decisions(story: Story) -> list[str]:
    """Return what the audit says happened to the one invitation."""
    invitation = await story.invitation(lambda _: True)
    return await story.history(invitation.id)


async def test_whoever_asked_can_read_the_review_but_not_decide(own: Story) -> None:
    await own.ana_invites()

    await reviews(own, own.ana)

    assert "somebody else has to decide" in reads(own.ana)
    assert own.ana.view is not None
    assert "submit" not in own.ana.view.body
    assert "reject_invitation" not in str(own.ana.view.body)


async def test_a_requester_who_sends_the_approval_all_the_same_is_refused(own: Story) -> None:
    """The button was never there for her: the answer does not depend on what was shown."""
    await own.ana_invites()
    await own.ben_reviews()
    assert own.ben.view is not None

    answer = await own.box.slack.replay(submission(own, own.ben.view, by=ANA))

    assert answer.json["response_action"] == "push"
    assert "somebody else has to decide" in str(answer.json["view"])
    assert "invitation.approve" not in await decisions(own)
    assert own.box.microsoft.mailbox == []


async def test_approving_twice_approves_once_and_says_so(story: Story) -> None:
    await story.ana_invites()
    await story.ben_reviews()
    assert story.ben.view is not None
    second_click = submission(story, story.ben.view, by=BEN)
    await story.ben.submit()

    again = await story.box.slack.replay(second_click)

    assert again.status == 200
    assert f"<@{BEN}> was first" in str(again.json["view"])
    await story.mail()
    assert (await decisions(story)).count("invitation.approve") == 1
    assert len(story.box.microsoft.mailbox) == 1


async def test_of_two_approvers_at_once_one_decides_and_the_other_reads_who(
    story: Story, chris: Person
) -> None:
    await story.ana_invites()
    await reviews(story, story.ben)
    await reviews(story, chris)

    await asyncio.gather(story.ben.submit(), chris.submit())

    invitation = await story.invitation(lambda one: one.decided_by is not None)
    second = chris if invitation.decided_by == BEN else story.ben
    first = story.ben if second is chris else chris
    assert first.views == []
    assert f"<@{invitation.decided_by}> was first" in reads(second)
    assert (await decisions(story)).count("invitation.approve") == 1
    await story.mail()
    assert len(story.box.microsoft.mailbox) == 1


async def test_one_approves_while_the_other_rejects_and_only_the_first_counts(
    story: Story, chris: Person
) -> None:
    await story.ana_invites()
    await reviews(story, chris)
    await chris.click("reject_invitation")
    chris.fill("comment", "Not them")
    await story.ben_approves()

    await chris.submit()

    assert f"<@{BEN}> was first" in reads(chris)
    await chris.close()
    assert chris.values["comment"]["comment"]["value"] == "Not them"
    await story.mail()


async def test_whoever_comes_too_late_is_not_asked_for_a_comment(story: Story, chris: Person) -> None:
    await story.ana_invites()
    await reviews(story, chris)
    await story.ben_approves()

    await chris.click("reject_invitation")

    await story.until(lambda: f"<@{BEN}> was first" in reads(chris), "Chris reads who was first")
    assert "comment" not in chris.values


async def sent_back_and_asked_again(story: Story, **edits: str) -> None:
    await story.ben_says_why("request_changes", "Please name the project")
    edit = await story.direct("edit_invitation")
    await story.ana.click("edit_invitation", message=edit)
    await story.until(lambda: story.shows("invite_customer"), "the form opens again")
    await story.ana.submit()
    await story.until(lambda: story.shows("invite_customer_draft"), "the mail is shown")
    for field, value in edits.items():
        story.ana.fill(field, value)
    await story.ana.submit()
    await story.status(Status.AWAITING_APPROVAL)


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        ({"mail_subject": "Another subject"}, "*Changed since changes were asked for:* the subject."),
        ({}, "*Nothing was changed* since changes were asked for."),
    ],
)
async def test_who_reviews_again_reads_what_was_edited_and_the_card_has_no_old_comment(
    story: Story, edits: dict[str, str], told: str
) -> None:
    await story.ana_invites()
    await sent_back_and_asked_again(story, **edits)

    await story.ben_reviews()

    assert told in reads(story.ben)
    card = await story.card(APPROVALS_CHANNEL, "review_invitation")
    assert "Please name the project" not in said(card)
    await story.hears("asks for changes", where=APPROVALS_CHANNEL)
    thread = [one for one in story.ben.channel_messages(APPROVALS_CHANNEL) if one.thread_ts == card.ts]
    assert any("Please name the project" in said(one) for one in thread)


async def test_a_text_that_changed_after_it_was_opened_is_not_approved(story: Story, chris: Person) -> None:
    await story.ana_invites()
    await reviews(story, chris)
    await sent_back_and_asked_again(story, mail_subject="Another subject")

    await chris.submit()

    assert "was changed after you opened it" in reads(chris)
    assert "Please open it again" in reads(chris)
    await story.status(Status.AWAITING_APPROVAL)
    assert story.box.microsoft.mailbox == []


async def test_nobody_but_the_requester_changes_what_was_sent_back(story: Story) -> None:
    await story.ana_invites()
    await story.ben_says_why("request_changes", "I write it myself")
    card = await story.card(APPROVALS_CHANNEL, "edit_invitation")

    await story.ben.click("edit_invitation", message=card)

    await is_told(story, story.ben, "Only the person who asked", "invite the customer anew")
    assert story.ben.view is None


async def test_an_old_card_is_answered_with_how_it_stands_now(story: Story) -> None:
    """The card is edited in place; somebody who clicks what their client still shows gets the same answer."""
    await story.ana_invites()
    card = await story.card(APPROVALS_CHANNEL, "review_invitation")
    await story.ben.click("review_invitation", message=card)
    clicked = story.box.slack.traffic.deliveries[-1]
    await story.ben.submit()
    await story.status(Status.SENT)

    await story.box.slack.replay(as_sent(story, clicked.payload, by=BEN))

    assert "Nothing to decide here now: Sent" in reads(story.ben)
    assert story.ben.view is not None
    assert "submit" not in story.ben.view.body


async def test_an_old_withdraw_button_does_not_withdraw_what_was_sent(story: Story) -> None:
    await story.ana_invites()
    card = await story.card(APPROVALS_CHANNEL, "review_invitation")
    await story.ben.click("review_invitation", message=card)
    clicked = story.box.slack.traffic.deliveries[-1].payload
    await story.ben.submit()
    await story.status(Status.SENT)
    withdraw = {**clicked["actions"][0], "action_id": "withdraw_invitation"}

    await story.box.slack.replay(as_sent(story, clicked, by=BEN, actions=[withdraw]))

    assert "The invitation is now: Sent" in await is_told(story, story.ben, "now:")
    await story.status(Status.SENT)


async def test_cancelling_what_was_accepted_is_refused_without_naming_the_approver(story: Story) -> None:
    """Ben was first to decide, not to cancel: the sentence is about what stands in the way."""
    await story.ana_invites()
    card = await story.card(APPROVALS_CHANNEL, "review_invitation")
    await story.ben.click("review_invitation", message=card)
    clicked = story.box.slack.traffic.deliveries[-1].payload
    await story.ben.submit()
    await story.accepts(await story.mail())
    await story.status(Status.ACCEPTED)
    cancel = {**clicked["actions"][0], "action_id": "cancel_invitation"}

    await story.box.slack.replay(as_sent(story, clicked, by=BEN, actions=[cancel]))

    sentence = await is_told(story, story.ben, "now: Accepted")
    assert "not possible any more" in sentence
    assert "was first" not in sentence


async def test_a_card_from_before_a_restart_still_works(story: Story) -> None:
    await story.ana_invites()
    card = await story.card(APPROVALS_CHANNEL, "review_invitation")
    await story.box.restart()

    await story.ben.click("review_invitation", message=card)
    await story.ben.submit()

    await story.mail()
    await story.status(Status.SENT)
    assert story.ben.toasts == []


async def test_a_form_from_before_a_restart_can_still_be_sent(story: Story) -> None:
    await comes_to_the_mail(story)
    story.ana.fill("mail_subject", "Typed before, sent after")
    await story.box.restart()

    await story.ana_asks()

    asked = await story.status(Status.AWAITING_APPROVAL)
    assert asked.proposal.subject == "Typed before, sent after"
    assert asked.proposal.contact.name == "Adele Vance"
