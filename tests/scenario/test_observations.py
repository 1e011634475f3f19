"""What happens at a customer's reaches people once, however and whenever Microsoft lets us know."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.customer import LEGACY_ADMIN, Customer, ResellerState
from bot.domain.identifiers import RelationshipId, TenantId
from bot.domain.invitation import Status
from bot.domain.relationship import EndCause
from bot.domain.roles import GLOBAL_ADMINISTRATOR, ROLE_TEMPLATES
from bot.ports.work import LEASE, Queue
from bot.sandbox.fake_microsoft import Mode
from bot.sandbox.fake_microsoft.relationships import Relationship
from bot.sandbox.run import APPROVALS_CHANNEL, TEAM_CHANNEL, Sandbox
from bot.sandbox.story import Story, first_option
from bot.sandbox.waiting import at_rest, eventually, quiet, reconciled
from tests.scenario.microsoft_side import before_the_start, deliver, imported

FABRIKAM = TenantId("22222222-2222-4222-8222-222222222222")
CONTOSO = "11111111-1111-4111-8111-111111111111"
API = "https://api.partnercenter.microsoft.com"
MOMENT = "2026-01-31T00:26:24.0159088+00:00"
HELPDESK = ROLE_TEMPLATES["helpdesk"]


async def accepted(story: Story, *, admin_access: str = "helpdesk") -> RelationshipId | None:
    """Fabrikam was invited from here and has accepted everything."""
    await story.ana_invites(admin_access=admin_access)
    await story.ben_approves()
    await story.accepts(await story.mail())
    invitation = await story.status(Status.ACCEPTED)
    await quiet(story.box)
    return invitation.relationship_id


async def approved_by_fabrikam(story: Story, *roles: str) -> Relationship:
    """Somebody made a relationship in Partner Center, and Fabrikam has approved it."""
    microsoft = story.box.microsoft
    details = {"unifiedRoles": [{"roleDefinitionId": role} for role in roles or HELPDESK]}
    name = f"Made by hand {len(microsoft.gdap.relationships)}"
    made = microsoft.gdap.create({"displayName": name, "duration": "P30D", "accessDetails": details})
    microsoft.gdap.request(made, "lockForApproval")
    await microsoft.settle()
    await story.customer().approve_admin_access(microsoft.admin_access_link(made.id))
    await microsoft.settle()
    return made


async def fabrikam(box: Sandbox) -> Customer:
    customer = await box.app.store.customers.get(FABRIKAM)
    assert customer is not None
    return customer


async def ended(box: Sandbox, relationship_id: str) -> EndCause | None:
    grant = (await fabrikam(box)).grant(RelationshipId(relationship_id))
    assert grant is not None
    assert grant.is_final
    return grant.end_cause


# Every published form of an acceptance


def event(**fields: object) -> bytes:
    return json.dumps(fields).encode()


NAME = "reseller-relationship-accepted-by-customer"
CUSTOMER = f"{API}/v1/customers/{FABRIKAM}"
AUDIT = (
    f"{API}/auditactivity/v1/auditrecords/"
    f"{CONTOSO}_{FABRIKAM}_resellerrelationshipacceptedbycustomer_638331855840159088"
)
ACCEPTANCES = {
    "as documented": event(
        EventName=NAME,
        ResourceUri=CUSTOMER,
        ResourceName="Customer",
        AuditUri=AUDIT,
        ResourceChangeUtcDate=MOMENT,
    ),
    "camel case": event(
        eventName=NAME, resourceUri=CUSTOMER, resourceName="customer", resourceChangeUtcDate=MOMENT
    ),
    "byte order mark": b"\xef\xbb\xbf" + event(EventName=NAME, ResourceUri=CUSTOMER),
    "http": event(EventName=NAME, ResourceUri=CUSTOMER.replace("https:", "http:"), AuditUri=None),
    "upper case id": event(EventName=NAME, ResourceUri=CUSTOMER.upper()),
    "address null": event(EventName=NAME, ResourceUri=None, AuditUri=AUDIT),
    "address missing": event(EventName=NAME, AuditUri=AUDIT),
    "audit url": event(EventName=NAME, ResourceUri=None, AuditUrl=AUDIT),
    "older audit path": event(EventName=NAME, AuditUri=AUDIT.replace("/auditactivity", "")),
    "indirect": event(EventName=f"indirect-{NAME}", ResourceUri=CUSTOMER, ResourceName="Customer"),
    "no date": event(EventName=NAME, ResourceUri=CUSTOMER, ResourceChangeUtcDate=None),
    "unknown keys": event(EventName=NAME, ResourceUri=CUSTOMER, Extra={"a": [1]}),
}


@pytest.mark.parametrize("form", ACCEPTANCES)
async def test_an_acceptance_is_told_in_whatever_form_it_comes(box: Sandbox, story: Story, form: str) -> None:
    await imported(box)
    box.microsoft.add_customer("fabrikam.com")

    assert await deliver(box, ACCEPTANCES[form]) == 200
    told = await story.hears("Fabrikam", "accepted us as a reseller")
    assert "not among those we invited" in told.text
    assert (await fabrikam(box)).reseller is ResellerState.ACTIVE


NOTHING_TO_FOLLOW = {
    "unknown event": event(EventName="something-nobody-heard-of", ResourceUri=CUSTOMER),
    "other business": event(EventName="subscription-updated", ResourceUri=f"{CUSTOMER}/subscriptions/1"),
    "test": event(EventName="test-created", ResourceUri=f"{API}/webhooks/v1/registration/test"),
    "no customer": event(EventName=NAME, ResourceUri=None, AuditUri=None),
    "another path": event(EventName=NAME, ResourceUri="https://contoso.example/a/b"),
    "privileges of nobody": event(
        EventName="dap-admin-relationship-approved", ResourceName="PartnerCustomerDap"
    ),
    "no relationship": event(EventName="granular-admin-relationship-approved", ResourceUri=None),
    "unknown relationship": event(
        EventName="granular-admin-relationship-terminated",
        ResourceUri=f"https://partner.microsoft.com/granularAdminRelationships/{FABRIKAM}-{FABRIKAM}",
    ),
    "unknown assignment": event(
        EventName="granular-admin-access-assignment-created",
        ResourceUri=f"https://partner.microsoft.com/granularAdminRelationships/{FABRIKAM}-{FABRIKAM}/accessAssignments/{FABRIKAM}",
    ),
}


@pytest.mark.parametrize("name", NOTHING_TO_FOLLOW)
async def test_an_event_that_leads_nowhere_is_taken_and_tells_nobody(
    box: Sandbox, story: Story, name: str
) -> None:
    await imported(box)
    before = await box.app.store.customers.count()

    assert await deliver(box, NOTHING_TO_FOLLOW[name]) == 200
    await quiet(box)
    assert await box.app.store.customers.count() == before
    assert story.count("") == 0
    assert await box.app.store.work.abandoned(Queue.WEBHOOKS, limit=5) == []


# Late, doubled, lost


async def test_an_event_that_comes_after_the_reconciler_is_no_news(box: Sandbox, story: Story) -> None:
    box.microsoft.deliveries.mode = Mode.HELD
    await accepted_unseen(story)
    await reconciled(box)
    await story.hears("Fabrikam", "accepted us as a reseller")

    assert box.microsoft.deliveries.release(reverse=False) >= 3
    await box.microsoft.deliveries.idle()
    await quiet(box)
    assert story.count("Fabrikam", "accepted us as a reseller") == 1
    assert story.count("Admin access to", "active") == 1


async def accepted_unseen(story: Story) -> None:
    await story.ana_invites(admin_access="helpdesk")
    await story.ben_approves()
    await story.accepts(await story.mail())
    await story.box.microsoft.settle()


@pytest.mark.parametrize("mode", [Mode.LOST, Mode.DUPLICATED, Mode.REORDERED])
async def test_access_that_comes_and_goes_is_told_once_however_its_events_travel(
    box: Sandbox, story: Story, mode: Mode
) -> None:
    relationship_id = await accepted(story)
    box.microsoft.deliveries.mode = mode
    box.microsoft.assign_group(str(relationship_id))
    await box.microsoft.settle()
    await reconciled(box)
    await story.hears("can be used now", "security group is assigned")
    await story.customer().remove_roles()
    await box.microsoft.settle()
    await reconciled(box)
    await story.hears("no longer have admin access", "the customer removed")

    box.microsoft.deliveries.release()
    await box.microsoft.deliveries.idle()
    await reconciled(box)
    await quiet(box)
    assert story.count("can be used now") == 1
    assert story.count("no longer have admin access") == 1


# Matching


async def test_a_tenant_that_came_to_be_after_the_invitation_is_known_by_its_domain(
    box: Sandbox, story: Story
) -> None:
    """Partner Center calls it by another name and another domain than Ana did."""
    await story.ana_invites("wingtiptoys.com", name="Wingtip")
    await story.ben_approves()
    mail = await story.mail()
    await story.status(Status.SENT)
    box.microsoft.add_tenant("Tailspin Holding", "wingtiptoys.com")
    await story.accepts(mail, "wingtiptoys.com")

    await story.status(Status.ACCEPTED)
    await story.hears("Wingtip", "accepted us as a reseller")
    assert story.count("which invitation") == 0


async def test_an_agreement_signed_before_a_person_linked_the_acceptance_is_on_the_card(
    box: Sandbox, story: Story
) -> None:
    box.microsoft.behaviour.agreement_signed_on_acceptance = True
    await story.ana_invites("fabrikam-sales.example", name="Fabrikam Sales")
    await story.ben_approves()
    await story.accepts(await story.mail(), "fabrikam.com")
    question = await story.card(TEAM_CHANNEL, "link_invitation")
    await story.ana.choose("link_invitation", first_option(question, "link_invitation"), message=question)

    linked = await story.status(Status.ACCEPTED)
    assert linked.progress.agreement_signed_at is not None


# Admin access


async def test_access_the_customer_took_is_told_with_the_duties_that_remain(
    box: Sandbox, story: Story
) -> None:
    relationship_id = await accepted(story)
    await story.customer().remove_roles()

    told = await story.hears("no longer have admin access", "Fabrikam", "the customer removed")
    assert "support" in told.text
    assert await ended(box, str(relationship_id)) is EndCause.CUSTOMER_ENDED


async def test_an_end_that_is_found_days_later_is_told_with_its_cause(box: Sandbox, story: Story) -> None:
    relationship_id = await accepted(story)
    box.microsoft.deliveries.mode = Mode.LOST
    await story.customer().remove_roles()
    await box.microsoft.settle()
    await at_rest(box)
    box.clock.move(timedelta(days=10))

    await story.hears("no longer have admin access", "Fabrikam", "the customer removed")
    assert await ended(box, str(relationship_id)) is EndCause.CUSTOMER_ENDED


async def test_access_we_gave_back_is_not_blamed_on_the_customer(box: Sandbox, story: Story) -> None:
    relationship_id = await accepted(story)
    box.microsoft.partner_terminates(str(relationship_id))

    told = await story.hears("no longer have admin access", "Fabrikam")
    assert "customer removed" not in told.text
    assert await ended(box, str(relationship_id)) is EndCause.WE_ENDED


@pytest.mark.parametrize("mode", [Mode.NORMAL, Mode.LOST])
async def test_access_that_ran_out_is_told_as_expired(box: Sandbox, story: Story, mode: Mode) -> None:
    await imported(box)
    made = await approved_by_fabrikam(story)
    await story.hears("Admin access to", "Fabrikam", "no security group")
    box.microsoft.deliveries.mode = mode
    await at_rest(box)
    box.clock.move(timedelta(days=31))
    await box.microsoft.settle()
    await reconciled(box)

    await story.hears("no longer have admin access", "Fabrikam", "its time was up")
    assert await ended(box, made.id) is EndCause.EXPIRED


async def test_access_graph_no_longer_knows_is_told_as_lost(box: Sandbox, story: Story) -> None:
    await imported(box)
    made, other = await approved_by_fabrikam(story), await approved_by_fabrikam(story)
    await story.until(lambda: story.count("Admin access to") == 2, "both are told")
    del box.microsoft.gdap.relationships[made.id]
    await reconciled(box)

    await story.hears("has ended", "Another one with them is still active")
    assert await ended(box, made.id) is EndCause.UNKNOWN
    assert (await fabrikam(box)).has_admin_access
    assert other.id in box.microsoft.gdap.relationships


async def test_a_list_that_hides_everything_is_not_taken_for_loss(box: Sandbox, story: Story) -> None:
    """What somebody outside AdminAgents sees: an empty list, and a 404 for each relationship."""
    relationship_id = await accepted(story)
    known = dict(box.microsoft.gdap.relationships)
    box.microsoft.gdap.relationships.clear()
    await reconciled(box)
    await quiet(box)

    assert story.count("no longer have admin access") == 0
    assert (await fabrikam(box)).has_admin_access
    box.microsoft.gdap.relationships |= known
    await story.customer().remove_roles(str(relationship_id))
    await story.hears("no longer have admin access", "the customer removed")


async def test_fewer_roles_are_told_as_fewer(box: Sandbox, story: Story) -> None:
    await imported(box)
    made = await approved_by_fabrikam(story, GLOBAL_ADMINISTRATOR, *HELPDESK)
    await story.hears("Admin access to", "Fabrikam")
    held = box.microsoft.gdap.relationships[made.id]
    box.microsoft.gdap.relationships[made.id] = replace(held, roles=tuple(HELPDESK))
    await reconciled(box)

    told = await story.hears("fewer admin roles", "Fabrikam", "others still work")
    assert "no longer have admin access" not in told.text
    assert (await fabrikam(box)).has_admin_access


async def test_groups_that_come_and_go_are_told(box: Sandbox, story: Story) -> None:
    relationship_id = str(await accepted(story))
    await story.hears("nobody can use it yet", "assigns one in Partner Center")
    assignment = box.microsoft.assign_group(relationship_id)
    await box.microsoft.settle()
    await story.hears("can be used now")
    relationship = box.microsoft.gdap.get(relationship_id)
    box.microsoft.gdap.assignments.delete(
        relationship, box.microsoft.gdap.assignments.get(relationship_id, assignment.id)
    )
    await box.microsoft.settle()

    await story.hears("Nobody can use the admin access", "approval still stands")
    assert (await fabrikam(box)).has_admin_access


async def test_an_approval_that_nobody_invited_is_told(box: Sandbox, story: Story) -> None:
    await imported(box)
    await approved_by_fabrikam(story)

    await story.hears("Admin access to", "Fabrikam", "no security group is assigned")


# Privileges of old, which have no resource to read back


@pytest.fixture
async def with_privileges() -> AsyncIterator[Story]:
    """Fabrikam was a customer before the bot looked for the first time."""
    async with before_the_start() as box:
        box.microsoft.add_customer("fabrikam.com")
        await box.start()
        await imported(box)
        await reconciled(box)
        yield Story(box)


DAP_ENDS = {
    "dap-admin-relationship-terminated": EndCause.CUSTOMER_ENDED,
    "dap-admin-relationship-terminated-by-microsoft": EndCause.INACTIVITY,
}


@pytest.mark.parametrize("by_microsoft", [False, True], ids=["by the customer", "by Microsoft"])
@pytest.mark.parametrize("mode", [Mode.NORMAL, Mode.DUPLICATED, Mode.LOST])
async def test_privileges_of_old_that_end_are_told_with_who_ended_them(
    with_privileges: Story, by_microsoft: bool, mode: Mode
) -> None:
    story, box = with_privileges, with_privileges.box
    box.microsoft.deliveries.mode = mode
    box.microsoft.grant_dap("fabrikam.com")
    await reconciled(box)
    await story.hears("Admin access to", "Fabrikam")
    await at_rest(box)
    box.clock.move(timedelta(minutes=1))
    if by_microsoft:
        box.microsoft.inactive_ninety_days("fabrikam.com")
    else:
        await story.customer().remove_roles()
    await reconciled(box)
    await story.hears(
        "no longer have admin access", "Fabrikam", "Microsoft" if by_microsoft else "customer removed"
    )

    await box.microsoft.deliveries.idle()
    await quiet(box)
    assert story.count("no longer have admin access") == 1
    cause = await ended(box, LEGACY_ADMIN)
    assert cause is (EndCause.INACTIVITY if by_microsoft else EndCause.CUSTOMER_ENDED)


async def test_an_end_that_overtakes_its_beginning_stays_the_end(with_privileges: Story) -> None:
    story, box = with_privileges, with_privileges.box
    box.microsoft.deliveries.mode = Mode.HELD
    box.microsoft.grant_dap("fabrikam.com")
    await at_rest(box)
    box.clock.move(timedelta(minutes=1))
    await story.customer().remove_roles()
    box.microsoft.deliveries.release(reverse=True)
    await box.microsoft.deliveries.idle()
    await quiet(box)

    assert await ended(box, LEGACY_ADMIN) is EndCause.CUSTOMER_ENDED
    assert story.count("no longer have admin access") == 1
    assert story.count("is active") == 0


# The reseller relationship


@pytest.mark.parametrize("status", [403, 404])
async def test_a_relationship_that_ends_without_any_event_is_noticed(
    box: Sandbox, story: Story, status: int
) -> None:
    box.microsoft.behaviour.unknown_customer_status = status  # type: ignore[assignment]  # parametrized
    await accepted(story, admin_access="")
    await story.customer().remove_reseller_relationship()
    await reconciled(box)

    told = await story.hears("reseller relationship with", "Fabrikam", "has ended", "Next:")
    assert "Partner Center no longer lists them" in told.text
    await reconciled(box)
    await quiet(box)
    assert story.count("reseller relationship with", "has ended") == 1
    assert (await fabrikam(box)).reseller is ResellerState.ENDED


async def test_a_customer_nobody_invited_who_leaves_is_noticed_too(box: Sandbox, story: Story) -> None:
    """Only their absence from Microsoft's list tells."""
    await imported(box)
    await story.customer("alpineskihouse.com").remove_reseller_relationship()
    await reconciled(box)

    await story.hears("reseller relationship with", "Alpine Ski House", "has ended", "Next:")


