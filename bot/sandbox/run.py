"""
The bot, exactly as `serve` builds it, between a Slack, a Microsoft and a mailbox on this machine.

Nothing here reaches anything but loopback; everything is gone when it ends, unless a database is given.
"""

import asyncio
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp

from bot.app import App, build
from bot.microsoft.webhook_registration import register_webhook
from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_slack import FakeSlack, Manifest
from bot.settings import Settings
from bot.slack import names
from bot.web import server
from storage.blank import create_blank

LOOPBACK = "127.0.0.1"
ANA, BEN, CHRIS, DANA, EVA = "U0ANA", "U0BEN", "U0CHRIS", "U0DANA", "U0EVA"
TEAM_CHANNEL, APPROVALS_CHANNEL = "C0PARTNERS", "C0APPROVALS"

_MANIFEST = Manifest(
    commands=frozenset({"/invite-customer"}), shortcuts=frozenset({names.INVITE_CUSTOMER_SHORTCUT})
)
_LONGEST_JUMP = timedelta(days=10)
_SETTLE_SECONDS = 0.3


class Sandbox:
    """Everything that runs, for the page, the scenarios and the tests."""

    def __init__(
        self, clock: SandboxClock, slack: FakeSlack, microsoft: FakeMicrosoft, settings: Settings, port: int
    ) -> None:
        self.clock = clock
        self.slack = slack
        self.microsoft = microsoft
        self.settings = settings
        self.bot_url = f"http://{LOOPBACK}:{port}"
        self._port = port
        self._app: App | None = None
        self._running = AsyncExitStack()
        clock.on_move.append(self._wake)

    @property
    def app(self) -> App:
        """The bot. Raises `RuntimeError` while it is stopped."""
        if self._app is None:
            raise RuntimeError("the bot is not running")
        return self._app

    async def start(self) -> None:
        """Start the bot as `serve` builds it, at the same address each time."""
        async with AsyncExitStack() as starting:
            app = await starting.enter_async_context(build(self.settings, clock=self.clock))
            await starting.enter_async_context(served(app.web, bound_socket(self._port)))
            await starting.enter_async_context(app.working())
            self._app, self._running = app, starting.pop_all()

    async def stop(self) -> None:
        """Stop the bot; Slack, Microsoft and the database stay."""
        self._app = None
        await self._running.aclose()

    async def restart(self, **changes: Any) -> None:
        """Stop the bot and start it again; `changes` replace settings by name."""
        await self.stop()
        self.settings = self.settings.model_copy(update=changes)
        await self.start()

    async def move(self, by: timedelta) -> None:
        """Let time pass in steps, as it would: what falls due on the way happens on the way."""
        while by > timedelta():
            step = min(by, _LONGEST_JUMP)
            self.clock.move(step)
            by -= step
            await asyncio.sleep(_SETTLE_SECONDS)

    def _wake(self) -> None:
        if self._app is not None:
            self._app.loop.wake()


@asynccontextmanager
async def sandbox(
    *, database_url: str | None = None, webhooks: bool = True, cloud: str = "public", **overrides: Any
) -> AsyncIterator[Sandbox]:
    """Start everything, Microsoft in that cloud; `overrides` replace settings by name."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="overture-")))
        clock = SandboxClock()
        # A workspace of its own each time: a database that is given outlives this Slack and this Microsoft.
        team_id = f"T0{secrets.token_hex(5).upper()}"
        fake = FakeSlack.sample(clock, team_id=team_id, manifest=_MANIFEST)
        slack = await stack.enter_async_context(fake.serve())
        sample = FakeMicrosoft.sample(clock, cloud=cloud)
        microsoft = await stack.enter_async_context(sample.serve(directory=folder))
        database_url = await _database(database_url, folder)
        port = free_port()
        if not webhooks:
            overrides = {"webhook_url": None} | overrides
        settings = sandbox_settings(slack, microsoft, database_url, port, **overrides)
        box = Sandbox(clock, slack, microsoft, settings, port)
        await box.start()
        stack.push_async_callback(box.stop)
        slack.deliver_to(f"{box.bot_url}/slack/events")
        if webhooks:
            await register_webhook(box.app.microsoft.partner_center, url=settings.webhook_url or "")
        yield box


async def _database(given: str | None, folder: Path) -> str:
    """Return the URL of the given database, migrated, or of a blank one in the folder."""
    if given is None:
        create_blank(folder / "overture.db")
        return f"sqlite:///{folder / 'overture.db'}"
    # As large as the rest of the bot, and not needed for a blank one.
    from storage.migrations import migrate

    await migrate(given)
    return given


def sandbox_settings(
    slack: FakeSlack, microsoft: FakeMicrosoft, database_url: str, port: int, **overrides: Any
) -> Settings:
    """Return what points the bot at the sandbox's own Slack and Microsoft."""
    values: dict[str, Any] = {
        "database_url": database_url,
        "encryption_keys": (SecretStr("c2FuZGJveC1zYW5kYm94LXNhbmRib3gtc2FuZGJveCE="),),
        "slack_bot_token": SecretStr(slack.bot_token),
        "slack_signing_secret": SecretStr(slack.signing_secret),
        "slack_app_token": None,
        "slack_api_url": slack.api_url,
        "default_channel": TEAM_CHANNEL,
        "approvals_channel": APPROVALS_CHANNEL,
        "approvers": (BEN, CHRIS),
        "requesters": (),
        "administrators": (CHRIS,),
        "cloud": microsoft.world.cloud.name,
        "partner_tenant_id": microsoft.partner_tenant_id,
        "partner_name": "Contoso",
        "partner_country": microsoft.world.partner.tenant.country,
        "client_id": microsoft.client_id,
        "client_secret": SecretStr(microsoft.client_secret),
        "refresh_token": SecretStr(microsoft.refresh_token),
        "authority_url": microsoft.authority_url,
        "partner_center_url": microsoft.partner_center_url,
        "graph_url": microsoft.graph_url,
        "ca_file": microsoft.ca_path,
        "webhook_url": f"http://{LOOPBACK}:{port}/webhooks/partner-center",
        "webhook_trust_roots": microsoft.trust_roots_path,
        "webhook_certificate_hosts": (microsoft.certificate_host,),
        "mail": "graph",
        "mail_from": "partners@contoso.com",
    }
    return Settings(_env_file=None, **(values | overrides))


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with bound_socket() as door:
        return int(door.getsockname()[1])


def bound_socket(port: int = 0) -> socket.socket:
    """Return a listening socket on loopback, so that its port is known before anything answers there."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((LOOPBACK, port))
    door.listen(256)
    return door


class _Unsignalled(uvicorn.Server):
    """One server of several: a signal is meant for them all, and uvicorn's would each keep it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(app: ASGIApp, door: socket.socket) -> AsyncIterator[None]:
    """Serve an application on a socket while the block runs."""
    web = _Unsignalled(server(app, timeout_graceful_shutdown=2).config)
    serving = asyncio.create_task(web.serve(sockets=[door]))
    try:
        yield
    finally:
        web.should_exit = True
        await serving
