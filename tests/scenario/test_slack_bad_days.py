"""Slack throttles, fails, is slow, loses answers or does not let us in: nothing is lost, people can go on."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.domain.invitation import Status
from bot.sandbox.fake_microsoft import Slow
from bot.sandbox.run import APPROVALS_CHANNEL, CHRIS, TEAM_CHANNEL, Sandbox, sandbox
from bot.sandbox.story import Story
from bot.sandbox.waiting import reconciled
from tests.scenario.microsoft_side import imported
from tests.scenario.support import LOOK_UP, begins, comes_to_the_mail, is_told, reads, stored, told

BOT = "U0OVERTURE"
RANDOM = "C0RANDOM"
HISTORY = frozenset({"channels:history", "groups:history", "im:history"})
POSTED = "chat.postMessage"


@pytest.fixture
async def remembering() -> AsyncIterator[Story]:
    """The optional history scopes are granted."""
    async with sandbox() as box:
        bot = box.slack.workspace.tokens[box.slack.bot_token]
        bot.scopes |= HISTORY
        yield Story(box)


def cards(story: Story, channel: str = APPROVALS_CHANNEL) -> int:
    return len([one for one in story.ben.channel_messages(channel) if one.thread_ts is None])


def without(box: Sandbox, channel: str) -> frozenset[str]:
    """Take the bot out of a channel; return who was in it."""
    members = box.slack.workspace.channels[channel].members
    box.slack.workspace.change_channel(channel, members=members - {BOT})
    return members


async def quiet(story: Story) -> None:
    """Let everything that is due be posted: the last word goes to Ana."""
    await story.ana_hears("waiting for approval")
    await story.box.move(timedelta(seconds=40))


@pytest.mark.parametrize("channel", [APPROVALS_CHANNEL, TEAM_CHANNEL])
async def test_a_card_for_a_channel_we_are_not_in_arrives_once_we_are_let_in(
    story: Story, channel: str
) -> None:
    members = without(story.box, channel)
    await story.ana_invites()

    heard = await story.ana_hears("I cannot post in", f"<#{channel}>")

    assert "kept until I can" in heard.text
    assert f"In that channel, type: /invite <@{BOT}>" in heard.text
    assert cards(story, channel) == 0

    story.box.slack.workspace.change_channel(channel, members=members)
    await story.box.move(timedelta(minutes=6))

    await story.until(lambda: cards(story, channel) == 1, "the card arrives by itself")


async def test_administrators_hear_that_news_of_a_customer_cannot_be_told(story: Story) -> None:
    """Nobody's invitation is behind it, so there is no requester to tell."""
    await imported(story.box)
    without(story.box, TEAM_CHANNEL)
    chris = story.box.slack.workspace.direct_channel(CHRIS).id

    story.box.microsoft.add_customer("wingtiptoys.com")
    await reconciled(story.box)

    heard = await story.hears("I cannot post in", f"<#{TEAM_CHANNEL}>", where=chris)
    assert f"/invite <@{BOT}>" in heard.text


async def test_whoever_types_the_command_where_we_are_not_is_answered_there(story: Story) -> None:
    await story.ana.command("/invite-customer", "what is this", channel=RANDOM)
    assert "I do not understand" in told(story.ana)

    story.box.slack.faults.refuse("views.open", "expired_trigger_id")
    await story.ana.command("/invite-customer", "fabrikam.com", channel=RANDOM)

    assert "please run it again" in told(story.ana)
    assert story.ana.ephemerals[-1].channel == RANDOM


async def test_a_click_in_a_channel_we_were_thrown_out_of_is_answered(story: Story) -> None:
    await story.ana_invites()
    card = await story.card(TEAM_CHANNEL, "withdraw_invitation")
    chris = story.box.slack.person(CHRIS)
    without(story.box, TEAM_CHANNEL)
    story.box.slack.faults.rate_limit("views.open", retry_after=30)
    await chris.command("/invite-customer", "fabrikam.com", channel=TEAM_CHANNEL)
    assert "try again in a minute" in told(chris)

    await story.ana.click("withdraw_invitation", message=card, confirm=True)
    await story.ana.click("withdraw_invitation", message=card, confirm=True)

    await is_told(story, story.ana, "The invitation is now: Withdrawn")


@pytest.mark.parametrize("code", ["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"])
async def test_a_trigger_that_is_no_good_any_more_asks_to_run_it_again(story: Story, code: str) -> None:
    story.box.slack.faults.refuse("views.open", code)

    await story.ana.command("/invite-customer", "fabrikam.com")

    assert "too little time to open the form" in told(story.ana)
    assert "please run it again" in told(story.ana)
    assert story.ana.toasts == []

    await begins(story)


