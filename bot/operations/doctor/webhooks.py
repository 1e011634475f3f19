"""How Microsoft's events reach us, and whether we would believe them."""

import asyncio
from urllib.parse import urlsplit

from bot.app.microsoft import webhook_verifier
from bot.microsoft.clouds import is_loopback
from bot.microsoft.redaction import redacted
from bot.microsoft.transport import tls_context
from bot.microsoft.webhook_registration import RELATIONSHIP_EVENTS, is_same_address
from bot.microsoft.webhook_signature import CERTIFICATE_PATH, WebhookSignature
from bot.operations.doctor.findings import Kind, Place, Problem, Result, problem, wrong
from bot.operations.doctor.site import Site
from bot.ports.unfit import SettingWrong
from bot.ports.webhooks import CertificateUnavailable, ForgedDelivery

URL, ROOTS, HOSTS = (
    "OVERTURE_WEBHOOK_URL",
    "OVERTURE_WEBHOOK_TRUST_ROOTS",
    "OVERTURE_WEBHOOK_CERTIFICATE_HOSTS",
)
ROUTE = "/webhooks/partner-center"


async def registration(site: Site) -> Result:
    url = site.settings.webhook_url or ""
    if not _is_fit(url):
        return wrong(Kind.WEBHOOK_ADDRESS, URL, route=ROUTE)
    found = await site.microsoft.partner_center.webhook_registration()
    if found is None:
        return wrong(Kind.WEBHOOK_UNREGISTERED, URL, at=Place.PARTNER_CENTER)
    if not is_same_address(found.url, url):
        # The whole address may hold a secret of somebody's.
        host = urlsplit(found.url).hostname or ""
        return wrong(Kind.WEBHOOK_ELSEWHERE, URL, at=Place.PARTNER_CENTER, host=host)
    return await _events(site, {event.casefold() for event in found.events})


async def certificate(site: Site) -> Result:
    """The certificate events have been signed with so far, up to a root and asked about revocation."""
    try:
        verifier = webhook_verifier(site.settings, site.clock, tls_context(site.settings.ca_file))
    except SettingWrong as error:
        return wrong(Kind.TRUST_UNUSABLE, ROOTS, HOSTS, detail=error)
    hosts = site.settings.webhook_certificate_hosts
    problems = await asyncio.gather(*(_distrust(verifier, host) for host in hosts))
    # One of several may be the host Microsoft moved away from.
    return Result(tuple(filter(None, problems)) if all(problems) else ())


async def _events(site: Site, held: set[str]) -> Result:
    offered = {event.casefold() for event in await site.microsoft.partner_center.webhook_events()}
    if missing := sorted((RELATIONSHIP_EVENTS & offered) - held):
        return wrong(Kind.WEBHOOK_EVENTS_MISSING, URL, at=Place.PARTNER_CENTER, events=", ".join(missing))
    return Result()


async def _distrust(verifier: WebhookSignature, host: str) -> Problem | None:
    try:
        await verifier.check_certificate(f"https://{host}{CERTIFICATE_PATH}")
    except CertificateUnavailable as error:
        return problem(Kind.CERTIFICATE_UNAVAILABLE, HOSTS, host=host, detail=redacted(str(error)))
    except ForgedDelivery as error:
        return problem(Kind.CERTIFICATE_UNTRUSTED, ROOTS, host=host, detail=redacted(str(error)))
    return None


def _is_fit(url: str) -> bool:
    parts = urlsplit(url)
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    return encrypted and bool(parts.hostname) and parts.path.rstrip("/").endswith(ROUTE)
