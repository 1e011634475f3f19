import asyncio
import base64
import json
from typing import Any

import msal
import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization

from bot.sandbox.fake_microsoft import FakeMicrosoft, ServerError, Throttle
from bot.sandbox.fake_microsoft.pki import Signed, Wanted, issue, rsa_key
from tests.integration.fake_microsoft.client import GRAPH, PARTNER_CENTER, Answer, Client
from tests.integration.fake_microsoft.conftest import MovableClock


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return decoded


async def refresh(client: Client, token: str, version: str = "v1", **form: str) -> Answer:
    target = {"resource": PARTNER_CENTER} if version == "v1" else {"scope": f"{PARTNER_CENTER}/.default"}
    whole = {"grant_type": "refresh_token", "refresh_token": token} | target | form
    return await client.token_answer(version, **whole)


async def in_msal(microsoft: FakeMicrosoft, call: str, credential: Any, *args: Any, **kwargs: Any) -> Any:
    def run() -> Any:
        with requests.Session() as http:
            http.trust_env = False
            http.verify = str(microsoft.ca_path)
            app = msal.ConfidentialClientApplication(
                microsoft.client_id,
                client_credential=credential,
                authority=f"{microsoft.authority_url}/{microsoft.partner_tenant_id}",
                http_client=http,
                instance_discovery=False,
            )
            return getattr(app, call)(*args, **kwargs)

    return await asyncio.to_thread(run)


async def test_msal_gets_an_app_only_token(microsoft: FakeMicrosoft) -> None:
    answer = await in_msal(
        microsoft, "acquire_token_for_client", microsoft.client_secret, scopes=[f"{PARTNER_CENTER}/.default"]
    )

    assert claims(answer["access_token"])["aud"] == PARTNER_CENTER
    assert claims(answer["access_token"])["idtyp"] == "app"


async def test_msal_redeems_a_refresh_token_and_receives_the_next(microsoft: FakeMicrosoft) -> None:
    answer = await in_msal(
        microsoft,
        "acquire_token_by_refresh_token",
        microsoft.client_secret,
        microsoft.refresh_token,
        scopes=[f"{PARTNER_CENTER}/user_impersonation"],
    )

    assert claims(answer["access_token"])["amr"] == ["pwd", "mfa"]
    assert answer["refresh_token"] != microsoft.refresh_token


async def with_certificate(microsoft: FakeMicrosoft, credential: dict[str, str]) -> Any:
    scopes = [f"{GRAPH}/.default"]
    return await in_msal(microsoft, "acquire_token_for_client", credential, scopes=scopes)


def a_certificate() -> Signed:
    return issue(Wanted("contoso.com"), rsa_key(), None)


def pem_of(signed: Signed) -> str:
    plain = serialization.NoEncryption()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return signed.key.private_bytes(encoding, form, plain).decode()


def thumbprint(signed: Signed) -> str:
    return signed.certificate.fingerprint(hashes.SHA1()).hex()


async def test_msal_authenticates_with_a_certificate(microsoft: FakeMicrosoft) -> None:
    signed = a_certificate()
    microsoft.entra.accept_certificate(signed.pem)

    modern = await with_certificate(
        microsoft, {"private_key": pem_of(signed), "public_certificate": signed.pem}
    )
    older = await with_certificate(
        microsoft, {"private_key": pem_of(signed), "thumbprint": thumbprint(signed)}
    )

    assert claims(modern["access_token"])["aud"] == GRAPH
    assert claims(older["access_token"])["aud"] == GRAPH


async def test_an_assertion_of_an_unknown_certificate_is_refused(microsoft: FakeMicrosoft) -> None:
    signed = a_certificate()

    answer = await with_certificate(
        microsoft, {"private_key": pem_of(signed), "public_certificate": signed.pem}
    )

    assert answer["error"] == "invalid_client"


async def test_knowing_the_certificate_without_its_key_is_not_enough(microsoft: FakeMicrosoft) -> None:
    signed, other = a_certificate(), a_certificate()
    microsoft.entra.accept_certificate(signed.pem)

    answer = await with_certificate(
        microsoft, {"private_key": pem_of(other), "thumbprint": thumbprint(signed)}
    )

    assert answer["error"] == "invalid_client"


@pytest.mark.parametrize(
    "path", ["v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"]
)
async def test_discovery_by_domain_names_the_tenant(client: Client, path: str) -> None:
    answer = await client.send("GET", f"{client.microsoft.authority_url}/fabrikam.com/{path}")

    assert answer.json["issuer"].endswith("/22222222-2222-4222-8222-222222222222/v2.0")


@pytest.mark.parametrize("domain", ["nobody.example", "proseware.com"])
async def test_discovery_knows_no_tenant_outside_the_cloud(client: Client, domain: str) -> None:
    url = f"{client.microsoft.authority_url}/{domain}/v2.0/.well-known/openid-configuration"

    answer = await client.send("GET", url)

    assert (answer.status, answer.json["error"]) == (400, "invalid_tenant")


async def test_a_government_microsoft_knows_government_tenants() -> None:
    microsoft = FakeMicrosoft.sample(cloud="us_gov")

    assert microsoft.world.find_tenant("proseware.com") is not None
    assert microsoft.world.find_tenant("fabrikam.com") is None
    assert microsoft.world.portal_url == "https://portal.office365.us"


