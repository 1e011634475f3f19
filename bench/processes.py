"""The servers that are measured, each a process of its own: ours as `overture serve`, and the floors."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.run import free_port
from fast_slack import FastSlack
from storage.migrations import migrate
from tests.scenario.overture_process import Bot, world

HERE = Path(__file__).parent
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Ours:
    """The bot between a Slack that answers at once and the sandbox's Microsoft."""

    bot: Bot
    slack: FastSlack
    microsoft: FakeMicrosoft
    signing_secret: str
    database_url: str

    @property
    def port(self) -> int:
        return self.bot.port

    @property
    def pid(self) -> int:
        assert self.bot.process is not None
        return self.bot.process.pid


@asynccontextmanager
async def around_ours(**settings: str) -> AsyncIterator[Ours]:
    """Yield everything, with a migrated database, and the bot not started yet."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/overture.db"
        await migrate(url)
        async with FastSlack().serve() as slack, world(url, SLACK_API_URL=slack.url, **settings) as here:
            secret = here.box.slack.signing_secret
            yield Ours(here.bot, slack, here.box.microsoft, secret, url)


@asynccontextmanager
async def ours(**settings: str) -> AsyncIterator[Ours]:
    """Yield the running bot, its first comparison with Microsoft behind it."""
    async with around_ours(**settings) as here:
        await here.bot.start()
        await asyncio.sleep(1.0)
        yield here


@asynccontextmanager
async def floor(script: str, *arguments: str) -> AsyncIterator[int]:
    """Run a script of this folder, whose first argument is a port; yield the port once it answers there."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, HERE / script, str(port), *arguments)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await _listens(port):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)
        yield port
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def resident_mib(pid: int) -> float:
    """Return how much memory a process holds now."""
    return _status_mib(pid, "VmRSS")


def high_water_mib(pid: int) -> float:
    """Return how much memory a process held at most; 0 once it has ended."""
    return _status_mib(pid, "VmHWM")


def _status_mib(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0
