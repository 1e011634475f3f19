"""The tour, the stories, the language and the appearance: what a newcomer sets up for themselves."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.sandbox.fake_slack.state import User
from bot.sandbox.scenarios import SCENARIOS
from tests.integration.fake_slack.tools import actions, button, modal, section, text_input
from tests.integration.page.test_page import CATALOGUE
from tests.scenario.browser import Stage, on_stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ANA, APPROVALS = "U0ANA", "C0APPROVALS"
SMALL_PX = 60


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    """A page that also has a few words in simplified Chinese."""
    catalogue = tmp_path / "zh_Hans" / "LC_MESSAGES" / "overture.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(CATALOGUE)
    async with on_stage(browser, locales=tmp_path) as ready:
        yield ready


async def done(stage: Stage, steps: int) -> None:
    """Let the world say that so many steps are done."""
    stage.bare.done = [index < steps for index in range(9)]
    stage.bare.now(stage.bare.told)


async def test_the_tour_shows_the_step_the_world_is_at(stage: Stage) -> None:
    await stage.go("ana")
    tour = stage.page.get_by_role("region", name="Guided tour")
    await expect(tour).to_contain_text("1/9Ask for an invitation")

    await done(stage, 4)

    await expect(tour).to_contain_text("5/9Approve as Ben")
    await expect(tour.get_by_role("listitem")).to_have_count(9)
    await expect(tour.locator(".done")).to_have_count(4)
    await done(stage, 9)
    await expect(tour).to_contain_text("That was the whole story")


async def test_the_tour_is_left_and_joined_again_where_the_world_is(stage: Stage) -> None:
    await stage.go("ana")
    tour = stage.page.get_by_role("region", name="Guided tour")
    await stage.page.get_by_role("button", name="Leave the tour").click()
    await expect(tour).to_be_hidden()
    await expect(stage.page.get_by_role("button", name="Tour 1/9")).to_be_focused()

    await done(stage, 2)
    await stage.page.reload()
    await expect(tour).to_be_hidden()
    await stage.page.get_by_role("button", name="Tour 3/9").press("Enter")

    await expect(tour).to_contain_text("3/9Edit the mail")
    await expect(tour).to_be_focused()


async def test_the_tour_points_at_the_way_and_goes_there(stage: Stage) -> None:
    await stage.api(
        "chat.postMessage",
        channel=APPROVALS,
        text="card",
        blocks=[actions(button("review_invitation", "Review"))],
    )
    await stage.go("ana")
    pointed = stage.page.locator(".pointed")
    await expect(pointed).to_have_class(re.compile("composer"))

    await done(stage, 4)
    await expect(pointed).to_have_attribute("data-person", "ben")
    await stage.page.get_by_role("button", name="Show me").click()

    await expect(pointed).to_have_text("Review")
    await expect(pointed).to_be_focused()


async def test_show_me_types_the_first_command_and_leaves_enter_to_the_person(stage: Stage) -> None:
    await stage.go("ben")
    await stage.page.get_by_role("button", name="Show me").click()

    composer = stage.page.get_by_role("combobox", name="Message")
    await expect(composer).to_have_value("/invite-customer fabrikam.com")
    await expect(composer).to_be_focused()
    await expect(stage.page.locator("#people [aria-current]")).to_contain_text("Ana")
    assert stage.bot.received == []


async def test_what_is_to_be_read_is_done_when_the_reader_says_so(stage: Stage) -> None:
    await stage.go("ana")
    await done(stage, 6)
    tour = stage.page.get_by_role("region", name="Guided tour")
    await expect(tour).to_contain_text("7/9Read the card")

    await tour.get_by_role("button", name="Go on").click()

    await expect(tour).to_contain_text("8/9Accept as the customer")


async def test_the_tour_is_small_where_there_is_little_room(stage: Stage) -> None:
    await stage.page.set_viewport_size({"width": 360, "height": 740})
    await stage.go("ana")
    tour = stage.page.get_by_role("region", name="Guided tour")
    box = await tour.bounding_box()
    assert box is not None
    assert box["height"] <= SMALL_PX

    await tour.get_by_role("button", name="How", exact=True).click()
    await expect(tour.get_by_text("in any conversation and press Enter")).to_be_visible()
    await done(stage, 4)
    await expect(stage.page.locator(".pointed")).to_have_text("People")


async def test_every_story_can_be_started_by_its_address(stage: Stage) -> None:
    stage.bare.scenarios = tuple(SCENARIOS)
    for name in SCENARIOS:
        await stage.page.goto(f"{stage.url}/?scenario={name}&as=ben")
        await expect(stage.page.locator("#said")).to_contain_text("has been told")

        assert stage.bare.started[-1] == (name, "public", "en")
        await expect(stage.page).to_have_url(f"{stage.url}/?as=ben&lang=en")
        await expect(stage.page.locator("#people [aria-current]")).to_contain_text("Ben")


async def test_every_story_is_in_the_menu_with_a_link_to_share(stage: Stage) -> None:
    stage.bare.scenarios = tuple(SCENARIOS)
    await stage.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await stage.go("ben")
    await stage.page.get_by_role("button", name="Stories").click()
    menu = stage.page.get_by_role("dialog", name="Stories")
    await expect(menu.get_by_role("listitem")).to_have_count(len(SCENARIOS))

    await menu.get_by_role("button", name="Copy the link to “Access is taken away”").click()
    await expect(stage.page.locator("#said")).to_have_text("Copied")
    copied = await stage.page.evaluate("navigator.clipboard.readText()")
    await menu.get_by_role("button", name="Nobody answers").first.click()
    await expect(stage.page.locator("#said")).to_contain_text("has been told")

    assert copied == f"{stage.url}/?scenario=revokes&as=ben"
    assert stage.bare.started == [("expires-unanswered", "public", "en")]


async def test_a_story_nobody_knows_is_said_to_be_none(stage: Stage) -> None:
    await stage.page.goto(f"{stage.url}/?scenario=germany")

    await expect(stage.page.get_by_role("alert")).to_contain_text("There is no story called germany.")


async def test_a_story_that_breaks_is_said_to_have_broken(stage: Stage) -> None:
    stage.bare.breaks = "the form never opened"
    await stage.page.goto(f"{stage.url}/?scenario=accepts")

    await expect(stage.page.get_by_role("alert")).to_contain_text("the form never opened")


async def test_who_starts_over_forgets_what_was_typed_and_read(stage: Stage) -> None:
    await stage.api("chat.postMessage", channel="C0PARTNERS", text="news")
    await stage.go("ana")
    await stage.open_channel("partner-news")
    composer = stage.page.get_by_role("combobox", name="Message")
    await composer.fill("good morn")

    await stage.page.get_by_role("button", name="Start over").click()
    await expect(stage.page.locator("#said")).to_have_text("Everything is fresh.")
    await stage.open_channel("partner-news")

    await expect(composer).to_have_value("")
    assert stage.bare.started == [(None, "public", "en")]


async def test_the_partner_can_be_put_into_another_cloud(stage: Stage) -> None:
    await stage.go("customer")
    await expect(stage.page.locator(".portal")).to_have_attribute("data-cloud", "public")
    await stage.page.get_by_label("Organization").select_option("litware.example")
    await expect(stage.page.locator(".portal")).to_contain_text("China, operated by 21Vianet")

    await stage.page.get_by_role("button", name="Stories").click()
    await stage.page.get_by_label("Microsoft cloud of Contoso").select_option("us_gov")
    await stage.page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    await expect(stage.page.locator("#said")).to_have_text("Everything is fresh.")

    assert stage.bare.started == [(None, "us_gov", "en")]


async def test_the_language_is_chosen_on_the_page_and_people_follow(stage: Stage) -> None:
    await stage.go("ben")
    await stage.page.get_by_label("Language").select_option("zh_Hans")

    await expect(stage.page.get_by_role("heading", name="时钟")).to_be_visible()
    await expect(stage.page).to_have_url(f"{stage.url}/?as=ben&lang=zh_Hans")
    await expect(stage.page.locator("#clock")).to_contain_text("年")
    ben: User = stage.slack.workspace.users["U0BEN"]
    assert (ben.locale, stage.bare.told.language) == ("zh-CN", "zh_Hans")


async def test_light_or_dark_as_the_system_unless_somebody_chooses(stage: Stage) -> None:
    await stage.page.emulate_media(color_scheme="dark")
    await stage.go("ana")
    tone = "getComputedStyle(document.querySelector('main')).backgroundColor"
    dark = await stage.page.evaluate(tone)

    await stage.page.get_by_label("Appearance").select_option("light")
    light = await stage.page.evaluate(tone)
    await stage.page.reload()

    assert (dark, light) == ("rgb(27, 34, 37)", "rgb(255, 253, 249)")
    await expect(stage.page.get_by_label("Appearance")).to_have_value("light")
    assert await stage.page.evaluate(tone) == light


async def test_what_slack_refuses_to_show_is_a_notice_with_slacks_reason(stage: Stage) -> None:
    await stage.go("ana")
    await expect(stage.page.locator("#channels")).to_contain_text("approvals")
    await stage.api("chat.postMessage", channel=APPROVALS, text="x", blocks=[section("x" * 3001)])

    notice = stage.page.get_by_role("alert")
    await expect(notice).to_contain_text("Slack refused chat.postMessage")
    await expect(notice).to_contain_text("invalid_blocks")


async def test_a_signed_request_can_be_read_with_its_signature(stage: Stage) -> None:
    await stage.go("ana")
    await stage.page.get_by_role("combobox", name="Message").fill("/invite-customer fabrikam.com")
    await stage.page.keyboard.press("Enter")
    await stage.page.get_by_text("Traffic", exact=True).click()
    await stage.page.locator("#traffic").get_by_role("button", name="/invite-customer").click()

    shown = stage.page.get_by_role("dialog", name="/invite-customer")
    await expect(shown).to_contain_text("The signature holds")
    await expect(shown.get_by_role("region", name="Request")).to_contain_text("text=fabrikam.com")
    await expect(shown.get_by_role("region", name="Headers")).to_contain_text("X-Slack-Signature: v0=")


async def test_f6_goes_around_the_page(stage: Stage) -> None:
    await stage.go("ana")
    await expect(stage.page.locator("#channels")).to_contain_text("approvals")
    seen = []
    for _ in range(5):
        await stage.page.keyboard.press("F6")
        seen.append(await stage.page.evaluate("document.activeElement.closest('[data-region]').className"))

    assert sorted(seen) == ["middle", "side", "top", "tour", "world"]


async def test_a_modal_on_a_modal_says_what_is_beneath(stage: Stage) -> None:
    await stage.go("ana")
    await stage.api("views.open", trigger_id=stage.api.trigger(ANA), view=modal(text_input("domain")))
    trigger = stage.api.trigger(ANA, from_modal=True)
    await stage.api("views.push", trigger_id=trigger, view=modal(section("The mail")))

    dialog = stage.page.get_by_role("dialog")
    await expect(dialog.locator(".below")).to_have_text("Invite a customer")
    await dialog.get_by_role("button", name="Back").click()
    await expect(dialog.locator(".below")).to_have_count(0)
