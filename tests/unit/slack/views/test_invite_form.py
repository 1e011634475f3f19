"""What was typed is kept, whatever Slack sends; what cannot be is said next to the field."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clouds import Cloud
from bot.domain.findings import Findings
from bot.domain.roles import ROLE_TEMPLATES
from bot.slack import names
from bot.slack.views.invite_errors import draft_errors, field_errors, is_mail_address
from bot.slack.views.invite_form import InviteForm, typed
from tests.builders import CONTOSO, FABRIKAM, PARTNER, a_customer, a_proposal

FILLED = InviteForm.from_proposal(a_proposal())


def state(**values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: {name: element} for name, element in values.items()}


def changed(**update: object) -> InviteForm:
    return FILLED.model_copy(update=update)


def test_every_kind_of_input_is_read() -> None:
    form = InviteForm.from_state(
        state(
            customer_name={"type": "plain_text_input", "value": "Fabrikam"},
            country={"type": "static_select", "selected_option": {"value": "FR"}},
            include_admin_access={"type": "checkboxes", "selected_options": [{"value": "yes"}]},
            duration={"type": "static_select", "selected_option": {"value": "90"}},
            delivery={"type": "radio_buttons", "selected_option": {"value": "copy_text"}},
        )
    )

    assert form.customer_name == "Fabrikam"
    assert form.country == "FR"
    assert form.include_admin_access
    assert form.duration == 90
    assert form.delivery == "copy_text"


def test_an_input_that_is_not_on_the_screen_keeps_what_was_typed_before() -> None:
    form = InviteForm.from_state(state(reason={"value": "Another one"}), FILLED)

    assert form == changed(reason="Another one")


def test_an_emptied_input_is_empty() -> None:
    form = InviteForm.from_state(
        state(contact_name={"value": None}, country={"selected_option": None}), FILLED
    )

    assert form == changed(contact_name="", country="")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["value", "selected_option"]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(list(InviteForm.model_fields)), ANYTHING))
def test_nothing_slack_could_send_raises(values: dict[str, Any]) -> None:
    InviteForm.from_state({name: {name: value} for name, value in values.items()})
    InviteForm.from_state(values)
    InviteForm.from_draft(values)


def test_a_form_survives_the_draft_store() -> None:
    assert InviteForm.from_draft(FILLED.model_dump()) == FILLED


def test_a_draft_of_another_age_loses_only_what_no_longer_fits() -> None:
    form = InviteForm.from_draft({"customer_name": "Fabrikam", "duration": "a year", "colour": "blue"})

    assert form == InviteForm(customer_name="Fabrikam")


def test_what_is_asked_for_again_is_what_was_asked_for() -> None:
    proposal = a_proposal()

    assert FILLED.proposal(Findings(), PARTNER) == proposal


def test_a_tenant_id_is_taken_instead_of_a_domain() -> None:
    form = changed(customer_domain=FABRIKAM.upper())

    customer = form.proposal(Findings(), PARTNER).customer

    assert (customer.domain, customer.tenant_id) == (None, FABRIKAM)


def test_the_looked_up_tenant_goes_with_the_domain() -> None:
    customer = FILLED.proposal(Findings(tenant_id=FABRIKAM), PARTNER).customer

    assert (customer.domain, customer.tenant_id) == ("fabrikam.com", FABRIKAM)


def test_a_reseller_customer_is_asked_for_admin_access_alone() -> None:
    proposal = FILLED.proposal(Findings(is_reseller_customer=True), PARTNER)

    assert not proposal.reseller
    assert proposal.admin_access is not None


def test_an_indirect_reseller_names_its_provider() -> None:
    proposal = FILLED.proposal(Findings(), replace(PARTNER, indirect_provider=CONTOSO))

    assert proposal.indirect_provider == CONTOSO


def test_a_customer_nobody_invited_can_be_asked_for_access() -> None:
    form = InviteForm.from_customer(a_customer(domain=None), template="helpdesk")

    assert form.tenant_id == FABRIKAM
    assert form.admin_access is not None
    assert form.admin_access.roles == ROLE_TEMPLATES["helpdesk"]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("  Fabrikam \n GmbH ", "Fabrikam GmbH"),
        ("R&amp;D &lt;Europe&gt;", "R&D <Europe>"),
        ("&amp;lt;", "&lt;"),
        ("Fabri\u202ekam\x00", "Fabri kam"),
        ("\ud800", ""),
    ],
)
def test_text_is_taken_as_it_was_meant(sent: str, meant: str) -> None:
    assert typed(sent) == meant


def test_lines_stay_where_there_may_be_several() -> None:
    assert typed("Hello,\r\n\r\nplease accept:\n", multiline=True) == "Hello,\n\nplease accept:"


def test_a_filled_form_has_no_errors() -> None:
    assert field_errors(FILLED, PARTNER) == {}
    assert draft_errors(FILLED) == {}


@pytest.mark.parametrize(
    ("update", "block_id", "error"),
    [
        ({"customer_name": ""}, names.CUSTOMER_NAME, "required"),
        ({"customer_name": "x" * 121}, names.CUSTOMER_NAME, "too_long"),
        ({"customer_domain": ""}, names.CUSTOMER_DOMAIN, "required"),
        ({"customer_domain": "fabrikam"}, names.CUSTOMER_DOMAIN, "not_a_domain"),
        ({"contact_name": ""}, names.CONTACT_NAME, "required"),
        ({"contact_email": ""}, names.CONTACT_EMAIL, "required"),
        ({"contact_email": "chris at fabrikam.com"}, names.CONTACT_EMAIL, "not_a_mail_address"),
        ({"reason": ""}, names.REASON, "required"),
        ({"country": "ZZ"}, names.COUNTRY, "not_a_country"),
        ({"cloud": ""}, names.CLOUD, "not_a_cloud"),
        ({"cloud": "germany"}, names.CLOUD, "cloud_closed"),
        ({"cloud": "us_gov"}, names.CLOUD, "cloud_not_ours"),
        ({"mail_language": "tlh"}, names.MAIL_LANGUAGE, "not_a_language"),
        ({"role_template": ""}, names.INCLUDE_ADMIN_ACCESS, "choose_roles"),
        ({"role_template": "everything"}, names.ROLE_TEMPLATE, "not_a_role_template"),
        ({"duration": 731}, names.DURATION, "not_a_duration"),
    ],
)
def test_what_cannot_be_is_said_next_to_its_field(
    update: dict[str, object], block_id: str, error: str
) -> None:
    assert field_errors(changed(**update), PARTNER) == {block_id: f"invite_customer/errors/{error}"}


def test_admin_access_is_refused_where_the_cloud_does_not_offer_it() -> None:
    partner = replace(PARTNER, cloud=Cloud.CHINA)

    errors = field_errors(changed(cloud="china"), partner)

    assert errors == {names.INCLUDE_ADMIN_ACCESS: "invite_customer/errors/no_admin_access_in_cloud"}


def test_a_form_that_asks_for_nothing_is_refused() -> None:
    errors = field_errors(changed(include_admin_access=False), PARTNER, reseller=False)

    assert errors == {names.INCLUDE_ADMIN_ACCESS: "invite_customer/errors/nothing_asked_for"}


def test_roles_count_only_where_admin_access_is_asked_for() -> None:
    assert field_errors(changed(include_admin_access=False, role_template="", duration=0), PARTNER) == {}


@pytest.mark.parametrize(
    ("update", "block_id", "error"),
    [
        ({"mail_subject": ""}, names.MAIL_SUBJECT, "required"),
        ({"mail_text": ""}, names.MAIL_TEXT, "required"),
        ({"mail_text": "x" * 3001}, names.MAIL_TEXT, "too_long"),
        ({"mail_text": "{admin_access_link}"}, names.MAIL_TEXT, "reseller_link_missing"),
        ({"mail_text": "{reseller_link} {reseller_link}"}, names.MAIL_TEXT, "reseller_link_repeated"),
        ({"include_admin_access": False}, names.MAIL_TEXT, "admin_access_link_unexpected"),
        ({"delivery": "pigeon"}, names.DELIVERY, "not_a_delivery"),
    ],
)
def test_a_draft_that_cannot_be_sent_is_a_field_error(
    update: dict[str, object], block_id: str, error: str
) -> None:
    assert draft_errors(changed(**update)) == {block_id: f"invite_customer/errors/{error}"}


@pytest.mark.parametrize(
    "address",
    ["chris@fabrikam.com", "a.b+c@mail.fabrikam.co.uk", "o'hara@fabrikam.com", "it@www.fabrikam.com"],
)
def test_a_mail_address_is_accepted(address: str) -> None:
    assert is_mail_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "chris@fabrikam",
        "chris@@fabrikam.com",
        "chris@fabrikam.com, ben@fabrikam.com",
        "chris@fabrikam.com\nBcc: all@fabrikam.com",
        "Chris <chris@fabrikam.com>",
        "chris@https://fabrikam.com",
        f"{'c' * 65}@fabrikam.com",
    ],
)
def test_what_no_mail_server_would_take_is_not_an_address(address: str) -> None:
    assert not is_mail_address(address)
