"""A customer's record: what there is between us, how it ended, and where to go from here."""

import pytest

from bot.domain.customer import LEGACY_ADMIN, ResellerState
from bot.domain.invitation import Status
from bot.domain.relationship import AdminGrant, EndCause
from bot.slack import names
from bot.slack.mrkdwn import date
from bot.slack.views.customer import customer_view
from bot.slack.words import Templates
from tests.builders import FABRIKAM, NOON, a_customer, a_grant, an_invitation
from tests.unit.slack.reading import elements, headings, in_fields, offered, said

WORDS = Templates().words("en")


def test_a_customer_is_named_with_tenant_domain_country_and_cloud() -> None:
    blocks = customer_view(WORDS, a_customer(), [], links=[])["blocks"]

    assert headings(blocks) == ["Fabrikam"]
    assert {FABRIKAM, "fabrikam.com", "Germany", "Public (including GCC)"} <= set(in_fields(blocks))


@pytest.mark.parametrize("state", ResellerState)
def test_the_reseller_relationship_is_told_in_every_state(state: ResellerState) -> None:
    customer = a_customer(reseller=state, reseller_ended_at=NOON)

    assert "*Reseller relationship:*" in said(customer_view(WORDS, customer, [], links=[])["blocks"])


@pytest.mark.parametrize("cause", EndCause)
def test_access_that_ended_says_how(cause: EndCause) -> None:
    gone = a_grant(status="terminated", assigned=False, end_cause=cause, ended_at=NOON)

    text = said(customer_view(WORDS, a_customer(grants=(gone,)), [], links=[])["blocks"])

    assert f"• *ended* · 6 roles · noticed <!date^{int(NOON.timestamp())}^" in text
    assert text.count(" · ") == 3


def test_active_access_without_a_group_is_access_for_nobody() -> None:
    text = said(customer_view(WORDS, a_customer(grants=(a_grant(assigned=False),)), [], links=[])["blocks"])

    assert "nobody can use it: no security group is assigned" in text


def test_a_status_microsoft_has_just_invented_is_shown_as_it_is() -> None:
    text = said(
        customer_view(WORDS, a_customer(grants=(a_grant(status="suspended"),)), [], links=[])["blocks"]
    )

    assert "`suspended`" in text


def test_privileges_of_old_are_not_counted_in_roles() -> None:
    text = said(
        customer_view(WORDS, a_customer(grants=(a_grant(id=LEGACY_ADMIN, roles=()),)), [], links=[])["blocks"]
    )

    assert "every right" in text
    assert "0 roles" not in text


def test_what_is_missing_can_be_asked_for_with_the_last_invitation_as_the_start() -> None:
    last = an_invitation(status=Status.LAPSED)

    (button,) = elements(customer_view(WORDS, a_customer(), [last], links=[])["blocks"])
    assert (button["action_id"], button["value"], button["text"]["text"]) == (
        names.ASK_AGAIN,
        last.id,
        "Ask again",
    )


@pytest.mark.parametrize("status", [Status.AWAITING_APPROVAL, Status.READY, Status.SENT])
def test_admin_access_that_was_asked_for_is_said_to_wait_and_is_not_asked_for_twice(status: Status) -> None:
    asked = an_invitation(status=status)

    blocks = customer_view(WORDS, a_customer(), [asked], links=[])["blocks"]

    assert (
        f"*Admin access asked for* {date(asked.requested_at)}: {WORDS.plain(f'statuses/{status}')}"
        in said(blocks)
    )
    assert offered(blocks) == []


def test_access_that_was_lost_and_asked_for_again_shows_both() -> None:
    gone = a_grant(status="terminated", assigned=False, end_cause=EndCause.CUSTOMER_ENDED, ended_at=NOON)

    text = said(
        customer_view(WORDS, a_customer(grants=(gone,)), [an_invitation(status=Status.SENT)], links=[])[
            "blocks"
        ]
    )

    assert "• *ended*" in text
    assert "*Admin access asked for*" in text


@pytest.mark.parametrize("waits", ["approvalPending", "active"])
def test_access_the_grants_show_already_is_not_told_twice(waits: str) -> None:
    sent = an_invitation(status=Status.SENT)
    grant = a_grant(status=waits, invitation_id=sent.id)

    text = said(customer_view(WORDS, a_customer(grants=(grant,)), [sent], links=[])["blocks"])

    assert "asked for*" not in text


def test_an_invitation_for_the_relationship_alone_asks_for_no_admin_access() -> None:
    sent = an_invitation(status=Status.SENT, admin_access=None)

    text = said(customer_view(WORDS, a_customer(reseller=ResellerState.NONE), [sent], links=[])["blocks"])

    assert "asked for*" not in text


def test_times_that_only_we_saw_are_not_told_as_microsofts() -> None:
    signed = a_customer(agreement_signed_at=NOON)
    ended = a_customer(reseller=ResellerState.ENDED, reseller_ended_at=NOON)

    told = said(customer_view(WORDS, signed, [], links=[])["blocks"])
    over = said(customer_view(WORDS, ended, [], links=[])["blocks"])

    assert f"active, known to me since {date(NOON)}" in told
    assert f"signed, known to me since {date(NOON)}" in told
    assert f"ended, as I noticed {date(NOON)}" in over


def test_a_customer_nobody_invited_can_be_asked_for_admin_access() -> None:
    (button,) = elements(customer_view(WORDS, a_customer(), [], links=[])["blocks"])

    assert (button["value"], button["text"]["text"]) == (FABRIKAM, "Ask for admin access")


def test_nothing_is_left_to_ask_of_a_customer_who_gave_everything() -> None:
    blocks = customer_view(WORDS, a_customer(grants=(a_grant(),)), [], links=[])["blocks"]

    assert offered(blocks) == []


PORTALS = [
    ("partner_center", "https://partner.microsoft.com/x"),
    ("entra", "https://entra.microsoft.com/x"),
    ("azure", "http://portal.azure.com"),
]


def test_portals_are_linked_and_nothing_else_is() -> None:
    usable = a_customer(grants=(a_grant(),))

    text = said(customer_view(WORDS, usable, [], links=PORTALS)["blocks"])

    assert "<https://partner.microsoft.com/x|Partner Center>" in text
    assert "<https://entra.microsoft.com/x|Entra>" in text
    assert "portal.azure.com" not in text


@pytest.mark.parametrize("grants", [(), (a_grant(assigned=False),), (a_grant(status="terminated"),)])
def test_portals_that_need_admin_access_are_not_linked_without_it(grants: tuple[AdminGrant, ...]) -> None:
    text = said(customer_view(WORDS, a_customer(grants=grants), [], links=PORTALS)["blocks"])

    assert "Partner Center" in text
    assert "Entra" not in text


def test_there_is_nowhere_to_go_where_every_portal_needs_admin_access() -> None:
    text = said(customer_view(WORDS, a_customer(), [], links=PORTALS[1:])["blocks"])

    assert "Go to" not in text
