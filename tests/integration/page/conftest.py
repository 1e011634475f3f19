from collections.abc import AsyncIterator

import aiohttp
import pytest
from starlette.applications import Starlette

from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_slack import FakeSlack
from bot.sandbox.page import page_app
from tests.integration.fake_slack.tools import Api, TinyApp
from tests.integration.page.served import Script, served
from tests.integration.page.stage import BareStage


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock()


@pytest.fixture
async def slack(clock: SandboxClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack.sample(clock, event_retry_delays_seconds=(0, 0, 0)).serve() as running:
        yield running


@pytest.fixture
async def microsoft(clock: SandboxClock) -> AsyncIterator[FakeMicrosoft]:
    async with FakeMicrosoft.sample(clock).serve(tick_seconds=None) as running:
        yield running


@pytest.fixture
def stage(slack: FakeSlack, microsoft: FakeMicrosoft, clock: SandboxClock) -> BareStage:
    return BareStage(slack, microsoft, clock)


@pytest.fixture
def app(stage: BareStage) -> Starlette:
    return page_app(stage)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def script(app: Starlette, session: aiohttp.ClientSession) -> AsyncIterator[Script]:
    async with served(app) as url:
        yield Script(session, url)


@pytest.fixture
async def bot(slack: FakeSlack) -> AsyncIterator[TinyApp]:
    async with TinyApp().serve() as running:
        slack.deliver_to(running.url)
        yield running


@pytest.fixture
def api(slack: FakeSlack, session: aiohttp.ClientSession) -> Api:
    return Api(slack, session)
