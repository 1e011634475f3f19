"""The form: short until more is asked for, filled in with what is known, and never a surprise."""

from typing import Any

import pytest

from bot.domain.findings import Findings, Lookup
from bot.domain.identifiers import SlackUserId, UserGroupId
from bot.domain.invitation import Status
from bot.domain.markets import MARKET_OF
from bot.domain.policy import Who
from bot.slack import names
from bot.slack.blocks import View
from bot.slack.views.invite_customer import details_view, draft_view, loading_view
from bot.slack.views.invite_form import InviteForm
from bot.slack.words import Mrkdwn, Templates
from tests.builders import BEN, FABRIKAM, PARTNER, a_proposal, an_invitation
from tests.unit.slack.reading import inputs, said

WORDS = Templates().words("en")
FILLED = InviteForm.from_proposal(a_proposal())


def details(form: InviteForm = FILLED, findings: Findings | None = None, note: Mrkdwn | None = None) -> View:
    found = findings or Findings()
    return details_view(WORDS, form, draft_id="d1", findings=found, partner=PARTNER, note=note)


def draft(**values: Any) -> View:
    known: dict[str, Any] = {
        "draft_id": "d1",
        "findings": Findings(),
        "approvers": Who(frozenset({BEN}), frozenset({UserGroupId("S0APPROVER")})),
        "rule_why": "admin_access",
        "subject": FILLED.mail_subject,
        "text": FILLED.mail_text,
    }
    return draft_view(WORDS, FILLED, **(known | values))


def test_the_form_knows_its_draft() -> None:
    views = [loading_view(WORDS, draft_id="d1"), details(), draft()]

    assert [view["private_metadata"] for view in views] == ["d1"] * 3


def test_every_input_is_its_own_way_to_its_value() -> None:
    for view in (details(), draft()):
        assert {name: block["element"]["action_id"] for name, block in inputs(view["blocks"]).items()} == {
            name: name for name in inputs(view["blocks"])
        }


def test_both_steps_together_ask_for_the_whole_form() -> None:
    assert (
        inputs(details()["blocks"]).keys() | inputs(draft()["blocks"]).keys()
        == InviteForm.model_fields.keys()
    )


def test_the_roles_are_always_there_so_that_nothing_jumps() -> None:
    without = inputs(details(InviteForm())["blocks"])

    assert without.keys() == inputs(details()["blocks"]).keys()
    assert without[names.ROLE_TEMPLATE]["element"]["initial_option"]["value"] == "helpdesk"


def test_what_was_typed_comes_back_through_the_screen() -> None:
    screen = {**inputs(details()["blocks"]), **inputs(draft()["blocks"])}
    state = {name: {name: _as_sent(block["element"])} for name, block in screen.items()}

    assert InviteForm.from_state(state) == FILLED.model_copy(update={"mail_text": FILLED.mail_text.strip()})


def _as_sent(element: dict[str, Any]) -> dict[str, Any]:
    return {
        "value": element.get("initial_value"),
        "selected_option": element.get("initial_option"),
        "selected_options": element.get("initial_options", []),
    }


def test_our_own_market_comes_first_and_every_country_is_there() -> None:
    groups = inputs(details(InviteForm())["blocks"])[names.COUNTRY]["element"]["option_groups"]

    assert groups[0]["label"]["text"] == "Your market: Europe"
    assert {option["value"] for group in groups for option in group["options"]} == MARKET_OF.keys()
    assert max(len(group["options"]) for group in groups) <= 100


def test_countries_are_named_in_the_readers_language() -> None:
    view = details_view(WORDS, FILLED, draft_id="d1", findings=Findings(), partner=PARTNER)

    assert inputs(view["blocks"])[names.COUNTRY]["element"]["initial_option"]["text"]["text"] == "Germany"


def test_a_closed_cloud_is_no_choice() -> None:
    options = inputs(details()["blocks"])[names.CLOUD]["element"]["options"]

    assert "germany" not in {option["value"] for option in options}


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        (Findings(Lookup.FOUND, FABRIKAM, "Fabrikam Inc."), f"*Fabrikam Inc.*, tenant `{FABRIKAM}`"),
        (Findings(Lookup.NO_TENANT), "No tenant in your cloud"),
        (Findings(Lookup.NOT_ANSWERED), "Microsoft did not answer"),
        (Findings(Lookup.REFUSED), "Microsoft refused when I looked the customer up"),
        (Findings(is_reseller_customer=True), "already have the reseller relationship"),
        (Findings(has_admin_access=True), "admin access there today"),
        (Findings(pending=an_invitation().id, pending_status=Status.SENT), "Sent, waiting for the customer"),
        (Findings(foreign_market=True), "Microsoft will most likely refuse"),
    ],
)
def test_what_was_found_is_said_before_anybody_goes_on(findings: Findings, expected: str) -> None:
    assert expected in said(details(findings=findings)["blocks"])


def test_a_customer_found_by_domain_is_named() -> None:
    view = details(
        InviteForm(customer_domain="fabrikam.com"), Findings(Lookup.FOUND, FABRIKAM, "Fabrikam Inc.")
    )

    assert inputs(view["blocks"])[names.CUSTOMER_NAME]["element"]["initial_value"] == "Fabrikam Inc."


def test_a_note_is_said_on_top() -> None:
    assert said(details(note=WORDS("refusals/already_invited"))["blocks"]).startswith("Another invitation")


def test_people_see_who_is_asked_and_why() -> None:
    view = draft()

    assert f"<!subteam^S0APPROVER> and <@{BEN}>" in said(view["blocks"])
    assert any(
        "asks for admin access" in str(block) for block in view["blocks"] if block["type"] == "context"
    )


def test_of_many_approvers_the_first_are_named_and_the_rest_counted() -> None:
    everybody = Who(frozenset(SlackUserId(f"U0B{number:02}") for number in range(13)), frozenset())

    assert "<@U0B08>, <@U0B09>, and 3 more. One of them" in said(draft(approvers=everybody)["blocks"])


def test_a_request_nobody_could_approve_says_so() -> None:
    assert "nobody is named as approver" in said(draft(approvers=Who())["blocks"])


def test_the_placeholders_to_keep_are_those_that_are_asked_for() -> None:
    alone = draft(findings=Findings(is_reseller_customer=True))

    assert (
        "{reseller_link} and {admin_access_link}"
        in inputs(draft()["blocks"])[names.MAIL_TEXT]["hint"]["text"]
    )
    assert "{reseller_link}" not in inputs(alone["blocks"])[names.MAIL_TEXT]["hint"]["text"]


def test_sending_is_offered_only_where_it_works() -> None:
    offered = inputs(draft(can_send=False)["blocks"])[names.DELIVERY]["element"]

    assert [option["value"] for option in offered["options"]] == ["open_in_mail_app", "copy_text"]
    assert offered["initial_option"] in offered["options"]