@pytest.mark.parametrize("method", ["views.open", "users.info"])
async def test_while_slack_throttles_the_command_says_that_nothing_was_done(
    story: Story, method: str
) -> None:
    story.box.slack.faults.rate_limit(method, retry_after=30, count=3)

    await story.ana.command("/invite-customer", "fabrikam.com")

    assert "I did nothing" in told(story.ana)
    assert "try again in a minute" in told(story.ana)
    assert "cannot say" not in told(story.ana)
    assert story.ana.toasts == []
    assert story.ana.view is None

    story.box.slack.faults.clear()
    await begins(story)


@pytest.mark.parametrize("fault", ["server_error", "drop"])
async def test_while_slack_does_not_say_who_somebody_is_nobody_gets_in_and_everybody_is_answered(
    story: Story, fault: str
) -> None:
    faults = story.box.slack.faults
    fail = faults.server_error if fault == "server_error" else faults.drop
    fail("users.info", count=9)

    await story.ana.command("/invite-customer", "fabrikam.com")

    assert "try again in a minute" in told(story.ana)
    assert story.ana.view is None
    assert stored(story.box)["drafts"] == []

    faults.clear()
    await begins(story)


@pytest.mark.parametrize("text", ["fabrikam.com", ""])
async def test_a_form_whose_opening_was_not_confirmed_is_filled_in_all_the_same(
    story: Story, text: str
) -> None:
    story.box.slack.faults.drop("views.open", after_commit=True)

    await story.ana.command("/invite-customer", text)

    await story.until(lambda: story.shows("invite_customer"), "the form does not stay half done")
    assert story.ana.ephemerals == []
    assert story.ana.toasts == []


@pytest.mark.parametrize("way", ["before", "server_error"])
async def test_a_form_that_never_opened_is_told_of(story: Story, way: str) -> None:
    if way == "before":
        story.box.slack.faults.drop("views.open")
    else:
        story.box.slack.faults.server_error("views.open")

    await story.ana.command("/invite-customer", "fabrikam.com")

    assert "nothing was done yet" in await is_told(story, story.ana, "Slack did not say that it opened")
    assert story.ana.view is None
    assert story.ana.toasts == []


async def test_a_form_that_opens_slowly_is_still_filled_in(story: Story) -> None:
    story.box.slack.faults.slow("views.open", seconds=4)

    await story.ana.command("/invite-customer", "fabrikam.com")

    assert story.ana.toasts == []
    await story.until(lambda: story.shows("invite_customer"), "the form is filled in")


async def test_somebody_slack_is_slow_to_describe_is_answered_in_time_and_known_the_next_time(
    story: Story,
) -> None:
    story.box.slack.faults.slow("users.info", seconds=1.5, count=5)

    await story.ana.command("/invite-customer", "fabrikam.com")

    assert "try again in a minute" in told(story.ana)
    assert story.ana.toasts == []
    await story.until(lambda: len(story.box.slack.traffic.called("users.info")) == 1, "Slack answers at last")
    await begins(story)
    assert len(story.box.slack.traffic.called("users.info")) == 1


@pytest.mark.parametrize("fault", ["rate_limit", "server_error"])
async def test_a_loading_form_is_filled_in_after_slack_was_away(story: Story, fault: str) -> None:
    if fault == "rate_limit":
        story.box.slack.faults.rate_limit("views.update", retry_after=1)
    else:
        story.box.slack.faults.server_error("views.update", count=2)

    await begins(story)

    assert "Fabrikam" in reads(story.ana)


async def test_while_microsoft_is_slow_the_form_opens_at_once_and_is_filled_in_later(story: Story) -> None:
    story.box.microsoft.faults.plan("graph", "GET", LOOK_UP, Slow(1))

    await story.ana.command("/invite-customer", "fabrikam.com")

    assert story.shows("invite_customer_loading")
    assert "One moment" in reads(story.ana)
    await story.until(lambda: story.shows("invite_customer"), "the form is filled in")
    assert "Microsoft knows this customer as *Fabrikam*" in reads(story.ana)


async def test_while_microsoft_is_slow_the_second_step_waits_and_keeps_what_was_typed(
    story: Story,
) -> None:
    await begins(story)
    story.ana.fill("customer_name", "Typed by Ana")
    story.box.microsoft.faults.plan("graph", "GET", LOOK_UP, Slow(2), times=2)

    await story.ana.submit()

    assert story.shows("invite_customer_loading")
    await story.until(lambda: story.shows("invite_customer_draft"), "the mail is shown")
    assert "Typed by Ana" in reads(story.ana)
    await story.ana_asks()
    asked = await story.status(Status.AWAITING_APPROVAL)
    assert asked.proposal.customer.name == "Typed by Ana"


