"""`overture` as a process of its own, between a Slack and a Microsoft that live in the test."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from bot.microsoft.webhook_registration import RELATIONSHIP_EVENTS
from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_microsoft.delivery import Registration
from bot.sandbox.fake_slack import FakeSlack, Manifest
from bot.sandbox.fake_slack.manifest import BOT_SCOPES
from bot.sandbox.run import (
    APPROVALS_CHANNEL,
    BEN,
    CHRIS,
    TEAM_CHANNEL,
    Sandbox,
    bound_socket,
    sandbox_settings,
)

OVERTURE = Path(sys.executable).with_name("overture")
HISTORY = frozenset({"channels:history", "groups:history", "im:history"})
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str


async def run_overture(*arguments: str, cwd: Path, env: Mapping[str, str]) -> Ended:
    """Run a command to its end, with these variables and no others of ours."""
    process = await asyncio.create_subprocess_exec(
        OVERTURE,
        *arguments,
        cwd=cwd,
        env=environment(env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise
    return Ended(process.returncode or 0, out.decode(), err.decode())


@dataclass
class Bot:
    """`overture serve`, which may be killed, stopped and started again."""

    cwd: Path
    env: Mapping[str, str]
    port: int
    program: Sequence[str | Path] = (OVERTURE, "serve")
    log: Path = field(init=False)
    process: asyncio.subprocess.Process | None = None

    def __post_init__(self) -> None:
        self.log = self.cwd / f"overture-{self.port}.log"

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        await self.launch()
        await self.ready()

    async def launch(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.program, cwd=self.cwd, env=environment(self.env), stdout=log, stderr=log
            )

    async def ready(self) -> None:
        """Wait until it can do its work. Raises `AssertionError` if it ended instead."""
        async with asyncio.timeout(_PATIENCE_SECONDS), aiohttp.ClientSession() as session:
            while not await self._is_ready(session):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """End it as a power failure would."""
        await self._signalled(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to end; return its exit status."""
        return await self._signalled(signal.SIGTERM)

    async def _signalled(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        if self.process.returncode is None:
            self.process.send_signal(number)
        status = await self.process.wait()
        self.process = None
        return status

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        if self.process is None or self.process.returncode is not None:
            raise AssertionError(self.log.read_text())
        try:
            async with session.get(f"http://127.0.0.1:{self.port}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


@dataclass(frozen=True)
class World:
    """What is around the bot. `box` holds it for `Story`; there is no bot in it."""

    box: Sandbox
    bot: Bot


@asynccontextmanager
async def world(database_url: str, **settings: str) -> AsyncIterator[World]:
    """Serve a Slack and a Microsoft; `settings` are variables without their prefix, "" to leave one out."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        clock = SandboxClock()
        manifest = Manifest(scopes=BOT_SCOPES | HISTORY)
        slack = await stack.enter_async_context(FakeSlack.sample(clock, manifest=manifest).serve())
        microsoft = await stack.enter_async_context(FakeMicrosoft.sample(clock).serve(directory=folder))
        port = lasting_port()
        address = f"http://127.0.0.1:{port}"
        slack.deliver_to(f"{address}/slack/events")
        microsoft.deliveries.registration = Registration(
            f"{address}/webhooks/partner-center", tuple(RELATIONSHIP_EVENTS), False, clock.now()
        )
        values = settings_of(slack, microsoft, database_url, port) | settings
        env = {f"OVERTURE_{name}": value for name, value in values.items() if value}
        bot = Bot(folder, env, port)
        stack.push_async_callback(bot.kill)
        configured = sandbox_settings(slack, microsoft, database_url, port)
        yield World(Sandbox(clock, slack, microsoft, configured, port), bot)


def lasting_port() -> int:
    """Return a free port that no outgoing connection is given while nobody listens on it."""
    for port in random.SystemRandom().sample(range(20_000, 30_000), 100):
        with suppress(OSError), bound_socket(port):
            return port
    raise RuntimeError("no port is free")


def settings_of(slack: FakeSlack, microsoft: FakeMicrosoft, database_url: str, port: int) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "LISTEN": f"127.0.0.1:{port}",
        "ENCRYPTION_KEYS": "c2FuZGJveC1zYW5kYm94LXNhbmRib3gtc2FuZGJveCE=",
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "DEFAULT_CHANNEL": TEAM_CHANNEL,
        "APPROVALS_CHANNEL": APPROVALS_CHANNEL,
        "APPROVERS": f"{BEN}, {CHRIS}",
        "PARTNER_TENANT_ID": microsoft.partner_tenant_id,
        "PARTNER_COUNTRY": "US",
        "CLIENT_ID": microsoft.client_id,
        "CLIENT_SECRET": microsoft.client_secret,
        "REFRESH_TOKEN": microsoft.refresh_token,
        "AUTHORITY_URL": microsoft.authority_url,
        "PARTNER_CENTER_URL": microsoft.partner_center_url,
        "GRAPH_URL": microsoft.graph_url,
        "CA_FILE": str(microsoft.ca_path),
        "WEBHOOK_URL": f"http://127.0.0.1:{port}/webhooks/partner-center",
        "WEBHOOK_TRUST_ROOTS": str(microsoft.trust_roots_path),
        "WEBHOOK_CERTIFICATE_HOSTS": microsoft.certificate_host,
        "MAIL_FROM": "partners@contoso.com",
    }


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process of ours: with these variables and no others of ours."""
    foreign = ("OVERTURE_", "SLACK_", "COV_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | dict(ours)
