"""
The pictures of README and docs: the story as people see it, taken with a browser from the sandbox's own page.

`python -m tests.scenario.pictures docs/images` writes them. Look at each one before it is kept.
Chinese needs a font for it, such as Debian's `fonts-noto-cjk`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Locator, expect

from bot.sandbox.page import page_app
from bot.sandbox.stage import Stage
from tests.integration.page.served import served
from tests.scenario.browser import Window, one_browser, opened

WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 360, "height": 740}
COMMAND = "/invite-customer fabrikam.com"
SENT_BACK, ENDED = "changes-requested", "revokes"


@dataclass(frozen=True)
class Album:
    """Takes pictures of one window into a folder."""

    window: Window
    folder: Path

    async def take(self, name: str) -> None:
        # The pointer would light up whatever it was left on.
        await self.window.page.mouse.move(0, 0)
        await self.window.page.screenshot(
            path=self.folder / f"{name}.png", animations="disabled", caret="hide"
        )

    @property
    def modal(self) -> Locator:
        return self.window.page.locator("#modal")

    async def submit(self) -> None:
        await self.modal.locator("button[type=submit]").click()

    async def be(self, name: str, place: str = "") -> None:
        await self.window.page.locator(f"[data-person={name}]").click()
        if place:
            await self.window.page.locator(f"[data-place={place}]").click()


async def main(folder: Path) -> None:
    async with Stage() as stage, served(page_app(stage)) as url, one_browser() as browser:
        async with album(browser, url, folder) as pictures:
            await the_story(pictures)
        await stage.start_over(SENT_BACK)
        async with album(browser, url, folder, color_scheme="dark") as pictures:
            await pictures.window.go("ana")
            await pictures.be("ana", "approvals")
            await expect(pictures.window.page.locator("#messages .message").first).to_be_visible()
            await pictures.take("dark")
        async with album(browser, url, folder, viewport=NARROW) as pictures:
            await pictures.window.go("ana")
            await expect(pictures.window.page.locator("#messages .message").first).to_be_visible()
            await pictures.take("narrow")
        for language in ("zh_Hans", "zh_Hant"):
            await stage.start_over(ENDED, language=language)
            async with album(browser, url, folder) as pictures:
                await pictures.window.page.goto(f"{url}/?as=ana&lang={language}")
                await pictures.be("ana", "partner-news")
                await expect(pictures.window.page.locator("[data-action=ask_again]").last).to_be_visible()
                await pictures.take(f"lost-{language}")


@asynccontextmanager
async def album(browser: Browser, url: str, folder: Path, **options: object) -> AsyncIterator[Album]:
    async with opened(browser, url, **{"viewport": WIDE, "reduced_motion": "reduce"} | options) as window:
        yield Album(window, folder)


async def the_story(album: Album) -> None:
    """Play the nine steps, and take a picture of each."""
    await album.window.go("ana")
    await asks(album)
    await decides(album)
    await accepts(album)
    await takes_it_back(album)


async def asks(album: Album) -> None:
    page, modal = album.window.page, album.modal
    await page.get_by_role("combobox", name="Message").fill(COMMAND)
    await album.take("1-command")
    await page.keyboard.press("Enter")
    await expect(modal.get_by_label("Customer", exact=True)).to_have_value("Fabrikam")
    await modal.get_by_label("Who gets the mail").fill("Adele Vance")
    await modal.get_by_label("Mail address").fill("adele@fabrikam.com")
    await modal.get_by_label("Include delegated admin access").check()
    await modal.get_by_label("Roles").select_option(index=1)
    await modal.get_by_label("Why we invite them").fill("They signed our offer of November")
    await album.take("2-details")
    await album.submit()
    text = modal.get_by_label("Text", exact=True)
    whole = await text.input_value()
    await text.fill(whole.replace("{reseller_link}", ""))
    await album.submit()
    await expect(modal.locator(".error")).to_be_visible()
    await modal.locator(".error").scroll_into_view_if_needed()
    await album.take("3-placeholder")
    await text.fill(whole)
    await modal.get_by_text("Who is asked").scroll_into_view_if_needed()
    await album.take("4-who-is-asked")
    await album.submit()
    await expect(modal).to_be_hidden()


async def decides(album: Album) -> None:
    page = album.window.page
    await album.be("ben", "approvals")
    await page.locator("[data-action=review_invitation]").click()
    await expect(album.modal).to_contain_text("adele@fabrikam.com")
    await album.take("5-review")
    await album.submit()
    await album.be("ana", "partner-news")
    await expect(page.locator(".message.card").first).to_contain_text("Sent")
    await album.take("6-card")
    await page.locator("[data-place=home]").click()
    await expect(page.locator("#home")).to_contain_text("Fabrikam")
    await album.take("7-home")


async def accepts(album: Album) -> None:
    page = album.window.page
    await album.be("customer")
    await page.locator(".mailbox [data-mail]").click()
    await album.take("8-mail")
    await page.locator(".letter .link").first.click()
    await page.get_by_role("button", name="Accept", exact=True).click()
    await page.locator(".letter .link").nth(1).click()
    await expect(page.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    await album.take("8-portal")
    await page.get_by_role("button", name="Approve", exact=True).click()
    await page.get_by_role("button", name="Sign the agreement").click()
    await page.get_by_role("button", name="Give the roles").click()
    await album.be("ana", "partner-news")
    card = page.locator(".message.card").first
    await expect(card).to_contain_text("Accepted")
    await card.evaluate("node => node.scrollIntoView()")
    await album.take("8-accepted")


async def takes_it_back(album: Album) -> None:
    page = album.window.page
    await page.get_by_role("button", name="In 30 days").click()
    await expect(page.locator("#ahead")).to_have_text("30 days ahead")
    await album.be("customer")
    await page.get_by_role("button", name="Remove roles").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove roles").click()
    await album.be("ana", "partner-news")
    await expect(page.locator("[data-action=ask_again]").last).to_be_visible()
    await album.take("9-lost")


if __name__ == "__main__":
    into = Path(sys.argv[1])
    into.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(into))
