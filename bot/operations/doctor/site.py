"""What the doctor looks at: the product's own parts, put together so that nothing is changed by looking."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from slack_sdk.web.async_client import AsyncWebClient

from bot.app.microsoft import Microsoft, connect_microsoft
from bot.app.secrets import known_keys, revealed
from bot.microsoft.discovery import Discovery, discover
from bot.microsoft.refresh_tokens import NAME, StoredRefreshToken
from bot.ports.clock import Clock, SystemClock
from bot.settings import Settings
from bot.slack.introduction import Introduction, introduction
from bot.slack.people import People
from bot.slack.web_client import new_client, new_session
from storage.crypto import Cipher
from storage.database import kind_of, sqlite_path
from storage.onlooker import Onlooker, applied_revision, onlooker
from storage.secrets import workspaces_with
from storage.store import WorkspaceStore

PEOPLE_PATIENCE_SECONDS = 5.0
"""Nobody waits for a modal here."""

T = TypeVar("T")


class Peer(StrEnum):
    """Whom a check asks, by the setting that says where it is."""

    DATABASE = "OVERTURE_DATABASE_URL"
    SLACK = "OVERTURE_SLACK_API_URL"
    ENTRA = "OVERTURE_AUTHORITY_URL"
    PARTNER_CENTER = "OVERTURE_PARTNER_CENTER_URL"
    GRAPH = "OVERTURE_GRAPH_URL"
    CERTIFICATES = "OVERTURE_WEBHOOK_CERTIFICATE_HOSTS"
    SMTP = "OVERTURE_SMTP_URL"


class Once(Generic[T]):
    """An answer that several checks look at and that is asked for once."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._asking: asyncio.Future[T] | None = None

    async def __call__(self) -> T:
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
            self._asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(self._asking)


class RefreshTokenLookedUp:
    """The newest refresh token, wherever it is kept; nothing is ever saved."""

    def __init__(self, database: "LookedInto", settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def load(self) -> str | None:
        given = revealed(self._settings.refresh_token)
        if await self._database.revision() is None:
            return given
        keys = known_keys(self._settings)
        for workspace_id in await workspaces_with(self._database.onlooker, NAME) if keys else ():
            store = WorkspaceStore(self._database.onlooker, workspace_id, Cipher(keys))
            newest = await StoredRefreshToken(store, given).load()
            if newest != given:
                return newest
        return given

    async def save(self, token: str) -> None:  # noqa: ARG002 - the port's signature
        raise PermissionError("the doctor keeps no refresh token")


class LookedInto:
    """The database. `file` is None on PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.kind = kind_of(url)
        self.file = Path(sqlite_path(url)) if self.kind == "sqlite" else None
        self.onlooker: Onlooker = onlooker(url)
        self.revision = Once(self._revision)
        """The last step that was applied; None for a database that the first start will prepare."""

    @property
    def is_absent(self) -> bool:
        return self.file is not None and not self.file.exists()

    async def _revision(self) -> str | None:
        return None if self.is_absent else await applied_revision(self.onlooker)


@dataclass(frozen=True)
class Site:
    """Everything there is to look at."""

    settings: Settings
    clock: Clock
    database: LookedInto
    slack: AsyncWebClient
    introduction: Once[Introduction]
    microsoft: Microsoft
    discovery: Once[Discovery]

    async def people(self) -> People:
        return People(
            self.slack,
            installation=(await self.introduction()).installation,
            clock=self.clock,
            patience_seconds=PEOPLE_PATIENCE_SECONDS,
        )

    def host(self, peer: Peer) -> str:
        """Return the host, for people to read; the file's name for a SQLite database."""
        where = self.microsoft.endpoints
        urls = {
            Peer.DATABASE: self.settings.database_url,
            Peer.SLACK: self.settings.slack_api_url,
            Peer.ENTRA: where.authority,
            Peer.PARTNER_CENTER: where.partner_center,
            Peer.GRAPH: where.graph,
            Peer.SMTP: revealed(self.settings.smtp_url) or "",
        }
        if peer is Peer.CERTIFICATES:
            return ", ".join(self.settings.webhook_certificate_hosts)
        parts = urlsplit(urls[peer])
        return parts.hostname or Path(parts.path).name


@asynccontextmanager
async def look_at(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Site]:
    """Yield everything; nothing is asked yet. Raises `ValueError` for settings no bot could be built from."""
    clock = clock or SystemClock()
    database = LookedInto(settings.database_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.onlooker.close)
        session = await stack.enter_async_context(new_session())
        token = settings.slack_bot_token.get_secret_value()
        slack = new_client(session, token=token, base_url=settings.slack_api_url)
        refresh_tokens = RefreshTokenLookedUp(database, settings)
        microsoft = connect_microsoft(settings, session, refresh_tokens, clock, renews=False)
        stack.callback(microsoft.tokens.close)
        yield Site(
            settings=settings,
            clock=clock,
            database=database,
            slack=slack,
            introduction=Once(lambda: introduction(slack, token)),
            microsoft=microsoft,
            discovery=Once(
                lambda: discover(microsoft.transport, microsoft.endpoints.authority, settings.tenant_id)
            ),
        )
