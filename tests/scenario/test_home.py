"""The App Home of each kind of person, empty and full, and what its buttons do."""

from uuid import UUID

import pytest

from bot.domain.customer import ResellerState
from bot.domain.identifiers import InvitationId, SlackUserId, TenantId
from bot.domain.invitation import Status
from bot.sandbox.fake_slack import Person
from bot.sandbox.fake_slack.reading import view_text
from bot.sandbox.run import ANA, BEN, CHRIS, DANA, Sandbox, sandbox
from bot.sandbox.story import Story
from bot.slack import names
from tests.builders import FABRIKAM, a_customer, an_invitation
from tests.scenario.support import reads

FULL = 60
"""Customers: two pages and a bit."""


async def opens_home(story: Story, person: Person) -> str:
    """Open Home and return what is on it once it is there."""
    since = len(story.box.slack.feed)
    await person.open_home()
    await story.box.slack.wait_for(lambda seen: seen.kind == "home" and seen.who == person.id, since=since)
    assert person.toasts == []
    return on_home(person)


def on_home(person: Person) -> str:
    assert person.home is not None
    return view_text(person.home.body)


async def with_customers(box: Sandbox, count: int, *, asked_only: int = 0) -> None:
    """Put customers into the store, those we only asked first in the order of their ids."""
    store = box.app.store
    for number in range(count + asked_only):
        tenant_id = TenantId(str(UUID(int=number + 1)))
        customer = a_customer(tenant_id=tenant_id, name=f"Customer {number:03}")
        if number < asked_only:
            nothing_yet = {"reseller": ResellerState.NONE, "reseller_since": None}
            customer = a_customer(tenant_id=tenant_id, name="Asked", **nothing_yet)
        await store.commit(store.customers.adding(customer))


async def with_invitations(box: Sandbox, count: int, status: Status, *, by: str) -> None:
    store = box.app.store
    for number in range(count):
        invitation = an_invitation(
            status=status,
            id=InvitationId(f"aaaaaaaaaaaaa{number:03}"),
            requested_by=SlackUserId(by),
        )
        await store.commit(store.invitations.adding(invitation, key=f"k{number}"))


async def test_everybody_but_a_guest_can_begin_from_an_empty_home() -> None:
    async with sandbox(requesters=(ANA,), administrators=()) as box:
        story = Story(box)
        homes = {user: await opens_home(story, box.slack.person(user)) for user in (ANA, BEN, DANA)}

    assert "Invite a customer" in homes[ANA]
    assert "Nothing waits for you" in homes[ANA]
    assert "No invitation is with a customer right now" in homes[ANA]
    for other in (BEN, DANA):
        assert "Inviting is up to the people your administrator has named" in homes[other]
        assert "/invite-customer" in homes[other]


async def test_home_says_whose_step_is_next(story: Story) -> None:
    await story.ana_invites()

    ana, ben = await opens_home(story, story.ana), await opens_home(story, story.ben)
    dana = await opens_home(story, story.box.slack.person(DANA))

    assert "Nothing waits for you" in ana
    assert "Fabrikam" in ben
    assert "Waiting for approval" in ben
    assert "Fabrikam" not in dana

    await story.ben.click("review_invitation")

    await story.until(lambda: story.ben.view is not None, "the review opens from Home")
    await story.ben.submit()
    await story.status(Status.SENT)
    assert "Sent" in await opens_home(story, story.ana)


async def test_what_a_requester_asked_for_is_on_their_home_until_it_is_with_the_customer(
    story: Story,
) -> None:
    await story.ana_invites()
    waiting = await opens_home(story, story.ana)
    await story.ben_approves()
    await story.status(Status.SENT)
    sent = await opens_home(story, story.ana)

    assert "Waiting for a colleague or for Microsoft" in waiting
    assert "Waiting for approval" in waiting
    assert "No invitation is with a customer right now" in waiting
    assert "Waiting for a colleague or for Microsoft" not in sent
    assert "No invitation is with a customer right now" not in sent


async def test_an_administrator_who_decides_nothing_sees_what_is_with_others() -> None:
    async with sandbox(approvers=(BEN,), administrators=(CHRIS,)) as box:
        story = Story(box)
        await with_invitations(box, 1, Status.AWAITING_APPROVAL, by=ANA)
        homes = {user: await opens_home(story, box.slack.person(user)) for user in (BEN, CHRIS)}

    assert "Waiting for a colleague or for Microsoft" in homes[CHRIS]
    assert "Waiting for a colleague or for Microsoft" not in homes[BEN]
    assert "Review" in homes[BEN]


async def test_a_mail_is_offered_on_home_to_those_who_may_read_it() -> None:
    async with sandbox(approvers=(BEN,), administrators=()) as box:
        story = Story(box)
        await with_invitations(box, 1, Status.SENT, by=ANA)
        homes = {user: await opens_home(story, box.slack.person(user)) for user in (ANA, BEN, CHRIS)}

    assert [user for user, home in homes.items() if "Show the mail" in home] == [ANA, BEN]
    assert "Fabrikam" in homes[CHRIS]


