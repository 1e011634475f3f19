"""The page as people use it, in a real browser."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from bot.sandbox.fake_slack.chat import keep
from tests.integration.fake_slack.tools import actions, answering, button, modal, plain, section, text_input
from tests.integration.page.test_outside import reseller_link
from tests.scenario.browser import Stage, Window, on_stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ANA, NEWS = "U0ANA", "C0PARTNERS"
MOST_CONNECTIONS = 6
"""How many a browser opens to one host, for all its tabs together."""

TURN = """hidden => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
Json = dict[str, Any]


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    async with on_stage(browser) as ready:
        yield ready


async def test_a_command_opens_a_form_that_keeps_what_is_typed(stage: Stage) -> None:
    async def open_loading(payload: Json) -> web.StreamResponse:
        await stage.api(
            "views.open",
            trigger_id=payload["trigger_id"],
            view=modal(section("Loading"), submit=plain("Wait")),
        )
        return web.Response()

    stage.bot.answer = open_loading
    await stage.go("ana")
    await stage.open_channel("partner-news")
    composer = stage.page.get_by_role("combobox", name="Message")
    await composer.press_sequentially("/inv")
    await composer.press("Tab")
    await composer.press_sequentially("fabrikam.com")
    await composer.press("Enter")
    await expect(stage.page.get_by_role("dialog")).to_contain_text("Loading")
    assert stage.bot.last["text"] == "fabrikam.com"

    view = stage.slack.person(ANA).view
    assert view
    form = modal(text_input("domain"), text_input("reason", "Reason"))
    await stage.api("views.update", view_id=view.id, view=form)
    await stage.page.get_by_label("Reason").fill("They asked us")
    await stage.api("views.update", view_id=view.id, view=modal(section("*Found*"), *form["blocks"]))

    await expect(stage.page.get_by_role("dialog").locator("b")).to_have_text("Found")
    await expect(stage.page.get_by_label("Reason")).to_have_value("They asked us")


async def test_a_wrong_field_says_so_beside_it_and_loses_nothing(stage: Stage) -> None:
    await stage.go("ana")
    trigger = stage.api.trigger(ANA)
    await stage.api(
        "views.open", trigger_id=trigger, view=modal(text_input("domain"), text_input("why", "Reason"))
    )
    stage.bot.answer = answering({"response_action": "errors", "errors": {"why": "Say a little more."}})
    await stage.page.get_by_label("Domain").fill("fabrikam.com")
    await stage.page.get_by_label("Reason").fill("x")

    await stage.page.get_by_role("button", name="Next").click()

    await expect(stage.page.get_by_label("Reason")).to_be_focused()
    await expect(stage.page.get_by_label("Reason")).to_have_accessible_description("Say a little more.")
    await expect(stage.page.get_by_label("Domain")).to_have_value("fabrikam.com")


async def test_modals_stack_and_close_from_the_keyboard(stage: Stage) -> None:
    await stage.go("ana")
    await stage.api("views.open", trigger_id=stage.api.trigger(ANA), view=modal(text_input("domain")))
    above = modal(section("The mail"), title=plain("Second step"))
    await stage.api("views.push", trigger_id=stage.api.trigger(ANA, from_modal=True), view=above)
    dialog = stage.page.get_by_role("dialog")
    await expect(dialog.get_by_role("heading")).to_have_text("Second step")

    await stage.page.keyboard.press("Escape")
    await expect(dialog.get_by_role("heading")).to_have_text("Invite a customer")
    await stage.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert stage.slack.person(ANA).views == []


