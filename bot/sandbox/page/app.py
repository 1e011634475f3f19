"""The page as a web application: one page, its files, an API for its script, and live updates."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.domain.roles import ROLES
from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft, PortalRefusal
from bot.sandbox.fake_microsoft.wire import Refused
from bot.sandbox.fake_slack import FakeSlack, NotOnScreen
from bot.sandbox.page.guard import Guard
from bot.sandbox.page.live import Live
from bot.sandbox.page.microsoft_acts import MICROSOFT_ACT, MicrosoftActs
from bot.sandbox.page.slack_acts import SLACK_ACT, SlackActs
from bot.sandbox.page.slack_screen import no_screen, slack_screen
from bot.sandbox.page.time_passing import Jump, Move, TimePassing
from bot.sandbox.page.traffic import last_traffic
from bot.sandbox.page.troubles import Trouble, Troubles
from bot.sandbox.page.words import PageTemplates
from bot.sandbox.page.world import world_state

STATIC = Path(__file__).parent / "static"
CUSTOMER = "customer"
"""Who one is as the customer's administrator, beside the ids of people in Slack."""

SETTLE_SECONDS = 0.3
REFUSALS = (HTTPException, ValidationError, NotOnScreen, PortalRefusal, Refused)
Json = dict[str, Any]
Restart = Callable[[], Awaitable[None]]


def page_app(
    slack: FakeSlack,
    microsoft: FakeMicrosoft,
    clock: SandboxClock,
    *,
    restart: Restart | None = None,
    move: Move | None = None,
    settle_seconds: float = SETTLE_SECONDS,
) -> Starlette:
    """
    Return the application; serve it on loopback, it refuses any other name.

    `restart` stops and starts the bot; without it the page has no such button. `move` lets time pass, at most
    ten days a call, with `settle_seconds` of real time after each; `clock.move` when not given.
    Every open page holds one connection: `app.state.live.close()` lets go of them before the server stops.
    """
    page = Page(slack, microsoft, TimePassing(clock, move, settle_seconds), restart)
    app = Starlette(
        routes=page.routes(),
        middleware=[Middleware(Guard)],
        exception_handlers=dict.fromkeys(REFUSALS, _refused),
    )
    app.state.live = page.live
    return app


class Page:
    """The routes, each a few lines over the two fakes and the clock."""

    def __init__(
        self, slack: FakeSlack, microsoft: FakeMicrosoft, time: TimePassing, restart: Restart | None
    ) -> None:
        self._slack = slack
        self._microsoft = microsoft
        self._time = time
        self._restart = restart
        self._troubles = Troubles(slack, microsoft)
        self._slack_acts = SlackActs(slack)
        self._microsoft_acts = MicrosoftActs(slack, microsoft)
        self._templates = PageTemplates()
        self.live = Live(slack, microsoft, time.clock)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.page),
            Route("/events", self.events),
            Route("/api/screen", self.screen),
            Route("/api/world", self.world),
            Route("/api/traffic", self.traffic),
            Route("/api/slack", self.act_in_slack, methods=["POST"]),
            Route("/api/microsoft", self.act_at_microsoft, methods=["POST"]),
            Route("/api/clock", self.move_clock, methods=["POST"]),
            Route("/api/troubles", self.set_trouble, methods=["POST"]),
            Route("/api/restart", self.restart, methods=["POST"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]

    async def page(self, request: Request) -> Response:
        """`/?as=ben&lang=zh_Hant` starts as that person, with the page's own words in that language."""
        people = [user for user in self._slack.workspace.users.values() if not user.is_bot]
        wanted = request.query_params.get("as", "").lower()
        names = {user.name: user.id for user in people} | {CUSTOMER: CUSTOMER}
        languages = request.query_params.get("lang") or request.headers.get("accept-language", "")
        html = self._templates.render(
            "page",
            languages,
            team=self._slack.workspace.team_name,
            start=names.get(wanted, people[0].id),
            can_restart=self._restart is not None,
            roles=[role.key for role in ROLES.values()],
        )
        return HTMLResponse(html)

    async def events(self, _: Request) -> Response:
        """Server-sent events: `change` with the names of what changed."""
        return StreamingResponse(self.live.changes(), media_type="text/event-stream")

    async def screen(self, request: Request) -> Response:
        """What one person has in front of them in Slack."""
        who = request.query_params.get("as", "")
        return JSONResponse(no_screen(self._slack) if who == CUSTOMER else slack_screen(self._slack, who))

    async def world(self, _: Request) -> Response:
        """Everything outside Slack."""
        troubles = self._troubles.current.model_dump()
        return JSONResponse(world_state(self._microsoft, self._time.clock) | {"troubles": troubles})

    async def traffic(self, _: Request) -> Response:
        """The last requests and answers between everyone."""
        return JSONResponse({"traffic": last_traffic(self._slack, self._microsoft)})

    async def act_in_slack(self, request: Request) -> Response:
        """A person does something in Slack."""
        return JSONResponse(await self._slack_acts.do(SLACK_ACT.validate_json(await request.body())))

    async def act_at_microsoft(self, request: Request) -> Response:
        """Somebody does something in a portal, or sends a mail."""
        return JSONResponse(await self._microsoft_acts.do(MICROSOFT_ACT.validate_json(await request.body())))

    async def move_clock(self, request: Request) -> Response:
        """Let time pass."""
        await self._time.jump(Jump.model_validate_json(await request.body()))
        return JSONResponse({})

    async def set_trouble(self, request: Request) -> Response:
        """Choose what goes wrong from now on."""
        self._troubles.set(Trouble.model_validate_json(await request.body()))
        self.live.tell("world")
        return JSONResponse({})

    async def restart(self, _: Request) -> Response:
        """Stop the bot and start it again."""
        if self._restart is None:
            raise HTTPException(404, "This sandbox cannot restart the app.")
        await self._restart()
        return JSONResponse({})


def _refused(_: Request, error: Exception) -> Response:
    match error:
        case HTTPException():
            return _refusal(error.status_code, "http", error.detail)
        case ValidationError():
            return _refusal(422, "invalid", _first_problem(error))
        case PortalRefusal():
            return _refusal(409, "portal", error.words)
        case Refused():
            return _refusal(409, "microsoft", error.message)
    return _refusal(409, "not_on_screen", str(error))


def _refusal(status: int, kind: str, text: str) -> Response:
    return JSONResponse({"error": {"kind": kind, "text": text}}, status_code=status)


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