async def test_a_full_home_shows_the_first_ones_and_counts_the_rest(box: Sandbox) -> None:
    story = Story(box)
    await with_invitations(box, 45, Status.AWAITING_APPROVAL, by=ANA)

    full = await opens_home(story, story.ben)

    assert full.count("Waiting for approval") == 20
    assert "And 25 more" in full


async def test_customers_are_turned_over_page_by_page_and_back(box: Sandbox) -> None:
    story = Story(box)
    await with_customers(box, FULL)
    seen = [await opens_home(story, story.ana)]

    for label in ("More customers", "More customers"):
        since = len(box.slack.feed)
        await story.ana.click(text=label)
        await box.slack.wait_for(lambda one: one.kind == "home", since=since)
        seen.append(on_home(story.ana))

    # Alpine Ski House, whom Partner Center lists, may be among them by now.
    shown = [number for number in range(FULL) if sum(f"Customer {number:03}" in page for page in seen) == 1]
    assert len(shown) == FULL
    assert "Back to the start" not in seen[0]
    assert "There are more customers" not in seen[2]

    since = len(box.slack.feed)
    await story.ana.click(text="Back to the start")
    await box.slack.wait_for(lambda one: one.kind == "home", since=since)
    assert "Customer 000" in on_home(story.ana)


async def test_tenants_we_only_asked_do_not_hide_the_customers_behind_them(box: Sandbox) -> None:
    story = Story(box)
    await with_customers(box, 3, asked_only=60)

    home = await opens_home(story, story.ana)

    assert "Customer 062" in home
    assert "No customers yet" not in home
    assert "Asked" not in home


async def test_a_customer_opens_from_home_and_a_guest_gets_none_of_it(box: Sandbox) -> None:
    story = Story(box)
    await with_customers(box, 1)
    await opens_home(story, story.ana)

    await story.ana.click("open_customer", value=str(UUID(int=1)))

    await story.until(lambda: story.ana.view is not None, "the record opens")
    assert "Customer 000" in reads(story.ana)
    assert "Customer 000" not in await opens_home(story, box.slack.person(DANA))


async def test_a_record_knows_of_an_invitation_that_names_only_the_customers_domain(box: Sandbox) -> None:
    story = Story(box)
    await with_invitations(box, 1, Status.SENT, by=ANA)
    await box.app.store.commit(box.app.store.customers.adding(a_customer()))
    await opens_home(story, story.ana)

    await story.ana.click("open_customer", value=FABRIKAM)

    await story.until(lambda: story.ana.view is not None, "the record opens")
    assert "*Admin access asked for*" in reads(story.ana)
    assert "Ask again" not in reads(story.ana)


async def test_the_button_on_home_and_the_shortcut_open_the_same_empty_form(story: Story) -> None:
    await opens_home(story, story.ana)

    await story.ana.click("invite_customer")
    await story.until(lambda: story.shows("invite_customer"), "the form opens")
    from_home = reads(story.ana)
    await story.ana.close()
    await story.ana.shortcut(names.INVITE_CUSTOMER_SHORTCUT)
    await story.until(lambda: story.shows("invite_customer"), "the form opens")

    assert reads(story.ana) == from_home
    assert story.ana.values["customer_domain"]["customer_domain"]["value"] is None


async def test_the_messages_tab_is_left_alone(story: Story) -> None:
    await story.ana.open_home("messages")

    assert story.ana.home is None
    assert story.box.slack.traffic.called("views.publish") == []


@pytest.mark.parametrize("person", [ANA, CHRIS])
async def test_a_failed_mail_waits_for_its_requester_and_for_administrators(
    box: Sandbox, person: str
) -> None:
    await with_invitations(box, 1, Status.FAILED, by=ANA)

    home = await opens_home(Story(box), box.slack.person(person))

    assert "Nothing waits for you" not in home
    assert "Try again" in home


@pytest.mark.parametrize("fault", ["server_error", "rate_limit", "drop"])
async def test_a_home_slack_did_not_take_at_first_is_there_all_the_same(story: Story, fault: str) -> None:
    faults = story.box.slack.faults
    match fault:
        case "server_error":
            faults.server_error("views.publish", count=2)
        case "rate_limit":
            faults.rate_limit("views.publish")
        case _:
            faults.drop("views.publish")

    assert "Invite a customer" in await opens_home(story, story.ana)


async def test_a_home_slack_does_not_take_at_all_is_nothing_to_tell_anybody(story: Story) -> None:
    story.box.slack.faults.server_error("views.publish", count=4)

    await story.ana.open_home()
    await story.until(
        lambda: len(story.box.slack.traffic.called("views.publish")) == 4, "it is tried a few times"
    )
    await story.ana.open_home()

    assert "Invite a customer" in await opens_home(story, story.ana)
    assert story.ana.ephemerals == []
