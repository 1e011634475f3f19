"""Registers our webhook without losing what was registered before: a partner tenant has one place for it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from bot.microsoft.errors import Refusal
from bot.ports.failures import Permanent, Reason
from bot.ports.microsoft import WebhookRegistration, WebhookRegistrations

# Source: learn.microsoft.com/partner-center/developer/partner-center-webhook-events
RELATIONSHIP_EVENTS = frozenset(
    {
        "test-created",
        "reseller-relationship-accepted-by-customer",
        "indirect-reseller-relationship-accepted-by-customer",
        "dap-admin-relationship-approved",
        "dap-admin-relationship-terminated",
        "dap-admin-relationship-terminated-by-microsoft",
        "granular-admin-relationship-approved",
        "granular-admin-relationship-activated",
        "granular-admin-relationship-terminated",
        "granular-admin-relationship-expired",
        "granular-admin-access-assignment-created",
        "granular-admin-access-assignment-activated",
        "granular-admin-access-assignment-updated",
        "granular-admin-access-assignment-deleted",
    }
)


@dataclass(frozen=True)
class Registered:
    """
    Events arrive at our address. `changed`: this call made it so. `not_offered`: wanted, but not to be had
    by this partner. `replaced_url`: the address that lost its place, with `force` only.
    """

    registration: WebhookRegistration
    changed: bool
    not_offered: frozenset[str]
    replaced_url: str | None = None


@dataclass(frozen=True)
class TakenByAnother:
    """Another address is registered; nothing was changed. `force` would send its events to us instead."""

    registration: WebhookRegistration


Outcome = Registered | TakenByAnother


async def register_webhook(
    partner_center: WebhookRegistrations,
    *,
    url: str,
    events: Iterable[str] = RELATIONSHIP_EVENTS,
    force: bool = False,
) -> Outcome:
    """
    Make Microsoft send `events` to `url`, beside the events registered before.

    Raises what `partner_center` raises; `Permanent` (REQUEST_REFUSED) where none of `events` is offered.
    """
    wanted = frozenset(events)
    offered = {event.casefold(): event for event in await partner_center.webhook_events()}
    available = frozenset(offered[event.casefold()] for event in wanted if event.casefold() in offered)
    if not available:
        raise Permanent(Reason.REQUEST_REFUSED, "Microsoft offers this partner none of the events")
    not_offered = frozenset(event for event in wanted if event.casefold() not in offered)
    created = WebhookRegistration(url=url, events=available, properties={})
    present = await _present_or_create(partner_center, created)
    if present is None:
        return Registered(created, changed=True, not_offered=not_offered)
    if not is_same_address(present.url, url) and not force:
        return TakenByAnother(present)
    return await _merge(partner_center, present, url, available, not_offered)


async def _present_or_create(
    partner_center: WebhookRegistrations, created: WebhookRegistration
) -> WebhookRegistration | None:
    """Return what is registered; None where nothing was, and `created` now is."""
    present = await partner_center.webhook_registration()
    if present is not None:
        return present
    try:
        await partner_center.create_webhook_registration(created)
    except Refusal as refusal:
        # Another replica of ours, or somebody else, was first.
        present = await partner_center.webhook_registration() if refusal.status == 409 else None
        if present is None:
            raise
    return present


async def _merge(
    partner_center: WebhookRegistrations,
    present: WebhookRegistration,
    url: str,
    available: frozenset[str],
    not_offered: frozenset[str],
) -> Registered:
    ours_already = is_same_address(present.url, url)
    held = {event.casefold() for event in present.events}
    missing = frozenset(event for event in available if event.casefold() not in held)
    merged = replace(present, url=url, events=present.events | missing)
    if merged == present:
        return Registered(present, changed=False, not_offered=not_offered)
    await partner_center.replace_webhook_registration(merged)
    return Registered(
        merged, changed=True, not_offered=not_offered, replaced_url=None if ours_already else present.url
    )


def is_same_address(one: str, other: str) -> bool:
    """Scheme and host have no letter case; path and query, where a secret may be, do."""
    first, second = urlsplit(one.strip()), urlsplit(other.strip())
    return (
        first.scheme.lower() == second.scheme.lower()
        and first.netloc.lower() == second.netloc.lower()
        and (first.path.rstrip("/"), first.query) == (second.path.rstrip("/"), second.query)
    )
