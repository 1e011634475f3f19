"""What an administrator does by hand, besides running the bot. Each returns an exit status."""

import asyncio

import click

from bot.app import build
from bot.microsoft.loopback import answer_from_browser
from bot.microsoft.sign_in import SignIn
from bot.microsoft.webhook_registration import Registered, TakenByAnother, register_webhook
from bot.ports.failures import Permanent
from bot.settings import Settings
from bot.slack.locales import DEFAULT_LOCALE
from bot.slack.words import Templates

SIGN_IN_SECONDS = 600


async def show_webhook(settings: Settings) -> int:
    """Say where Microsoft sends events for our partner tenant, and which."""
    async with build(settings) as app:
        registration = await app.microsoft.partner_center.webhook_registration()
    if registration is None:
        click.echo("No address is registered. Next: overture webhook register")
        return 1
    click.echo(f"Events go to {registration.url}")
    for event in sorted(registration.events):
        click.echo(f"  {event}")
    ours = settings.webhook_url == registration.url
    click.echo("This is our address." if ours else "This is not the address in OVERTURE_WEBHOOK_URL.")
    return 0 if ours else 1


async def set_webhook(settings: Settings, *, force: bool) -> int:
    """Add our events to the registration; take the place of another address only when told to."""
    if not settings.webhook_url:
        click.echo("Set OVERTURE_WEBHOOK_URL to our public address for events first.", err=True)
        return 1
    async with build(settings) as app:
        outcome = await register_webhook(app.microsoft.partner_center, url=settings.webhook_url, force=force)
    match outcome:
        case TakenByAnother(registration):
            click.echo(
                f"Events go to {registration.url} now, and Partner Center keeps one address a partner. "
                "Nothing was changed. To send them here instead: overture webhook register --force",
                err=True,
            )
            return 1
        case Registered():
            _say_registered(outcome)
    return 0


def _say_registered(outcome: Registered) -> None:
    url = outcome.registration.url
    click.echo(f"Events go to {url}." if outcome.changed else f"Events went to {url} already.")
    if outcome.replaced_url:
        click.echo(f"They no longer go to {outcome.replaced_url}.")
    if outcome.not_offered:
        click.echo(f"Microsoft does not offer us: {', '.join(sorted(outcome.not_offered))}")


async def reconcile(settings: Settings) -> int:
    """Compare everything with Microsoft's lists once, now."""
    async with build(settings) as app:
        steps = 1
        while await app.timers.reconciliation.step():
            steps += 1
        backlog = await app.store.customers.count()
    click.echo(f"Compared in {steps} steps; {backlog} customers are known. `overture serve` tells the news.")
    return 0


async def verify_audit(settings: Settings) -> int:
    """Check the chain of the audit log from its first row to its head."""
    async with build(settings) as app:
        rows, last_hash = await app.store.audit.end()
        broken = await app.store.audit.first_broken()
    if broken is None:
        click.echo(f"The audit log is whole: {rows} rows, the last with the hash {last_hash or '(none)'}.")
        return 0
    click.echo(_broken(broken, rows), err=True)
    return 1


def _broken(number: int, rows: int) -> str:
    if number <= rows:
        return f"Row {number} is the first that was altered, dropped, swapped or cut off."
    return (
        f"The rows fit each other, but the end after row {rows} is not the one Overture wrote: rows after it "
        "were cut off, or rows before it were written anew. (Or OVERTURE_ENCRYPTION_KEYS lacks the last key.)"
    )


async def sign_in(settings: Settings, *, port: int) -> int:
    """Let a partner user sign in in a browser, and keep the refresh token where `serve` finds it."""
    redirect_uri = f"http://localhost:{port}/signed-in"
    async with build(settings) as app:
        microsoft = app.microsoft
        resource = microsoft.endpoints.partner_center_resource
        signing_in = SignIn(microsoft.tokens, resource, redirect_uri=redirect_uri)
        try:
            address = await signing_in.begin()
            async with answer_from_browser(redirect_uri, state=signing_in.state) as answer:
                _say_where(address, redirect_uri)
                form = await asyncio.wait_for(answer, SIGN_IN_SECONDS)
            name = await signing_in.finish(form)
            # The one call that only a signed-in user may make: what it refuses is not worth keeping.
            await microsoft.partner_center.relationship_request_url()
            await microsoft.tokens.keep()
        except TimeoutError:
            click.echo("Nobody signed in within ten minutes. Nothing was changed.", err=True)
            return 1
        except Permanent as error:
            _say_refused(error)
            return 1
    click.echo(f"{name} signed in, and Partner Center answers. The refresh token is kept, encrypted.")
    return 0


def _say_where(address: str, redirect_uri: str) -> None:
    click.echo(
        "Open this address, and sign in with a second factor as an Admin agent or Sales agent:\n\n"
        f"{address}\n\n"
        f"The browser comes back to {redirect_uri}, here. Ctrl-C gives up."
    )


def _say_refused(error: Permanent) -> None:
    why = Templates().words(DEFAULT_LOCALE)(f"reasons/{error.reason}")
    click.echo(f"{why}\n({error})\nNothing was changed.", err=True)
