"""The mail customers get: plainly genuine, complete, and with each link in its place."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from bot.domain.invitation import AdminAccess
from bot.domain.mail import problems, with_links
from bot.domain.roles import ROLE_TEMPLATES, ROLES
from bot.slack.customer_mail import default_mail, mail_html
from bot.slack.locales import LANGUAGES
from bot.slack.words import MailWords, Templates
from tests.builders import HELPDESK, LINKS

TEMPLATES = Templates()
WORDS = TEMPLATES.mail_words("en")
FULL = AdminAccess("full_management", ROLE_TEMPLATES["full_management"], 730, auto_extend=True)
COMBINATIONS = [(True, None), (True, FULL), (False, HELPDESK), (True, replace(FULL, auto_extend=False))]


def draft(
    *,
    reseller: bool,
    access: AdminAccess | None,
    contact: str = "Chris Green",
    agreement: bool = True,
    words: MailWords = WORDS,
) -> tuple[str, str]:
    return default_mail(
        words,
        contact_name=contact,
        partner_name="Contoso Cloud",
        reseller=reseller,
        admin_access=access,
        agreement=agreement,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("reseller", "access"), COMBINATIONS)
def test_every_draft_can_be_sent_as_it_is(reseller: bool, access: AdminAccess | None, language: str) -> None:
    subject, text = draft(reseller=reseller, access=access, words=TEMPLATES.mail_words(language))

    assert not problems(text, reseller=reseller, admin_access=access is not None)
    assert len(text) < 2000
    assert 0 < len(subject) <= 150
    assert "\n" not in subject


def test_a_name_cannot_pass_for_a_placeholder() -> None:
    _, text = draft(reseller=True, access=FULL, contact="{reseller_link}")

    assert not problems(text, reseller=True, admin_access=True)


def test_a_very_long_name_keeps_the_subject_in_its_limits() -> None:
    subject, _ = default_mail(
        WORDS, contact_name="Chris", partner_name="C" * 500, reseller=True, admin_access=None
    )

    assert len(subject) <= 150


def test_the_mail_says_who_has_to_click_and_what_they_will_see() -> None:
    _, text = draft(reseller=True, access=HELPDESK)

    assert "Global Administrator" in text
    assert "Billing Administrator may be enough" in text
    assert "The page names Contoso Cloud" in text
    assert "Microsoft Customer Agreement" in text


def test_where_there_is_no_agreement_none_is_announced() -> None:
    assert "Agreement" not in draft(reseller=True, access=None, agreement=False)[1]


@pytest.mark.parametrize("access", [HELPDESK, FULL])
def test_the_mail_lists_exactly_the_roles_that_are_asked_for(access: AdminAccess) -> None:
    _, text = draft(reseller=False, access=access)

    listed = text.split("and no others: ")[1].split(".")[0]
    assert listed == WORDS.formats.listing([ROLES[role].name for role in access.roles])


@pytest.mark.parametrize(
    ("language", "listed"),
    [
        ("zh_Hans", "目录读取者、全局读取者、许可证管理员、服务支持管理员、用户管理员和支持管理员"),
        ("zh_Hant", "目錄讀取者、全域讀取者、授權管理員、服務支援管理員、使用者管理員和服務台管理員"),
    ],
)
def test_in_chinese_roles_have_the_names_that_the_customers_portal_shows(language: str, listed: str) -> None:
    _, text = draft(reseller=False, access=HELPDESK, words=TEMPLATES.mail_words(language))

    assert listed in text


@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh_Hans", "zh-Hans"), ("zh_Hant", "zh-Hant")])
def test_the_html_says_which_language_it_is_in(language: str, tag: str) -> None:
    assert f'<html lang="{tag}">' in mail_html(TEMPLATES.mail_words(language), "Hi", "Hello")


@pytest.mark.parametrize("extend", [True, False])
def test_the_mail_says_how_long_and_that_it_can_be_taken_back(extend: bool) -> None:
    _, text = draft(reseller=False, access=replace(FULL, auto_extend=extend))

    assert "730 days" in text
    assert ("180 days more each time" in text) is extend
    assert "Settings, Partner relationships" in text


class Page(HTMLParser):
    """The text and the links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if tag == "a" and name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_links_are_clickable_byte_for_byte() -> None:
    subject, text = draft(reseller=True, access=FULL)

    page = Page(mail_html(WORDS, subject, with_links(text, LINKS)))

    assert page.links == [LINKS.reseller, LINKS.admin_access]


def test_every_word_of_the_text_is_in_the_html() -> None:
    subject, text = draft(reseller=True, access=FULL)
    sent = with_links(text, LINKS)

    page = Page(mail_html(WORDS, subject, sent))

    assert sent.split() == page.text.split()[len(subject.split()) :]


def test_markup_in_the_text_stays_text() -> None:
    html = mail_html(WORDS, "<b>Hi</b>", 'Hello <script>alert(1)</script> https://fabrikam.com/"onclick="x')

    assert "<script>" not in html
    assert "<b>" not in html
    assert Page(html).links == ["https://fabrikam.com/"]


@pytest.mark.parametrize("after", [".", ",", ")", " next", "\nnext", "。", "，请打开", "”", "）", "请打开"])
def test_what_follows_a_link_is_not_part_of_it(after: str) -> None:
    assert Page(mail_html(WORDS, "Hi", f"See https://fabrikam.com/a{after}")).links == [
        "https://fabrikam.com/a"
    ]


def test_a_long_link_breaks_where_a_narrow_screen_ends() -> None:
    link = f"https://fabrikam.com/{'a' * 200}"

    assert f'<a href="{link}" style="overflow-wrap: anywhere; word-break: break-all">' in mail_html(
        WORDS, "Hi", f"See {link}"
    )


@pytest.mark.parametrize("address", ["http://fabrikam.com", "javascript:alert(1)", "data:text/html,x"])
def test_only_https_addresses_become_links(address: str) -> None:
    assert Page(mail_html(WORDS, "Hi", f"See {address}")).links == []


def test_the_mail_can_be_read_in_the_dark() -> None:
    html = mail_html(WORDS, "Hi", "Hello")

    assert '<meta name="color-scheme" content="light dark">' in html
    assert "background" not in html
    assert "color:" not in html