async def test_closing_the_loading_form_is_no_fault_of_anybodys(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    story.box.microsoft.faults.plan("graph", "GET", LOOK_UP, Slow(0.5))
    await story.ana.command("/invite-customer", "fabrikam.com")

    await story.ana.close()

    await story.until(lambda: len(story.box.slack.traffic.called("views.update")) == 4, "it is looked for")
    assert story.ana.views == []
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("fault", ["rate_limit", "server_error", "before"])
async def test_a_card_slack_did_not_take_is_posted_later_and_once(story: Story, fault: str) -> None:
    faults = story.box.slack.faults
    match fault:
        case "rate_limit":
            faults.rate_limit(POSTED, channel=APPROVALS_CHANNEL)
        case "server_error":
            faults.server_error(POSTED, channel=APPROVALS_CHANNEL)
        case _:
            faults.drop(POSTED, channel=APPROVALS_CHANNEL)

    await story.ana_invites()
    await story.card(APPROVALS_CHANNEL, "review_invitation")
    await quiet(story)

    assert cards(story) == 1


async def test_a_card_whose_posting_was_not_confirmed_is_found_and_not_doubled(remembering: Story) -> None:
    remembering.box.slack.faults.drop(POSTED, after_commit=True, channel=APPROVALS_CHANNEL)
    await remembering.ana_invites()
    await quiet(remembering)

    assert cards(remembering) == 1
    # It was found, so that it can be edited in place from now on.
    await remembering.ben_approves()
    await remembering.status(Status.SENT)
    await remembering.until(lambda: _card_of(remembering).count("*Sent*") == 1, "the card shows it")


async def test_without_the_history_scope_it_is_posted_again_and_the_log_says_so(
    story: Story, capfd: pytest.CaptureFixture[str]
) -> None:
    story.box.slack.faults.drop(POSTED, after_commit=True, channel=APPROVALS_CHANNEL)

    await story.ana_invites()
    await story.until(lambda: cards(story) == 2, "it is posted again")

    assert "posting_again_without_looking" in capfd.readouterr().out


@pytest.mark.parametrize("fault", ["rate_limit", "server_error", "lost"])
async def test_a_card_that_could_not_be_edited_is_edited_later(story: Story, fault: str) -> None:
    await story.ana_invites()
    await story.card(APPROVALS_CHANNEL, "review_invitation")
    faults = story.box.slack.faults
    match fault:
        case "rate_limit":
            faults.rate_limit("chat.update", channel=APPROVALS_CHANNEL)
        case "server_error":
            faults.server_error("chat.update", channel=APPROVALS_CHANNEL)
        case _:
            faults.drop("chat.update", after_commit=True, channel=APPROVALS_CHANNEL)

    await story.ben_approves()

    await story.until(lambda: "*Sent*" in _card_of(story), "the card shows it")
    assert cards(story) == 1


async def test_a_card_that_somebody_deleted_comes_back_when_it_changes(story: Story) -> None:
    await story.ana_invites()
    card = await story.card(APPROVALS_CHANNEL, "review_invitation")
    await story.ben_reviews()
    del story.box.slack.workspace.messages[APPROVALS_CHANNEL, card.ts]

    await story.ben.submit()

    await story.until(lambda: cards(story) == 1, "it is posted anew")
    await story.until(lambda: "*Sent*" in _card_of(story), "the card shows it")


async def test_a_review_that_slack_would_not_open_leaves_it_open_to_decide(story: Story) -> None:
    await story.ana_invites()
    card = await story.card(APPROVALS_CHANNEL, "review_invitation")
    story.box.slack.faults.refuse("views.open", "expired_trigger_id")

    await story.ben.click("review_invitation", message=card)

    await is_told(story, story.ben, "please run it again")
    assert story.ben.toasts == []
    await story.ben_approves()
    await story.mail()


async def test_nothing_typed_is_lost_when_the_store_accepted_it_and_slack_lost_our_answer(
    story: Story,
) -> None:
    """Slack gave up waiting: the modal stays, the person sends it again, and it is one invitation."""
    await comes_to_the_mail(story)
    story.box.slack.deadline_seconds = 0.001
    await story.ana.submit()
    assert story.ana.toasts[-1].code == "operation_timeout"
    story.box.slack.deadline_seconds = 3.0

    await story.status(Status.AWAITING_APPROVAL)
    await story.ana.submit()

    assert "done already" in reads(story.ana)
    assert len(stored(story.box)["invitations"]) == 1


def _card_of(story: Story) -> str:
    newest = [one for one in story.ben.channel_messages(APPROVALS_CHANNEL) if one.thread_ts is None][-1]
    return str(newest.blocks)
