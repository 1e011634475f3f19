"""A mail goes out once, whatever happens to the record of it."""

from dataclasses import dataclass, replace

import pytest

from bot.domain.identifiers import SlackChannelId
from bot.domain.invitation import Invitation, Status
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.ports.store import Stale
from bot.services.changes import Changes, Channels
from bot.services.sending import Sending
from tests.builders import an_invitation
from tests.fakes import FakeClock, FakeDelegatedAdmin, FakeMail, FakePartnerCenter
from tests.unit.services.conftest import FallibleStore

CHANNEL = SlackChannelId("C0PARTNERS")


@dataclass
class Sender:
    """The service under test and what is around it."""

    store: FallibleStore
    mail: FakeMail
    sending: Sending

    async def invitation(self) -> Invitation:
        (invitation,) = await self.store.invitations.in_status(frozenset(Status), limit=2)
        return invitation


@pytest.fixture
def sender(store: FallibleStore) -> Sender:
    mail = FakeMail()
    sending = Sending(
        changes=Changes(store, FakeClock(), Channels(CHANNEL, CHANNEL)),
        partner_center=FakePartnerCenter(),
        delegated_admin=FakeDelegatedAdmin(),
        mail=mail,
        mail_html=lambda subject, text, language: text,
    )
    return Sender(store, mail, sending)


async def ready(sender: Sender) -> Invitation:
    invitation = an_invitation(status=Status.READY)
    await sender.store.commit(sender.store.invitations.adding(invitation, key="k"))
    return invitation


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
