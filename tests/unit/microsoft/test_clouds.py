import pytest

from bot.domain.clouds import Cloud
from bot.microsoft.auth import lacks_mfa
from bot.microsoft.clouds import ENDPOINTS, endpoints, is_loopback, other_instances
from tests.integration.microsoft.stub import jwt


@pytest.mark.parametrize("cloud", Cloud)
def test_every_cloud_is_complete(cloud: Cloud) -> None:
    own = endpoints(cloud)

    assert own == ENDPOINTS[cloud]
    assert "{relationship_id}" in own.approval_link
    assert own.link_hosts


def test_an_override_moves_the_call_and_not_the_audience() -> None:
    moved = endpoints(
        Cloud.PUBLIC, partner_center="http://127.0.0.1:8080/", graph="https://graph.contoso.example"
    )

    assert moved.partner_center == "http://127.0.0.1:8080"
    assert moved.partner_center_resource == "https://api.partnercenter.microsoft.com"
    assert moved.graph_resource == "https://graph.microsoft.com"


@pytest.mark.parametrize(
    "change",
    [
        {"authority": "http://localhost:8443"},
        {"authority": "login.microsoftonline.com"},
        {"partner_center": "http://contoso.example"},
        {"graph": "http://localhost.contoso.example"},
        {"graph": "https://user@contoso.example"},
        {"graph": "https://contoso.example?x"},
        {"graph": "ftp://localhost"},
    ],
)
def test_an_address_that_would_leak_tokens_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        endpoints(Cloud.PUBLIC, **change)


def test_extra_link_hosts_join_the_clouds_own() -> None:
    hosts = endpoints(Cloud.US_GOV, extra_link_hosts=["LOCALHOST:1"]).link_hosts

    assert {"portal.office365.us", "localhost:1"} <= hosts


def test_no_cloud_calls_itself_another() -> None:
    assert not any(ENDPOINTS[cloud].instances & other_instances(cloud) for cloud in Cloud)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("a.localhost", True), ("127.0.0.9", True), ("::1", True), ("10.0.0.1", False)],
)
def test_loopback_is_known_by_name(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (jwt(amr=["pwd"]), True),
        (jwt(), True),
        (jwt(amr=None), True),
        (jwt(amr=["pwd", "mfa"]), False),
        (jwt(amr="mfa"), False),
        ("opaque", False),
        ("a.b.c", False),
        ("a.W10.c", False),
    ],
)
def test_only_a_token_that_says_so_lacks_mfa(token: str, expected: bool) -> None:
    assert lacks_mfa(token) is expected
