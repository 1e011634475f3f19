"""Whatever customers are called and whatever people write: Slack takes it, and nobody is mentioned by it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.clouds import Cloud
from bot.domain.customer import Customer, ResellerState
from bot.domain.findings import Findings, Lookup
from bot.domain.identifiers import DomainName, InvitationId, TenantId, UserGroupId
from bot.domain.invitation import AdminAccess, Contact, Delivery, Invitation, Progress, Prospect, Status
from bot.domain.mail import TEXT_LIMIT
from bot.domain.markets import MARKET_OF
from bot.domain.notifications import Kind, Notice, Notification, Place
from bot.domain.policy import Who
from bot.domain.proposal import Difference
from bot.domain.relationship import EndCause
from bot.domain.roles import ROLE_TEMPLATES
from bot.domain.settlement import Answer, Settlement
from bot.ports.failures import Reason
from bot.slack import names
from bot.slack.blocks import Block, section
from bot.slack.limits import problems
from bot.slack.locales import LANGUAGES
from bot.slack.messages.card import invitation_card
from bot.slack.messages.notices import notice
from bot.slack.messages.which_invitation import settled
from bot.slack.views.customer import customer_view
from bot.slack.views.home import HomePage, home_view
from bot.slack.views.invite_customer import details_view, draft_view, loading_view
from bot.slack.views.invite_form import InviteForm
from bot.slack.views.review_invitation import comment_view, review_view
from bot.slack.views.show_mail import mail_view
from bot.slack.views.told import told_view
from bot.slack.words import Templates, Words
from tests.builders import (
    ANA,
    BEN,
    FABRIKAM,
    LINKS,
    NOON,
    PARTNER,
    RELATIONSHIP,
    a_customer,
    a_grant,
    a_proposal,
    an_invitation,
)

TEMPLATES = Templates()
in_every_language = pytest.mark.parametrize(
    "words", [TEMPLATES.words(one) for one in LANGUAGES], ids=LANGUAGES
)
GROUP = UserGroupId("S0APPROVER")
CHANNEL = "C0TEAM0001"
PERMALINK = "https://contoso.slack.example/archives/C0TEAM0001/p1"
PORTAL = "https://entra.microsoft.com/22222222-2222-4222-8222-222222222222"
MICROSOFT_STATUSES = ["", "approvalPending", "activating", "active", "terminated", "unknownFutureValue"]

OURS = re.compile(
    rf"<@({ANA}|{BEN})>|<!subteam\^{GROUP}>|<#{CHANNEL}>|<!date\^\d+\^[^|<>]*\|[^<>]*>|<{PORTAL}\|[^<>]*>"
)
"""The only things between `<` and `>` that a message of ours may hold."""

NASTY = st.sampled_from(
    [
        "<!channel>",
        "<!here|here> <@U0ANA00002>",
        "<https://evil.example|Contoso>",
        "https://evil.example",
        "*x* _y_ ~z~ `c` > :tada:",
        "&lt;!everyone&gt;",
        "&" * 3000,
        "名" * 3000,
        "{reseller_link} {{ 7 * 7 }} %s %(customer)s {% raw %}",
        "a\u202eb\u2066c\x00d\ud800e",
        "\u200b",
        "\u202e",
        " \n ",
        "👩‍👩‍👧‍👦" * 400,
    ]
)
TYPED = st.one_of(NASTY, st.text(max_size=60))
TEXT = TYPED.map(lambda text: text.replace("\ud800", ""))
"""What a database can hold: UTF-8 has no lone surrogates."""

LONG = st.one_of(TEXT, st.text(max_size=TEXT_LIMIT)).map(lambda text: text[:TEXT_LIMIT])
COUNTRIES = st.sampled_from(["", "ZZ", *MARKET_OF])


def an_access() -> st.SearchStrategy[AdminAccess | None]:
    asked = st.builds(
        lambda key, days, extend: AdminAccess(key, ROLE_TEMPLATES[key], days, extend),
        st.sampled_from(list(ROLE_TEMPLATES)),
        st.sampled_from([1, 90, 365, 730]),
        st.booleans(),
    )
    return st.none() | asked


@st.composite
def invitations(draw: st.DrawFn, statuses: tuple[Status, ...] = tuple(Status)) -> Invitation:
    """Draw an invitation as hostile as the outside can make it."""
    proposal = a_proposal(
        customer=Prospect(
            draw(TEXT),
            draw(st.sampled_from([None, DomainName("fabrikam.com")])),
            draw(st.sampled_from([None, FABRIKAM])),
            draw(COUNTRIES),
            draw(st.sampled_from(Cloud)),
        ),
        contact=Contact(draw(TEXT), draw(TEXT)),
        reseller=draw(st.booleans()),
        admin_access=draw(an_access()),
        subject=draw(TEXT),
        text=draw(LONG),
        reason=draw(LONG),
        delivery=draw(st.sampled_from(Delivery)),
    )
    return an_invitation(
        proposal=proposal,
        status=draw(st.sampled_from(statuses)),
        problem=draw(st.sampled_from(["", *Reason])),
        problem_detail=draw(TEXT),
        comment=draw(LONG),
        progress=draw(progresses()),
    )


def progresses() -> st.SearchStrategy[Progress]:
    moment = st.sampled_from([None, NOON])
    return st.builds(Progress, moment, moment, st.sampled_from(MICROSOFT_STATUSES), moment, moment)


@st.composite
def customers(draw: st.DrawFn) -> Customer:
    grants = tuple(
        a_grant(
            status=status,
            assigned=draw(st.booleans()),
            end_cause=draw(st.sampled_from([None, *EndCause])),
            ended_at=draw(st.sampled_from([None, NOON])),
            ends_at=draw(st.sampled_from([None, NOON])),
        )
        for status in draw(
            st.lists(st.sampled_from(["gone", "expiring", *MICROSOFT_STATUSES[1:]]), max_size=12)
        )
    )
    return a_customer(
        name=draw(TEXT),
        country=draw(COUNTRIES),
        cloud=draw(st.sampled_from(Cloud)),
        reseller=draw(st.sampled_from(ResellerState)),
        agreement_signed_at=draw(st.sampled_from([None, NOON])),
        grants=grants,
    )


def forms() -> st.SearchStrategy[InviteForm]:
    return st.builds(
        InviteForm,
        customer_name=TYPED,
        customer_domain=TYPED,
        contact_name=TYPED,
        contact_email=TYPED,
        country=COUNTRIES,
        cloud=st.sampled_from(["", "germany", *Cloud]),
        include_admin_access=st.booleans(),
        role_template=st.sampled_from(list(ROLE_TEMPLATES)),
        duration=st.sampled_from([0, 90, 365]),
        auto_extend=st.booleans(),
        mail_language=st.sampled_from(["", *LANGUAGES]),
        reason=LONG,
        delivery=st.sampled_from(["", "send_for_me", "copy_text"]),
    ).map(lambda form: InviteForm.from_state(state_of(form)))


def state_of(form: InviteForm) -> dict[str, Any]:
    """Return what Slack would send for a form: texts as they were typed, whatever they are."""
    state: dict[str, Any] = {}
    for name, value in form.model_dump().items():
        if isinstance(value, bool):
            state[name] = {name: {"selected_options": [{"value": "yes"}] if value else []}}
        elif name in {names.COUNTRY, names.CLOUD, names.ROLE_TEMPLATE, names.DURATION, names.DELIVERY}:
            state[name] = {name: {"selected_option": {"value": str(value)}}}
        else:
            state[name] = {name: {"value": value}}
    return state


FINDINGS = st.builds(
    Findings,
    lookup=st.sampled_from(Lookup),
    tenant_id=st.sampled_from([None, FABRIKAM]),
    name=TEXT,
    is_reseller_customer=st.booleans(),
    has_admin_access=st.booleans(),
    pending=st.just(InvitationId("abcdefghijklmnop")),
    pending_status=st.sampled_from([None, *Status]),
    foreign_market=st.booleans(),
)
thorough = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def mrkdwn_in(value: Any) -> Iterator[str]:
    """Yield every text that Slack would interpret."""
    if isinstance(value, list):
        for part in value:
            yield from mrkdwn_in(part)
    elif isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            assert value["verbatim"] is True
            yield value["text"]
        for part in value.values():
            yield from mrkdwn_in(part)


def assert_harmless(payload: dict[str, Any], surface: str) -> None:
    assert problems(payload, surface) == []
    for text in [*mrkdwn_in(payload), str(payload.get("text", "")) if surface == "message" else ""]:
        left = OURS.sub("", text)
        assert not re.search(r"[<>]", left), text


def assert_message(message: tuple[list[Block], str]) -> None:
    blocks, text = message
    assert_harmless({"blocks": blocks, "text": text}, "message")


@in_every_language
@thorough
@given(invitations(), st.sampled_from(Place))
def test_every_card_is_harmless(words: Words, invitation: Invitation, place: Place) -> None:
    assert_message(invitation_card(words, invitation, place=place))


@in_every_language
@pytest.mark.parametrize("told", Notice)
@settings(thorough, max_examples=12)
@given(
    invitation=st.none() | invitations(),
    customer=st.none() | customers(),
    place=st.sampled_from(Place),
    cause=st.sampled_from(["", "new", *EndCause]),
    guess=TEXT,
    reason=st.sampled_from(Reason),
)
def test_every_notice_is_harmless(
    words: Words,
    told: Notice,
    invitation: Invitation | None,
    customer: Customer | None,
    place: Place,
    cause: str,
    guess: str,
    reason: Reason,
) -> None:
    facts = {
        "cause": cause,
        "relationship_id": RELATIONSHIP,
        "reason": reason,
        "detail": guess,
        "matched": "likeness",
        "channel": CHANNEL,
        "permalink": PERMALINK,
        "bot": BEN,
        "compared_every_seconds": "900",
    }
    notification = Notification(Kind.NOTICE, place, person=ANA, notice=told, facts=facts)
    named = replace(a_proposal().customer, name=guess)
    ids = ("abcdefghijklmnop", "bcdefghijklmnopq")
    guesses = [an_invitation(id=InvitationId(one), customer=named) for one in ids]

    assert_message(notice(words, notification, invitation, customer, guesses=guesses))


@in_every_language
@thorough
@given(customers(), invitations(), st.sampled_from(Answer))
def test_a_settled_question_is_harmless(
    words: Words, customer: Customer, invitation: Invitation, answer: Answer
) -> None:
    text = settled(words, customer, Settlement(answer, BEN, NOON, invitation))

    assert_message(([section(text)], text))


@in_every_language
@thorough
@given(forms(), FINDINGS, TYPED, LONG)
def test_both_steps_of_the_form_are_harmless(
    words: Words, form: InviteForm, findings: Findings, subject: str, text: str
) -> None:
    details = details_view(
        words, form, draft_id="d1", findings=findings, partner=PARTNER, note=words("invite_customer/kept")
    )
    typed = InviteForm.from_state(
        {
            names.MAIL_SUBJECT: {names.MAIL_SUBJECT: {"value": subject}},
            names.MAIL_TEXT: {names.MAIL_TEXT: {"value": text}},
        },
        form,
    )
    draft = draft_view(
        words,
        typed,
        draft_id="d1",
        findings=findings,
        approvers=Who(frozenset({ANA, BEN}), frozenset({GROUP})),
        rule_why=subject,
        subject=typed.mail_subject,
        text=typed.mail_text,
    )

    assert_harmless(details, "modal")
    assert_harmless(draft, "modal")


@in_every_language
@thorough
@given(
    invitations(),
    st.none() | invitations(),
    st.lists(st.sampled_from(Difference), unique=True),
    st.booleans(),
)
def test_every_review_is_harmless(
    words: Words,
    invitation: Invitation,
    previous: Invitation | None,
    differences: list[Difference],
    may_decide: bool,
) -> None:
    review = review_view(words, invitation, previous=previous, differences=differences, may_decide=may_decide)

    assert_harmless(review, "modal")


@in_every_language
@thorough
@given(invitations())
def test_every_mail_to_send_is_harmless(words: Words, invitation: Invitation) -> None:
    assert LINKS.reseller
    assert_harmless(mail_view(words, invitation), "modal")


@in_every_language
@thorough
@given(customers(), st.lists(invitations(), max_size=3))
def test_every_record_is_harmless(words: Words, customer: Customer, invitations: list[Invitation]) -> None:
    record = customer_view(
        words, customer, invitations, links=[("entra", PORTAL), ("azure", "javascript:alert(1)")]
    )

    assert_harmless(record, "modal")


@in_every_language
@thorough
@given(st.lists(invitations(), max_size=3), st.lists(customers(), max_size=3), st.booleans())
def test_every_home_is_harmless_however_much_is_in_it(
    words: Words, some: list[Invitation], known: list[Customer], may_invite: bool
) -> None:
    page = HomePage(
        needs_you=some * 50,
        on_the_way=some * 50,
        waiting=some * 50,
        may_open=[one.id for one in some],
        customers=known * 50,
        next_after=TenantId(FABRIKAM),
        is_first=False,
        may_invite=may_invite,
        now=NOON,
    )

    assert_harmless(home_view(words, page), "home")


@in_every_language
def test_the_views_without_a_customer_keep_the_limits(words: Words) -> None:
    views = [
        loading_view(words, draft_id="d1"),
        comment_view(words, an_invitation(), "reject_invitation"),
        comment_view(words, an_invitation(), "request_changes"),
        told_view(words, words.plain("errors/title"), words("errors/unexpected")),
        home_view(words, HomePage()),
    ]

    assert [found for view in views for found in problems(view, view["type"])] == []
