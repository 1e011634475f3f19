"""What is seen at Microsoft, in any order and any number of times."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.customer import Change, Customer
from bot.domain.identifiers import InvitationId, RelationshipId, RoleId
from bot.domain.relationship import AdminRelationship, EndCause
from tests.builders import NOON, a_customer

READER, WRITER = (
    RoleId("88d8e3e3-8f55-4a1e-953a-9b9898b8876b"),
    RoleId("9360feb5-f418-4baa-8175-e2a00bac4301"),
)
RELATIONSHIP = RelationshipId("-".join(["77777777-7777-4777-8777-777777777777"] * 2))
OURS = InvitationId("aaaaaaaaaaaaaaaa")

STATUSES = [
    "created",
    "approvalPending",
    "approved",
    "activating",
    "active",
    "expiring",
    "terminationRequested",
    "terminating",
    "terminated",
    "expired",
    "somethingNew",
]


def seen(status: str, *roles: RoleId) -> AdminRelationship:
    return AdminRelationship(
        id=RELATIONSHIP,
        display_name="Overture_aaaaaaaaaaaaaaaa",
        status=status,
        roles=roles or (READER, WRITER),
        duration_days=730,
        auto_extends=False,
        customer_tenant_id=a_customer().tenant_id,
        customer_name=None,
        activated_at=None,
        ends_at=None,
        etag="",
    )


def see(
    customer: Customer, relationship: AdminRelationship, *, assigned: bool = False
) -> tuple[Customer, list[Change]]:
    after, changes = customer.see_admin_relationship(
        relationship, assigned=assigned, cause=EndCause.CUSTOMER_ENDED, invitation_id=OURS, at=NOON
    )
    return after, [one.change for one in changes]


def new_customer() -> Customer:
    return replace(a_customer(), grants=())


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.booleans()), max_size=20))
def test_what_was_seen_last_is_what_is_known(history: list[tuple[str, bool]]) -> None:
    customer = new_customer()
    for status, assigned in history:
        customer, _ = see(customer, seen(status), assigned=assigned)

    grant = customer.grant(RELATIONSHIP)
    assert (grant.status if grant else None) == (history[-1][0] if history else None)


@given(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=20))
def test_seeing_the_same_again_changes_nothing_and_tells_nobody(history: list[str]) -> None:
    customer = new_customer()
    for status in history:
        customer, _ = see(customer, seen(status))
        again, changes = see(customer, seen(status))

        assert (again, changes) == (customer, [])


@given(st.lists(st.booleans(), max_size=30))
def test_a_reseller_relationship_is_announced_once_each_time_it_begins_or_ends(history: list[bool]) -> None:
    customer, told = new_customer(), []
    customer = replace(customer, reseller=type(customer.reseller).NONE)
    for exists in history:
        customer, changes = customer.see_reseller(exists, at=NOON)
        told += [one.change for one in changes]

    expected = [Change.RESELLER_ACCEPTED, Change.RESELLER_ENDED] * len(told)
    assert told == expected[: len(told)]


def test_access_that_became_active_is_told_with_its_groups() -> None:
    _, changes = see(new_customer(), seen("active"), assigned=True)

    assert changes == [Change.ADMIN_ACCESS_ACTIVE, Change.GROUPS_ASSIGNED]


@pytest.mark.parametrize("last", ["terminated", "expired"])
def test_lost_access_is_told_with_its_cause(last: str) -> None:
    active, _ = see(new_customer(), seen("active"))

    lost, changes = see(active, seen(last))

    assert changes == [Change.ADMIN_ACCESS_LOST]
    grant = lost.grant(RELATIONSHIP)
    assert grant is not None
    assert grant.end_cause is (EndCause.EXPIRED if last == "expired" else EndCause.CUSTOMER_ENDED)


def test_a_request_that_ended_before_it_was_approved_is_no_loss() -> None:
    pending, _ = see(new_customer(), seen("approvalPending"))

    _, changes = see(pending, seen("expired"))

    assert changes == [Change.ADMIN_REQUEST_ENDED]


def test_an_end_whose_beginning_nobody_saw_is_told_for_our_own_request() -> None:
    _, changes = see(new_customer(), replace(seen("terminated"), activated_at=NOON))

    assert changes == [Change.ADMIN_ACCESS_LOST]


def test_fewer_roles_are_told_as_such() -> None:
    active, _ = see(new_customer(), seen("active", READER, WRITER))

    _, changes = see(active, seen("active", READER))

    assert changes == [Change.ADMIN_ACCESS_REDUCED]


def test_a_relationship_that_vanished_is_lost_once() -> None:
    active, _ = see(new_customer(), seen("active"))

    gone, changes = active.miss_admin_relationship(RELATIONSHIP, at=NOON)
    _, again = gone.miss_admin_relationship(RELATIONSHIP, at=NOON)

    assert [one.change for one in changes] == [Change.ADMIN_ACCESS_LOST]
    assert again == []


def test_an_old_event_about_legacy_access_does_not_bring_it_back() -> None:
    ended, changes = new_customer().see_legacy_admin(active=False, cause=EndCause.INACTIVITY, changed_at=NOON)
    after, more = ended.see_legacy_admin(
        active=True, cause=EndCause.UNKNOWN, changed_at=NOON - timedelta(hours=1)
    )

    assert [one.change for one in changes] == [Change.ADMIN_ACCESS_LOST]
    assert (after, more) == (ended, [])


def test_a_signed_agreement_is_told_once() -> None:
    unsigned = replace(new_customer(), agreement_signed_at=None)
    signed, changes = unsigned.see_agreement(True, at=NOON)
    _, again = signed.see_agreement(True, at=NOON)

    assert [one.change for one in changes] == [Change.AGREEMENT_SIGNED]
    assert again == []
