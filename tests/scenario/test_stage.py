"""The stage the page stands on, with the whole bot: fresh in a second, a story told, another language."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain.invitation import Status
from bot.sandbox.page import page_app
from bot.sandbox.page.stage import StoryBroke
from bot.sandbox.run import ANA, APPROVALS_CHANNEL, BEN, EVA
from bot.sandbox.stage import Stage
from bot.sandbox.story import Story
from tests.integration.page.served import Script, served
from tests.scenario.support import told


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as opened:
        yield opened


async def test_who_starts_over_finds_everything_as_in_the_beginning(stage: Stage) -> None:
    before = stage.box
    await Story(before).ana_invites()
    stage.clock.move(timedelta(days=90))

    await stage.start_over()

    assert stage.box is not before
    assert stage.told.number == 2
    assert stage.clock.ahead == timedelta()
    assert stage.slack.workspace.messages == {}
    assert stage.microsoft.mailbox == []
    assert await stage.box.app.store.invitations.in_status(frozenset(Status), limit=1) == []
    assert (await stage.steps())["done"] == [False] * 9
    await Story(stage.box).ana_invites()


async def test_a_signal_still_ends_everything_after_somebody_started_over(stage: Stage) -> None:
    ends = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]

    await stage.start_over()
    await stage.restart()

    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == ends
    assert ends[1] is signal.SIG_DFL


async def test_the_command_in_the_background_ends_when_told_to_while_a_page_is_open() -> None:
    overture = Path(sys.executable).with_name("overture")
    ignoring = "trap '' INT; exec \"$0\" sandbox --port 0"
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", ignoring, str(overture), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = (await process.stdout.readline()).decode()
    url = said.split("sandbox: ")[1].split()[0].rstrip("/")
    async with aiohttp.ClientSession() as session, session.get(f"{url}/events"):
        await Script(session, url).act("/api/start")
        process.terminate()

        assert await asyncio.wait_for(process.wait(), timeout=20) == 0


async def test_the_tour_goes_on_as_the_story_does(stage: Stage) -> None:
    story = Story(stage.box)

    async def step() -> int:
        return sum((await stage.steps())["done"])

    assert await step() == 0
    await story.ana.command("/invite-customer", "fabrikam.com")
    await story.until(lambda: story.shows("invite_customer"), "the form opens")
    assert await step() == 1
    story.fill_details("fabrikam.com", admin_access="helpdesk")
    await story.ana.submit()
    await story.until(lambda: story.shows("invite_customer_draft"), "the mail is shown")
    assert await step() == 2
    text = story.ana.values["mail_text"]["mail_text"]["value"]
    story.ana.fill("mail_text", text.replace("{reseller_link}", ""))
    await story.ana.submit()
    assert await step() == 3
    story.ana.fill("mail_text", text)
    await story.ana_asks()
    assert await step() == 4
    await story.ben_approves()
    mail = await story.mail()
    await story.status(Status.SENT)
    assert await step() == 6
    await story.accepts(mail)
    await stage.microsoft.customer("fabrikam.com").sign_agreement()
    await story.hears("admin access", "group")
    assert (await stage.steps())["halves"] == {
        "reseller": True,
        "agreement": True,
        "admin_access": True,
        "groups": False,
    }
    await story.assigns_groups()
    await story.invitation(lambda one: one.progress.groups_assigned_at is not None)
    assert await step() == 8
    await story.customer().remove_roles()
    await story.hears("admin access", "Fabrikam", "removed")
    assert await step() == 9


async def test_a_story_is_told_in_the_language_of_the_page(stage: Stage) -> None:
    heard: list[str | None] = []
    stage.on_change.append(lambda: heard.append(stage.told.scenario))

    await stage.start_over("rejected-by-approver", language="zh_Hant")

    assert heard == ["rejected-by-approver", None]
    assert stage.slack.workspace.users[ANA].locale == "zh-TW"
    assert stage.box.settings.channel_language == "zh_Hant"


async def test_who_starts_over_ends_the_story_that_is_told(stage: Stage) -> None:
    telling = await begun(stage)

    await stage.start_over()

    with pytest.raises(StoryBroke, match="something else was started"):
        await telling
    assert stage.told.scenario is None
    assert stage.told.number == 3


async def test_no_language_is_changed_in_the_middle_of_a_story(stage: Stage) -> None:
    telling = await begun(stage)

    with pytest.raises(StoryBroke):
        await stage.speak("zh_Hans")

    assert stage.told.language == "en"
    await stage.start_over()
    with pytest.raises(StoryBroke):
        await telling


async def test_the_bot_knows_at_once_that_people_speak_another_language(stage: Stage) -> None:
    await Story(stage.box).ana.open_home()

    await stage.speak("zh_Hans")
    await stage.slack.person(BEN).open_home()

    assert stage.box.settings.channel_language == "zh_Hans"
    asked = [call.response for call in stage.slack.traffic.called("users.info")]
    assert asked[-1]["user"]["locale"] == "zh-CN"


async def test_who_acts_while_the_bot_starts_anew_is_served_afterwards(stage: Stage) -> None:
    async with served(page_app(stage)) as url, aiohttp.ClientSession() as session:
        script = Script(session, url)
        changing = asyncio.create_task(script.act("/api/language", language="zh_Hans"))
        while stage.told.language == "en" and not changing.done():
            say: dict[str, Any] = {"act": "say", "person": ANA, "channel": "C0PARTNERS"}
            await script.act("/api/slack", **say, text="/invite-customer help")
        await changing

    assert stage.slack.person(ANA).toasts == []


async def test_the_partner_can_be_in_another_cloud(stage: Stage) -> None:
    await stage.start_over(cloud="china")

    story = Story(stage.box)
    await story.ana_invites("litware.example")
    card = await story.card(APPROVALS_CHANNEL, "review_invitation")
    assert "Litware" in str(card.blocks)


async def test_a_new_colleague_may_not_invite(stage: Stage) -> None:
    eva = stage.slack.person(EVA)

    await eva.command("/invite-customer", "fabrikam.com", channel="C0PARTNERS")

    assert "not among the people who may invite" in told(eva)
    assert eva.view is None


async def begun(stage: Stage) -> asyncio.Task[None]:
    """Return once a story is being told, with the call that had it told."""
    is_told = asyncio.Event()
    stage.on_change.append(lambda: is_told.set() if stage.told.scenario else None)
    telling = asyncio.create_task(stage.start_over("accepts"))
    await is_told.wait()
    return telling
