"""What happens to an invitation after it was asked for: each button does its one thing, and says so."""

from datetime import timedelta

import pytest

from bot.domain.invitation import APPROVAL_TIME, Status
from bot.sandbox.run import APPROVALS_CHANNEL, TEAM_CHANNEL
from bot.sandbox.story import Story
from bot.slack import names
from tests.scenario.support import (
    as_sent,
    comes_to_the_mail,
    eventually,
    is_told,
    reads,
    said,
    stored,
    submission,
)

ALPINE_TENANT = "77777777-7777-4777-8777-777777777777"


async def card_says(story: Story, channel: str, *fragments: str) -> None:
    """Wait until the card in a channel, edited in place, can be read like this."""

    def fits() -> bool:
        cards = [one for one in story.ben.channel_messages(channel) if one.thread_ts is None]
        return len(cards) == 1 and all(fragment in said(cards[0]) for fragment in fragments)

    await story.until(fits, f"the one card in {channel} says {fragments}")


async def test_withdrawing_ends_it_before_anybody_decided(story: Story) -> None:
    await story.ana_invites()
    card = await story.card(TEAM_CHANNEL, "withdraw_invitation")
    await story.ana.click("withdraw_invitation", message=card, confirm=False)
    await story.status(Status.AWAITING_APPROVAL)

    await story.ana.click("withdraw_invitation", message=card, confirm=True)

    await card_says(story, TEAM_CHANNEL, "*Withdrawn*", "Nothing was sent")
    await card_says(story, APPROVALS_CHANNEL, "*Withdrawn*")
    await story.status(Status.WITHDRAWN)
    assert story.box.microsoft.mailbox == []


async def test_a_review_that_is_open_while_it_is_withdrawn_approves_nothing(story: Story) -> None:
    await story.ana_invites()
    await story.ben_reviews()
    card = await story.card(TEAM_CHANNEL, "withdraw_invitation")
    await story.ana.click("withdraw_invitation", message=card, confirm=True)

    await story.ben.submit()

    assert "The invitation is now: Withdrawn" in reads(story.ben)
    await story.status(Status.WITHDRAWN)


async def test_cancelling_stops_waiting_and_does_not_promise_to_call_the_link_back(story: Story) -> None:
    await story.ana_invites()
    await story.ben_approves()
    await story.mail()
    await story.status(Status.SENT)
    card = await story.card(TEAM_CHANNEL, "cancel_invitation")

    await story.ana.click("cancel_invitation", message=card, confirm=True)

    await card_says(story, TEAM_CHANNEL, "*Cancelled*", "may still work until Microsoft lets it lapse")
    await story.status(Status.CANCELLED)


async def test_a_cancelled_customer_can_be_asked_again_with_everything_filled_in(story: Story) -> None:
    await test_cancelling_stops_waiting_and_does_not_promise_to_call_the_link_back(story)
    card = await story.card(TEAM_CHANNEL, "ask_again")

    await story.ana.click("ask_again", message=card)

    await story.until(lambda: story.shows("invite_customer"), "the form opens")
    assert story.ana.values["contact_email"]["contact_email"]["value"] == "admin@fabrikam.com"
    story.ana.fill("reason", "They asked for it once more")
    await story.ana.submit()
    await story.ana_asks()
    again = await story.invitation(lambda one: one.asked_again_from is not None)
    assert again.status is Status.AWAITING_APPROVAL


async def test_what_nobody_decided_on_can_be_reopened_and_is_decided_then(story: Story) -> None:
    await story.ana_invites()
    await story.card(TEAM_CHANNEL, "withdraw_invitation")
    await story.box.move(APPROVAL_TIME + timedelta(hours=1))
    await card_says(story, TEAM_CHANNEL, "*Not decided in time.*", "can ask again")
    card = await story.card(TEAM_CHANNEL, "reopen_invitation")

    await story.ana.click("reopen_invitation", message=card)

    await card_says(story, APPROVALS_CHANNEL, "*Waiting for approval.*")
    await story.ben_approves()
    await story.mail()
    assert len(story.box.microsoft.mailbox) == 1


async def test_a_mail_of_ones_own_is_shown_with_its_links_and_marked_as_sent(story: Story) -> None:
    await story.ana_invites(delivery="copy_text")
    await story.ben_approves()
    card = await story.card(TEAM_CHANNEL, "show_mail")

    await story.ana.click("show_mail", message=card)

    await story.until(lambda: story.shows("show_mail"), "the mail is shown")
    assert "invType=ResellerRelationship" in reads(story.ana)
    assert "{reseller_link}" not in reads(story.ana)
    await story.ana.submit()
    assert story.ana.views == []
    await card_says(story, TEAM_CHANNEL, "*Sent*", "Next: the customer answers")
    assert story.box.microsoft.mailbox == []


