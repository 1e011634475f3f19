"""How Microsoft's events reach us, and whether we would believe them."""

from urllib.parse import urlsplit

from bot.app.microsoft import webhook_verifier
from bot.microsoft.clouds import is_loopback
from bot.microsoft.redaction import redacted
from bot.microsoft.transport import tls_context
from bot.microsoft.webhook_registration import RELATIONSHIP_EVENTS, is_same_address
from bot.microsoft.webhook_signature import CERTIFICATE_PATH, WebhookSignature
from bot.operations.doctor.findings import UNUSED, Kind, Place, Problem, Result, wrong
from bot.operations.doctor.site import Site
from bot.ports.webhooks import CertificateUnavailable, ForgedDelivery

URL, ROOTS, HOSTS = (
    "OVERTURE_WEBHOOK_URL",
    "OVERTURE_WEBHOOK_TRUST_ROOTS",
    "OVERTURE_WEBHOOK_CERTIFICATE_HOSTS",
)
ROUTE = "/webhooks/partner-center"


async def registration(site: Site) -> Result:
    url = site.settings.webhook_url
    if not url:
        return UNUSED
    if not _is_fit(url):
        return wrong(Kind.WEBHOOK_ADDRESS, URL, route=ROUTE)
    found = await site.microsoft.partner_center.webhook_registration()
    if found is None:
        return wrong(Kind.WEBHOOK_UNREGISTERED, URL, Place.PARTNER_CENTER)
    if not is_same_address(found.url, url):
        # The whole address may hold a secret of somebody's.
        host = urlsplit(found.url).hostname or ""
        return wrong(Kind.WEBHOOK_ELSEWHERE, URL, Place.PARTNER_CENTER, host=host)
    return await _events(site, {event.casefold() for event in found.events})


async def certificate(site: Site) -> Result:
    """The certificate events have been signed with so far, up to a root and asked about revocation."""
    if not site.settings.webhook_url:
        return UNUSED
    try:
        verifier = webhook_verifier(site.settings, site.clock, tls_context(site.settings.ca_file))
    except (OSError, ValueError) as error:
        return wrong(Kind.TRUST_UNUSABLE, f"{ROOTS}, {HOSTS}", detail=redacted(str(error)))
    problems = [
        problem
        for host in site.settings.webhook_certificate_hosts
        if (problem := await _distrust(verifier, host)) is not None
    ]
    # One of several hosts may be the one Microsoft moved away from.
    all_failed = len(problems) == len(site.settings.webhook_certificate_hosts)
    return Result(tuple(problems) if all_failed else ())


async def _events(site: Site, held: set[str]) -> Result:
    offered = {event.casefold() for event in await site.microsoft.partner_center.webhook_events()}
    if missing := sorted((RELATIONSHIP_EVENTS & offered) - held):
        return wrong(Kind.WEBHOOK_EVENTS_MISSING, URL, Place.PARTNER_CENTER, events=", ".join(missing))
    return Result()


async def _distrust(verifier: WebhookSignature, host: str) -> Problem | None:
    try:
        await verifier.check_certificate(f"https://{host}{CERTIFICATE_PATH}")
    except CertificateUnavailable as error:
        return Problem(
            Kind.CERTIFICATE_UNAVAILABLE, HOSTS, facts={"host": host, "detail": redacted(str(error))}
        )
    except ForgedDelivery as error:
        return Problem(
            Kind.CERTIFICATE_UNTRUSTED, ROOTS, facts={"host": host, "detail": redacted(str(error))}
        )
    return None


def _is_fit(url: str) -> bool:
    parts = urlsplit(url)
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    return encrypted and bool(parts.hostname) and parts.path.rstrip("/").endswith(ROUTE)
