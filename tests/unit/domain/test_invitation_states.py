"""The state machine: every pair of state and event is either in the table or refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import NotApproved, ReviewOutdated, SelfApproval, WrongStatus
from bot.domain.invitation import NEXT, Contact, Delivery, Event, Invitation, Progress, Status
from bot.domain.mail import Links
from bot.domain.proposal import Difference
from tests.builders import ANA, BEN, FABRIKAM, HELPDESK, NOON, an_invitation

FINGERPRINT = an_invitation().proposal.fingerprint
DONE = Progress(reseller_accepted_at=NOON, admin_access_active_at=NOON)

DO: dict[Event, Callable[[Invitation], Invitation]] = {
    Event.APPROVE: lambda one: one.approve(by=BEN, fingerprint=one.proposal.fingerprint, at=NOON),
    Event.REJECT: lambda one: one.reject(by=BEN, comment="no", at=NOON),
    Event.REQUEST_CHANGES: lambda one: one.request_changes(by=BEN, comment="shorter", at=NOON),
    Event.RESUBMIT: lambda one: one.resubmit(one.proposal, at=NOON),
    Event.WITHDRAW: lambda one: one.withdraw(at=NOON),
    Event.EXPIRE_APPROVAL: lambda one: one.expire_approval(at=NOON),
    Event.REOPEN: lambda one: one.reopen(at=NOON),
    Event.PREPARE: lambda one: replace(one, approved_fingerprint=one.proposal.fingerprint).prepare(),
    Event.PREPARED: lambda one: one.prepared(Links("https://a.example"), at=NOON),
    Event.FAIL: lambda one: one.fail("access_denied"),
    Event.RETRY: lambda one: one.retry(),
    Event.MARK_SENT: lambda one: one.mark_sent(at=NOON),
    Event.CANCEL: lambda one: one.cancel(at=NOON),
    Event.LAPSE: lambda one: one.lapse(at=NOON),
}


def test_every_event_has_a_way_to_happen() -> None:
    assert set(DO) | {Event.ACCEPT} == set(Event)


def test_every_status_has_a_row_in_the_table() -> None:
    assert set(NEXT) == set(Status)


def test_every_status_can_be_reached() -> None:
    reached = {Status.AWAITING_APPROVAL} | {status for row in NEXT.values() for status in row.values()}

    assert reached == set(Status)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("event", DO)
def test_an_event_leads_where_the_table_says_or_is_refused(status: Status, event: Event) -> None:
    invitation = an_invitation(status=status)
    if event in NEXT[status]:
        assert DO[event](invitation).status is NEXT[status][event]
    else:
        with pytest.raises(WrongStatus) as refused:
            DO[event](invitation)
        assert refused.value.status is status


@pytest.mark.parametrize("status", Status)
def test_a_complete_invitation_is_accepted_only_where_the_link_can_be_out(status: Status) -> None:
    after = an_invitation(status=status).with_progress(DONE, at=NOON)

    assert after.status is NEXT[status].get(Event.ACCEPT, status)
    assert after.progress == DONE


@given(st.lists(st.sampled_from(sorted(DO)), max_size=30))
def test_any_history_of_events_stays_inside_the_table(history: list[Event]) -> None:
    invitation = an_invitation()
    for event in history:
        before = invitation
        try:
            invitation = DO[event](invitation)
        except WrongStatus:
            continue
        assert NEXT[before.status][event] is invitation.status


@given(st.lists(st.sampled_from(sorted(DO)), max_size=30))
def test_nothing_becomes_ready_without_the_approval_of_what_is_sent(history: list[Event]) -> None:
    invitation = an_invitation()
    for event in [*history, Event.APPROVE, Event.PREPARE, Event.PREPARED]:
        try:
            step = (lambda one: one.prepare()) if event is Event.PREPARE else DO[event]
            invitation = step(invitation)
        except (WrongStatus, NotApproved):
            continue
        if invitation.status in {Status.PREPARING, Status.READY, Status.SENT}:
            assert invitation.approved_fingerprint == invitation.proposal.fingerprint


@pytest.mark.parametrize(
    "decide",
    [
        lambda one: one.approve(by=ANA, fingerprint=FINGERPRINT, at=NOON),
        lambda one: one.reject(by=ANA, comment="", at=NOON),
        lambda one: one.request_changes(by=ANA, comment="", at=NOON),
    ],
)
def test_the_requester_cannot_decide(decide: Callable[[Invitation], Invitation]) -> None:
    with pytest.raises(SelfApproval):
        decide(an_invitation(requested_by=ANA))


def test_an_approval_of_another_text_is_refused() -> None:
    with pytest.raises(ReviewOutdated):
        an_invitation().approve(by=BEN, fingerprint="of something else", at=NOON)


@pytest.mark.parametrize("late", [timedelta(), timedelta(days=1)])
def test_nobody_decides_after_the_time_for_it_though_nobody_wrote_that_down_yet(late: timedelta) -> None:
    asked = an_invitation()

    with pytest.raises(WrongStatus, match=Status.APPROVAL_EXPIRED):
        asked.approve(by=BEN, fingerprint=FINGERPRINT, at=asked.due_at + late)


def test_an_edit_voids_the_approval() -> None:
    asked = an_invitation().request_changes(by=BEN, comment="shorter", at=NOON)

    again = asked.resubmit(replace(asked.proposal, text="{reseller_link} {admin_access_link}"), at=NOON)

    assert again.approved_fingerprint == ""
    assert again.decided_by is None


EDITS: dict[Difference, dict[str, Any]] = {
    Difference.CUSTOMER: {"customer": replace(an_invitation().proposal.customer, name="Adatum")},
    Difference.RECIPIENT: {"contact": Contact("Pat Blue", "pat@fabrikam.com")},
    Difference.SUBJECT: {"subject": "Please accept us"},
    Difference.TEXT: {"text": "{reseller_link} {admin_access_link}"},
    Difference.RESELLER: {"reseller": False},
    Difference.ROLES: {"admin_access": replace(HELPDESK, roles=HELPDESK.roles[:1])},
    Difference.DURATION: {"admin_access": replace(HELPDESK, duration_days=90)},
    Difference.AUTO_EXTEND: {"admin_access": replace(HELPDESK, auto_extend=False)},
    Difference.LANGUAGE: {"language": "zh_Hans"},
    Difference.DELIVERY: {"delivery": Delivery.COPY_TEXT},
    Difference.REASON: {"reason": "another"},
}


@pytest.mark.parametrize("part", Difference)
def test_asking_again_remembers_what_was_edited(part: Difference) -> None:
    asked = an_invitation(status=Status.CHANGES_REQUESTED)

    assert asked.resubmit(replace(asked.proposal, **EDITS[part]), at=NOON).changed == (part,)


def test_asking_again_without_an_edit_says_that_nothing_changed() -> None:
    asked = an_invitation(status=Status.CHANGES_REQUESTED)
    looked_up = replace(asked.proposal.customer, tenant_id=FABRIKAM)

    assert an_invitation().changed is None
    assert asked.resubmit(asked.proposal, at=NOON).changed == ()
    assert asked.resubmit(replace(asked.proposal, customer=looked_up), at=NOON).changed == ()


def test_an_altered_text_is_not_prepared() -> None:
    approved = an_invitation().approve(by=BEN, fingerprint=FINGERPRINT, at=NOON)
    altered = replace(approved, proposal=replace(approved.proposal, subject="Something else"))

    with pytest.raises(NotApproved):
        altered.prepare()


def test_what_the_customer_gets_changes_the_fingerprint_and_nothing_else_does() -> None:
    proposal = an_invitation().proposal
    bound = [
        replace(proposal, subject=proposal.subject + "."),
        replace(proposal, text=proposal.text + "."),
        replace(proposal, contact=replace(proposal.contact, email="other@fabrikam.example")),
        replace(proposal, admin_access=None),
        replace(proposal, reseller=False),
        replace(proposal, language="zh_Hans"),
        replace(proposal, customer=replace(proposal.customer, name="Adatum")),
    ]
    unbound = [
        replace(proposal, reason="another"),
        replace(proposal, customer=replace(proposal.customer, tenant_id=None)),
    ]

    assert len({one.fingerprint for one in (proposal, *bound)}) == len(bound) + 1
    assert {one.fingerprint for one in unbound} == {proposal.fingerprint}


def test_asking_again_gives_colleagues_new_time() -> None:
    expired = an_invitation(due_at=NOON).expire_approval(at=NOON)

    reopened = expired.reopen(at=NOON + timedelta(days=1))

    assert reopened.due_at > NOON + timedelta(days=1)
    assert reopened.ended_at is None
