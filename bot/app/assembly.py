"""Every part, put together once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette

from bot.app.foundation import Foundation, Slack
from bot.app.identity import identified
from bot.app.microsoft import (
    connect_microsoft,
    webhook_verifier,
)
from bot.app.secrets import encryption_keys, revealed
from bot.app.workers import build_workers
from bot.domain.partner import Partner
from bot.metrics import Metrics
from bot.microsoft.portals import customer_links
from bot.microsoft.refresh_tokens import StoredRefreshToken
from bot.microsoft.transport import tls_context
from bot.ports.clock import Clock, SystemClock
from bot.services.changes import Changes, Channels
from bot.services.decisions import Decisions
from bot.services.drafts import Drafts
from bot.services.invitations import Invitations
from bot.services.prospects import Prospects
from bot.services.relationships import Relationships
from bot.settings import Mail, Settings
from bot.slack.bolt import build_bolt
from bot.slack.gate import SlackGate
from bot.slack.installation import Installation
from bot.slack.members import SlackMembers
from bot.slack.messenger import SlackMessenger
from bot.slack.people import People
from bot.slack.routing import Routes
from bot.slack.socket_mode import SocketMode
from bot.slack.web_client import new_client, new_session
from bot.slack.words import Templates
from bot.web import web_app
from bot.workers.loop import Loop
from bot.workers.timers import Timers
from handlers import register
from handlers.errors import Errors
from handlers.partner_center_webhook import PartnerCenterWebhook
from handlers.parts import Parts
from storage.crypto import Cipher
from storage.database import open_database
from storage.store import WorkspaceStore

_log = structlog.get_logger(__name__)

_DRAIN_SECONDS = 5.0


class App:
    """The running bot: its doors and its workers."""

    def __init__(
        self,
        *,
        web: Starlette,
        routes: Routes,
        loop: Loop,
        timers: Timers,
        socket_mode: SocketMode | None,
        foundation: Foundation,
    ) -> None:
        self.web = web
        self.routes = routes
        self.loop = loop
        self.timers = timers
        self.socket_mode = socket_mode
        self.store = foundation.store
        self.microsoft = foundation.microsoft

    @asynccontextmanager
    async def working(
        self, *, alone: bool = False, on_crash: Callable[[], None] = lambda: None
    ) -> AsyncIterator[None]:
        """
        Let the workers run inside; on leaving, what has begun ends and nothing new begins.

        `alone` says that no other process works on this database: what one before us began is taken up at
        once. `on_crash` hears if the workers end by a mistake of ours: who only answers Slack does not do its
        work.
        """
        if alone:
            await self.store.commit(self.store.work.releasing())
        await self.timers.start()
        running = asyncio.create_task(self.loop.run())
        running.add_done_callback(partial(_report_crash, on_crash))
        if self.socket_mode is not None:
            self.socket_mode.start()
        try:
            yield
        finally:
            if self.socket_mode is not None:
                await self.socket_mode.close()
            self.loop.stop()
            await asyncio.gather(
                self.routes.drain(_DRAIN_SECONDS), asyncio.wait({running}, timeout=_DRAIN_SECONDS)
            )
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def _report_crash(on_crash: Callable[[], None], workers: asyncio.Task[None]) -> None:
    if not workers.cancelled() and (error := workers.exception()):
        _log.critical("workers_crashed", exc_info=error)
        on_crash()


@asynccontextmanager
async def build(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[App]:
    """
    Yield the bot that `settings` describe, on a database that is migrated already.

    Raises `Temporary` or `Permanent` where Slack does not say who we are and never said so before.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        database = open_database(settings.database_url)
        await database.start()
        stack.push_async_callback(database.close)
        session = await stack.enter_async_context(new_session())
        token = settings.slack_bot_token.get_secret_value()
        client = new_client(session, token=token, base_url=settings.slack_api_url)
        installation, team_name = await identified(client, database, token)
        store = WorkspaceStore(
            database, installation.workspace_id, Cipher(encryption_keys(settings)), clock=clock
        )
        refresh_tokens = StoredRefreshToken(store, revealed(settings.refresh_token))
        microsoft = connect_microsoft(settings, session, refresh_tokens, clock)
        stack.callback(microsoft.tokens.close)
        foundation = Foundation(
            settings=settings,
            clock=clock,
            store=store,
            slack=_slack(client, installation, clock),
            microsoft=microsoft,
            templates=Templates(),
            tls=tls_context(settings.ca_file),
            partner=_partner(settings, team_name),
        )
        yield _assembled(foundation)


