"""What tests look at on Microsoft's side, and what they put in front of it."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft, Mode, RequestSeen
from bot.sandbox.fake_slack import FakeSlack
from bot.sandbox.run import Sandbox, free_port, sandbox_settings
from bot.sandbox.waiting import eventually
from storage.migrations import migrate

LINK = "/v1/customers/relationshiprequests"
RELATIONSHIPS = "/v1.0/tenantRelationships/delegatedAdminRelationships"
LOCK = f"{RELATIONSHIPS}/*/requests"
MAIL = "*/sendMail"
DOOR = "/webhooks/partner-center"


def calls(microsoft: FakeMicrosoft, method: str, path: str) -> list[RequestSeen]:
    """Return the requests that reached Microsoft; `path` is a shell pattern."""
    seen = (one for one in microsoft.feed if isinstance(one, RequestSeen))
    return [one for one in seen if one.method == method and fnmatchcase(one.path, path)]


@asynccontextmanager
async def before_the_start(*, cloud: str = "public", **settings: object) -> AsyncIterator[Sandbox]:
    """Everything but the bot, which a test starts when Microsoft is as it wants it."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        clock = SandboxClock()
        slack = await stack.enter_async_context(FakeSlack.sample(clock).serve())
        fake = FakeMicrosoft.sample(clock, cloud=cloud)
        microsoft = await stack.enter_async_context(fake.serve(directory=folder))
        url, port = f"sqlite:///{folder / 'overture.db'}", free_port()
        await migrate(url)
        configured = sandbox_settings(slack, microsoft, url, port, cloud=cloud, **settings)
        box = Sandbox(clock, slack, microsoft, configured, port)
        stack.push_async_callback(box.stop)
        slack.deliver_to(f"{box.bot_url}/slack/events")
        yield box


async def imported(box: Sandbox) -> None:
    """Wait until the customers there were before us are known."""

    async def done() -> bool:
        return await box.app.store.notes.get("customers_imported") is not None

    await eventually(done, "the first comparison ends")


async def deliver(box: Sandbox, body: bytes, mode: Mode = Mode.NORMAL) -> int:
    """Bring a signed body to the webhook's door; return the answer's status."""
    signed = box.microsoft.signed_delivery(body, mode)
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{box.bot_url}{DOOR}", data=signed.body, headers=dict(signed.headers)) as answer,
    ):
        return answer.status


async def restart_with(box: Sandbox, **settings: object) -> None:
    """Start the bot again, as an administrator does who changed settings."""
    box.settings = box.settings.model_copy(update=settings)
    await box.restart()


async def consent_again(box: Sandbox, *, mfa: bool = True) -> None:
    """An administrator signs in once more and puts the new refresh token into the settings."""
    await restart_with(box, refresh_token=SecretStr(box.microsoft.consent(mfa=mfa)))


@dataclass(frozen=True)
class Planned:
    """An answer of Partner Center's, word for word."""

    status: int
    body: str = ""
    content_type: str = "application/json"


@dataclass
class Gateway:
    """Stands in front of Partner Center: gives the answers a test plans for a path, passes on the rest."""

    upstream: str
    url: str = ""
    planned: dict[str, deque[Planned]] = field(default_factory=dict)

    def plan(self, path: str, *answers: Planned) -> None:
        self.planned.setdefault(path, deque()).extend(answers)


@asynccontextmanager
async def gateway(upstream: str) -> AsyncIterator[Gateway]:
    standing = Gateway(upstream)
    async with aiohttp.ClientSession() as session:

        async def handle(request: web.Request) -> web.Response:
            waiting = standing.planned.get(request.path)
            if waiting:
                answer = waiting.popleft()
                return web.Response(status=answer.status, text=answer.body, content_type=answer.content_type)
            return await _passed_on(session, standing.upstream, request)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            standing.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield standing
        finally:
            await runner.cleanup()


async def _passed_on(session: aiohttp.ClientSession, upstream: str, request: web.Request) -> web.Response:
    headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
    async with session.request(
        request.method, f"{upstream}{request.path_qs}", headers=headers, data=await request.read()
    ) as answer:
        return web.Response(
            status=answer.status, body=await answer.read(), content_type=answer.content_type or "text/plain"
        )
