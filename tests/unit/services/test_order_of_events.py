"""Events come late, twice and in any order: where everything stands does not depend on it."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.clouds import Cloud
from bot.domain.customer import Customer, ResellerState
from bot.domain.identifiers import DomainName, SlackChannelId
from bot.domain.invitation import Invitation, Status
from bot.domain.policy import Policy, Who
from bot.domain.relationship import AdminRelationship
from bot.ports.microsoft import ActivityRecord, ListedCustomer
from bot.services.changes import Changes, Channels
from bot.services.identification import Identification
from bot.services.read_back import OwnSide, ReadBack
from bot.services.reconciliation import Reconciliation
from bot.services.relationships import Relationships
from bot.services.webhook_events import PartnerEvent, WebhookEvents
from storage.store import WorkspaceStore
from tests.builders import FABRIKAM, HELPDESK, RELATIONSHIP, an_invitation
from tests.fakes import FakeClock, FakeDelegatedAdmin, FakeMembers, FakePartnerCenter, FakeTenants
from tests.unit.services.conftest import NewStore

CUSTOMER = ListedCustomer(FABRIKAM, "Fabrikam", DomainName("fabrikam.com"), True, "DE")
PENDING = "approvalPending"
ASKED = AdminRelationship(
    id=RELATIONSHIP,
    display_name="Overture_abcdefghijklmnop",
    status=PENDING,
    roles=HELPDESK.roles,
    duration_days=365,
    auto_extends=True,
    customer_tenant_id=FABRIKAM,
    customer_name="Fabrikam",
    activated_at=None,
    ends_at=None,
    etag="",
)

# What happens at Microsoft: the two halves go on beside each other.
RESELLER = ("accept", "remove", "accept again", "remove again")
ACCESS = ("approve", "activate", "assign", "unassign", "assign again", "terminate")
MANY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Truth:
    """Microsoft as it is, and the events it has announced so far."""

    clock: FakeClock = field(default_factory=FakeClock)
    partner_center: FakePartnerCenter = field(default_factory=FakePartnerCenter)
    delegated_admin: FakeDelegatedAdmin = field(
        default_factory=lambda: FakeDelegatedAdmin({RELATIONSHIP: ASKED})
    )
    events: list[PartnerEvent] = field(default_factory=list)

    def happens(self, step: str) -> None:
        self.clock.move(timedelta(minutes=1))
        match step.removesuffix(" again"):
            case "accept":
                self.partner_center.customers[FABRIKAM] = CUSTOMER
                self._announce("reseller-relationship-accepted-by-customer", f"/v1/customers/{FABRIKAM}")
            case "remove":
                del self.partner_center.customers[FABRIKAM]
            case "approve":
                self._becomes("approved")
            case "activate":
                self._becomes("active")
            case "assign":
                self.delegated_admin.assigned.add(RELATIONSHIP)
                self._assignment("created")
            case "unassign":
                self.delegated_admin.assigned.clear()
                self._assignment("deleted")
            case "terminate":
                self._becomes("terminated")

    def _becomes(self, status: str) -> None:
        now = self.clock.now()
        held = self.delegated_admin.relationships[RELATIONSHIP]
        active = {"activated_at": now, "ends_at": now + timedelta(days=365)} if status == "active" else {}
        self.delegated_admin.relationships[RELATIONSHIP] = replace(held, status=status, **active)  # type: ignore[arg-type]  # times
        word = "activated" if status == "active" else status
        self._log(f"granular_admin_relationship_{word}")
        self._announce(f"granular-admin-relationship-{word}", f"/granularAdminRelationships/{RELATIONSHIP}")

    def _assignment(self, word: str) -> None:
        self._log(f"granular_admin_access_assignment_{word}")
        path = f"/granularAdminRelationships/{RELATIONSHIP}/accessAssignments/{FABRIKAM}"
        self._announce(f"granular-admin-access-assignment-{word}", path)

    def _log(self, operation: str) -> None:
        self.partner_center.log.append(
            ActivityRecord(operation, FABRIKAM, RELATIONSHIP, None, self.clock.now())
        )

    def _announce(self, name: str, path: str) -> None:
        self.events.append(PartnerEvent(name, f"https://host.example{path}", "", self.clock.now()))


class Bot:
    """What takes observations in, on one store."""

    def __init__(self, truth: Truth, store: WorkspaceStore) -> None:
        self.store = store
        channel = SlackChannelId("C0PARTNERS")
        changes = Changes(store, truth.clock, Channels(channel, channel))
        nobody = Policy(Who(), Who(), Who())
        read_back = ReadBack(
            partner_center=truth.partner_center,
            delegated_admin=truth.delegated_admin,
            relationships=Relationships(
                changes=changes, members=FakeMembers(), policy=nobody, cloud=Cloud.PUBLIC
            ),
            identification=Identification(changes=changes, tenants=FakeTenants()),
            own=OwnSide("", frozenset()),
            store=store,
            clock=truth.clock,
        )
        self.events = WebhookEvents(read_back=read_back)
        self.reconciliation = Reconciliation(
            store=store,
            clock=truth.clock,
            partner_center=truth.partner_center,
            delegated_admin=truth.delegated_admin,
            read_back=read_back,
        )

    async def has_invited(self) -> None:
        """Fabrikam was invited from here, and no customer is new to us any more."""
        invitation = an_invitation(status=Status.SENT, relationship_id=RELATIONSHIP)
        customer = replace(invitation.proposal.customer, tenant_id=FABRIKAM)
        invitation = replace(invitation, proposal=replace(invitation.proposal, customer=customer))
        await self.store.commit(
            self.store.invitations.adding(invitation, key="k"),
            self.store.notes.setting("customers_imported", "before"),
        )

    async def hears(self, event: PartnerEvent) -> None:
        await self.events.follow(event, attempt=5)

    async def compares(self) -> None:
        while await self.reconciliation.step():
            pass

    async def customer(self) -> Customer | None:
        return await self.store.customers.get(FABRIKAM)

    async def invitation(self) -> Invitation:
        (invitation,) = await self.store.invitations.of_tenant(FABRIKAM)
        return invitation

    async def state(self) -> object:
        """Where everything stands, without when it was noticed. No event tells that approval is pending."""
        customer, invitation = await self.customer(), await self.invitation()
        progress = invitation.progress
        grants = customer.grants if customer else ()
        return (
            customer.reseller if customer else ResellerState.NONE,
            [(one.status, one.roles, one.assigned, one.end_cause) for one in grants if one.status != PENDING],
            invitation.status,
            progress.admin_access_status.replace(PENDING, ""),
            bool(progress.reseller_accepted_at),
            bool(progress.admin_access_active_at),
            bool(progress.groups_assigned_at),
        )

    async def told(self) -> Counter[str]:
        """How often each notice was told in the channel."""
        rows = await self.store.work._rows(  # the outbox has no reader but the worker
            "SELECT payload FROM work WHERE workspace_id = :workspace_id AND queue = 'outbox'"
        )
        payloads = (json.loads(row["payload"]) for row in rows)
        return Counter(one["notice"] for one in payloads if one["place"] == "team" and one["notice"])


@st.composite
def histories(draw: st.DrawFn) -> list[str]:
    """The two halves' beginnings, in any interleaving."""
    halves = [
        list(RESELLER[: draw(st.integers(0, len(RESELLER)))]),
        list(ACCESS[: draw(st.integers(0, len(ACCESS)))]),
    ]
    steps: list[str] = []
    while any(halves):
        chosen = draw(st.sampled_from([half for half in halves if half]))
        steps.append(chosen.pop(0))
    return steps


