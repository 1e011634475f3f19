import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
from starlette.applications import Starlette

from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_slack import FakeSlack
from bot.sandbox.page.live import Live
from tests.integration.fake_slack.tools import Api
from tests.integration.page.served import Script
from tests.integration.page.stage import BareStage
from tests.integration.page.test_outside import DOMAIN, waiting_relationship


class Changes:
    """The page's side of the stream."""

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content = content

    async def next(self) -> set[str] | None:
        """Return what the next event names, None at the end of the stream."""
        async with asyncio.timeout(10):
            async for line in self._content:
                if line.startswith(b"data: "):
                    return set(line.decode().removeprefix("data: ").split())
        return None

    async def until(self, name: str) -> None:
        while name not in (await self.next() or pytest.fail(f"no change of {name}")):
            pass


@asynccontextmanager
async def listening(script: Script) -> AsyncIterator[Changes]:
    async with script.session.get(f"{script.url}/events") as response:
        assert response.content_type == "text/event-stream"
        changes = Changes(response.content)
        assert await changes.next() == {"slack", "world", "clock"}
        yield changes


async def test_a_message_is_told_at_once(script: Script, api: Api) -> None:
    async with listening(script) as changes:
        await api("chat.postMessage", channel="C0PARTNERS", text="news")

        assert await changes.next() == {"slack"}


async def test_what_slack_refuses_is_told_although_nothing_is_seen(script: Script, api: Api) -> None:
    async with listening(script) as changes:
        await api("chat.postMessage", channel="C0PARTNERS", text="")

        assert await changes.next() == {"slack"}


async def test_what_microsoft_does_by_itself_is_told(script: Script, microsoft: FakeMicrosoft) -> None:
    relationship = microsoft.gdap.get(await waiting_relationship(microsoft))
    microsoft.gdap.approve(relationship, microsoft.customer(DOMAIN).tenant)
    async with listening(script) as changes:
        microsoft.gdap.advance()

        assert await changes.next() == {"world"}


async def test_a_visit_to_the_portal_is_told(script: Script) -> None:
    async with listening(script) as changes:
        await script.act("/api/microsoft", act="sign_agreement", domain=DOMAIN)

        assert await changes.next() == {"world"}


async def test_a_moved_clock_is_told(script: Script, clock: SandboxClock) -> None:
    async with listening(script) as changes:
        clock.move(timedelta(days=1))

        await changes.until("clock")


async def test_a_switch_is_told_to_other_pages(script: Script) -> None:
    async with listening(script) as changes:
        await script.act("/api/troubles", slack="slow")

        assert await changes.next() == {"world"}


async def test_who_starts_over_is_told_everything_and_hears_of_what_is_new(
    script: Script, stage: BareStage, clock: SandboxClock
) -> None:
    async with listening(script) as changes:
        await script.act("/api/start")
        assert await changes.next() == {"slack", "world", "clock"}

        async with FakeSlack.sample(clock).serve() as fresh:
            stage.slack = fresh
            await script.act("/api/start")
            await changes.next()
            fresh.person("U0ANA").post("C0PARTNERS", "good morning")

            await changes.until("slack")


async def test_closing_ends_every_stream(script: Script, app: Starlette) -> None:
    async with listening(script) as one, listening(script) as other:
        app.state.live.close()

        assert (await one.next(), await other.next()) == (None, None)


async def test_a_page_that_went_away_is_forgotten(stage: BareStage) -> None:
    live = Live(stage)
    stream = live.changes()
    await anext(stream)
    assert live.open_pages == 1

    await stream.aclose()
    assert live.open_pages == 0
