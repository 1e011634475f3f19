"""What an administrator does by hand, besides running the bot. Each returns an exit status."""

import asyncio
from datetime import timedelta

from bot.app import build
from bot.microsoft.loopback import answer_from_browser
from bot.microsoft.sign_in import SignIn
from bot.microsoft.webhook_registration import Registered, TakenByAnother, register_webhook
from bot.ports.failures import Permanent
from bot.settings import Settings
from bot.terminal import complain, complain_of, denial, say, words_here

SIGN_IN_TIME = timedelta(minutes=10)


async def show_webhook(settings: Settings) -> int:
    """Say where Microsoft sends events for our partner tenant, and which."""
    async with build(settings) as app:
        registration = await app.microsoft.partner_center.webhook_registration()
    if registration is None:
        say("terminal/webhook/unregistered")
        return 1
    ours = settings.webhook_url == registration.url
    say("terminal/webhook/shown", url=registration.url, events=sorted(registration.events), ours=ours)
    return 0 if ours else 1


async def set_webhook(settings: Settings, *, force: bool) -> int:
    """Add our events to the registration; take the place of another address only when told to."""
    if not settings.webhook_url:
        complain("terminal/webhook/no_address")
        return 1
    async with build(settings) as app:
        outcome = await register_webhook(app.microsoft.partner_center, url=settings.webhook_url, force=force)
    match outcome:
        case TakenByAnother(registration):
            complain("terminal/webhook/taken", url=registration.url)
            return 1
        case Registered():
            say(
                "terminal/webhook/registered",
                url=outcome.registration.url,
                changed=outcome.changed,
                replaced_url=outcome.replaced_url,
                not_offered=words_here().formats.listing(sorted(outcome.not_offered)),
            )
    return 0


async def reconcile(settings: Settings) -> int:
    """Compare everything with Microsoft's lists once, now."""
    async with build(settings) as app:
        while await app.timers.reconciliation.step():
            pass
        known = await app.store.customers.count()
    say("terminal/reconcile/compared", customers=known)
    return 0


async def verify_audit(settings: Settings) -> int:
    """Check the chain of the audit log from its first row to its head."""
    async with build(settings) as app:
        rows, last_hash = await app.store.audit.end()
        broken = await app.store.audit.first_broken()
    if broken is None:
        say("terminal/audit/whole", rows=rows, last_hash=last_hash or "")
        return 0
    if broken <= rows:
        complain("terminal/audit/broken", row=broken)
    else:
        complain("terminal/audit/end_lost", rows=rows)
    return 1


async def sign_in(settings: Settings, *, port: int) -> int:
    """Let a partner user sign in in a browser, and keep the refresh token where `serve` finds it."""
    redirect_uri = f"http://localhost:{port}/signed-in"
    async with build(settings) as app:
        microsoft = app.microsoft
        resource = microsoft.endpoints.partner_center_resource
        signing_in = SignIn(microsoft.tokens, resource, redirect_uri=redirect_uri)
        try:
            address = await signing_in.begin()
            async with answer_from_browser(
                redirect_uri,
                state=signing_in.state,
                thanks=words_here().plain("terminal/sign_in/thanks"),
                refusal=words_here().plain("terminal/sign_in/not_ours"),
            ) as answer:
                say("terminal/sign_in/open", address=address, redirect_uri=redirect_uri)
                form = await asyncio.wait_for(answer, SIGN_IN_TIME.total_seconds())
            name = await signing_in.finish(form)
            # The one call that only a signed-in user may make: what it refuses is not worth keeping.
            await microsoft.partner_center.relationship_request_url()
            await microsoft.tokens.keep()
        except TimeoutError:
            complain("terminal/sign_in/nobody", length=words_here().formats.duration(SIGN_IN_TIME))
            return 1
        except Permanent as error:
            complain_of(denial(error))
            complain("terminal/sign_in/unchanged")
            return 1
    say("terminal/sign_in/done", name=name)
    return 0
