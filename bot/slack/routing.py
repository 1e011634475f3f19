"""Which handler answers what a person did: one table, read by one Bolt listener."""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.listener.async_listener import AsyncListener
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.identifiers import SlackUserId
from bot.slack.background import BackgroundTasks, log_failure
from bot.slack.installation import Installation
from bot.slack.listener_runner import ACK_SECONDS, WakingAck, WakingListenerRunner
from bot.slack.recent import RecentKeys
from bot.slack.web_client import is_response_url

EVENT_MEMORY_SECONDS = 600.0
"""Slack repeats an event at once, after one minute and after five. Source: docs.slack.dev/apis/events-api"""

OWN_EVENTS_WANTED = frozenset({"member_joined_channel", "member_left_channel"})

# What is shaped like the name of a command, an action or an event. Anything else may be somebody's words.
_ID = re.compile(r"/?[a-z0-9_-]{1,80}")

logger = logging.getLogger(__name__)


class Kind(StrEnum):
    """What arrived, named as Slack names it in `type`; a command has none."""

    COMMAND = "command"
    ACTION = "block_actions"
    VIEW_SUBMITTED = "view_submission"
    VIEW_CLOSED = "view_closed"
    SHORTCUT = "shortcut"
    MESSAGE_SHORTCUT = "message_action"
    OPTIONS = "block_suggestion"
    EVENT = "event_callback"


@dataclass(frozen=True)
class Interaction:
    """What a handler gets. Ids that Slack did not send are empty; `body` is Slack's payload as it came."""

    kind: Kind
    name: str
    """The command, `action_id`, `callback_id` or event type."""
    ack: WakingAck
    body: dict[str, Any] = field(repr=False)
    client: AsyncWebClient = field(repr=False)
    user_id: SlackUserId
    team_id: str
    channel_id: str
    trigger_id: str = field(repr=False)
    response_url: str = field(repr=False)

    @property
    def acked(self) -> bool:
        """Whether Slack has its answer already."""
        return self.ack.acked


Handler = Callable[[Interaction], Awaitable[None]]
OnError = Callable[[Exception, Interaction], Awaitable[None]]


async def only_log(error: Exception, interaction: Interaction) -> None:  # noqa: ARG001 - an `OnError` takes both
    """Report `error` to the log alone; the interaction stays unanswered, and Slack says so."""
    log_failure(error)


class Routes:
    """
    The table of contents: what arrives -> the handler. Ids match exactly.

    What is not in the table is acknowledged and logged: a button that only opens a URL sends its action too.
    A request meant for another workspace is acknowledged and otherwise ignored, as is an event seen before.
    """

    def __init__(
        self,
        *,
        installation: Installation,
        client: AsyncWebClient,
        on_error: OnError = only_log,
        ack_seconds: float = ACK_SECONDS,
    ) -> None:
        """`on_error` hears of every error that leaves a handler; it may acknowledge unless `acked`."""
        self._installation = installation
        self._client = client
        self._on_error = on_error
        self._ack_seconds = ack_seconds
        self._handlers: dict[tuple[Kind, str], Handler] = {}
        self._other_actions: Handler | None = None
        self._events: RecentKeys[str] = RecentKeys(seconds=EVENT_MEMORY_SECONDS)
        self._tasks = BackgroundTasks()

    def command(self, name: str, handler: Handler) -> None:
        """Answer `/name`, given with its slash."""
        self._add(Kind.COMMAND, name, handler)

    def action(self, action_id: str, handler: Handler) -> None:
        self._add(Kind.ACTION, action_id, handler)

    def view_submitted(self, callback_id: str, handler: Handler) -> None:
        self._add(Kind.VIEW_SUBMITTED, callback_id, handler)

    def view_closed(self, callback_id: str, handler: Handler) -> None:
        self._add(Kind.VIEW_CLOSED, callback_id, handler)

    def shortcut(self, callback_id: str, handler: Handler) -> None:
        """Answer a global shortcut or a message shortcut."""
        self._add(Kind.SHORTCUT, callback_id, handler)
        self._add(Kind.MESSAGE_SHORTCUT, callback_id, handler)

    def options(self, action_id: str, handler: Handler) -> None:
        self._add(Kind.OPTIONS, action_id, handler)

    def event(self, event_type: str, handler: Handler) -> None:
        self._add(Kind.EVENT, event_type, handler)

    def other_actions(self, handler: Handler) -> None:
        """Answer buttons and choices that no route knows, but for buttons that open a page by themselves."""
        self._other_actions = handler

    def attach(self, app: AsyncApp) -> None:
        """Make `app` answer from this table, and nothing else."""
        app._async_listeners.append(_TableListener(self))
        app._async_listener_runner = WakingListenerRunner(
            app.listener_runner, tasks=self._tasks, on_error=self._failed, ack_seconds=self._ack_seconds
        )

    def background(self, work: Awaitable[Any]) -> None:
        """Run `work` after the answer; `drain` waits for it, and its failure is logged."""
        self._tasks.start(work)

    async def drain(self, timeout_seconds: float) -> int:
        """Wait for running handlers and background work; return how many had to be cancelled."""
        return await self._tasks.drain(timeout_seconds)

    async def handle(self, request: AsyncBoltRequest) -> None:
        """Find the handler for `request` and run it."""
        context, body = request.context, request.body
        kind, name = identify(body)
        if not self._installation.owns(team_id=context.team_id, enterprise_id=context.enterprise_id):
            logger.info("%s for another workspace ignored", kind or "request")
            return
        handler = self._handler(kind, name, body) if kind else None
        if kind is None or handler is None:
            logger.info("no handler for %s %s", kind or "a request", _fit_for_a_log(name))
            return
        if kind is Kind.EVENT and self._to_be_ignored(body, context.user_id):
            return
        interaction = self._interaction(kind, _fit_for_a_log(name), request)
        request.context["interaction"] = interaction
        await handler(interaction)

    def _add(self, kind: Kind, name: str, handler: Handler) -> None:
        if (kind, name) in self._handlers:
            raise ValueError(f"{kind} {name} has a handler already")
        self._handlers[kind, name] = handler

    def _handler(self, kind: Kind, name: str, body: dict[str, Any]) -> Handler | None:
        handler = self._handlers.get((kind, name))
        if handler is None and kind is Kind.ACTION and not inside(first(body.get("actions")), "url"):
            return self._other_actions
        return handler

    def _to_be_ignored(self, body: dict[str, Any], user_id: str | None) -> bool:
        event = body["event"]
        own = user_id == self._installation.bot_user_id or event.get("bot_id") == self._installation.bot_id
        if own and event.get("type") not in OWN_EVENTS_WANTED:
            return True
        event_id = text(body.get("event_id"))
        return bool(event_id) and not self._events.add(event_id, now=time.monotonic())

    def _interaction(self, kind: Kind, name: str, request: AsyncBoltRequest) -> Interaction:
        context, body = request.context, request.body
        return Interaction(
            kind=kind,
            name=name,
            ack=context["ack"],
            body=body,
            client=self._client,
            user_id=SlackUserId(text(context.user_id)),
            team_id=text(context.team_id),
            channel_id=text(context.channel_id),
            trigger_id=text(body.get("trigger_id")),
            response_url=self._response_url(text(context.get("response_url"))),
        )

    def _response_url(self, address: str) -> str:
        """Return the address if it is Slack's: what we say goes nowhere else, however it was signed."""
        if not address or is_response_url(address, base_url=self._client.base_url):
            return address
        logger.warning("response_url of another host ignored")
        return ""

    async def _failed(self, error: Exception, request: AsyncBoltRequest) -> None:
        self._events.discard(text(request.body.get("event_id")))
        interaction = request.context.get("interaction")
        if interaction is None:
            log_failure(error)
        else:
            await self._on_error(error, interaction)


