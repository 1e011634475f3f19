"""The authority's page in a browser, and the codes it sends back."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.integration.fake_microsoft.client import GRAPH, PARTNER_CENTER, Answer, Client
from tests.integration.fake_microsoft.conftest import MovableClock
from tests.integration.fake_microsoft.signing_in import sent_on
from tests.integration.fake_microsoft.test_entra import claims, in_msal

BACK = "http://localhost:8401/signed-in"
SCOPE = f"{PARTNER_CENTER}/user_impersonation"


async def begun(client: Client, redirect_uri: str = BACK) -> dict[str, Any]:
    """Return MSAL's flow: it makes the address, and keeps what it needs to redeem the code."""
    microsoft = client.microsoft
    flow: dict[str, Any] = await in_msal(
        microsoft,
        "initiate_auth_code_flow",
        microsoft.client_secret,
        [SCOPE],
        redirect_uri=redirect_uri,
        response_mode="form_post",
    )
    return flow


async def opened(client: Client, flow: dict[str, Any]) -> Answer:
    return await client.send("GET", flow["auth_uri"], allow_redirects=False)


async def redeemed(client: Client, flow: dict[str, Any], back: dict[str, str]) -> dict[str, Any]:
    microsoft = client.microsoft
    answer: dict[str, Any] = await in_msal(
        microsoft, "acquire_token_by_auth_code_flow", microsoft.client_secret, flow, back
    )
    return answer


async def code_of(client: Client, **changes: str) -> str:
    """Sign in without MSAL, and without PKCE; return the code."""
    microsoft = client.microsoft
    query = {
        "client_id": microsoft.client_id,
        "response_type": "code",
        "response_mode": "form_post",
        "redirect_uri": BACK,
        "scope": SCOPE,
    } | changes
    url = f"{microsoft.authority_url}/{microsoft.partner_tenant_id}/oauth2/v2.0/authorize?{urlencode(query)}"
    return sent_on((await client.send("GET", url)).content.decode())[1]["code"]


async def by_code(client: Client, code: str, **changes: str) -> Answer:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "scope": SCOPE} | changes
    return await client.token_answer("v2", **form)


async def test_msal_signs_a_user_in_and_receives_a_refresh_token(client: Client) -> None:
    flow = await begun(client)
    action, fields = sent_on((await opened(client, flow)).content.decode())
    answer = await redeemed(client, flow, fields)

    assert action == BACK
    assert claims(answer["access_token"])["amr"] == ["pwd", "mfa"]
    assert answer["id_token_claims"]["preferred_username"] == "admin@contoso.com"
    assert client.microsoft.refresh_tokens.find(answer["refresh_token"]) is not None


async def test_a_user_without_a_second_factor_gets_tokens_that_say_so(client: Client) -> None:
    client.microsoft.world.partner.user_signs_in = "without_mfa"
    flow = await begun(client)
    _, fields = sent_on((await opened(client, flow)).content.decode())
    answer = await redeemed(client, flow, fields)

    assert claims(answer["access_token"])["amr"] == ["pwd"]


async def test_a_user_who_declines_is_sent_back_with_an_error(client: Client) -> None:
    client.microsoft.world.partner.user_signs_in = "declines"
    flow = await begun(client)
    _, fields = sent_on((await opened(client, flow)).content.decode())

    assert fields["error"] == "access_denied"
    assert (await redeemed(client, flow, fields))["error"] == "access_denied"


async def test_without_a_response_mode_the_code_comes_back_in_the_address(client: Client) -> None:
    flow = await begun(client)
    by_default = flow["auth_uri"].replace("response_mode=form_post", "")
    answer = await opened(client, flow | {"auth_uri": by_default})

    assert answer.status == 302
    assert set(parse_qs(urlsplit(answer.headers["Location"]).query)) == {"code", "state"}


@pytest.mark.parametrize("address", ["http://localhost:9999/signed-in", BACK])
async def test_the_port_of_an_address_on_localhost_does_not_matter(client: Client, address: str) -> None:
    answer = await opened(client, await begun(client, address))

    assert sent_on(answer.content.decode())[0] == address


@pytest.mark.parametrize(
    "address", ["http://localhost:8401/elsewhere", "https://elsewhere.example/signed-in"]
)
async def test_an_address_nobody_registered_is_never_sent_to(client: Client, address: str) -> None:
    answer = await opened(client, await begun(client, address))

    assert answer.status == 400
    assert b"AADSTS50011" in answer.content
    assert b"<form" not in answer.content


async def test_a_code_is_redeemed_once(client: Client) -> None:
    code = await code_of(client)
    first = await by_code(client, code)
    second = await by_code(client, code)

    assert first.status == 200
    assert (second.json["error"], second.json["error_codes"]) == ("invalid_grant", [54005])


async def test_a_code_lives_ten_minutes(client: Client, clock: MovableClock) -> None:
    code = await code_of(client)
    clock.move(minutes=10)

    assert (await by_code(client, code)).json["error_codes"] == [70008]


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"redirect_uri": "http://localhost:8401/other"}, 500112),
        ({"client_secret": "wrong"}, 7000215),
        ({"scope": f"{GRAPH}/Files.Read.All"}, 65001),
    ],
)
async def test_a_code_alone_is_not_enough(client: Client, changes: dict[str, str], number: int) -> None:
    answer = await by_code(client, await code_of(client), **changes)

    assert answer.json["error_codes"] == [number]


async def test_who_has_a_code_but_not_its_verifier_gets_nothing(client: Client) -> None:
    code = await code_of(client, code_challenge="x" * 43, code_challenge_method="S256")

    answer = await by_code(client, code, code_verifier="y" * 43)

    assert answer.json["error_codes"] == [501481]
