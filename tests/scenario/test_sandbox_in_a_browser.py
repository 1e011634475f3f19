"""The whole sandbox as a newcomer meets it: by mouse, by keyboard, in the dark, on a small screen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, expect

from bot.sandbox.languages import SLACK_LOCALES
from bot.sandbox.page import page_app
from bot.sandbox.scenarios import SCENARIOS
from bot.sandbox.stage import Stage
from bot.slack.words import Templates, Words
from tests.integration.page.served import served
from tests.scenario.browser import Window, opened

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

COMMAND = "/invite-customer fabrikam.com"
PLACEHOLDER = "{reseller_link}"
GRAVE = frozenset({"serious", "critical"})
MOST_TABS = 80
STORY_MILLISECONDS = 60_000
"""How long a story may take that plays by itself."""

STICKS_OUT = """() => {
    const scrolls = (node) => node.closest(".table, pre, select, input, textarea, .hidden, .sprite");
    const isOut = (node) => node.getBoundingClientRect().right > innerWidth + 1;
    return [...document.querySelectorAll("body *")]
        .filter((node) => node.checkVisibility() && !scrolls(node) && isOut(node))
        .map((node) => node.outerHTML.slice(0, 120));
}"""


@dataclass(frozen=True)
class House:
    """One sandbox for every test here; each starts over in a window of its own."""

    browser: Browser
    stage: Stage
    url: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(browser: Browser) -> AsyncIterator[House]:
    async with Stage() as stage, served(page_app(stage)) as url:
        yield House(browser, stage, url)


@pytest_asyncio.fixture(loop_scope="session")
async def window(house: House) -> AsyncIterator[Window]:
    await house.stage.start_over(language="en")
    async with opened(house.browser, house.url) as ready:
        # What is on its way in is paler than what is there.
        await ready.page.emulate_media(reduced_motion="reduce")
        yield ready


async def test_the_story_by_mouse_along_the_tour(window: Window) -> None:
    page, tour = window.page, window.page.locator("#tour-text")
    show_me = page.get_by_role("button", name="Show me")
    modal, submit = page.locator("#modal"), page.locator("#modal button[type=submit]")
    await window.go("ben")

    await show_me.click()
    await page.locator(".composer").get_by_role("button", name="Send").click()
    await expect(tour).to_contain_text("Say what for")
    await fill_details(modal)
    await submit.click()
    await expect(tour).to_contain_text("Edit the mail")
    text = modal.get_by_label("Text", exact=True)
    whole = await text.input_value()
    await text.fill(whole.replace(PLACEHOLDER, ""))
    await submit.click()
    await expect(modal.locator(".error")).to_contain_text("The text has lost {reseller_link}")
    await expect(tour).to_contain_text("See who decides")
    await text.fill(whole)
    await expect(modal).to_contain_text("Who is asked: @Ben Andrews")
    await submit.click()
    await expect(tour).to_contain_text("Approve as Ben")
    await show_me.click()
    await page.locator("[data-action=review_invitation]").click()
    await submit.click()
    await expect(tour).to_contain_text("Read the card")
    await show_me.click()
    await expect(page.locator(".message.card").first).to_contain_text("Sent")
    await page.get_by_role("button", name="Go on").click()

    await show_me.click()
    await page.locator(".mailbox [data-mail]").click()
    await page.locator(".letter .link").first.click()
    await page.get_by_role("button", name="Accept", exact=True).click()
    await expect(tour.locator(".halves .done")).to_have_count(1)
    await page.locator(".letter .link").nth(1).click()
    await page.get_by_role("button", name="Approve", exact=True).click()
    await expect(tour.locator(".halves .done")).to_have_count(2)
    await page.get_by_role("button", name="Sign the agreement").click()
    await expect(tour.locator(".halves .done")).to_have_count(3)
    await page.get_by_role("button", name="Give the roles").click()
    await expect(tour).to_contain_text("Take it back")
    await page.get_by_role("button", name="In 30 days").click()
    await page.get_by_role("button", name="Remove roles").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove roles").click()
    await expect(tour).to_contain_text("That was the whole story")
    await page.locator("[data-person=ana]").click()
    await page.locator("[data-place=partner-news]").click()
    await expect(page.locator("#messages")).to_contain_text("the customer removed it")
    await expect(page.locator("[data-action=ask_again]").last).to_be_visible()


async def test_the_story_by_keyboard_alone(window: Window) -> None:
    page = window.page
    await window.go("ana")
    keys = Keys(page)

    await keys.reach(page.get_by_role("combobox", name="Message"))
    await page.keyboard.type("/inv")
    await page.keyboard.press("Tab")
    await page.keyboard.type("fabrikam.com")
    await page.keyboard.press("Enter")
    modal = page.locator("#modal")
    await expect(modal.get_by_label("Customer", exact=True)).to_have_value("Fabrikam")
    await keys.write(modal.get_by_label("Who gets the mail"), "Adele Vance")
    await keys.write(modal.get_by_label("Mail address"), "adele@fabrikam.com")
    await keys.write(modal.get_by_label("Why we invite them"), "They signed our offer")
    await keys.press(modal.get_by_role("button", name="Next"))
    await expect(modal).to_contain_text("Who is asked")
    await keys.press(modal.get_by_role("button", name="Ask for approval"))
    await expect(modal).to_be_hidden()

    await keys.press(page.locator("[data-person=ben]"), back=True)
    await keys.press(page.locator("[data-place=approvals]"))
    await keys.press(page.get_by_role("button", name="Review"))
    await keys.press(modal.get_by_role("button", name="Approve"))
    await expect(page.locator("#mails")).to_contain_text("Contoso asks to be your Microsoft reseller")
    await keys.press(page.locator("[data-person=customer]"), back=True)
    await keys.press(page.locator(".mailbox [data-mail]"))
    await keys.press(page.locator(".letter .link").first)
    await keys.press(page.get_by_role("button", name="Accept", exact=True))

    await expect(page.get_by_role("main")).to_contain_text("Contoso is your reseller now.")
    await expect(page.locator("#customers")).to_contain_text("Fabrikam")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_grave_wherever_one_comes(window: Window, scheme: str) -> None:
    page = window.page
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await window.go("ana")
    await expect(page.locator("#tour")).to_be_visible()
    assert await grave(page) == []

    await page.locator("#troubles-panel summary").click()
    await page.locator("#traffic-panel summary").click()
    await page.locator("#traffic button").first.click()
    assert await grave(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Stories").click()
    assert await grave(page) == []
    await page.keyboard.press("Escape")

    await page.get_by_role("combobox", name="Message").fill(COMMAND)
    await page.keyboard.press("Enter")
    await page.locator("#modal[data-view=invite_customer] button[type=submit]").click()
    await expect(page.locator("#modal .error").first).to_be_visible()
    assert await grave(page) == []
    await page.keyboard.press("Escape")
    await page.locator("[data-place=home]").click()
    await expect(page.locator("#home")).to_contain_text("Alpine Ski House")
    assert await grave(page) == []
    await page.locator("[data-person=customer]").click()
    await page.get_by_label("Organization").select_option("proseware.com")
    assert await grave(page) == []


async def test_nothing_is_cut_off_at_360_pixels(house: House, window: Window) -> None:
    page = window.page
    await page.set_viewport_size({"width": 360, "height": 740})
    await house.stage.start_over("changes-requested")
    await window.go("ana")
    panes = page.locator(".panes")
    await expect(page.locator("#messages .message").first).to_be_visible()
    assert await too_wide(page) == []

    for name in ("People", "Around it"):
        await panes.get_by_role("button", name=name).click()
        assert await too_wide(page) == []
    await page.locator("#mails button").first.click()
    await expect(page.locator(".letter")).to_be_visible()
    assert await too_wide(page) == []
    await panes.get_by_role("button", name="People").click()
    await page.locator("[data-person=ana]").click()
    await panes.get_by_role("button", name="People").click()
    await page.locator("[data-shortcut]").click()
    await expect(page.locator("#modal")).to_be_visible()
    assert await too_wide(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("button", name="Stories").click()
    assert await too_wide(page) == []


async def test_a_story_by_its_address_is_told_before_ones_eyes(house: House, window: Window) -> None:
    page = window.page
    await page.goto(f"{house.url}/?scenario=rejected-by-approver&as=ana")
    await expect(page.locator("#telling")).to_contain_text("A colleague says no")

    await expect(page.locator("#said")).to_contain_text("has been told")
    await expect(page.locator("#telling")).to_be_empty()
    await expect(page.locator("#tour")).to_be_hidden()
    await expect(page.locator("#messages")).to_contain_text("We do not sell to them")


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_every_story_can_be_watched(window: Window, scenario: str) -> None:
    page = window.page
    await page.goto(f"{window.url}/?scenario={scenario}&as=ben")

    await expect(page.locator("#said")).to_contain_text("has been told", timeout=STORY_MILLISECONDS)
    await expect(page.locator("#telling")).to_be_empty()
    await page.locator("[data-place=approvals]").click()
    await expect(page.locator("#messages .card").first).to_contain_text("Invitation: ")
    assert await too_wide(page) == []


@pytest.mark.parametrize("language", SLACK_LOCALES)
async def test_the_story_is_played_in_chinese_from_the_command_to_the_mail(
    window: Window, language: str
) -> None:
    words = Templates().words(language)
    page, modal = window.page, window.page.locator("#modal")
    await page.goto(f"{window.url}/?as=ana&lang={language}")
    await expect(page.locator(".empty, #messages").first).to_contain_text("Ana")

    await page.locator(".composer [role=combobox]").fill(COMMAND)
    await page.keyboard.press("Enter")
    await expect(modal).to_contain_text(words.plain("invite_customer/title"))
    await expect(field(modal, words, "customer_name")).to_have_value("Fabrikam")
    await field(modal, words, "contact_name").fill("林美玲")
    await field(modal, words, "contact_email").fill("meiling@fabrikam.com")
    await field(modal, words, "reason").fill("他们已接受报价")
    assert await too_wide(page) == []
    await modal.locator("button[type=submit]").click()
    await expect(modal).to_contain_text(words.plain("invite_customer/draft_title"))
    assert await too_wide(page) == []
    await modal.locator("button[type=submit]").click()
    await expect(modal).to_be_hidden()
    await page.locator("[data-person=ben]").click()
    await page.locator("[data-place=approvals]").click()
    await page.locator("[data-action=review_invitation]").click()
    await expect(modal).to_contain_text("林美玲")
    assert await too_wide(page) == []
    await modal.locator("button[type=submit]").click()

    await expect(page.locator("#mails")).to_contain_text("Contoso")
    await expect(page.locator(".message.card").first).to_contain_text(words.plain("labels/show_mail"))


async def test_start_over_leaves_nothing_of_what_was(house: House, window: Window) -> None:
    await house.stage.start_over("declines")
    page = window.page
    await window.go("ana")
    await page.get_by_role("button", name="Tomorrow").click()
    await expect(page.locator("#ahead")).to_have_text("1 day ahead")
    await expect(page.locator("#mails")).to_contain_text("Contoso asks to be your Microsoft reseller")

    await page.get_by_role("button", name="Start over").click()

    await expect(page.locator("#said")).to_have_text("Everything is fresh.")
    await expect(page.locator("#mails")).to_have_text("No mail yet.")
    await expect(page.locator("#ahead")).to_be_empty()
    await expect(page.locator("#messages .message")).to_have_count(0)
    await expect(page.locator("#tour")).to_contain_text("1/9")


class Keys:
    """A person without a mouse."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def reach(self, wanted: Locator, *, back: bool = False) -> None:
        """Press Tab, or Shift+Tab, until something has the focus. Fails when it is nowhere on the way."""
        await wanted.wait_for()
        for _ in range(MOST_TABS):
            if await wanted.evaluate("node => node === document.activeElement"):
                return
            await self._page.keyboard.press("Shift+Tab" if back else "Tab")
        pytest.fail(f"Tab never reaches {wanted}")

    async def press(self, wanted: Locator, *, back: bool = False) -> None:
        await self.reach(wanted, back=back)
        await self._page.keyboard.press("Enter")

    async def write(self, wanted: Locator, text: str) -> None:
        await self.reach(wanted)
        await self._page.keyboard.type(text)


def field(modal: Locator, words: Words, name: str) -> Locator:
    return modal.get_by_label(words.plain(f"fields/{name}/label"), exact=True)


async def fill_details(modal: Locator) -> None:
    await modal.get_by_label("Who gets the mail").fill("Adele Vance")
    await modal.get_by_label("Mail address").fill("adele@fabrikam.com")
    await modal.get_by_label("Include delegated admin access").check()
    await modal.get_by_label("Roles").select_option(index=1)
    await modal.get_by_label("Why we invite them").fill("They signed our offer")


async def grave(page: Page) -> list[str]:
    """Return what axe-core finds that keeps people out, with the element."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


async def too_wide(page: Page) -> list[str]:
    """Return what sticks out of the window, or of what holds it where that does not scroll sideways."""
    found: list[str] = await page.evaluate(STICKS_OUT)
    return found