class _TableListener(AsyncListener):
    """Matches everything, so that Bolt never says 404, which would make Slack repeat an event."""

    def __init__(self, routes: Routes) -> None:
        self.matchers = []
        self.middleware = []
        self.lazy_functions = []
        self.auto_acknowledgement = False
        self.ack_timeout = 3
        self.ack_function = routes.handle  # type: ignore[assignment]  # only its name is read
        self._routes = routes

    async def async_matches(self, *, req: AsyncBoltRequest, resp: BoltResponse) -> bool:  # noqa: ARG002 - Bolt's signature
        return True

    async def run_ack_function(self, *, request: AsyncBoltRequest, response: BoltResponse) -> None:  # noqa: ARG002 - Bolt's signature
        await self._routes.handle(request)


def _fit_for_a_log(name: str) -> str:
    return name if _ID.fullmatch(name) else "?"


def identify(body: dict[str, Any]) -> tuple[Kind | None, str]:
    """Return what `body` is and the name its handler is found by; None for what Slack does not send."""
    if "type" not in body and "command" in body:
        return Kind.COMMAND, text(body["command"])
    try:
        kind = Kind(body.get("type", ""))
    except ValueError:
        return None, text(body.get("type"))
    return kind, text(_NAME_OF[kind](body))


def text(value: object) -> str:
    """Return `value` if it is a string, else the empty one."""
    return value if isinstance(value, str) else ""


def inside(container: object, key: str) -> object:
    """Return what a mapping holds under `key`, or None."""
    return container.get(key) if isinstance(container, dict) else None


def first(items: object) -> object:
    return items[0] if isinstance(items, list) and items else None


_NAME_OF: dict[Kind, Callable[[dict[str, Any]], object]] = {
    Kind.COMMAND: lambda body: body.get("command"),
    Kind.ACTION: lambda body: inside(first(body.get("actions")), "action_id"),
    Kind.VIEW_SUBMITTED: lambda body: inside(body.get("view"), "callback_id"),
    Kind.VIEW_CLOSED: lambda body: inside(body.get("view"), "callback_id"),
    Kind.SHORTCUT: lambda body: body.get("callback_id"),
    Kind.MESSAGE_SHORTCUT: lambda body: body.get("callback_id"),
    Kind.OPTIONS: lambda body: body.get("action_id"),
    Kind.EVENT: lambda body: inside(body.get("event"), "type"),
}