async def test_marking_as_sent_twice_counts_once_and_is_answered(story: Story) -> None:
    await story.ana_invites(delivery="copy_text")
    await story.ben_approves()
    card = await story.card(TEAM_CHANNEL, "mark_sent")
    await story.ana.click("mark_sent", message=card)
    click = story.box.slack.traffic.deliveries[-1].payload
    sent = await story.status(Status.SENT)

    await story.box.slack.replay(as_sent(story, click, by=story.ana.id))

    sentence = await is_told(story, story.ana, "The invitation is now: Sent")
    assert "was first" not in sentence
    assert (await story.status(Status.SENT)).sent_at == sent.sent_at


async def test_an_old_edit_button_does_not_open_a_form_that_could_not_be_sent(story: Story) -> None:
    await story.ana_invites()
    await story.ben_says_why("request_changes", "Please name the project")
    edit = await story.direct("edit_invitation")
    withdraw = await story.card(TEAM_CHANNEL, "withdraw_invitation")
    await story.ana.click("withdraw_invitation", message=withdraw, confirm=True)

    await story.ana.click("edit_invitation", message=edit)

    await is_told(story, story.ana, "The invitation is now: Withdrawn")
    assert story.ana.view is None


async def test_a_form_that_is_sent_twice_is_one_invitation(story: Story) -> None:
    await comes_to_the_mail(story)
    view = story.ana.view
    assert view is not None
    second_click = submission(story, view, by=story.ana.id)
    await story.ana.submit()

    again = await story.box.slack.replay(second_click)

    assert "done already" in str(again.json["view"])
    assert len(stored(story.box)["invitations"]) == 1


async def test_closing_every_form_leaves_nothing_behind_that_others_see(story: Story) -> None:
    await comes_to_the_mail(story)

    await story.ana.close()

    assert story.ana.views == []
    assert stored(story.box)["invitations"] == []
    assert story.ben.channel_messages(APPROVALS_CHANNEL) == []


async def test_closing_a_review_decides_nothing(story: Story) -> None:
    await story.ana_invites()
    await story.ben_reviews()
    await story.ben.click("reject_invitation")

    await story.ben.close()

    assert story.ben.views == []
    await story.status(Status.AWAITING_APPROVAL)
    await story.ben_approves()
    await story.mail()


@pytest.mark.parametrize("button", [names.ASK_AGAIN, names.ASK_FOR_FEWER_ROLES])
async def test_a_customer_nobody_invited_from_here_can_be_asked_for_admin_access(
    story: Story, button: str
) -> None:
    async def known() -> bool:
        return await story.box.app.store.customers.count() > 0

    await eventually(known)
    await story.ana.open_home()
    await story.until(
        lambda: story.ana.home is not None and "Alpine" in str(story.ana.home.body), "Home is there"
    )
    await story.ana.click("open_customer", value=ALPINE_TENANT)
    await story.until(lambda: story.shows("customer_record"), "the record opens")
    await story.ana.click("ask_again")
    if button != names.ASK_AGAIN:
        click = story.box.slack.traffic.deliveries[-1].payload
        action = {**click["actions"][0], "action_id": button}
        await story.box.slack.replay(as_sent(story, click, by=story.ana.id, actions=[action]))

    await story.until(lambda: story.shows("invite_customer"), "the form opens")
    assert "already have the reseller relationship" in reads(story.ana)
    story.ana.fill("contact_name", "Adele Vance")
    story.ana.fill("contact_email", "adele@alpineskihouse.com")
    story.ana.fill("reason", "They need us")
    await story.ana.submit()
    await story.ana_asks()
    asked = await story.status(Status.AWAITING_APPROVAL)

    assert asked.customer_tenant_id == ALPINE_TENANT
    assert asked.proposal.admin_access is not None
    assert not asked.proposal.reseller


async def test_letting_it_go_is_written_down_with_who_did(story: Story) -> None:
    await story.ana_invites()
    click = {
        "type": "block_actions",
        "team": {"id": story.box.slack.workspace.team_id},
        "channel": {"id": TEAM_CHANNEL},
        "actions": [{"type": "button", "action_id": names.LET_IT_GO, "value": ALPINE_TENANT}],
    }

    await story.box.slack.replay(as_sent(story, click, by=story.ana.id))

    await is_told(story, story.ana, "nobody asks for admin access again")
    kept = await story.box.app.store.audit.of_subject(f"customer:{ALPINE_TENANT}")
    assert [(entry.action, entry.actor) for entry in kept if entry.actor == story.ana.id] == [
        ("customer.let_go", story.ana.id)
    ]
