"""Whatever the domain can hold comes back as it was."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.clouds import Cloud
from bot.domain.customer import Customer, ResellerState
from bot.domain.identifiers import InvitationId
from bot.domain.invitation import (
    AdminAccess,
    Contact,
    Delivery,
    Invitation,
    Progress,
    Proposal,
    Prospect,
    Status,
)
from bot.domain.mail import Links
from bot.domain.proposal import Difference
from bot.domain.relationship import AdminGrant, EndCause
from storage.invitation_rows import to_invitation, to_row
from storage.rows import micros, moment
from storage.store import WorkspaceStore
from tests.builders import an_invitation

text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
start, end = datetime(1970, 1, 1), datetime(2999, 12, 31)  # noqa: DTZ001 - hypothesis wants them so and adds the zone
times = st.datetimes(start, end, timezones=st.just(UTC))
flags = st.booleans()
texts = st.lists(text, max_size=3).map(tuple)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


prospects = st.builds(Prospect, text, maybe(text), maybe(text), text, st.sampled_from(Cloud))
accesses = st.builds(AdminAccess, text, texts, st.integers(1, 730), flags)
proposals = st.builds(
    Proposal,
    customer=prospects,
    contact=st.builds(Contact, text, text),
    reseller=flags,
    admin_access=maybe(accesses),
    subject=text,
    text=text,
    language=text,
    delivery=st.sampled_from(Delivery),
    reason=text,
    indirect_provider=maybe(text),
)
progresses = st.builds(Progress, maybe(times), maybe(times), text, maybe(times), maybe(times))
invitations = st.builds(
    Invitation,
    id=st.builds(lambda: InvitationId(uuid4().hex)),
    proposal=proposals,
    status=st.sampled_from(Status),
    requested_by=text,
    requested_at=times,
    due_at=times,
    decided_by=maybe(text),
    decided_at=maybe(times),
    comment=text,
    changed=maybe(st.lists(st.sampled_from(Difference), max_size=3).map(tuple)),
    approved_fingerprint=text,
    links=st.builds(Links, text, text),
    relationship_id=maybe(text),
    prepared_at=maybe(times),
    sent_at=maybe(times),
    ended_at=maybe(times),
    problem=text,
    problem_detail=text,
    progress=progresses,
    asked_again_from=maybe(text),
)
grants = st.builds(
    AdminGrant,
    id=text,
    status=text,
    roles=texts,
    activated_at=maybe(times),
    ends_at=maybe(times),
    auto_extends=flags,
    assigned=flags,
    invitation_id=maybe(text),
    end_cause=maybe(st.sampled_from(EndCause)),
    ended_at=maybe(times),
)
customers = st.builds(
    Customer,
    tenant_id=st.builds(lambda: uuid4().hex),
    name=text,
    cloud=st.sampled_from(Cloud),
    domain=maybe(text),
    country=text,
    reseller=st.sampled_from(ResellerState),
    reseller_since=maybe(times),
    reseller_ended_at=maybe(times),
    agreement_signed_at=maybe(times),
    grants=st.lists(grants, max_size=3, unique_by=lambda grant: grant.id).map(tuple),
)

many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@many
@given(invitation=invitations)
async def test_any_invitation_comes_back_as_it_was(store: WorkspaceStore, invitation: Invitation) -> None:
    await store.commit(store.invitations.adding(invitation, key=""))

    found = await store.invitations.get(invitation.id)

    assert found == invitation
    assert found.proposal.fingerprint == invitation.proposal.fingerprint


def test_an_invitation_written_by_an_earlier_version_was_never_sent_back() -> None:
    row = dict(to_row(an_invitation(changed=())), version=1)
    facts = json.loads(str(row["facts"]))
    del facts["changed"]

    assert to_invitation(row | {"facts": json.dumps(facts)}).changed is None


@many
@given(customer=customers)
async def test_any_customer_comes_back_as_it_was(store: WorkspaceStore, customer: Customer) -> None:
    await store.commit(store.customers.adding(customer))

    assert await store.customers.get(customer.tenant_id) == customer


@given(times)
def test_a_time_keeps_its_microsecond(at: datetime) -> None:
    assert moment(micros(at)) == at
