"""What the `sandbox` command does: the page for people, or one story for the console."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from socket import socket
from typing import Any

import click
import orjson

from bot.ports.unfit import PortUnusable
from bot.sandbox.fake_microsoft import MailSent, PortalVisit
from bot.sandbox.page import page_app
from bot.sandbox.run import LOOPBACK, Sandbox, bound_socket, sandbox, served
from bot.sandbox.scenarios import SCENARIOS
from bot.sandbox.stage import Stage
from bot.sandbox.story import Story
from bot.sandbox.waiting import WentWrong
from bot.terminal import say


async def play(name: str) -> int:
    """Play one scenario; print what people saw; return 0 if it ended as it says."""
    scenario = SCENARIOS[name]
    async with sandbox(database_url=_given_database(), webhooks=scenario.webhooks) as box, told(box):
        try:
            await scenario.tell(Story(box))
        except WentWrong as error:
            problem = str(error)
        else:
            problem = ""
    _print({"kind": "end", "scenario": name, "as_it_says": not problem, "text": problem})
    return 1 if problem else 0


async def open_sandbox(*, port: int, scenario: str | None = None) -> int:
    """Serve the page until somebody presses Ctrl-C; with a scenario, play it in front of them."""
    door = _door(port)
    async with Stage(database_url=_given_database()) as stage:
        page = page_app(stage)
        async with served(page, door):
            say("terminal/sandbox/open", url=f"http://{LOOPBACK}:{door.getsockname()[1]}/")
            try:
                await _until_terminated(_open(stage, scenario))
            finally:
                # An open page would otherwise keep the server waiting for its stream of events to end.
                page.state.live.close()
    return 0


async def _open(stage: Stage, scenario: str | None) -> None:
    if scenario is not None:
        await stage.start_over(scenario)
    await asyncio.Event().wait()


async def _until_terminated(work: Coroutine[Any, Any, None]) -> None:
    """Let something go on until SIGTERM: what a shell starts in the background may have to ignore Ctrl-C."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(task.cancel))
    try:
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()
    finally:
        task.cancel()


def _door(port: int) -> socket:
    """Return the page's socket. Raises `PortUnusable`."""
    try:
        return bound_socket(port)
    except OSError as error:
        raise PortUnusable(port) from error


@asynccontextmanager
async def told(box: Sandbox) -> AsyncIterator[None]:
    """Print, as it happens, what a person could see: in Slack, in a mailbox, in a portal."""
    following = [asyncio.create_task(one) for one in (_follow_slack(box), _follow_microsoft(box))]
    try:
        yield
    finally:
        # One turn for whatever was seen last.
        await asyncio.sleep(0)
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)


async def _follow_slack(box: Sandbox) -> None:
    position = 0
    while True:
        await box.slack.wait_for(lambda _: True, timeout=3600, since=position)
        for seen in box.slack.feed.since(position):
            _print_seen(seen.at, seen.kind, seen.who, seen.where, seen.text)
            position += 1


async def _follow_microsoft(box: Sandbox) -> None:
    position = 0
    while True:
        await box.microsoft.feed.grown(position)
        for entry in box.microsoft.feed.since(position):
            position += 1
            match entry:
                case MailSent():
                    text = f"{entry.subject}\n{entry.body}"
                    _print_seen(entry.at, "mail", ", ".join(entry.to), "mailbox", text)
                case PortalVisit():
                    text = f"{entry.action} {entry.detail}"
                    kind = "portal_refusal" if entry.refused else "portal"
                    _print_seen(entry.at, kind, entry.tenant_id, "portal", text)


def _given_database() -> str | None:
    return os.environ.get("OVERTURE_DATABASE_URL")


def _print_seen(at: datetime, kind: str, who: str, where: str, text: str) -> None:
    _print({"at": at, "kind": kind, "who": who, "where": where, "text": text})


def _print(line: dict[str, object]) -> None:
    click.echo(orjson.dumps(line))
