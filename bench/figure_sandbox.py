"""The sandbox before a newcomer's eyes: how soon one can do something, and how soon everything is fresh."""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from run_with import Effort
from table import Row, Samples, at_most

WHAT = ("`make demo` to the first useful screen", "start over, until everything is fresh")
OVERTURE = Path(sys.executable).with_name("overture")


async def measure(effort: Effort) -> list[Row]:
    """Return both, as seen in a browser that was open already."""
    screens: list[float] = []
    fresh: list[float] = []
    async with async_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("google-chrome")
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for _ in range(effort.rounds):
            began = time.perf_counter()
            async with _sandbox() as address, _window(browser) as page:
                await page.goto(address)
                await page.locator(".composer input").wait_for()
                await page.locator("#tour-text h2").wait_for()
                screens.append(time.perf_counter() - began)
                fresh.append(await _started_over(page))
        await browser.close()
    return [
        Row(WHAT[0], Samples(screens, "s", 2), "at most 3 s", at_most(3.0)),
        Row(WHAT[1], Samples(fresh, "s", 2), "at most 1 s", at_most(1.0)),
    ]


async def _started_over(page: Page) -> float:
    began = time.perf_counter()
    await page.locator("#start-over").click()
    await page.locator("#said").get_by_text("fresh").wait_for(state="attached")
    await page.locator(".composer input").wait_for()
    return time.perf_counter() - began


@asynccontextmanager
async def _sandbox() -> AsyncIterator[str]:
    """Start the sandbox as `make demo` does; yield the address it prints."""
    arguments = (str(OVERTURE), "sandbox", "--port", "0")
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    if process.stdout is None:
        raise RuntimeError("the sandbox says nothing")
    try:
        line = (await process.stdout.readline()).decode()
        yield line.split("sandbox: ")[1].split()[0]
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _window(browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page(locale="en-US")
    try:
        yield page
    finally:
        await page.close()