async def test_a_card_changes_in_place_and_its_button_asks_first(stage: Stage) -> None:
    dialog = {
        "title": plain("Withdraw?"),
        "text": plain("It ends."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    card = [section("Waiting"), actions(button("withdraw", "Withdraw", value="i1", confirm=dialog))]
    posted = await stage.api("chat.postMessage", channel=NEWS, text="card", blocks=card)
    await stage.go("ben")
    await stage.open_channel("partner-news")

    await stage.page.get_by_role("button", name="Withdraw").click()
    async with stage.page.expect_response("**/api/slack"):
        await stage.page.get_by_role("button", name="No", exact=True).click()
    await stage.page.get_by_role("button", name="Withdraw").click()
    async with stage.page.expect_response("**/api/slack"):
        await stage.page.get_by_role("button", name="Yes", exact=True).click()
    await stage.api("chat.update", channel=NEWS, ts=posted["ts"], text="card", blocks=[section("Withdrawn")])

    await expect(stage.page.locator(".message")).to_contain_text("Withdrawn")
    await expect(stage.page.locator(".message")).to_have_count(1)
    pressed = [received.payload["actions"][0]["value"] for received in stage.bot.received]
    assert pressed == ["i1"]


async def test_markup_is_slacks_and_never_the_browsers(stage: Stage) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    marked = "*bold* _it_ ~no~ `a*b` <@U0BEN> <!date^0^{date_num}|then> &lt;b&gt; <https://x.example|here> https://y.example"
    blocks = [
        {"type": "section", "text": plain(hostile)},
        {"type": "section", "text": {"type": "mrkdwn", "text": marked, "verbatim": True}},
    ]
    await stage.api("chat.postMessage", channel=NEWS, text="x", blocks=blocks)
    await stage.go("ana")
    await stage.open_channel("partner-news")
    message = stage.page.locator(".message-body")

    await expect(message).to_contain_text(hostile)
    await expect(message).to_contain_text("bold it no a*b @Ben Andrews 01/01/1970 <b> here https://y.example")
    assert await message.locator("script, img, a[href]").count() == 0
    assert await message.locator("b, i, s, code").all_inner_texts() == ["Overture", "bold", "it", "no", "a*b"]
    assert await message.locator(".link").all_inner_texts() == ["here"]


async def test_a_block_of_the_future_is_shown_as_unknown(stage: Stage) -> None:
    posted = await stage.api("chat.postMessage", channel=NEWS, text="x", blocks=[section("known")])
    message = stage.slack.workspace.messages[NEWS, posted["ts"]]
    future = {"type": "hologram", "block_id": "h"}
    keep(stage.slack.workspace, replace(message, blocks=(*message.blocks, future)))
    await stage.go("ana")
    await stage.open_channel("partner-news")

    await expect(stage.page.locator(".unknown")).to_have_text("unknown block: hologram")


async def test_a_failure_of_the_app_is_a_notice(stage: Stage) -> None:
    stage.bot.answer = answering("broken", status=500)
    await stage.api("chat.postMessage", channel=NEWS, text="x", blocks=[actions(button("go", "Go"))])
    await stage.go("ana")
    await stage.open_channel("partner-news")
    await stage.page.get_by_role("button", name="Go", exact=True).click()

    await expect(stage.page.get_by_role("alert")).to_contain_text(
        "We had some trouble connecting. Try again?"
    )


async def test_the_customer_follows_the_link_in_the_mail_and_accepts(stage: Stage) -> None:
    link = reseller_link(stage.microsoft)
    await stage.go("ana")
    await stage.page.get_by_role("button", name="Write a mail").click()
    await stage.page.get_by_label("To", exact=True).fill("admin@fabrikam.com")
    await stage.page.get_by_label("Subject").fill("Your invitation")
    await stage.page.get_by_label("Text", exact=True).fill(f"Please open {link} soon")
    await stage.page.get_by_role("dialog").get_by_role("button", name="Send").click()
    await stage.page.get_by_role("button", name="Customer's admin").click()
    await stage.page.get_by_role("main").get_by_role("button", name="Your invitation").click()

    await stage.page.get_by_role("link", name=link).press("Enter")
    await stage.page.get_by_label("Signed in as").select_option("user")
    await stage.page.get_by_role("button", name="Accept", exact=True).click()
    await expect(stage.page.get_by_role("main").get_by_role("alert")).to_contain_text("may not do this")
    await stage.page.get_by_label("Signed in as").select_option("global_administrator")
    await stage.page.get_by_role("button", name="Accept", exact=True).click()

    await expect(stage.page.get_by_role("main")).to_contain_text("Contoso is your reseller now.")
    await expect(stage.page.locator("#customers")).to_contain_text("Fabrikam")


async def turn_away(page: Page) -> None:
    """Let the page believe that another tab is in front of it; without a screen, every tab is in sight."""
    await page.evaluate(TURN, True)


async def turn_back(page: Page) -> None:
    await page.evaluate(TURN, False)


async def test_a_page_that_comes_back_into_sight_shows_what_it_missed(stage: Stage) -> None:
    await stage.go("ana")
    await stage.open_channel("partner-news")
    await turn_away(stage.page)
    await stage.api("chat.postMessage", channel=NEWS, text="Fabrikam accepted")

    await turn_back(stage.page)

    await expect(stage.page.locator("#messages")).to_contain_text("Fabrikam accepted")


async def test_a_page_opens_beside_as_many_out_of_sight_as_a_browser_has_connections(
    browser: Browser, stage: Stage
) -> None:
    async with await browser.new_context() as tabs:
        for _ in range(MOST_CONNECTIONS):
            other = Window(await tabs.new_page(), stage.url, [])
            await other.go("ben")
            await turn_away(other.page)
        page = await tabs.new_page()

        await Window(page, stage.url, []).go("ana")

        await expect(page.get_by_role("combobox", name="Message")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_is_cut_off_in_a_narrow_window(stage: Stage, scheme: Any) -> None:
    await stage.page.emulate_media(color_scheme=scheme)
    await stage.page.set_viewport_size({"width": 360, "height": 740})
    await stage.go("ana")
    await stage.page.get_by_role("button", name="People").click()
    await stage.open_channel("partner-news")
    width = "document.documentElement.scrollWidth"
    assert await stage.page.evaluate(width) == 360

    await stage.page.get_by_role("button", name="Around it").click()
    await expect(stage.page.get_by_role("heading", name="Partner Center")).to_be_visible()
    assert await stage.page.evaluate(width) == 360
