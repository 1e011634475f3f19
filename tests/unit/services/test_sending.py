"""A mail goes out once, whatever happens to the record of it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.clouds import Cloud
from bot.domain.identifiers import DomainName, SlackChannelId
from bot.domain.invitation import DELAY_TIME, Invitation, Prospect, Status
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.ports.microsoft import Tenant
from bot.ports.store import Stale
from bot.ports.work import Queue
from bot.services.changes import Changes, Channels
from bot.services.identification import Identification
from bot.services.sending import Sending
from tests.builders import FABRIKAM, an_invitation
from tests.fakes import FakeClock, FakeDelegatedAdmin, FakeMail, FakePartnerCenter, FakeTenants
from tests.unit.services.conftest import FallibleStore

CHANNEL = SlackChannelId("C0PARTNERS")


@dataclass
class Sender:
    """The service under test and what is around it."""

    store: FallibleStore
    clock: FakeClock
    tenants: FakeTenants
    mail: FakeMail
    sending: Sending

    async def invitation(self) -> Invitation:
        (invitation,) = await self.store.invitations.in_status(frozenset(Status), limit=2)
        return invitation


@pytest.fixture
def sender(store: FallibleStore) -> Sender:
    mail, clock, tenants = FakeMail(), FakeClock(), FakeTenants()
    changes = Changes(store, clock, Channels(CHANNEL, CHANNEL))
    sending = Sending(
        changes=changes,
        partner_center=FakePartnerCenter(),
        delegated_admin=FakeDelegatedAdmin(),
        identification=Identification(changes=changes, tenants=tenants),
        mail=mail,
        mail_html=lambda subject, text, language: text,
    )
    return Sender(store, clock, tenants, mail, sending)


async def ready(sender: Sender) -> Invitation:
    return await kept(sender, Status.READY)


async def kept(sender: Sender, status: Status, **overrides: Any) -> Invitation:
    invitation = an_invitation(status=status, **overrides)
    await sender.store.commit(sender.store.invitations.adding(invitation, key="k"))
    return invitation


async def notices(sender: Sender) -> list[object]:
    """Return what the requester is to be told, in order."""
    rows = await sender.store.work.claim(
        Queue.OUTBOX, now=sender.clock.now(), lease=timedelta(seconds=1), limit=50
    )
    return [one.work.payload["notice"] for one in rows if one.work.payload["place"] == "person"]


@pytest.mark.parametrize("failure", [Temporary("the database is away"), Stale("others write")])
async def test_a_mail_whose_record_is_lost_is_in_doubt_and_not_unsent(
    sender: Sender, failure: Exception
) -> None:
    invitation = await ready(sender)
    sender.store.failures = [failure] * 20

    with pytest.raises(OutcomeUnknown):
        await sender.sending.send(invitation.id, uncertain=False)

    sender.store.failures = []
    await sender.sending.send(invitation.id, uncertain=True)
    assert len(sender.mail.sent) == 1
    assert (await sender.invitation()).problem == Reason.SENDING_UNCERTAIN


async def test_a_mail_in_doubt_whose_record_is_lost_stays_in_doubt(sender: Sender) -> None:
    invitation = await ready(sender)
    sender.mail.failures = [OutcomeUnknown("no answer")]
    sender.store.failures = [Temporary("the database is away")]

    with pytest.raises(OutcomeUnknown):
        await sender.sending.send(invitation.id, uncertain=False)


async def test_a_mail_that_was_not_taken_may_be_sent_again(sender: Sender) -> None:
    invitation = await ready(sender)
    sender.mail.failures = [Temporary("come back later")]

    with pytest.raises(Temporary):
        await sender.sending.send(invitation.id, uncertain=False)

    await sender.sending.send(invitation.id, uncertain=False)
    assert len(sender.mail.sent) == 1
    assert (await sender.invitation()).status is Status.SENT


NEVER_HEARD_OF = Prospect("Fabrikam", DomainName("fabrikam.com"), None, "DE", Cloud.PUBLIC)
KNOWN = Tenant(FABRIKAM, "Fabrikam", DomainName("fabrikam.onmicrosoft.com"))


async def test_a_tenant_microsoft_knows_by_now_is_named_before_anything_is_sent(sender: Sender) -> None:
    invitation = await kept(sender, Status.PREPARING, customer=NEVER_HEARD_OF, admin_access=None)
    sender.tenants.tenants[DomainName("fabrikam.com")] = KNOWN
    await sender.sending.prepare(invitation.id)

    prepared = await sender.invitation()
    assert (prepared.status, prepared.customer_tenant_id) == (Status.READY, FABRIKAM)


async def test_a_tenant_that_cannot_be_looked_up_keeps_nothing_from_being_sent(sender: Sender) -> None:
    invitation = await kept(sender, Status.PREPARING, customer=NEVER_HEARD_OF, admin_access=None)
    sender.tenants.failure = Temporary("Graph is away")
    await sender.sending.prepare(invitation.id)

    assert (await sender.invitation()).status is Status.READY


async def test_a_refused_mail_keeps_its_reason(sender: Sender) -> None:
    invitation = await ready(sender)
    sender.mail.failures = [Permanent(Reason.RECIPIENT_REFUSED, "no such mailbox")]
    await sender.sending.send(invitation.id, uncertain=False)

    kept = await sender.invitation()
    assert (kept.status, kept.problem) == (Status.READY, Reason.RECIPIENT_REFUSED)


@pytest.mark.parametrize("status", [Status.APPROVED, Status.PREPARING])
async def test_what_was_not_approved_is_not_prepared_and_says_so(sender: Sender, status: Status) -> None:
    approved = an_invitation(status=status)
    altered = replace(approved, proposal=replace(approved.proposal, subject="Something else"))
    await sender.store.commit(sender.store.invitations.adding(altered, key="k"))
    await sender.sending.prepare(altered.id)

    failed = await sender.invitation()
    assert (failed.status, failed.problem) == (Status.FAILED, Reason.NOT_APPROVED)
    assert failed.links.reseller == ""


@pytest.mark.parametrize("status", [Status.PREPARING, Status.READY])
async def test_a_step_that_waits_says_so_once(sender: Sender, status: Status) -> None:
    invitation = await kept(sender, status)
    for _ in range(3):
        await sender.sending.delayed(invitation.id, detail="HTTP 503")

    assert await notices(sender) == ["delayed"]
    assert (await sender.invitation()).delayed_since == sender.clock.now()


@pytest.mark.parametrize(
    ("status", "becomes"), [(Status.PREPARING, Status.FAILED), (Status.READY, Status.READY)]
)
async def test_what_waited_for_a_day_becomes_a_persons_to_decide(
    sender: Sender, status: Status, becomes: Status
) -> None:
    invitation = await kept(sender, status)
    await sender.sending.delayed(invitation.id, detail="HTTP 503")
    sender.clock.move(DELAY_TIME)
    await sender.sending.delayed(invitation.id, detail="HTTP 503")

    ended = await sender.invitation()
    assert (ended.status, ended.problem, ended.delayed_since) == (becomes, Reason.UNAVAILABLE, None)


async def test_a_step_that_waited_and_then_worked_no_longer_waits(sender: Sender) -> None:
    invitation = await ready(sender)
    await sender.sending.delayed(invitation.id, detail="HTTP 503")
    await sender.sending.send(invitation.id, uncertain=False)

    sent = await sender.invitation()
    assert (sent.status, sent.delayed_since) == (Status.SENT, None)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.PREPARING, Status.READY}))
async def test_nothing_waits_in_another_status(sender: Sender, status: Status) -> None:
    invitation = await kept(sender, status)
    await sender.sending.delayed(invitation.id, detail="HTTP 503")

    assert (await sender.invitation()).delayed_since is None