async def test_v1_prints_expiry_as_text_and_v2_as_a_number(client: Client) -> None:
    v1 = await client.token_answer(grant_type="client_credentials", resource=GRAPH)
    v2 = await client.token_answer("v2", grant_type="client_credentials", scope=f"{GRAPH}/.default")

    assert (v1.json["expires_in"], v1.json["resource"]) == ("3599", GRAPH)
    assert v2.json["expires_in"] == 3599
    assert "resource" not in v2.json
    assert "refresh_token" not in v1.json


async def test_one_refresh_token_serves_several_audiences(client: Client) -> None:
    answer = await refresh(client, client.microsoft.refresh_token, resource=GRAPH)

    assert claims(answer.json["access_token"])["aud"] == GRAPH
    assert "Mail.Send" in claims(answer.json["access_token"])["scp"].split()


async def test_a_grant_without_mfa_gives_tokens_without_mfa(client: Client) -> None:
    answer = await refresh(client, client.microsoft.consent(mfa=False))

    assert claims(answer.json["access_token"])["amr"] == ["pwd"]


async def test_a_refresh_token_lives_ninety_days_from_its_issue(client: Client, clock: MovableClock) -> None:
    clock.move(days=89)
    alive = await refresh(client, client.microsoft.refresh_token)
    clock.move(days=1)
    dead = await refresh(client, client.microsoft.refresh_token)
    renewed = await refresh(client, alive.json["refresh_token"])

    assert (alive.status, renewed.status) == (200, 200)
    assert (dead.status, dead.json["error"], dead.json["error_codes"]) == (400, "invalid_grant", [700082])


@pytest.mark.parametrize(("strict", "status"), [(False, 200), (True, 400)])
async def test_old_refresh_tokens_after_rotation_are_a_switch(
    client: Client, strict: bool, status: int
) -> None:
    client.microsoft.behaviour.old_refresh_tokens_refused = strict
    await refresh(client, client.microsoft.refresh_token)

    assert (await refresh(client, client.microsoft.refresh_token)).status == status


async def test_a_revoked_refresh_token_is_an_invalid_grant(client: Client) -> None:
    client.microsoft.refresh_tokens.revoke_all()

    answer = await refresh(client, client.microsoft.refresh_token)

    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, 400, "unauthorized_client"),
        ({"refresh_token": "0.AXnone"}, 400, "invalid_grant"),
        ({"resource": "https://elsewhere.example"}, 400, "invalid_resource"),
        ({"resource": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_token_requests_are_refused_in_entras_words(
    client: Client, form: dict[str, str], status: int, error: str
) -> None:
    answer = await refresh(client, client.microsoft.refresh_token, **form)

    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.json["error_description"].startswith("AADSTS")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials", "scope": f"{GRAPH}/Mail.Send"}, "invalid_scope"),
        (
            {"grant_type": "client_credentials", "scope": f"{GRAPH}/.default {PARTNER_CENTER}/.default"},
            "invalid_scope",
        ),
        ({"grant_type": "refresh_token", "scope": f"{GRAPH}/Files.Read.All"}, "invalid_grant"),
    ],
)
async def test_v2_scopes_are_checked(client: Client, form: dict[str, str], error: str) -> None:
    answer = await client.token_answer("v2", refresh_token=client.microsoft.refresh_token, **form)

    assert (answer.status, answer.json["error"]) == (400, error)


async def test_the_application_lives_in_the_partner_tenant_only(client: Client) -> None:
    answer = await client.token_answer(tenant="fabrikam.com", grant_type="client_credentials", resource=GRAPH)

    assert (answer.status, answer.json["error"]) == (400, "unauthorized_client")


async def test_the_authority_throttles_and_fails_as_planned(client: Client) -> None:
    faults = client.microsoft.faults
    faults.plan("authority", "POST", "*/token", Throttle(retry_after_seconds=7))
    faults.plan("authority", "POST", "*/token", ServerError(502, html=True))

    throttled = await refresh(client, client.microsoft.refresh_token)
    failed = await refresh(client, client.microsoft.refresh_token)
    answered = await refresh(client, client.microsoft.refresh_token)

    assert (throttled.status, throttled.headers["Retry-After"]) == (429, "7")
    assert (failed.status, failed.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert answered.status == 200


async def test_secrets_never_reach_the_traffic_log(client: Client) -> None:
    token = await client.token("user")
    await client.partner_center("GET", "/v1/customers")

    log = "".join(repr(exchange) for exchange in client.microsoft.feed.traffic)
    assert client.microsoft.client_secret not in log
    assert token not in log
    assert "client_secret=***" in log


async def test_without_offline_access_no_refresh_token_follows_and_the_one_given_stays_the_newest(
    client: Client,
) -> None:
    client.microsoft.behaviour.old_refresh_tokens_refused = True
    scope = f"{PARTNER_CENTER}/user_impersonation"
    first = await refresh(client, client.microsoft.refresh_token, "v2", scope=scope)
    second = await refresh(client, client.microsoft.refresh_token, "v2", scope=f"{scope} offline_access")

    assert (first.status, second.status) == (200, 200)
    assert "refresh_token" not in first.json
    assert second.json["refresh_token"] != client.microsoft.refresh_token


async def test_an_application_without_a_service_principal_in_the_tenant_is_no_resource(
    client: Client,
) -> None:
    form = {
        "grant_type": "client_credentials",
        "scope": "2832473f-ec63-45fb-976f-5d45a7d4bb91/.default",
    }
    present = await client.token_answer("v2", **form)
    client.microsoft.world.partner.service_principals.clear()
    missing = await client.token_answer("v2", **form)

    assert present.status == 200
    assert (missing.status, missing.json["error_codes"]) == (400, [500011])
