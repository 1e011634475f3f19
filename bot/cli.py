"""
The `overture` command. Each sub-command returns an exit status.

What only some of them need is imported there: people wait for `serve` to be back after a crash.
"""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import click
import uvicorn
from pydantic import ValidationError

from bot.app import build
from bot.log import configure_logging
from bot.operations import reconcile as run_reconciliation
from bot.operations import set_webhook, show_webhook, verify_audit
from bot.operations import sign_in as run_sign_in
from bot.ports.failures import OutcomeUnknown, Permanent, Temporary
from bot.settings import Settings
from bot.web import server
from storage.alone import working_alone
from storage.newest import has_newest_shape

_LAST_ANSWERS_SECONDS = 3
"""With what `App.working` allows itself, less than the ten seconds a container is given to end."""


class _ScenarioName(click.ParamType[str]):
    """One of the sandbox's scenarios; which there are is looked up only when one is asked for."""

    name = "scenario"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return self._among().convert(value, param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        return self._among().get_metavar(param, ctx)

    def _among(self) -> "click.Choice[str]":
        from bot.sandbox.scenarios import SCENARIOS

        return click.Choice(sorted(SCENARIOS))


@click.group()
@click.version_option(package_name="overture")
def main() -> None:
    """Invite customers into Microsoft reseller relationships from Slack."""
    configure_logging()


@main.command()
def serve() -> None:
    """Run the bot."""
    _run(_serve())


@main.command()
def migrate() -> None:
    """Bring the database up to date. Safe to repeat, and to run from several machines at once."""
    _run(_migrate())


@main.command("sign-in")
@click.option("--port", default=8401, show_default=True, help="Where the browser comes back to.")
def sign_in(port: int) -> None:
    """
    Let a partner user sign in, with a second factor, and keep the refresh token.

    The app registration needs the redirect URI http://localhost:8401/signed-in. Nothing that is kept is
    replaced unless Partner Center takes the new sign-in.
    """
    _run(_prepared(partial(run_sign_in, port=port)))


@main.group()
def webhook() -> None:
    """Where Microsoft sends events for our partner tenant."""


@webhook.command()
def show() -> None:
    """Say which address is registered, and for which events."""
    _run(_prepared(show_webhook))


@webhook.command()
@click.option("--force", is_flag=True, help="Take the place of another address.")
def register(force: bool) -> None:
    """Add our events to the registration. Another address keeps its place unless told otherwise."""
    _run(_prepared(partial(set_webhook, force=force)))


@main.command()
def reconcile() -> None:
    """Compare customers and relationships with Microsoft's lists once, now."""
    _run(_prepared(run_reconciliation))


@main.command()
@click.option("--json", "for_machines", is_flag=True, help="A list for machines, see docs/doctor.md.")
@click.option("--language", metavar="TAG", help="en, zh_Hans or zh_Hant, instead of what LANG says.")
def doctor(for_machines: bool, language: str | None) -> None:
    """
    Say what is misconfigured, where, and the next step. Changes nothing.

    Looks at database, tokens, permissions, channels, people, clock, events and mail. Ends with status 0 if
    all is well, 1 if something is wrong, 2 if the settings cannot be read.
    """
    from bot.operations.doctor import doctor as examine

    configure_logging(level=logging.CRITICAL)
    _run(examine(for_machines=for_machines, language=language))


@main.group()
def audit() -> None:
    """The log of who did what."""


@audit.command()
def verify() -> None:
    """Find the first row that was altered, dropped, swapped or cut off."""
    _run(_prepared(verify_audit))


@main.command()
@click.option("--port", default=8400, show_default=True, help="Port of the page.")
@click.option("--scenario", type=_ScenarioName(), help="A scripted customer to play.")
@click.option("--exit", "leave", is_flag=True, help="Play the scenario without the page, then end.")
def sandbox(port: int, scenario: str | None, leave: bool) -> None:
    """
    Try everything on this machine: a Slack, a Microsoft, a mailbox and the bot between them.

    With --scenario and --exit: print one JSON line per thing a person saw, and end with status 0 only if the
    story ended as the scenario says. OVERTURE_DATABASE_URL chooses another database than a temporary one.
    """
    # The sandbox is as large as the bot, and only this command needs it. Nothing that is imported goes away
    # again, so that looking for it only takes time: a sixth of the start.
    gc.disable()
    from bot.sandbox.playing import open_sandbox, play

    gc.enable()
    configure_logging(level=logging.WARNING)
    if leave and scenario is None:
        raise click.UsageError("--exit needs --scenario")
    _run(play(scenario) if leave and scenario else open_sandbox(port=port, scenario=scenario))


async def _serve() -> int:
    settings = Settings()
    with working_alone(settings.database_url) as alone:
        if not await _migrated(settings.database_url):
            return 1
        return await _served(settings, alone=alone)


async def _served(settings: Settings, *, alone: bool) -> int:
    host, port = settings.listen_address
    _allow_many_connections()
    async with build(settings) as app:
        web = server(app.web, host=host, port=port, timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS)
        # What was built so far stays: looking through it again and again stops everything for 100 ms.
        gc.collect()
        gc.freeze()
        crashed = asyncio.Event()

        def end() -> None:
            crashed.set()
            web.should_exit = True

        with _ended_by_signals(web):
            async with app.working(alone=alone, on_crash=end):
                await web.serve()
    return 1 if crashed.is_set() else 0


def _allow_many_connections() -> None:
    """Use the open files this process may have; the usual 1 024 would be used up by as many idle senders."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """
    Let SIGTERM and Ctrl-C end the server, and then everything around it, in order.

    uvicorn raises a signal again once it has ended; without a handler of ours that would kill the workers.
    """
    before = {one: signal.signal(one, server.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


async def _prepared(operation: Callable[[Settings], Awaitable[int]]) -> int:
    """Do something by hand on a database that is up to date."""
    settings = Settings()
    return await operation(settings) if await _migrated(settings.database_url) else 1


async def _migrated(url: str) -> bool:
    """Migrate a new database; leave one that holds data to the person who looks after it."""
    if await has_newest_shape(url):
        return True
    from storage.migrations import is_new, migrate, migrations_pending

    pending = await migrations_pending(url)
    if pending and await is_new(url):
        await migrate(url)
        return True
    if pending:
        click.echo(
            f"The database lacks {', '.join(pending)}. Back it up, then run: overture migrate", err=True
        )
    return not pending


async def _migrate() -> int:
    from storage.migrations import migrate, migrations_pending

    url = Settings().database_url
    pending = await migrations_pending(url)
    await migrate(url)
    click.echo(f"Applied: {', '.join(pending)}" if pending else "The database is up to date.")
    return 0


def _run(command: Coroutine[Any, Any, int]) -> None:
    """Run a command; say what is wrong in plain words, and keep tracebacks for our own mistakes."""
    try:
        with asyncio.Runner(loop_factory=_new_loop()) as runner:
            status = runner.run(command)
    except ValidationError as error:
        status = _say(*(_setting(problem) for problem in error.errors()))
    except (Temporary, Permanent, OutcomeUnknown, ValueError) as error:
        status = _say(str(error))
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


def _new_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes the faster event loop, where there is one: not on Windows."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _setting(problem: Any) -> str:
    name = "_".join(str(part) for part in problem["loc"] if isinstance(part, str))
    if problem["type"] == "missing":
        return f"set OVERTURE_{name.upper()}"
    wrong = problem["msg"].removeprefix("Value error, ")
    return f"OVERTURE_{name.upper()}: {wrong}" if name else wrong


def _say(*lines: str) -> int:
    for line in lines:
        click.echo(line, err=True)
    return 1
