"""What an administrator does by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.microsoft.webhook_registration import RELATIONSHIP_EVENTS
from bot.operations import reconcile, set_webhook, show_webhook, verify_audit
from bot.sandbox.fake_microsoft.delivery import Registration
from bot.sandbox.run import APPROVALS_CHANNEL, Sandbox, sandbox
from bot.sandbox.story import Story

ELSEWHERE = Registration("https://elsewhere.example/events", ("invoice-ready",), False, datetime.now(UTC))


async def test_our_events_are_added_to_those_registered_before(box: Sandbox) -> None:
    ours = box.settings.webhook_url or ""
    box.microsoft.deliveries.registration = replace(ELSEWHERE, url=ours)

    assert await set_webhook(box.settings, force=False) == 0

    registration = box.microsoft.deliveries.registration
    assert registration is not None
    assert registration.url == ours
    assert {"invoice-ready", *RELATIONSHIP_EVENTS} == set(registration.events)


async def test_another_address_is_never_taken_over_silently(
    box: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    box.microsoft.deliveries.registration = ELSEWHERE

    assert await set_webhook(box.settings, force=False) == 1

    assert box.microsoft.deliveries.registration == ELSEWHERE
    assert "overture webhook register --force" in capsys.readouterr().err


async def test_another_address_is_taken_over_when_told_to(
    box: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    box.microsoft.deliveries.registration = ELSEWHERE

    assert await set_webhook(box.settings, force=True) == 0

    registration = box.microsoft.deliveries.registration
    assert registration is not None
    assert registration.url == box.settings.webhook_url
    assert "invoice-ready" in registration.events
    assert ELSEWHERE.url in capsys.readouterr().out


async def test_approvers_read_that_events_go_elsewhere_and_that_changes_are_found_all_the_same(
    box: Sandbox, story: Story
) -> None:
    box.microsoft.deliveries.registration = ELSEWHERE

    await box.move(timedelta(days=1, minutes=1))

    told = await story.hears("to another address", "--force", where=APPROVALS_CHANNEL)
    assert "every 15 minutes I compare" in told.text
    assert "I cannot read from Microsoft" not in told.text
    assert "elsewhere.example" in told.text


async def test_what_is_registered_is_shown(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert await show_webhook(box.settings) == 0

    assert "This is our address." in capsys.readouterr().out


async def test_nothing_registered_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    async with sandbox(webhooks=False, webhook_url=None) as box:
        assert await show_webhook(box.settings) == 1

    assert "overture webhook register" in capsys.readouterr().out


async def test_reconciling_by_hand_finds_an_acceptance(capsys: pytest.CaptureFixture[str]) -> None:
    async with sandbox(webhooks=False) as box:
        story = Story(box)
        await story.ana_invites()
        await story.ben_approves()
        await story.accepts(await story.mail())
        await box.stop()

        assert await reconcile(box.settings) == 0

        await box.start()
        await story.hears("Fabrikam", "accepted")
    assert "customers are known" in capsys.readouterr().out


async def test_a_whole_audit_log_is_said_to_be_whole(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    await story.ana_invites()

    assert await verify_audit(story.box.settings) == 0
    assert "whole" in capsys.readouterr().out
