"""What must be in a mail's text, and how the links get there."""

from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.mail import (
    ADMIN_ACCESS_LINK,
    MAILTO_LIMIT,
    RESELLER_LINK,
    Links,
    MailProblem,
    mailto,
    problems,
    with_links,
)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=80)

BOTH = f"Please open {RESELLER_LINK} and then {ADMIN_ACCESS_LINK}."
LINKS = Links(
    reseller="https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&msppId=0#/BillingAccounts",
    admin_access="https://admin.microsoft.com/AdminPortal/Home#/partners/invitation/granularAdminRelationships/x",
)


@pytest.mark.parametrize(
    ("text", "reseller", "admin_access", "problem"),
    [
        (BOTH.replace(RESELLER_LINK, ""), True, True, MailProblem.RESELLER_LINK_MISSING),
        (BOTH.replace(ADMIN_ACCESS_LINK, ""), True, True, MailProblem.ADMIN_ACCESS_LINK_MISSING),
        (BOTH + RESELLER_LINK, True, True, MailProblem.RESELLER_LINK_REPEATED),
        (BOTH + ADMIN_ACCESS_LINK, True, True, MailProblem.ADMIN_ACCESS_LINK_REPEATED),
        (BOTH, False, True, MailProblem.RESELLER_LINK_UNEXPECTED),
        (BOTH, True, False, MailProblem.ADMIN_ACCESS_LINK_UNEXPECTED),
        (BOTH + "x" * 3000, True, True, MailProblem.TOO_LONG),
    ],
)
def test_a_draft_that_cannot_be_sent_says_why(
    text: str, reseller: bool, admin_access: bool, problem: MailProblem
) -> None:
    assert problems(text, reseller=reseller, admin_access=admin_access) == [problem]


def test_a_draft_with_each_link_once_can_be_sent() -> None:
    assert problems(BOTH, reseller=True, admin_access=True) == []


@given(st.text(max_size=500), st.text(max_size=500))
def test_links_arrive_byte_for_byte_and_the_rest_stays(before: str, after: str) -> None:
    text = f"{before}{RESELLER_LINK}{after}"
    if text.count(RESELLER_LINK) != 1 or ADMIN_ACCESS_LINK in text:
        return

    assert with_links(text, LINKS) == f"{before}{LINKS.reseller}{after}"


@given(
    TEXTS,
    TEXTS,
)
def test_a_mail_address_carries_subject_and_text_whole(subject: str, text: str) -> None:
    url = mailto("admin@fabrikam.example", subject, text)
    if url is None:
        return
    parts = urlsplit(url)

    assert parseaddr(unquote(parts.path))[1] == "admin@fabrikam.example"
    assert " " not in url
    fields = parse_qs(parts.query.replace("+", "%2B"), keep_blank_values=True, strict_parsing=True)
    assert fields["subject"] == [subject]
    assert fields["body"] == [text.replace("\r\n", "\n").replace("\n", "\r\n")]


def test_a_mail_too_long_for_mail_programs_gets_no_address() -> None:
    assert mailto("admin@fabrikam.example", "Hello", "x" * MAILTO_LIMIT) is None
