"""The whole bot between a Slack and a Microsoft, on both databases where a test asks for both."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from bot.sandbox.run import Sandbox, sandbox
from bot.sandbox.story import Story
from tests.scenario.browser import one_browser


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    """Everything running, on SQLite."""
    async with sandbox() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests that need one; they share its event loop."""
    async with one_browser() as started:
        yield started


@pytest.fixture
def story(box: Sandbox) -> Story:
    return Story(box)
