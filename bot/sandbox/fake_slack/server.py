"""A Slack on loopback: start it, hand its address and tokens to the app, and be anyone in it."""

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from bot.sandbox.fake_slack.delivery import Courier
from bot.sandbox.fake_slack.endpoints import Endpoints
from bot.sandbox.fake_slack.events import Events
from bot.sandbox.fake_slack.faults import Faults
from bot.sandbox.fake_slack.feed import Feed, Seen
from bot.sandbox.fake_slack.identifiers import Clock
from bot.sandbox.fake_slack.manifest import Manifest
from bot.sandbox.fake_slack.people import Line, Person
from bot.sandbox.fake_slack.socket_mode import SocketMode
from bot.sandbox.fake_slack.state import Workspace
from bot.sandbox.fake_slack.traffic import Delivery, Traffic
from bot.sandbox.fake_slack.world import TEAM, contoso

DEADLINE_SECONDS = 3.0
RETRY_DELAYS_SECONDS = (0.0, 60.0, 300.0)
LOOPBACK = "127.0.0.1"


class FakeSlack:
    """
    A Slack that keeps Slack's rules, over real HTTP and WebSockets.

    Times in Slack (timestamps, 3 s triggers, 30 min response URLs, signatures) follow the injected clock;
    waiting for the app (`deadline_seconds`) and between event retries is real time.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        manifest: Manifest | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
        event_retry_delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS,
    ) -> None:
        self.workspace = workspace
        self.manifest = manifest or Manifest()
        self.faults = Faults()
        self.traffic = Traffic()
        self.signing_secret = secrets.token_hex(16)
        self.bot_token = workspace.add_token("bot", self.manifest.scopes)
        self.app_token = workspace.add_token("app", frozenset({"connections:write"}))
        self._courier = Courier(workspace, self.traffic, self.signing_secret, deadline_seconds)
        self.events = Events(workspace, self._courier, self.manifest.events, event_retry_delays_seconds)
        self.api_url = ""

    @classmethod
    def sample(
        cls,
        clock: Clock,
        *,
        team_id: str = TEAM,
        manifest: Manifest | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
        event_retry_delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS,
    ) -> "FakeSlack":
        """Return Contoso's Slack, see `world`."""
        return cls(
            contoso(clock, team_id),
            manifest=manifest,
            deadline_seconds=deadline_seconds,
            event_retry_delays_seconds=event_retry_delays_seconds,
        )

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator["FakeSlack"]:
        """Listen on loopback until the block ends; port 0 takes a free one."""
        endpoints = Endpoints(self.workspace, self.faults, self.traffic, self._courier.sockets)
        runner = web.AppRunner(endpoints.application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, port).start()
            base = "http://{}:{}".format(*runner.addresses[0][:2])
            self.api_url, self._courier.hooks_url = f"{base}/api/", f"{base}/hooks/"
            async with aiohttp.ClientSession() as self._courier.session:
                yield self
        finally:
            await self.events.stop()
            await self._courier.sockets.disconnect("link_disabled")
            await runner.cleanup()

    @property
    def feed(self) -> Feed:
        """Everything anyone could see, in order."""
        return self.workspace.feed

    @property
    def sockets(self) -> SocketMode:
        """The app's Socket Mode connections."""
        return self._courier.sockets

    @property
    def deadline_seconds(self) -> float:
        """How long, in real time, Slack waits for the app."""
        return self._courier.deadline_seconds

    @deadline_seconds.setter
    def deadline_seconds(self, seconds: float) -> None:
        self._courier.deadline_seconds = seconds

    def deliver_to(self, request_url: str) -> None:
        """Set the one address for commands, interactions and events."""
        self._courier.request_url = request_url

    def person(self, user_id: str) -> Person:
        """Return the client of one person."""
        return Person(Line(self.workspace, self.manifest, self._courier, self.events), user_id)

    async def wait_for(
        self,
        wanted: Callable[[Seen], bool],
        *,
        timeout: float = 5.0,  # noqa: ASYNC109 - the message must list what was seen instead
        since: int = 0,
    ) -> Seen:
        """Return the first wanted entry of the feed from position `since` on. Raises TimeoutError."""
        return await self.feed.wait_for(wanted, timeout=timeout, since=since)

    async def replay(self, delivery: Delivery, *, fresh_signature: bool = True) -> Delivery:
        """Deliver something a second time, newly signed or byte for byte."""
        return await self._courier.replay(delivery, fresh_signature=fresh_signature)

    async def verify_url(self) -> bool:
        """Send `url_verification`; return whether the app gave the challenge back."""
        challenge = secrets.token_hex(16)
        payload = {"token": "deprecated", "challenge": challenge, "type": "url_verification"}
        delivery = await self._courier.deliver("url_verification", payload)
        return delivery.status == 200 and challenge in delivery.answer

    async def ssl_check(self) -> Delivery:
        """Send the `ssl_check` form Slack sends to the address of a distributed app."""
        return await self._courier.deliver("ssl_check", {"ssl_check": "1", "token": "deprecated"})

    def revoke_bot_token(self, code: str = "token_revoked") -> None:
        """From now on every call with the bot token fails with this code."""
        self.workspace.tokens[self.bot_token].refused_with = code

    async def uninstall(self) -> list[Delivery | None]:
        """Remove the app: its token stops working, and both events go out, in no promised order."""
        self.revoke_bot_token("account_inactive")
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.workspace.bot_user_id]}}
        return [await self.events.send(revoked), await self.events.send({"type": "app_uninstalled"})]
