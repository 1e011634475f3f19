"""Those who take their time keep nobody else waiting, and are not waited for."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bot.web import MOST_HEAD_BYTES, REQUEST_SECONDS
from tests.attacks.commands import a_command
from tests.attacks.wire import Wire
from tests.scenario.overture_process import World, world

SLOW = 1_100
"""More than the usual number of open files, so that the bot has to ask for more."""
ACKNOWLEDGEMENTS = 100
SLACK_WAITS_SECONDS = 3.0
USUAL_OPEN_FILES = 1_024

BEGINNINGS = (
    b"",
    b"P",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Sla",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf",
    b"POST /webhooks/partner-center HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf",
    b"POST /webhooks/partner-center HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf",
)


class Dawdlers:
    """Senders who send a beginning, and then a byte now and then until the server has had enough."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.connected: set[asyncio.WriteTransport] = set()
        self.all_gone = asyncio.Event()

    async def come(self, count: int) -> None:
        loop = asyncio.get_running_loop()
        for number in range(count):
            beginning = BEGINNINGS[number % len(BEGINNINGS)]
            await loop.create_connection(partial(Dawdler, self, beginning), "127.0.0.1", self._port)

    async def dawdle(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            for transport in list(self.connected):
                transport.write(b"a")


class Dawdler(asyncio.Protocol):
    def __init__(self, others: Dawdlers, beginning: bytes) -> None:
        self._others = others
        self._beginning = beginning
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        transport.write(self._beginning)
        self._others.connected.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        assert self._transport is not None
        self._others.connected.discard(self._transport)
        if not self._others.connected:
            self._others.all_gone.set()


async def seconds_to_acknowledge(here: World, number: int) -> float:
    began = time.monotonic()
    async with Wire(here.bot.port) as wire:
        answer = await wire.send(a_command(here, number))
    assert answer.status == 200, answer
    return time.monotonic() - began


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    """The bot, started by somebody whose shell allows the usual number of open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, USUAL_OPEN_FILES), hard))
    try:
        async with world(f"sqlite:///{tmp_path / 'overture.db'}") as around:
            await around.bot.start()
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            yield around
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_thousand_slow_senders_leave_acknowledgements_in_time_and_are_cut_off(here: World) -> None:
    dawdlers = Dawdlers(here.bot.port)
    await dawdlers.come(SLOW)
    dawdling = asyncio.create_task(dawdlers.dawdle())
    there = len(dawdlers.connected)

    waited = [await seconds_to_acknowledge(here, number) for number in range(ACKNOWLEDGEMENTS)]
    still_there = len(dawdlers.connected)
    async with asyncio.timeout(2 * REQUEST_SECONDS):
        await dawdlers.all_gone.wait()
    dawdling.cancel()

    slowest = max(waited)
    print(f"{there} slow senders, {still_there} after all; the slowest acknowledgement took {slowest:.3f} s")
    assert there == SLOW
    assert still_there > SLOW / 2
    assert slowest < SLACK_WAITS_SECONDS
    assert await seconds_to_acknowledge(here, 0) < SLACK_WAITS_SECONDS


async def test_a_head_without_end_is_not_kept(here: World) -> None:
    line = b"X-More: " + b"a" * 1000 + b"\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", here.bot.port)
    sent = 0
    try:
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\n")
        while sent < 200 * MOST_HEAD_BYTES and not reader.at_eof():
            writer.write(line)
            await writer.drain()
            sent += len(line)
    except ConnectionError:
        pass
    finally:
        writer.transport.abort()

    assert sent < 100 * MOST_HEAD_BYTES
