"""A Slack, a Microsoft and a database that are all right, for a doctor to look at and for tests to break."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.microsoft.webhook_registration import RELATIONSHIP_EVENTS
from bot.operations.doctor import examine
from bot.operations.doctor.examination import Patience
from bot.operations.doctor.findings import CheckName, Finding
from bot.operations.doctor.reading_settings import read_settings
from bot.operations.doctor.report import as_json
from bot.operations.doctor.site import look_at
from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_microsoft.delivery import Registration
from bot.sandbox.fake_slack import FakeSlack
from bot.slack.words import Templates
from storage.migrations import migrate
from tests.scenario.overture_process import Ended, run_overture, settings_of

WORDS = Templates().words()
PORT = 3000
ADDRESS = f"http://127.0.0.1:{PORT}/webhooks/partner-center"

Row = Mapping[str, Any]


@dataclass
class Surroundings:
    """`env` is the whole environment of the doctor; it is read when the doctor comes."""

    slack: FakeSlack
    microsoft: FakeMicrosoft
    clock: SandboxClock
    folder: Path
    env: dict[str, str]
    stack: AsyncExitStack
    """For whatever a test starts beside them."""
    patience: Patience = field(default_factory=Patience)

    @property
    def database(self) -> Path:
        return Path(self.env["OVERTURE_DATABASE_URL"].removeprefix("sqlite:///"))

    def set(self, **settings: str) -> None:
        """Set variables, named without their prefix; "" takes one away."""
        self.env |= {f"OVERTURE_{name}": value for name, value in settings.items()}

    async def found(self, monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
        """Return what the doctor finds."""
        monkeypatch.chdir(self.folder)  # away from whatever `.env` is here
        for name, value in self.env.items():
            monkeypatch.setenv(name, value)
        settings = read_settings()
        if isinstance(settings, Finding):
            return [settings]
        async with look_at(settings, self.clock) as site:
            return await examine(site, WORDS, patience=self.patience)

    async def as_process(self, *arguments: str, **environment: str) -> Ended:
        """Let the doctor come as a process of its own."""
        env = {name: value for name, value in self.env.items() if value}
        return await run_overture("doctor", *arguments, cwd=self.folder, env=env | environment)

    async def silent_port(self) -> int:
        """Return a port where somebody takes connections and never says a word."""
        silent = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
        self.stack.callback(silent.close)
        port: int = silent.sockets[0].getsockname()[1]
        return port

    def secrets(self) -> list[str]:
        return [
            self.slack.bot_token,
            self.slack.app_token,
            self.slack.signing_secret,
            self.microsoft.client_secret,
            self.microsoft.refresh_token,
        ]


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(1024):
        pass
    writer.close()


def rows(findings: list[Finding]) -> dict[CheckName, Row]:
    """Return the findings as machines read them, by check."""
    return {CheckName(row["check"]): row for row in orjson.loads(as_json(findings, WORDS))}


def kinds(findings: list[Finding]) -> dict[CheckName, list[str]]:
    """Return what each check found wrong, without those that found nothing."""
    found = {finding.check: [str(problem.kind) for problem in finding.problems] for finding in findings}
    return {check: those for check, those in found.items() if those}


def listing(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder with what is in it."""
    return {name: (folder / name).read_bytes() for name in sorted(os.listdir(folder))}


@asynccontextmanager
async def surroundings(folder: Path) -> AsyncIterator[Surroundings]:
    async with AsyncExitStack() as stack:
        clock = SandboxClock()
        slack = await stack.enter_async_context(FakeSlack.sample(clock).serve())
        microsoft = await stack.enter_async_context(FakeMicrosoft.sample(clock).serve())
        microsoft.deliveries.registration = Registration(
            ADDRESS, tuple(RELATIONSHIP_EVENTS), False, clock.now()
        )
        url = f"sqlite:///{folder / 'overture.db'}"
        await migrate(url)
        settings = settings_of(slack, microsoft, url, PORT)
        here = Surroundings(slack, microsoft, clock, folder, {}, stack)
        here.set(**settings)
        yield here
