"""
Slack without a public address: Socket Mode, watched over.

The SDK's own reconnection has been reported to stop after days (slackapi/bolt-python issue 417,
slackapi/python-slack-sdk issue 1110), so a connection that stays away is thrown away and made anew.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.web_client import LOOPBACK, quiet_logger

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timing:
    """Seconds. `patience` is how long a connection may be away before it is made anew."""

    connect: float = 30.0
    check: float = 5.0
    patience: float = 15.0
    first_pause: float = 1.0
    longest_pause: float = 60.0
    ping: float = 10.0


class SocketMode:
    """Keeps one connection open for as long as `run` runs; cancel it, or call `close`, to end."""

    def __init__(
        self,
        app: AsyncApp,
        *,
        app_token: str,
        client: AsyncWebClient,
        timing: Timing | None = None,
        on_connected: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """`client` knows where `apps.connections.open` is; `on_connected` hears of every change."""
        self._app = app
        self._app_token = app_token
        self._client = client
        self._timing = timing or Timing()
        self._on_connected = on_connected
        self._running: asyncio.Task[None] | None = None
        self._connected = False
        self.reconnects = 0
        """How often a connection was made anew."""

    @property
    def connected(self) -> bool:
        return self._connected

    def start(self) -> None:
        """Run in the background until `close`."""
        self._running = asyncio.create_task(self.run())

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def run(self) -> None:
        """Connect, watch, and connect anew, for ever."""
        pause = self._timing.first_pause
        while True:
            if await self._serve_once():
                pause = self._timing.first_pause
            logger.warning("Socket Mode is down; connecting again in %.0f s", pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._timing.longest_pause)
            self.reconnects += 1

    async def _serve_once(self) -> bool:
        """Serve over one connection until it is lost; return whether there was one."""
        handler = self._new_handler()
        try:
            async with asyncio.timeout(self._timing.connect):
                await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
            self._tell(connected=True)
            await self._watch(handler)
            return True
        except TimeoutError:
            return False
        finally:
            self._tell(connected=False)
            await _close(handler)

    def _new_handler(self) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(
            self._app,
            app_token=self._app_token,
            web_client=self._client,
            logger=quiet_logger(),
            ping_interval=self._timing.ping,
        )
        if urlsplit(self._client.base_url).hostname in LOOPBACK:
            handler.client.proxy = None
        return handler

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        """Return once the connection has been away for longer than patience allows."""
        loop = asyncio.get_running_loop()
        last_seen = loop.time()
        while loop.time() - last_seen <= self._timing.patience:
            if await handler.client.is_connected():
                last_seen = loop.time()
            await asyncio.sleep(self._timing.check)

    def _tell(self, *, connected: bool) -> None:
        if connected != self._connected:
            self._connected = connected
            self._on_connected(connected)
            logger.info("Socket Mode is %s", "up" if connected else "down")


async def _close(handler: AsyncSocketModeHandler) -> None:
    """Close the connection and wait for the tasks the SDK only cancels."""
    client = handler.client
    tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
    await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
