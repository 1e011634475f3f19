from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.sandbox.fake_microsoft import FakeMicrosoft
from tests.integration.fake_microsoft.client import Client


class MovableClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def microsoft(clock: MovableClock) -> AsyncIterator[FakeMicrosoft]:
    fake = FakeMicrosoft.sample(clock)
    fake.behaviour.webhook_retry_seconds = 0.001
    async with fake.serve(tick_seconds=None) as served:
        yield served


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as opened:
        yield opened


@pytest.fixture
def client(microsoft: FakeMicrosoft, session: aiohttp.ClientSession) -> Client:
    return Client(microsoft, session)
