"""A browser in front of the page, with the whole bot or a small app behind it, and nothing but loopback."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_slack import FakeSlack
from bot.sandbox.page import page_app
from tests.integration.fake_slack.tools import Api, TinyApp
from tests.integration.page.served import served
from tests.integration.page.stage import BareStage

# The bot says one thing a second in a channel, and a machine may be busy with something else.
expect.set_options(timeout=20_000)
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")


@dataclass
class Window:
    """The page in a window of its own. `problems` are errors and requests that should not be."""

    page: Page
    url: str
    problems: list[str]

    async def go(self, who: str, more: str = "") -> None:
        await self.page.goto(f"{self.url}/?as={who}{more}")
        await expect(self.page.locator("#connection")).to_have_text("Live")

    async def open_channel(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()


@dataclass
class Stage(Window):
    """Everything a scene needs where a small app takes the bot's place."""

    bare: BareStage
    slack: FakeSlack
    microsoft: FakeMicrosoft
    api: Api
    bot: TinyApp


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if os.environ.get("OVERTURE_TEST_REQUIRE_ALL") == "1":
        pytest.fail("no Chromium on this machine")
    pytest.skip("no Chromium on this machine")


@asynccontextmanager
async def one_browser() -> AsyncIterator[Browser]:
    """Start a browser; what each test does in it is a window of its own."""
    executable = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=QUIET)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def on_stage(browser: Browser, **served_with: Any) -> AsyncIterator[Stage]:
    """Raise the curtain in a fresh window; afterwards there must be no problems."""
    clock = SandboxClock()
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(FakeSlack.sample(clock).serve())
        microsoft = await stack.enter_async_context(FakeMicrosoft.sample(clock).serve())
        bot = await stack.enter_async_context(TinyApp().serve())
        slack.deliver_to(bot.url)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        bare = BareStage(slack, microsoft, clock)
        url = await stack.enter_async_context(served(page_app(bare, **served_with)))
        window = await stack.enter_async_context(opened(browser, url))
        yield Stage(window.page, url, window.problems, bare, slack, microsoft, Api(slack, session), bot)


@asynccontextmanager
async def opened(browser: Browser, url: str, **options: Any) -> AsyncIterator[Window]:
    """
    Open a window on a page that is served; afterwards there must be no problems.

    `options` are Playwright's for a new context, such as `viewport` and `color_scheme`.
    """
    page = await browser.new_page(**options)
    problems = watched(page, url)
    try:
        yield Window(page, url, problems)
    finally:
        await page.close()
    assert problems == []


def is_problem(line: ConsoleMessage) -> bool:
    """Browsers log every refusal of the API as an error; those are shown to the person and meant."""
    return line.type == "error" and "status of 409" not in line.text


def watched(page: Page, url: str) -> list[str]:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if is_problem(line) else None)
    page.on("request", lambda request: None if request.url.startswith(url) else problems.append(request.url))
    return problems
