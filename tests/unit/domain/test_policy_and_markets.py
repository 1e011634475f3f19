"""Who may do what, and where a partner sells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import NotAllowed
from bot.domain.identifiers import SlackUserId, UserGroupId, parse_domain_name, parse_tenant_id
from bot.domain.markets import MARKET_OF, may_sell
from bot.domain.policy import Member, Policy, Who
from bot.domain.roles import GLOBAL_ADMINISTRATOR, ROLE_TEMPLATES, ROLES, fewer_roles_than
from tests.builders import ANA, BEN

LEADS = UserGroupId("S0LEADS")
POLICY = Policy(
    requesters=Who(), approvers=Who(users=frozenset({BEN}), groups=frozenset({LEADS})), administrators=Who()
)


def test_every_full_member_may_request_where_nobody_is_named() -> None:
    POLICY.require_requester(Member(ANA, is_full_member=True))


def test_a_guest_may_never_request() -> None:
    with pytest.raises(NotAllowed):
        POLICY.require_requester(Member(ANA, is_full_member=False))


def test_only_the_named_may_request_where_some_are_named() -> None:
    named = Policy(Who(users=frozenset({BEN})), Who(), Who())
    named.require_requester(Member(BEN, is_full_member=True))

    with pytest.raises(NotAllowed):
        named.require_requester(Member(ANA, is_full_member=True))


@pytest.mark.parametrize("groups", [frozenset(), frozenset({LEADS})])
def test_an_approver_is_named_or_in_a_named_group(groups: frozenset[UserGroupId]) -> None:
    person = BEN if not groups else SlackUserId("U0CHRIS")

    POLICY.require_approver(Member(person, is_full_member=True, groups=groups))


def test_somebody_else_may_not_approve() -> None:
    with pytest.raises(NotAllowed):
        POLICY.require_approver(Member(ANA, is_full_member=True))


def test_nobody_approves_where_no_approver_is_named() -> None:
    with pytest.raises(NotAllowed):
        Policy(Who(), Who(), Who()).require_approver(Member(BEN, is_full_member=True))


def test_a_country_lies_in_one_market() -> None:
    assert may_sell("US", "GU")
    assert not may_sell("US", "DE")
    assert not may_sell("US", "??")
    assert all(len(country) == 2 and country.isupper() for country in MARKET_OF)


def test_no_template_holds_global_administrator() -> None:
    assert all(GLOBAL_ADMINISTRATOR not in roles for roles in ROLE_TEMPLATES.values())
    assert all(role in ROLES for roles in ROLE_TEMPLATES.values() for role in roles)


def test_fewer_roles_are_a_part_of_the_former() -> None:
    fewer = fewer_roles_than("full_management")

    assert fewer is not None
    assert set(ROLE_TEMPLATES[fewer]) < set(ROLE_TEMPLATES["full_management"])
    assert fewer_roles_than(fewer) is None


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("fabrikam.com", "fabrikam.com"),
        (" Fabrikam.COM. ", "fabrikam.com"),
        ("https://www.fabrikam.com/about?x=1", "fabrikam.com"),
        ("WWW.Fabrikam.com", "fabrikam.com"),
        ("www.com", "www.com"),
        ("www2.fabrikam.com", "www2.fabrikam.com"),
        ("ana@fabrikam.com", "fabrikam.com"),
        ("fabrikam.onmicrosoft.com", "fabrikam.onmicrosoft.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("fabrikam", None),
        ("fabrikam .com", None),
        ("-fabrikam.com", None),
        ("192.168.0.1", None),
        ("<!channel>", None),
        ("", None),
        ("a" * 64 + ".com", None),
    ],
)
def test_a_domain_is_found_in_what_people_type(text: str, domain: str | None) -> None:
    assert parse_domain_name(text) == domain


LABELS = st.from_regex(r"[a-z][a-z0-9]{0,10}", fullmatch=True)


@given(st.lists(LABELS, min_size=2, max_size=5), st.sampled_from(["", "www.", "https://www.", "http://"]))
def test_an_address_of_a_web_site_is_the_same_customer_as_its_domain(labels: list[str], before: str) -> None:
    domain = parse_domain_name(".".join(labels))

    assert domain is not None
    assert parse_domain_name(f"{before}{domain}") == domain
    assert parse_domain_name(f"{before}{domain}/contact?x=1") == domain


@given(st.text(max_size=40))
def test_a_domain_that_was_found_is_found_again_as_it_is(text: str) -> None:
    domain = parse_domain_name(text)

    assert domain is None or parse_domain_name(domain) == domain


def test_a_tenant_id_is_a_hyphenated_guid() -> None:
    guid = "22222222-2222-4222-8222-222222222222"

    assert parse_tenant_id(f" {guid.upper()} ") == guid
    assert parse_tenant_id(guid.replace("-", "")) is None
    assert parse_tenant_id("fabrikam.com") is None
