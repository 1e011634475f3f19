"""
People, events, polling, time and kills in any order.

Whatever happens, nothing is done or said twice. Once everything has come to rest, everything was said, and
what we show is what Microsoft has. That any order of a true history of events ends alike is in
`tests/unit/services/test_order_of_events.py`.
"""

import asyncio
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.domain.customer import ResellerState
from bot.domain.errors import AlreadyCustomer, AlreadyInvited, DomainError
from bot.domain.identifiers import InvitationId, RelationshipId
from bot.domain.invitation import NEXT, OPEN, Event, Invitation, Status
from bot.domain.notifications import Place
from bot.ports.work import LEASE, Queue, Work
from bot.services.changes import new_work_id
from bot.slack.messages.card import invitation_card
from storage.database import open_database
from storage.migrations import migrate
from storage.store import WorkspaceStore
from tests.builders import ANA, BEN, FABRIKAM, a_proposal
from tests.faults.life import APPROVALS, TEAM, TEMPLATES, Life
from tests.faults.outside import SURPRISES, Killed, Outside, Surprise
from tests.unit.services.conftest import CIPHER, HERE

STEPS = int(os.environ.get("OVERTURE_TEST_STEPS", "400"))
STEPS_A_STORY = 50

Result = TypeVar("Result")


class Story(RuleBasedStateMachine):
    """One customer, as many invitations and lives as it takes. Counts its steps in `taken`."""

    template: Path
    taken = 0

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(dir=self.template.parent))
        shutil.copyfile(self.template, self.folder / "story.db")
        self.database = open_database(f"sqlite:///{self.folder / 'story.db'}")
        self.outside = Outside()
        self.store = WorkspaceStore(self.database, HERE, CIPHER, clock=self.outside.clock)
        self.life = Life(self.outside, self.store)
        self.invited: list[InvitationId] = []
        self.retried: Counter[InvitationId] = Counter()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    @initialize()
    def begins(self) -> None:
        self.run(self.database.start())
        self.run(self.store.commit(self.store.notes.setting("customers_imported", "before")))

    # People

    @rule()
    def ana_invites(self) -> None:
        type(self).taken += 1
        open_one = any(one.status in OPEN for one in self.all())
        customer = self.run(self.store.customers.get(FABRIKAM))
        is_customer = customer is not None and customer.reseller is ResellerState.ACTIVE
        expected = AlreadyInvited if open_one else AlreadyCustomer if is_customer else None
        refused = self.tried(self._invites())
        assert (type(refused) if refused else None) is expected

    async def _invites(self) -> None:
        customer = replace(a_proposal().customer, tenant_id=FABRIKAM)
        contact = replace(a_proposal().contact, email=f"chris{len(self.invited)}@fabrikam.com")
        proposal = a_proposal(customer=customer, contact=contact)
        asked = await self.life.invitations.request(proposal, by=ANA, key=f"key {len(self.invited)}")
        self.invited.append(asked.id)

    @precondition(lambda self: self.invited)
    @rule(event=st.sampled_from([Event.APPROVE, Event.APPROVE, Event.APPROVE, Event.REJECT]))
    def ben_decides(self, event: Event) -> None:
        type(self).taken += 1
        newest = self.newest()
        if event is Event.APPROVE:
            deed: Awaitable[object] = self.life.decisions.approve(
                newest.id, by=BEN, fingerprint=newest.proposal.fingerprint
            )
        else:
            deed = self.life.decisions.reject(newest.id, by=BEN, comment="no")
        # Time may be up before anybody got round to writing it down.
        in_time = self.outside.clock.now() < newest.due_at
        assert (self.tried(deed) is None) == (in_time and event in NEXT[newest.status])

    @precondition(lambda self: self.invited)
    @rule(event=st.sampled_from([Event.WITHDRAW, Event.CANCEL, Event.MARK_SENT, Event.REOPEN]))
    def ana_acts(self, event: Event) -> None:
        type(self).taken += 1
        newest = self.newest()
        act = getattr(self.life.invitations, str(event))
        refused = self.tried(act(newest.id, by=ANA))
        if event is not Event.REOPEN:
            assert (refused is None) == (event in NEXT[newest.status])

    @precondition(lambda self: self.invited)
    @rule()
    def ana_tries_again(self) -> None:
        type(self).taken += 1
        newest = self.newest()
        if self.tried(self.life.invitations.retry(newest.id, by=ANA)) is None:
            self.retried[newest.id] += 1

    # Work, and what happens to whoever does it

    @rule(
        queue=st.sampled_from(
            [Queue.OUTBOX, Queue.OUTBOX, Queue.SENDER, Queue.SENDER, Queue.WEBHOOKS, Queue.TIMERS]
        ),
        surprise=st.sampled_from(SURPRISES),
        passing=st.integers(0, 3),
        times=st.integers(1, 8),
        alone=st.booleans(),
    )
    def works(self, queue: Queue, surprise: Surprise, passing: int, times: int, alone: bool) -> None:
        type(self).taken += 1
        self._work(queue, surprise, passing, times, alone)

    @rule(surprise=st.sampled_from(SURPRISES), passing=st.integers(0, 1), alone=st.booleans())
    def the_story_goes_on(self, surprise: Surprise, passing: int, alone: bool) -> None:
        """Chance alone seldom gets as far as a mail."""
        type(self).taken += 1
        if not self.invited:
            self.tried(self._invites())
            return
        newest = self.newest()
        if newest.status is Status.AWAITING_APPROVAL:
            fingerprint = newest.proposal.fingerprint
            self.tried(self.life.decisions.approve(newest.id, by=BEN, fingerprint=fingerprint))
        self._work(Queue.SENDER, surprise, passing, 1, alone)

    def _work(self, queue: Queue, surprise: Surprise, passing: int, times: int, alone: bool) -> None:
        self.outside.line.surprise, self.outside.line.passing = surprise, passing
        try:
            for _ in range(times):
                self.run(self.life.works(queue))
                self.outside.clock.move(timedelta(seconds=1))
        except Killed:
            self._another_life(alone=alone)
        self.outside.line.surprise, self.outside.line.passing = "none", 0

    @rule(alone=st.booleans())
    def is_killed_at_rest(self, alone: bool) -> None:
        type(self).taken += 1
        self._another_life(alone=alone)

    def _another_life(self, *, alone: bool) -> None:
        self.life = Life(self.outside, self.store)
        if alone:
            self.run(self.store.commit(self.store.work.releasing()))
        else:
            self.outside.clock.move(LEASE + timedelta(seconds=1))

    @rule(minutes=st.sampled_from([1, 1, 5, 60, 60 * 24, 60 * 24 * 15]))
    def time_passes(self, minutes: int) -> None:
        type(self).taken += 1
        self.outside.clock.move(timedelta(minutes=minutes))

    # Microsoft

    @precondition(
        lambda self: self.outside.mailbox.sent and FABRIKAM not in self.outside.partner_center.customers
    )
    @rule()
    def the_customer_accepts(self) -> None:
        type(self).taken += 1
        self.outside.customer_accepts()

    @precondition(lambda self: FABRIKAM in self.outside.partner_center.customers)
    @rule()
    def the_customer_leaves(self) -> None:
        type(self).taken += 1
        self.outside.customer_leaves()

    @precondition(lambda self: self._next_statuses())
    @rule(data=st.data())
    def a_relationship_moves_on(self, data: st.DataObject) -> None:
        type(self).taken += 1
        relationship, status = data.draw(st.sampled_from(self._next_statuses()))
        self.outside.clock.move(timedelta(seconds=1))
        self.outside.relationship_becomes(relationship, status)

    def _next_statuses(self) -> list[tuple[RelationshipId, str]]:
        following = {"approvalPending": "approved", "approved": "active", "active": "terminated"}
        known = self.outside.graph.relationships.values()
        return [(one.id, following[one.status]) for one in known if one.status in following]

    @precondition(lambda self: self._active())
    @rule(data=st.data())
    def groups_change(self, data: st.DataObject) -> None:
        type(self).taken += 1
        self.outside.clock.move(timedelta(seconds=1))
        self.outside.groups_change(data.draw(st.sampled_from(self._active())))

    def _active(self) -> list[RelationshipId]:
        return [one.id for one in self.outside.graph.relationships.values() if one.status == "active"]

    @precondition(lambda self: self.outside.events)
    @rule(data=st.data(), times=st.integers(1, 2))
    def an_event_arrives(self, data: st.DataObject, times: int) -> None:
        type(self).taken += 1
        event = data.draw(st.sampled_from(self.outside.events))
        now = self.outside.clock.now()
        for _ in range(times):
            work = Work(new_work_id(), Queue.WEBHOOKS, event.to_payload(), now)
            self.run(self.store.commit(self.store.work.adding(work)))

    @rule()
    def we_compare(self) -> None:
        type(self).taken += 1
        self.run(self.life.compares())

    # What always holds

    @invariant()
    def nothing_is_done_twice(self) -> None:
        assert max(self.outside.graph.created.values(), default=0) <= 1
        intents = Counter(one.intent for one in self.outside.slack.messages)
        assert max(intents.values(), default=0) <= 1
        mails = Counter(one.to_address for one in self.outside.mailbox.sent)
        for number, invitation_id in enumerate(self.invited):
            assert mails[f"chris{number}@fabrikam.com"] <= 1 + self.retried[invitation_id]

    def teardown(self) -> None:
        try:
            self._comes_to_rest()
            self._everything_was_said()
            self._we_show_what_microsoft_has()
            assert self.run(self.store.audit.first_broken()) is None
        finally:
            self.run(self.database.close())
            self.runner.close()
            shutil.rmtree(self.folder)

    def _comes_to_rest(self) -> None:
        self.outside.line.surprise, self.outside.line.passing = "none", 0
        for _ in range(40):
            self.outside.clock.move(timedelta(minutes=6))
            worked = {queue: self._works_off(queue) for queue in (Queue.SENDER, Queue.WEBHOOKS, Queue.OUTBOX)}
            if not any(worked.values()):
                break
        self.run(self.life.compares())
        while self._works_off(Queue.OUTBOX):
            pass

    def _works_off(self, queue: Queue) -> bool:
        any_work = False
        while self.run(self.life.works(queue)):
            any_work = True
            self.outside.clock.move(timedelta(seconds=1))
        return any_work

    def _everything_was_said(self) -> None:
        rows = self.run(
            self.database.fetch("SELECT id, status, outcome, payload FROM work WHERE queue = 'outbox'")
        )
        said = {one.intent for one in self.outside.slack.messages}
        assert [row["outcome"] for row in rows if row["status"] != "done"] == []
        notices = [row["id"] for row in rows if json.loads(row["payload"])["kind"] == "notice"]
        assert [one for one in notices if one not in said] == []
        for invitation in self.all():
            for channel in (TEAM, APPROVALS):
                self._card_is_right(invitation, channel)

    def _card_is_right(self, invitation: Invitation, channel: str) -> None:
        posted = self.run(self.store.messages.find(f"card:{invitation.id}", channel))  # type: ignore[arg-type]  # a channel id
        assert posted is not None
        (shown,) = [
            one
            for one in self.outside.slack.messages
            if one.ref.ts == posted.ts and one.ref.channel == channel
        ]
        place = Place.TEAM if channel == TEAM else Place.APPROVALS
        assert shown.text == invitation_card(TEMPLATES.words("en"), invitation, place=place)[1]

    def _we_show_what_microsoft_has(self) -> None:
        customer = self.run(self.store.customers.get(FABRIKAM))
        is_customer = customer is not None and customer.reseller is ResellerState.ACTIVE
        assert is_customer == (FABRIKAM in self.outside.partner_center.customers)
        for relationship in self.outside.graph.relationships.values():
            grant = customer.grant(relationship.id) if customer else None
            if grant is not None or relationship.status not in ("created", "approvalPending"):
                assert grant is not None
                assert grant.status == relationship.status

    def all(self) -> list[Invitation]:
        return list(self.run(self.store.invitations.in_status(frozenset(Status), limit=500)))

    def newest(self) -> Invitation:
        found = self.run(self.store.invitations.get(self.invited[-1]))
        assert found is not None
        return found

    def tried(self, deed: Awaitable[object]) -> DomainError | None:
        """Do it; return how it was refused."""

        async def do() -> None:
            await deed

        try:
            self.run(do())
        except DomainError as error:
            return error
        return None


@pytest.mark.timeout(3 * 3600)
def test_whatever_happens_in_whatever_order(tmp_path: Path) -> None:
    Story.template, Story.taken = tmp_path / "template.db", 0
    asyncio.run(migrate(f"sqlite:///{Story.template}"))
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_A_STORY * 5 // 4),
            stateful_step_count=STEPS_A_STORY,
            suppress_health_check=list(HealthCheck),
            deadline=None,
        ),
    )
    print(f"{Story.taken} steps")
