"""
The `overture` command. Each sub-command returns an exit status. Its words are in `templates/words/terminal/`.

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

from bot.app import build
from bot.log import configure_logging
from bot.operations import reconcile as run_reconciliation
from bot.operations import set_webhook, show_webhook, verify_audit
from bot.operations import sign_in as run_sign_in
from bot.ports.failures import OutcomeUnknown, Permanent, Temporary
from bot.ports.unfit import PortUnusable
from bot.settings import Settings
from bot.slack.locales import LANGUAGES
from bot.terminal import say
from bot.terminal.commands import Group, Misused, OneOf, Port
from bot.web import server
from storage.alone import NotAlone, working_alone
from storage.newest import NewerDatabase, has_newest_shape

_LAST_ANSWERS_SECONDS = 3
"""With what `App.working` allows itself, less than the ten seconds a container is given to end."""

REFUSALS = (Temporary, Permanent, OutcomeUnknown, NotAlone, NewerDatabase, PortUnusable, ValueError)
"""What stands in a command's way and is no mistake of ours. Settings are refused as a `ValueError`."""


def _scenarios() -> list[str]:
    from bot.sandbox.scenarios import SCENARIOS

    return sorted(SCENARIOS)


@click.group(cls=Group)
@click.version_option(package_name="overture", message="%(version)s")
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
@click.option("--port", type=Port(), default=8401)
def sign_in(port: int) -> None:
    """Let a partner user sign in, and keep the refresh token."""
    _run(_prepared(partial(run_sign_in, port=port)))


@main.group()
def webhook() -> None:
    """Where Microsoft sends events for our partner tenant."""


@webhook.command()
def show() -> None:
    """Say which address is registered, and for which events."""
    _run(_prepared(show_webhook))


@webhook.command()
@click.option("--force", is_flag=True)
def register(force: bool) -> None:
    """Add our events to the registration. Another address keeps its place unless told otherwise."""
    _run(_prepared(partial(set_webhook, force=force)))


@main.command()
def reconcile() -> None:
    """Compare customers and relationships with Microsoft's lists once, now."""
    _run(_prepared(run_reconciliation))


@main.command()
@click.option("--json", "for_machines", is_flag=True)
@click.option("--language", type=OneOf(lambda: LANGUAGES))
def doctor(for_machines: bool, language: str | None) -> None:
    """Say what is misconfigured, where, and the next step."""
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
@click.option("--port", type=Port(), default=8400)
@click.option("--scenario", type=OneOf(_scenarios))
@click.option("--exit", "leave", is_flag=True)
def sandbox(port: int, scenario: str | None, leave: bool) -> None:
    """Serve the page of a sandbox, or play one scenario for the console."""
    if leave and scenario is None:
        raise Misused("exit_alone")
    # The sandbox is as large as the bot, and only this command needs it. Nothing that is imported goes away
    # again, so that looking for it only takes time: a sixth of the start.
    gc.disable()
    from bot.sandbox.playing import open_sandbox, play

    gc.enable()
    configure_logging(level=logging.WARNING)
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
        from bot.operations.refusals import tell_pending

        tell_pending(pending)
    return not pending


async def _migrate() -> int:
    from storage.migrations import migrate, migrations_pending

    url = Settings().database_url
    pending = await migrations_pending(url)
    await migrate(url)
    say("terminal/migrate", steps=", ".join(pending))
    return 0


def _run(command: Coroutine[Any, Any, int]) -> None:
    """Run a command; say what is wrong in plain words, and keep tracebacks for our own mistakes."""
    try:
        with asyncio.Runner(loop_factory=_new_loop()) as runner:
            status = runner.run(command)
    except REFUSALS as error:
        from bot.operations.refusals import tell_refusal

        tell_refusal(error)
        status = 1
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
