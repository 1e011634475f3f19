"""The Home tab: what to do next on top, and a first step where there is nothing yet."""

import pytest

from bot.domain.customer import ResellerState
from bot.domain.identifiers import InvitationId
from bot.domain.invitation import Delivery, Invitation, Status
from bot.slack import names
from bot.slack.mrkdwn import date
from bot.slack.views.home import FIRST_PAGE, PAGE_SIZE, SHOWN, HomePage, home_view
from bot.slack.words import Templates
from tests.builders import ANA, FABRIKAM, NOON, a_customer, a_grant, an_invitation
from tests.unit.slack.reading import elements, headings, offered, said, small_print

WORDS = Templates().words("en")


def test_an_empty_home_says_so_and_offers_the_first_step() -> None:
    blocks = home_view(WORDS, HomePage(may_invite=True))["blocks"]

    assert headings(blocks)[1:] == ["Needs you", "Waiting for the customer", "Customers"]
    assert "Nothing waits for you." in said(blocks)
    assert "Start by inviting one" in said(blocks)
    assert offered(blocks) == [names.INVITE_CUSTOMER]


def test_who_may_not_invite_is_not_asked_to() -> None:
    blocks = home_view(WORDS, HomePage())["blocks"]

    assert offered(blocks) == []
    assert "Inviting is up to" in small_print(blocks)


@pytest.mark.parametrize(
    ("status", "problem", "action_id"),
    [
        (Status.AWAITING_APPROVAL, "", names.REVIEW_INVITATION),
        (Status.CHANGES_REQUESTED, "", names.EDIT_INVITATION),
        (Status.FAILED, "mfa_needed", names.RETRY_INVITATION),
        (Status.READY, "", names.SHOW_MAIL),
        (Status.READY, "mail_denied", names.RETRY_INVITATION),
    ],
)
def test_what_needs_somebody_carries_their_next_step(status: Status, problem: str, action_id: str) -> None:
    waiting = an_invitation(status=status, problem=problem, delivery=Delivery.COPY_TEXT)

    (button,) = elements(home_view(WORDS, HomePage(needs_you=[waiting]))["blocks"])
    assert (button["action_id"], button["value"]) == (action_id, waiting.id)


def test_a_mail_that_did_not_go_out_is_not_called_ready() -> None:
    stuck = an_invitation(status=Status.READY, problem="mail_denied")
    unclear = an_invitation(status=Status.READY, problem="sending_uncertain")

    text = said(home_view(WORDS, HomePage(needs_you=[stuck, unclear]))["blocks"])

    assert "The mail did not go out" in text
    assert "Not certain whether the mail went out" in text


@pytest.mark.parametrize(
    ("invitation", "told"),
    [
        (an_invitation(), f"Waiting for approval · until {date(an_invitation().due_at)}"),
        (an_invitation(status=Status.APPROVED), "Approved"),
        (an_invitation(status=Status.PREPARING), "Being prepared"),
        (
            an_invitation(status=Status.PREPARING, delayed_since=NOON),
            f"Waiting for Microsoft since {date(NOON)}",
        ),
        (an_invitation(status=Status.READY), "The mail goes out in a moment"),
        (
            an_invitation(status=Status.READY, delayed_since=NOON),
            f"Waiting for the mail system since {date(NOON)}",
        ),
    ],
)
def test_what_is_with_others_says_with_whom_and_whose_it_is(invitation: Invitation, told: str) -> None:
    blocks = home_view(WORDS, HomePage(on_the_way=[invitation]))["blocks"]

    assert headings(blocks)[2] == "Waiting for a colleague or for Microsoft"
    assert f"*Fabrikam*\n{told} · " in said(blocks)
    assert f"asked for by <@{ANA}>" in said(blocks)
    assert offered(blocks) == []


@pytest.mark.parametrize("status", [Status.CHANGES_REQUESTED, Status.FAILED])
def test_no_time_is_told_that_runs_out_for_nobody(status: Status) -> None:
    text = said(home_view(WORDS, HomePage(needs_you=[an_invitation(status=status)]))["blocks"])

    assert "until" not in text


def test_the_mail_is_offered_to_those_who_may_read_it() -> None:
    mine = an_invitation(status=Status.SENT)
    theirs = an_invitation(status=Status.SENT, id=InvitationId("bbbbbbbbbbbbbbbb"))

    blocks = home_view(WORDS, HomePage(waiting=[mine, theirs], may_open={mine.id}))["blocks"]

    (button,) = elements(blocks)
    assert (button["action_id"], button["value"]) == (names.SHOW_MAIL, mine.id)
    assert said(blocks).count("Sent <!date") == 2


def test_more_than_fits_is_counted() -> None:
    sent = [an_invitation(status=Status.SENT)] * (SHOWN + 5)

    assert "And 5 more." in small_print(home_view(WORDS, HomePage(waiting=sent))["blocks"])


def test_customers_open_their_record() -> None:
    (button,) = elements(home_view(WORDS, HomePage(customers=[a_customer()]))["blocks"])

    assert (button["action_id"], button["value"]) == (names.OPEN_CUSTOMER, FABRIKAM)
    assert button["accessibility_label"] == "Open customer: Fabrikam"


def test_access_that_nobody_can_use_is_not_called_access() -> None:
    grants = (a_grant(assigned=False),)
    unusable = a_customer(reseller=ResellerState.ENDED, grants=grants)

    text = said(home_view(WORDS, HomePage(customers=[unusable]))["blocks"])

    assert "Reseller relationship ended · admin access active, but nobody can use it" in text


def test_the_pager_leads_on_and_back_to_the_start() -> None:
    page = HomePage(customers=[a_customer()] * PAGE_SIZE, next_after=FABRIKAM, is_first=False)

    pagers = [
        one for one in elements(home_view(WORDS, page)["blocks"]) if one["action_id"] == names.HOME_PAGE
    ]
    assert [one["value"] for one in pagers] == [FABRIKAM, FIRST_PAGE]


def test_one_says_how_old_it_is() -> None:
    assert f"Updated <!date^{int(NOON.timestamp())}" in small_print(
        home_view(WORDS, HomePage(now=NOON))["blocks"]
    )
