import string
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.identifiers import TenantId
from bot.microsoft.relationship_link import relationship_link
from bot.ports.failures import Permanent, Reason

US = TenantId("11111111-1111-4111-8111-111111111111")
PROVIDER = TenantId("33333333-3333-4333-8333-333333333333")
HOSTS = {"admin.microsoft.com", "admin.cloud.microsoft", "localhost:8443"}
LINK = (
    f"https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId={US}"
    "&msppId=0&DAP=false#/BillingAccounts/partner-invitation"
)

safe = st.text(string.ascii_letters + string.digits + "-._~%/:+;,", max_size=20)
names = st.text(string.ascii_letters, min_size=1, max_size=10).filter(
    lambda name: name.lower() not in {"invtype", "partnerid", "indirectcspid", "indirectcsp"}
)


@given(
    path=safe,
    others=st.lists(st.tuples(names, safe), max_size=5),
    fragment=st.one_of(st.none(), safe),
    kind=st.sampled_from(["ResellerRelationship", "IndirectResellerRelationship", "Administration"]),
)
def test_a_link_of_ours_is_kept_byte_for_byte(
    path: str, others: list[tuple[str, str]], fragment: str | None, kind: str
) -> None:
    extra = "".join(f"&{name}={value}" for name, value in others)
    end = "" if fragment is None else f"#{fragment}"
    link = f"https://admin.microsoft.com/{path}?invType={kind}&partnerId={US}{extra}{end}"

    assert relationship_link(link, tenant_id=US, hosts=HOSTS) == link
    with_provider = relationship_link(link, tenant_id=US, hosts=HOSTS, indirect_provider_id=PROVIDER)
    assert with_provider.replace(f"&indirectCSPId={PROVIDER}", "", 1) == link
    assert f"indirectCSPId={PROVIDER}" in urlsplit(with_provider).query


@given(st.text())
def test_no_text_whatever_breaks_the_check(text: str) -> None:
    with suppress(Permanent):
        assert relationship_link(text, tenant_id=US, hosts=HOSTS) == text


@pytest.mark.parametrize(
    "change",
    [
        ("https:", "http:"),
        ("https:", "javascript:"),
        ("admin.microsoft.com", "admin.microsoft.com.contoso.example"),
        ("admin.microsoft.com", "admin.microsoft.com@contoso.example"),
        ("admin.microsoft.com", "user@admin.microsoft.com"),
        ("admin.microsoft.com", "admin.microsoft.com:8443"),
        ("admin.microsoft.com", "localhost"),
        ("admin.microsoft.com/", "contoso.example\\admin.microsoft.com/"),
        ("admin.microsoft.com", "admin.microsoft.com:port"),
        ("https://", "https:///"),
        ("ResellerRelationship", "Friendship"),
        ("invType=ResellerRelationship&", ""),
        ("invType=", "invType=Administration&invType="),
        (US, PROVIDER),
        (f"partnerId={US}", f"partnerId={US}&partnerId={PROVIDER}"),
        (f"partnerId={US}", ""),
        ("Home", "Ho\nme"),
        ("Home", "Ho me"),
        ("?", "#?"),
    ],
)
def test_a_link_that_is_not_ours_is_refused(change: tuple[str, str]) -> None:
    link = LINK.replace(*change)
    assert link != LINK

    with pytest.raises(Permanent) as caught:
        relationship_link(link, tenant_id=US, hosts=HOSTS)

    assert caught.value.reason is Reason.UNTRUSTED_LINK


@pytest.mark.parametrize("link", ["https://localhost:8443", "http://localhost:8443"])
def test_a_loopback_host_counts_when_it_is_named(link: str) -> None:
    own = LINK.replace("https://admin.microsoft.com", link)

    assert relationship_link(own, tenant_id=US, hosts=HOSTS) == own


def test_letter_case_of_type_and_partner_does_not_matter() -> None:
    link = LINK.replace("ResellerRelationship", "resellerrelationship").replace("partnerId", "PartnerID")
    upper = link.replace(US, US.upper()).replace("admin.microsoft.com", "Admin.Microsoft.com")

    assert relationship_link(upper, tenant_id=US, hosts=HOSTS) == upper


def test_a_provider_that_is_named_already_is_not_named_twice() -> None:
    link = LINK.replace("&msppId=0", f"&msppId=1&indirectCSPId={PROVIDER}")

    assert relationship_link(link, tenant_id=US, hosts=HOSTS, indirect_provider_id=PROVIDER) == link


def test_another_provider_than_ours_is_refused() -> None:
    link = LINK.replace("&msppId=0", f"&msppId=1&indirectCSP={US}")

    with pytest.raises(Permanent, match="provider"):
        relationship_link(link, tenant_id=US, hosts=HOSTS, indirect_provider_id=PROVIDER)
