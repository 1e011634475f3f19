from dataclasses import dataclass, field

import pytest

from bot.microsoft.errors import Refusal
from bot.microsoft.webhook_registration import Registered, TakenByAnother, register_webhook
from bot.ports.failures import Permanent, Reason
from bot.ports.microsoft import WebhookRegistration

OURS = "https://bot.contoso.example/webhooks/partner-center?key=Secret"
THEIRS = "https://erp.contoso.example/hook"
WANTED = frozenset({"test-created", "reseller-relationship-accepted-by-customer"})


@dataclass
class PartnerCenterWithOneRegistration:
    """Keeps a registration as Microsoft does: one, never two."""

    registration: WebhookRegistration | None = None
    offered: frozenset[str] = WANTED | {"invoice-ready"}
    writes: list[str] = field(default_factory=list)

    async def webhook_events(self) -> frozenset[str]:
        return self.offered

    async def webhook_registration(self) -> WebhookRegistration | None:
        return self.registration

    async def create_webhook_registration(self, registration: WebhookRegistration) -> None:
        assert self.registration is None
        self.registration = registration
        self.writes.append("create")

    async def replace_webhook_registration(self, registration: WebhookRegistration) -> None:
        assert self.registration is not None
        self.registration = registration
        self.writes.append("replace")


async def test_the_first_registration_is_created() -> None:
    partner_center = PartnerCenterWithOneRegistration()
    outcome = await register_webhook(partner_center, url=OURS, events=WANTED)

    assert isinstance(outcome, Registered)
    assert outcome.changed
    assert partner_center.registration == WebhookRegistration(OURS, WANTED, {})


async def test_events_registered_before_are_kept() -> None:
    before = WebhookRegistration(OURS, frozenset({"invoice-ready", "Test-Created"}), {"a": 1}, True)
    partner_center = PartnerCenterWithOneRegistration(before)
    await register_webhook(partner_center, url=OURS, events=WANTED)

    events = {"invoice-ready", "Test-Created", "reseller-relationship-accepted-by-customer"}
    assert partner_center.registration == WebhookRegistration(OURS, frozenset(events), {"a": 1}, True)
    assert partner_center.writes == ["replace"]


async def test_what_is_registered_already_is_left_alone() -> None:
    partner_center = PartnerCenterWithOneRegistration(WebhookRegistration(OURS, WANTED, {}))
    outcome = await register_webhook(partner_center, url=OURS, events=WANTED)

    assert isinstance(outcome, Registered)
    assert not outcome.changed
    assert not partner_center.writes


@pytest.mark.parametrize("url", [THEIRS, OURS.replace("Secret", "secret"), OURS.replace("https", "http")])
async def test_the_place_of_another_is_not_taken(url: str) -> None:
    before = WebhookRegistration(url, frozenset({"invoice-ready"}), {})
    partner_center = PartnerCenterWithOneRegistration(before)

    assert await register_webhook(partner_center, url=OURS, events=WANTED) == TakenByAnother(before)
    assert not partner_center.writes


async def test_by_force_the_place_is_taken_and_the_events_kept() -> None:
    before = WebhookRegistration(THEIRS, frozenset({"invoice-ready"}), {})
    partner_center = PartnerCenterWithOneRegistration(before)
    outcome = await register_webhook(partner_center, url=OURS, events=WANTED, force=True)

    assert isinstance(outcome, Registered)
    assert outcome.replaced_url == THEIRS
    assert partner_center.registration == WebhookRegistration(OURS, WANTED | {"invoice-ready"}, {})


async def test_only_events_on_offer_are_subscribed_to() -> None:
    partner_center = PartnerCenterWithOneRegistration(offered=frozenset({"TEST-created"}))
    outcome = await register_webhook(partner_center, url=OURS, events=WANTED)

    assert isinstance(outcome, Registered)
    assert outcome.registration.events == {"TEST-created"}
    assert outcome.not_offered == {"reseller-relationship-accepted-by-customer"}


async def test_where_nothing_is_on_offer_nothing_is_registered() -> None:
    with pytest.raises(Permanent):
        await register_webhook(PartnerCenterWithOneRegistration(offered=frozenset()), url=OURS, events=WANTED)


class SomebodyIsFirst(PartnerCenterWithOneRegistration):
    """Another replica of ours registers between our look and our write."""

    async def create_webhook_registration(self, registration: WebhookRegistration) -> None:
        self.registration = registration
        raise Refusal(Reason.REQUEST_REFUSED, "HTTP 409", status=409, code="")


async def test_a_registration_that_another_replica_made_meanwhile_is_ours() -> None:
    outcome = await register_webhook(SomebodyIsFirst(), url=OURS, events=WANTED)

    assert isinstance(outcome, Registered)
    assert not outcome.changed
