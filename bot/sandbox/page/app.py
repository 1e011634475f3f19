"""The page as a web application: one page, its files, an API for its script, and live updates."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from bot.domain.roles import ROLES
from bot.sandbox.fake_microsoft import PortalRefusal
from bot.sandbox.fake_microsoft.wire import Refused
from bot.sandbox.fake_slack import NotOnScreen
from bot.sandbox.page.files import MODULES, STATIC, KeptFiles, address
from bot.sandbox.page.guard import Guard
from bot.sandbox.page.live import Live
from bot.sandbox.page.microsoft_acts import MICROSOFT_ACT, MicrosoftActs
from bot.sandbox.page.slack_acts import SLACK_ACT, SlackActs
from bot.sandbox.page.slack_screen import no_screen, slack_screen
from bot.sandbox.page.stage import Stage, StoryBroke
from bot.sandbox.page.starting import Start, Tongue
from bot.sandbox.page.time_passing import Jump, TimePassing
from bot.sandbox.page.traffic import last_traffic
from bot.sandbox.page.troubles import Trouble, Troubles
from bot.sandbox.page.words import LOCALES, PageTemplates
from bot.sandbox.page.world import world_state

CUSTOMER = "customer"
"""Who one is as the customer's administrator, beside the ids of people in Slack."""

REFUSALS = (HTTPException, ValidationError, NotOnScreen, PortalRefusal, Refused, StoryBroke)
Json = dict[str, Any]


def page_app(stage: Stage, *, locales: Path = LOCALES) -> Starlette:
    """
    Return the application; serve it on loopback, it refuses any other name.

    `locales` holds the catalogues of the page's words. Every open page holds one connection:
    `app.state.live.close()` lets go of them before the server stops.
    """
    page = Page(stage, PageTemplates(locales))
    app = Starlette(
        routes=page.routes(),
        middleware=[Middleware(Guard)],
        exception_handlers=dict.fromkeys(REFUSALS, _refused),
    )
    app.state.live = page.live
    return app


class Page:
    """The routes, each a few lines over what is on the stage."""

    def __init__(self, stage: Stage, templates: PageTemplates) -> None:
        self._stage = stage
        self._templates = templates
        self._time = TimePassing(stage)
        self._troubles = Troubles(stage)
        self._slack_acts = SlackActs(stage)
        self._microsoft_acts = MicrosoftActs(stage)
        self._files = address()
        self.live = Live(stage)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.page),
            Route("/events", self.events),
            Route("/api/screen", self.screen),
            Route("/api/world", self.world),
            Route("/api/tour", self.tour),
            Route("/api/traffic", self.traffic),
            Route("/api/slack", self.act_in_slack, methods=["POST"]),
            Route("/api/microsoft", self.act_at_microsoft, methods=["POST"]),
            Route("/api/clock", self.move_clock, methods=["POST"]),
            Route("/api/troubles", self.set_trouble, methods=["POST"]),
            Route("/api/restart", self.restart, methods=["POST"]),
            Route("/api/start", self.start, methods=["POST"]),
            Route("/api/language", self.speak, methods=["POST"]),
            Mount(self._files, KeptFiles(directory=STATIC)),
        ]

    async def page(self, request: Request) -> Response:
        """`/?scenario=revokes&as=ben&lang=zh_Hans`: have that story told, then be Ben, in that language."""
        asked = request.query_params
        people = [user for user in self._stage.slack.workspace.users.values() if not user.is_bot]
        names = {user.name: user.id for user in people} | {CUSTOMER: CUSTOMER}
        locale = self._templates.locale(asked.get("lang", ""), request.headers.get("accept-language", ""))
        html = self._templates.render(
            "page",
            locale,
            files=self._files,
            modules=MODULES,
            languages=self._templates.languages,
            team=self._stage.slack.workspace.team_name,
            start=names.get(asked.get("as", "").lower(), people[0].id),
            scenario=asked.get("scenario", ""),
            scenarios=self._stage.scenarios,
            roles=[role.key for role in ROLES.values()],
        )
        return HTMLResponse(html)

    async def events(self, _: Request) -> Response:
        """Server-sent events: `change` with the names of what changed."""
        return StreamingResponse(self.live.changes(), media_type="text/event-stream")

    async def screen(self, request: Request) -> Response:
        """What one person has in front of them in Slack."""
        slack, who = self._stage.slack, request.query_params.get("as", "")
        screen = no_screen(slack) if who == CUSTOMER else slack_screen(slack, who)
        return JSONResponse(screen | {"telling": self._stage.told.number})

    async def world(self, _: Request) -> Response:
        """Everything outside Slack."""
        return JSONResponse(world_state(self._stage) | {"troubles": self._troubles.current.model_dump()})

    async def tour(self, _: Request) -> Response:
        """How far the guided tour is."""
        return JSONResponse(await self._stage.steps())

    async def traffic(self, _: Request) -> Response:
        """The last requests and answers between everyone."""
        return JSONResponse({"traffic": last_traffic(self._stage.slack, self._stage.microsoft)})

    async def act_in_slack(self, request: Request) -> Response:
        """A person does something in Slack."""
        act = SLACK_ACT.validate_json(await request.body())
        await self._stage.settled()
        return JSONResponse(await self._slack_acts.do(act))

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
        await self._stage.restart()
        return JSONResponse({})

    async def start(self, request: Request) -> Response:
        """Start over, and have a scenario told if one is named; answered when it is told."""
        start = Start.model_validate_json(await request.body())
        if start.scenario is not None and start.scenario not in self._stage.scenarios:
            raise HTTPException(404, f"There is no scenario {start.scenario}.")
        self._must_have_words(start.language)
        await self._stage.start_over(start.scenario, cloud=start.cloud, language=start.language)
        return JSONResponse({})

    async def speak(self, request: Request) -> Response:
        """Let everyone in Slack, and the bot with them, speak the page's language."""
        tongue = Tongue.model_validate_json(await request.body())
        self._must_have_words(tongue.language)
        await self._stage.speak(tongue.language)
        return JSONResponse({})

    def _must_have_words(self, language: str | None) -> None:
        if language is not None and language not in self._templates.languages:
            raise HTTPException(404, f"There are no words in {language}.")


def _refused(_: Request, error: Exception) -> Response:
    match error:
        case HTTPException():
            return _refusal(error.status_code, "http", error.detail)
        case ValidationError():
            return _refusal(422, "invalid", _first_problem(error))
        case PortalRefusal():
            return _refusal(409, "portal", error.words, reason=error.reason)
        case Refused():
            return _refusal(409, "microsoft", error.message)
        case StoryBroke():
            return _refusal(409, "story", str(error))
    return _refusal(409, "not_on_screen", str(error))


def _refusal(status: int, kind: str, text: str, **more: str) -> Response:
    return JSONResponse({"error": {"kind": kind, "text": text} | more}, status_code=status)


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