@MANY
@given(history=histories(), data=st.data())
def test_late_events_in_any_order_end_where_reading_back_ends(
    new_store: NewStore, history: list[str], data: st.DataObject
) -> None:
    async def check() -> None:
        truth = Truth()
        for step in history:
            truth.happens(step)
        order = data.draw(st.permutations(truth.events * 2)) if truth.events else []
        async with new_store(truth.clock) as one, new_store(truth.clock) as other:
            told, read = Bot(truth, one), Bot(truth, other)
            for bot in (told, read):
                await bot.has_invited()
            for event in order:
                await told.hears(event)
            await read.compares()

            assert await told.state() == await read.state()

    asyncio.run(check())


@MANY
@given(history=histories(), data=st.data())
def test_whatever_arrives_whenever_the_end_is_the_truth_and_nothing_is_told_twice(
    new_store: NewStore, history: list[str], data: st.DataObject
) -> None:
    async def check() -> None:
        truth = Truth()
        async with new_store(truth.clock) as store:
            bot = Bot(truth, store)
            await bot.has_invited()
            for step in history:
                truth.happens(step)
                for event in (
                    data.draw(st.lists(st.sampled_from(truth.events), max_size=3)) if truth.events else ()
                ):
                    await bot.hears(event)
                if data.draw(st.booleans()):
                    await bot.compares()
            await bot.compares()

            await is_true(bot, truth)
            assert_told_at_most_as_often_as_it_happened(await bot.told(), history)

    asyncio.run(check())


async def is_true(bot: Bot, truth: Truth) -> None:
    customer = await bot.customer()
    is_customer = customer is not None and customer.reseller is ResellerState.ACTIVE
    assert is_customer == (FABRIKAM in truth.partner_center.customers)
    real = truth.delegated_admin.relationships[RELATIONSHIP]
    known = customer.grant(RELATIONSHIP) if customer else None
    assert (known.status if known else PENDING) == real.status
    if known is not None and known.gives_access:
        assert known.assigned == (RELATIONSHIP in truth.delegated_admin.assigned)


def assert_told_at_most_as_often_as_it_happened(told: Counter[str], history: list[str]) -> None:
    happened = Counter(step.removesuffix(" again") for step in history)
    limits = {
        "reseller_accepted": happened["accept"],
        "reseller_ended": happened["remove"],
        "groups_assigned": happened["assign"],
        "groups_unassigned": happened["unassign"],
        "admin_access_lost": happened["terminate"],
    }
    for notice, most in limits.items():
        assert told[notice] <= most, notice
    assert told["admin_access_active"] + told["admin_access_unassigned"] <= happened["activate"]


async def test_a_list_that_hides_everything_is_not_taken_for_loss(store: WorkspaceStore) -> None:
    truth = Truth()
    bot = Bot(truth, store)
    await bot.has_invited()
    for step in ("approve", "activate"):
        truth.happens(step)
    await bot.compares()
    truth.delegated_admin.hidden = True
    await bot.compares()

    customer = await bot.customer()
    assert customer is not None
    assert customer.has_admin_access
    assert (await bot.told())["admin_access_lost"] == 0
