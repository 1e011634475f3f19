"""A customer's record: what there is between us, how it ended, and where to go from here."""

import pytest

from bot.domain.customer import LEGACY_ADMIN, ResellerState
from bot.domain.invitation import Status
from bot.domain.relationship import EndCause
from bot.slack import names
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

    assert f"• *ended* · 6 roles · <!date^{int(NOON.timestamp())}^" in text
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


def test_a_customer_nobody_invited_can_be_asked_for_admin_access() -> None:
    (button,) = elements(customer_view(WORDS, a_customer(), [], links=[])["blocks"])

    assert (button["value"], button["text"]["text"]) == (FABRIKAM, "Ask for admin access")


def test_nothing_is_left_to_ask_of_a_customer_who_gave_everything() -> None:
    blocks = customer_view(WORDS, a_customer(grants=(a_grant(),)), [], links=[])["blocks"]

    assert offered(blocks) == []


def test_portals_are_linked_and_nothing_else_is() -> None:
    links = [("entra", "https://entra.microsoft.com/x"), ("azure", "http://portal.azure.com")]

    text = said(customer_view(WORDS, a_customer(), [], links=links)["blocks"])

    assert "<https://entra.microsoft.com/x|Entra>" in text
    assert "portal.azure.com" not in text
