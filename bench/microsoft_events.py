"""Events as Partner Center sends them, signed by the sandbox's Microsoft."""

import itertools
from collections.abc import Iterator

from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_microsoft.events import Event
from bot.sandbox.fake_microsoft.signing import body_bytes
from load import post

PATH = "/webhooks/partner-center"
_CHANGED = "2026-11-20T12:00:00.{:07d}Z"
_count = itertools.count(1)


def irrelevant(microsoft: FakeMicrosoft, number: int) -> Iterator[bytes]:
    """Yield events that lead to no call: they are verified, stored, and then taken note of."""
    for _ in range(number):
        tenant = f"22222222-2222-4222-8222-{next(_count):012d}"
        yield _signed(
            microsoft, "subscription-updated", "Subscription", f"/v1/customers/{tenant}/subscriptions/1"
        )


def accepted(microsoft: FakeMicrosoft, tenant_id: str) -> bytes:
    """Return the event that says that this customer accepted us as reseller."""
    return _signed(
        microsoft, "reseller-relationship-accepted-by-customer", "Customer", f"/v1/customers/{tenant_id}"
    )


def _signed(microsoft: FakeMicrosoft, name: str, resource: str, path: str) -> bytes:
    changed = _CHANGED.format(next(_count))
    event = Event(name, resource, changed, f"https://api.partnercenter.microsoft.com{path}")
    delivery = microsoft.signer.delivery(body_bytes(event))
    return post(PATH, delivery.body, dict(delivery.headers))
