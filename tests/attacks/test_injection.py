"""
What customers and colleagues wrote stays text: whatever it is, the same mentions and links are there.

Each builder and each template is filled once with harmless words and once with hostile ones, in every
language there is; what is live in the two has to be the same, one for one.
"""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from jinja2 import Environment, meta

from bot.domain.customer import Customer, ResellerState
from bot.domain.findings import Findings, Lookup
from bot.domain.identifiers import DomainName, InvitationId
from bot.domain.invitation import Contact, Invitation, Prospect, Status
from bot.domain.mail import mailto, with_links
from bot.domain.notifications import Kind, Notice, Notification, Place
from bot.domain.policy import Who
from bot.domain.relationship import EndCause
from bot.ports.failures import Reason
from bot.slack import names
from bot.slack.customer_mail import default_mail, mail_html
from bot.slack.messages.card import invitation_card
from bot.slack.messages.notices import notice
from bot.slack.views.customer import customer_view
from bot.slack.views.home import HomePage, home_view
from bot.slack.views.invite_customer import details_view, draft_view
from bot.slack.views.invite_errors import is_mail_address
from bot.slack.views.invite_form import InviteForm
from bot.slack.views.review_invitation import review_view
from bot.slack.views.show_mail import mail_view
from bot.slack.words import Templates, Words, mention
from tests.attacks.live import Live, Mail, in_mrkdwn, in_payload
from tests.builders import (
    ANA,
    BEN,
    HELPDESK,
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
LANGUAGES = TEMPLATES.locales
FOLDER = Path(__file__).parents[2] / "templates"
SYNTAX = Environment(extensions=["jinja2.ext.i18n"])
HARMLESS = "Fabrikam"
CONTACT = "chris@fabrikam.com"
HOSTILE = (
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<@U0EVE00001>",
    "<!subteam^S0EVERYONE>",
    "<#C0GENERAL1>",
    "<https://evil.example|Fabrikam>",
    "<mailto:eve@evil.example|Fabrikam>",
    "<!date^0^{date}^https://evil.example|Fabrikam>",
    "&lt;!channel&gt; &amp;lt;!channel&amp;gt;",
    "> <!channel\n>|<@U0EVE00001",
    "*_~`<!channel>`~_*",
    "```<!channel>```",
    "https://evil.example/?a=<!channel>",
    "@channel @here @everyone @U0EVE00001 #general",
    "[Fabrikam](https://evil.example)",
    "\u202e>lennahc!<\u202c",
    "<\u200b!channel>",
    "\uff1c!channel\uff1e",
    "{{ mention('U0EVE00001') }} {% raw %} %(customer)s %s {reseller_link}",
    '"><script>alert(1)</script><a href="https://evil.example">x</a><img src=x onerror=alert(1)>',
    "<" * 500,
    "&" * 500,
)
MICROSOFT_STATUSES = ("approvalPending", "active", "terminated", "unknownFutureValue")


def an_invitation_of(text: str, status: Status, **more: Any) -> Invitation:
    """Return an invitation with `text` in every field somebody outside or a colleague fills."""
    proposal = a_proposal(
        customer=Prospect(text, DomainName("fabrikam.com"), None, "DE", PARTNER.cloud),
        contact=Contact(text, CONTACT),
        subject=text,
        text=f"{text}\n{{reseller_link}}\n{{admin_access_link}}",
        reason=text,
    )
    told = {"problem": Reason.MFA_NEEDED, "problem_detail": text, "comment": text}
    return an_invitation(proposal=proposal, status=status, **(told | more))


def a_customer_of(text: str, state: ResellerState) -> Customer:
    grants = tuple(a_grant(status=status) for status in MICROSOFT_STATUSES)
    return a_customer(name=text, reseller=state, grants=grants)


def cards(words: Words, text: str) -> Iterator[dict[str, Any]]:
    for status, place in itertools.product(Status, Place):
        blocks, fallback = invitation_card(words, an_invitation_of(text, status), place=place)
        yield {"blocks": blocks, "text": fallback}


def notices(words: Words, text: str) -> Iterator[dict[str, Any]]:
    """Each cause and each state choose words of their own, so not every pair of them is tried."""
    for told, place in itertools.product(Notice, Place):
        for cause, state in zip(("", "new", *EndCause), itertools.cycle(ResellerState), strict=False):
            facts = {"cause": cause, "relationship_id": RELATIONSHIP, "reason": "mfa_needed", "detail": text}
            notification = Notification(Kind.NOTICE, place, person=ANA, notice=told, facts=facts)
            guesses = [an_invitation_of(text, Status.SENT, id=InvitationId(one * 16)) for one in "ab"]
            invitation, customer = an_invitation_of(text, Status.SENT), a_customer_of(text, state)
            blocks, fallback = notice(words, notification, invitation, customer, guesses=guesses)
            yield {"blocks": blocks, "text": fallback}


def reviews(words: Words, text: str) -> Iterator[dict[str, Any]]:
    previous = an_invitation_of(text, Status.ACCEPTED)
    for may_decide in (True, False):
        asked = an_invitation_of(text, Status.AWAITING_APPROVAL)
        yield review_view(words, asked, previous=previous, differences=[], may_decide=may_decide)


def mails_to_send(words: Words, text: str) -> Iterator[dict[str, Any]]:
    yield mail_view(words, an_invitation_of(text, Status.READY))


def records(words: Words, text: str) -> Iterator[dict[str, Any]]:
    for state in ResellerState:
        yield customer_view(
            words, a_customer_of(text, state), [an_invitation_of(text, Status.SENT)], links=[]
        )


def homes(words: Words, text: str) -> Iterator[dict[str, Any]]:
    some = [an_invitation_of(text, status) for status in Status]
    known = [a_customer_of(text, state) for state in ResellerState]
    yield home_view(words, HomePage(needs_you=some, waiting=some, customers=known, may_invite=True, now=NOON))


def forms(words: Words, text: str) -> Iterator[dict[str, Any]]:
    typed = {
        one: {one: {"value": text}}
        for one in (
            names.CUSTOMER_NAME,
            names.CUSTOMER_DOMAIN,
            names.CONTACT_NAME,
            names.CONTACT_EMAIL,
            names.REASON,
            names.MAIL_SUBJECT,
            names.MAIL_TEXT,
        )
    }
    form = InviteForm.from_state(typed)
    for lookup in Lookup:
        findings = Findings(lookup=lookup, name=text, is_reseller_customer=True, foreign_market=True)
        yield details_view(words, form, draft_id="d1", findings=findings, partner=PARTNER)
        yield draft_view(
            words,
            form,
            draft_id="d1",
            findings=findings,
            approvers=Who(frozenset({ANA, BEN}), frozenset()),
            rule_why=text,
            subject=text,
            text=text,
        )


Builder = Callable[[Words, str], Iterator[dict[str, Any]]]
BUILDERS: tuple[Builder, ...] = (cards, notices, reviews, mails_to_send, records, homes, forms)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("builder", BUILDERS)
def test_no_field_adds_or_hides_a_mention_or_a_link(builder: Builder, language: str) -> None:
    words = TEMPLATES.words(language)
    expected = [in_payload(payload) for payload in builder(words, HARMLESS)]

    for hostile in HOSTILE:
        assert [in_payload(payload) for payload in builder(words, hostile)] == expected, hostile


def test_no_text_adds_a_recipient_or_a_field_to_the_mail_that_is_opened_in_an_app() -> None:
    for hostile in HOSTILE:
        url = mailto(CONTACT, hostile[:100], hostile[:100])

        assert url is not None
        parts = urlsplit(url)
        assert (parts.scheme, parts.path, parts.fragment) == ("mailto", CONTACT, "")
        assert [name for name, _ in parse_qsl(parts.query)] == ["subject", "body"]


@pytest.mark.parametrize("more", [*'<>,;:\\"() \n\r\0', ",eve@evil.example", "@evil.example"])
def test_what_holds_more_than_one_address_is_none(more: str) -> None:
    assert not is_mail_address(f"chris{more}@fabrikam.com")
    assert not is_mail_address(f"chris@fabrikam.com{more}")


def values_of(name: str) -> set[str]:
    """Return the names of the values a template takes."""
    source = (FOLDER / name).read_text(encoding="utf-8")
    return meta.find_undeclared_variables(SYNTAX.parse(source)) - {"gettext", "ngettext", "one_line"}


def filled(render: Callable[..., str], wanted: set[str], value: object) -> str | None:
    """Return a template filled with one value throughout; None where it can only be a number."""
    try:
        return str(render(**dict.fromkeys(wanted, value)))
    except TypeError:
        return None


MRKDWN = sorted(str(path.relative_to(FOLDER)) for path in (FOLDER / "words").rglob("*.mrkdwn.j2"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_keeps_its_own_mentions_and_links_and_takes_no_other(language: str) -> None:
    words = TEMPLATES.words(language)
    counted = set()
    for path in MRKDWN:
        name, wanted = path.removeprefix("words/").removesuffix(".mrkdwn.j2"), values_of(path)
        render = lambda it=name, **values: words(it, **values)  # noqa: E731 - binds the name
        harmless = filled(render, wanted, HARMLESS)
        if harmless is None:
            counted.add(name)
            continue
        for hostile in HOSTILE:
            assert live(filled(render, wanted, hostile)) == live(harmless), (name, hostile)
        genuine = live(filled(render, wanted, mention(ANA)))
        assert set(genuine) - set(live(harmless)) <= {f"<@{ANA}>"}

    assert counted == {name for name in counted if only_numbers(f"words/{name}.mrkdwn.j2")}


def live(text: str | None) -> Live:
    assert text is not None
    return in_mrkdwn(text)


def only_numbers(path: str) -> bool:
    return "pluralize" in (FOLDER / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_says_nothing_live_that_the_original_does_not_say(language: str) -> None:
    words, english = TEMPLATES.words(language), TEMPLATES.words("en")
    for path in MRKDWN:
        name, wanted = path.removeprefix("words/").removesuffix(".mrkdwn.j2"), values_of(path)
        values = dict.fromkeys(wanted, 3)

        assert in_mrkdwn(words(name, **values)) == in_mrkdwn(english(name, **values)), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_in_a_mail_becomes_html_or_a_link_in_disguise(language: str) -> None:
    """An address somebody typed, and a colleague approved, may be clicked; it is shown as what it is."""
    words = TEMPLATES.mail_words(language)

    def mail(text: str) -> Mail:
        subject, draft = default_mail(
            words,
            contact_name=text,
            partner_name=text,
            reseller=True,
            admin_access=HELPDESK,
            agreement=True,
        )
        return Mail(mail_html(words, subject, with_links(draft, LINKS)))

    expected = mail(HARMLESS)
    assert expected.links == {LINKS.reseller: LINKS.reseller, LINKS.admin_access: LINKS.admin_access}
    for hostile in HOSTILE:
        sent = mail(hostile)
        typed = {shown: href for shown, href in sent.links.items() if shown not in expected.links}
        assert set(sent.tags) == set(expected.tags), hostile
        assert sent.links == expected.links | {shown: shown for shown in typed}, hostile
        assert all(shown.startswith("https://evil.example") and shown in hostile for shown in typed)
