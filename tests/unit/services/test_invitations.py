"""A request that comes twice is one request, whatever became of the first meanwhile."""

import asyncio

import pytest

from bot.domain.errors import AlreadyInvited
from bot.domain.identifiers import SlackChannelId
from bot.domain.invitation import Status
from bot.domain.policy import Policy, Who
from bot.services.changes import Changes, Channels
from bot.services.invitations import Invitations
from bot.services.prospects import Prospects
from tests.builders import ANA, BEN, PARTNER, a_proposal
from tests.fakes import FakeClock, FakeMembers, FakeTenants
from tests.unit.services.conftest import FallibleStore

CHANNEL = SlackChannelId("C0PARTNERS")


@pytest.fixture
def invitations(store: FallibleStore) -> Invitations:
    return Invitations(
        changes=Changes(store, FakeClock(), Channels(CHANNEL, CHANNEL)),
        members=FakeMembers(),
        policy=Policy(Who(), Who(frozenset({BEN})), Who()),
        partner=PARTNER,
        prospects=Prospects(store, FakeTenants(), PARTNER),
    )


async def test_the_same_request_twice_at_once_makes_one_invitation(invitations: Invitations) -> None:
    once = [invitations.request(a_proposal(), by=ANA, key="form 1") for _ in range(2)]

    first, second = await asyncio.gather(*once)

    assert first.id == second.id
    assert len(await invitations.store.invitations.in_status(frozenset(Status), limit=10)) == 1


async def test_the_same_request_while_colleagues_think_is_the_one_they_think_about(
    invitations: Invitations,
) -> None:
    first = await invitations.request(a_proposal(), by=ANA, key="form 1")

    again = await invitations.request(a_proposal(), by=ANA, key="form 1")

    assert again.id == first.id


async def test_the_same_request_after_it_was_withdrawn_asks_nobody_again(invitations: Invitations) -> None:
    first = await invitations.request(a_proposal(), by=ANA, key="form 1")
    await invitations.withdraw(first.id, by=ANA)

    again = await invitations.request(a_proposal(), by=ANA, key="form 1")

    assert (again.id, again.status) == (first.id, Status.WITHDRAWN)


async def test_another_request_for_the_same_customer_is_refused(invitations: Invitations) -> None:
    first = await invitations.request(a_proposal(), by=ANA, key="form 1")

    with pytest.raises(AlreadyInvited) as refused:
        await invitations.request(a_proposal(), by=ANA, key="form 2")

    assert refused.value.invitation_id == first.id