async def test_a_customer_who_comes_back_is_told_again(box: Sandbox, story: Story) -> None:
    await accepted(story, admin_access="")
    link = (await story.status(Status.ACCEPTED)).links.reseller
    await story.customer().remove_reseller_relationship()
    await reconciled(box)
    await story.hears("reseller relationship with", "has ended")

    await story.customer().accept_reseller(link)
    await story.until(lambda: story.count("Fabrikam", "accepted us as a reseller") == 2, "it is told again")
    assert (await fabrikam(box)).reseller is ResellerState.ACTIVE


async def test_customers_there_were_before_us_are_taken_in_silently() -> None:
    """More of them than Microsoft lets us read in a minute, and more than fit on a page."""
    async with before_the_start() as box:
        box.microsoft.behaviour.max_page_size = 70
        for number in range(200):
            box.microsoft.add_tenant(f"Old customer {number}", f"old{number}.example")
            box.microsoft.add_customer(f"old{number}.example")
        await box.start()

        async def all_are_known() -> bool:
            due = await box.app.store.work.next_due(Queue.TIMERS)
            if due is not None and due - box.clock.now() > LEASE:
                box.clock.move(due - box.clock.now())
            return await box.app.store.notes.get("customers_imported") is not None

        await eventually(all_are_known, "the import ends")
        await quiet(box)
        assert await box.app.store.customers.count() == 201
        assert Story(box).count("") == 0