def _assembled(on: Foundation) -> App:
    slack, settings = on.slack, on.settings
    members = SlackMembers(slack.people, settings.policy)
    team, approvals = settings.channels
    changes = Changes(on.store, on.clock, Channels(team, approvals))
    relationships = Relationships(
        changes=changes, members=members, policy=settings.policy, cloud=settings.cloud
    )
    routes = Routes(
        installation=slack.installation,
        client=slack.client,
        on_error=lambda error, interaction: errors(error, interaction),
    )
    parts = _parts(on, changes, members, relationships, routes)
    errors = Errors(parts)
    register(routes, parts, errors)
    bolt = build_bolt(slack.client, slack.installation)
    routes.attach(bolt)
    workers, timers = build_workers(on, changes, relationships, parts)
    loop = Loop(on.store, on.clock, [*workers, timers])
    on.store.on_commit = loop.wake
    return App(
        web=_web(on, bolt, timers),
        routes=routes,
        loop=loop,
        timers=timers,
        socket_mode=_socket_mode(on, bolt),
        foundation=on,
    )


def _parts(
    on: Foundation,
    changes: Changes,
    members: SlackMembers,
    relationships: Relationships,
    routes: Routes,
) -> Parts:
    policy = on.settings.policy
    prospects = Prospects(on.store, on.microsoft.tenants, on.partner)
    return Parts(
        clock=on.clock,
        store=on.store,
        invitations=Invitations(
            changes=changes, members=members, policy=policy, partner=on.partner, prospects=prospects
        ),
        decisions=Decisions(changes=changes, members=members, policy=policy),
        relationships=relationships,
        prospects=prospects,
        drafts=Drafts(on.store, on.clock),
        people=on.slack.people,
        messenger=on.slack.messenger,
        partner=on.partner,
        policy=policy,
        members=members,
        can_send=on.settings.mail_by is not Mail.MANUAL,
        customer_links=customer_links,
        words_in=on.templates.words,
        channel_words=on.templates.words(on.settings.channel_language),
        mail_words_in=on.templates.mail_words,
        background=routes.background,
    )


def _slack(client: AsyncWebClient, installation: Installation, clock: Clock) -> Slack:
    return Slack(
        client=client,
        installation=installation,
        people=People(client, installation=installation, clock=clock),
        messenger=SlackMessenger(client, installation=installation),
    )


def _partner(settings: Settings, team_name: str) -> Partner:
    return Partner(
        name=settings.partner_name or team_name,
        tenant_id=settings.tenant_id,
        country=settings.partner_country,
        cloud=settings.cloud,
        indirect_provider=settings.provider_id,
    )


def _web(on: Foundation, bolt: AsyncApp, timers: Timers) -> Starlette:
    settings = on.settings
    webhook = PartnerCenterWebhook(
        verifier=webhook_verifier(settings, on.clock, on.tls), store=on.store, clock=on.clock
    )
    signing = settings.slack_signing_secrets
    gate = SlackGate(bolt.async_dispatch, signing_secrets=signing, clock=on.clock) if signing else None
    metrics = Metrics(on.store, on.clock, behind=timers.reconciliation.behind)
    return web_app(webhook=webhook.receive, gate=gate, store=on.store, metrics=metrics)


def _socket_mode(on: Foundation, bolt: AsyncApp) -> SocketMode | None:
    app_token = revealed(on.settings.slack_app_token)
    if app_token is None:
        return None
    return SocketMode(bolt, app_token=app_token, client=on.slack.client)
