from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.fake_slack import FakeSlack, Manifest
from tests.integration.fake_slack.tools import Api, Clock, TinyApp

MANIFEST = Manifest(
    message_shortcuts=frozenset({"about_customer"}),
    scopes=Manifest().scopes | {"channels:history"},
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[FakeSlack]:
    sample = FakeSlack.sample(clock, manifest=MANIFEST, event_retry_delays_seconds=(0, 0, 0))
    async with sample.serve(port=0) as running:
        yield running


@pytest.fixture
async def api(slack: FakeSlack) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(slack, session)


@pytest.fixture
async def app(slack: FakeSlack) -> AsyncIterator[TinyApp]:
    async with TinyApp().serve() as running:
        slack.deliver_to(running.url)
        yield running