async def test_a_customer_who_appears_by_itself_later_is_told(box: Sandbox, story: Story) -> None:
    await imported(box)
    box.microsoft.deliveries.mode = Mode.LOST
    box.microsoft.add_customer("wingtiptoys.com")
    await reconciled(box)

    await story.hears("Wingtip Toys", "accepted us as a reseller", "not among those we invited")
    assert story.count("Alpine Ski House") == 0


async def test_a_list_that_broke_off_is_begun_anew(box: Sandbox, story: Story) -> None:
    """The token of the next page is no longer good: without a new beginning nothing would be found again."""
    await imported(box)
    store = box.app.store
    dead = '["/customers?size=7&seekOperation=Next", {"MS-ContinuationToken": "gone"}]'
    await store.commit(store.notes.setting("reconciliation", checkpoint(dead)))
    box.microsoft.deliveries.mode = Mode.LOST
    box.microsoft.add_customer("wingtiptoys.com")
    await at_rest(box)
    box.clock.move(timedelta(minutes=16))
    await story.hears("you hear of changes late", "Microsoft refused", where=APPROVALS_CHANNEL)
    await reconciled(box)

    await story.hears("Wingtip Toys", "accepted us as a reseller")


def checkpoint(continuation: str) -> str:
    from base64 import urlsafe_b64encode

    token = urlsafe_b64encode(continuation.encode()).decode()
    return json.dumps({"run": "2026-01-31T00:00:00+00:00", "phase": "customers", "continuation": token})
