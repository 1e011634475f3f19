from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from starlette.applications import Starlette

from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_slack import FakeSlack
from bot.sandbox.page import page_app
from tests.integration.fake_slack.tools import Api, TinyApp
from tests.integration.page.served import Script, served


class Moves:
    """A way to let time pass that remembers each step."""

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self.steps: list[timedelta] = []

    async def __call__(self, by: timedelta) -> None:
        self.steps.append(by)
        self.clock.move(by)


class Restarts:
    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock()


@pytest.fixture
def moves(clock: SandboxClock) -> Moves:
    return Moves(clock)


@pytest.fixture
def restarts() -> Restarts:
    return Restarts()


@pytest.fixture
async def slack(clock: SandboxClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack.sample(clock, event_retry_delays_seconds=(0, 0, 0)).serve() as running:
        yield running


@pytest.fixture
async def microsoft(clock: SandboxClock) -> AsyncIterator[FakeMicrosoft]:
    async with FakeMicrosoft.sample(clock).serve(tick_seconds=None) as running:
        yield running


@pytest.fixture
def app(
    slack: FakeSlack, microsoft: FakeMicrosoft, clock: SandboxClock, moves: Moves, restarts: Restarts
) -> Starlette:
    return page_app(slack, microsoft, clock, restart=restarts, move=moves, settle_seconds=0)


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
