import asyncio
import socket
import ssl
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization

from bot.microsoft.auth import TokenKind, Tokens
from bot.microsoft.client_credential import ClientCredential
from bot.ports.failures import Permanent, Reason, Temporary
from tests.integration.microsoft import stub
from tests.integration.microsoft.stub import PARTNER, SECRET, Certificates, Microsoft, granted

RESOURCE = "https://api.partnercenter.microsoft.com"
OTHER = "https://graph.microsoft.com"


def form(seen: stub.Seen) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}


def shake_hands(listening: socket.socket, tls: ssl.SSLContext) -> bool:
    """Take one connection; return whether the other side trusted us."""
    connection, _ = listening.accept()
    try:
        tls.wrap_socket(connection, server_side=True).close()
    except ssl.SSLError:
        return False
    finally:
        connection.close()
    return True


async def test_fifty_callers_at_once_cause_one_token_request(microsoft: Microsoft) -> None:
    got = await asyncio.gather(*(microsoft.tokens.get(TokenKind.APP, RESOURCE) for _ in range(50)))

    assert len(set(got)) == 1
    assert len(microsoft.token_requests) == 1


async def test_an_app_token_is_asked_for_by_client_credentials(microsoft: Microsoft) -> None:
    await microsoft.tokens.get(TokenKind.APP, RESOURCE)

    asked = form(microsoft.token_requests[0])
    assert asked["grant_type"] == "client_credentials"
    assert asked["scope"] == f"{RESOURCE}/.default"
    assert asked["client_secret"] == SECRET


async def test_a_token_is_used_until_five_minutes_before_its_end(microsoft: Microsoft) -> None:
    microsoft.on_token(granted("one"), granted("two"))
    await microsoft.tokens.get(TokenKind.APP, RESOURCE)
    microsoft.clock.forward(minutes=54, seconds=59)
    still = await microsoft.tokens.get(TokenKind.APP, RESOURCE)
    microsoft.clock.forward(seconds=1)
    fresh = await microsoft.tokens.get(TokenKind.APP, RESOURCE)

    assert (still, fresh) == ("one", "two")


async def test_a_lifetime_in_words_of_the_v1_endpoint_is_understood(microsoft: Microsoft) -> None:
    microsoft.on_token(granted("one", expires_in="3600", expires_on="1767225600"))
    await microsoft.tokens.get(TokenKind.APP, RESOURCE)
    await microsoft.tokens.get(TokenKind.APP, RESOURCE)

    assert len(microsoft.token_requests) == 1


async def test_the_newest_refresh_token_is_kept_and_used_next(microsoft: Microsoft) -> None:
    microsoft.on_token(granted(refresh_token="second"), granted(refresh_token="third"))
    await microsoft.tokens.get(TokenKind.USER, RESOURCE)
    await microsoft.tokens.get(TokenKind.USER, OTHER)

    assert [form(seen)["refresh_token"] for seen in microsoft.token_requests] == [
        "first-refresh-token",
        "second",
    ]
    assert microsoft.memory.tokens == ["first-refresh-token", "second", "third"]


async def test_a_refresh_token_is_kept_before_its_access_token_is_handed_out(microsoft: Microsoft) -> None:
    saving, gate = asyncio.Event(), asyncio.Event()
    save = microsoft.memory.save

    async def slow_save(token: str) -> None:
        saving.set()
        await gate.wait()
        await save(token)

    microsoft.memory.save = slow_save  # type: ignore[method-assign]  # the store of this test is a slow one
    microsoft.on_token(granted(refresh_token="second"))
    waiting = asyncio.create_task(microsoft.tokens.get(TokenKind.USER, RESOURCE))
    await saving.wait()
    handed_out_early, _ = await asyncio.wait({waiting}, timeout=0.1)
    gate.set()
    await waiting

    assert not handed_out_early
    assert microsoft.memory.tokens[-1] == "second"


async def test_a_refresh_token_that_could_not_be_kept_is_not_forgotten(microsoft: Microsoft) -> None:
    save, failing = microsoft.memory.save, [True]

    async def failing_once(token: str) -> None:
        if failing.pop() if failing else False:
            raise OSError("disk full")
        await save(token)

    microsoft.memory.save = failing_once  # type: ignore[method-assign]  # the store of this test fails once
    microsoft.on_token(granted(refresh_token="second"), granted(refresh_token="third"))
    with pytest.raises(OSError, match="disk full"):
        await microsoft.tokens.get(TokenKind.USER, RESOURCE)
    await microsoft.tokens.get(TokenKind.USER, RESOURCE)

    assert form(microsoft.token_requests[1])["refresh_token"] == "second"


async def test_users_of_two_resources_never_redeem_one_refresh_token_twice(microsoft: Microsoft) -> None:
    answers = [granted(refresh_token=f"refresh-{number}") for number in range(2)]
    microsoft.on_token(*answers)
    await asyncio.gather(
        microsoft.tokens.get(TokenKind.USER, RESOURCE), microsoft.tokens.get(TokenKind.USER, OTHER)
    )

    redeemed = [form(seen)["refresh_token"] for seen in microsoft.token_requests]
    assert redeemed == ["first-refresh-token", "refresh-0"]


async def test_a_refresh_token_rotated_by_another_replica_is_taken_over(microsoft: Microsoft) -> None:
    def rotated(request: web.Request) -> web.Response:
        microsoft.memory.tokens.append("from-the-other-replica")
        return web.json_response({"error": "invalid_grant", "error_description": "AADSTS70008"}, status=400)

    microsoft.on_token(rotated, granted("ours"))

    assert await microsoft.tokens.get(TokenKind.USER, RESOURCE) == "ours"
    assert form(microsoft.token_requests[1])["refresh_token"] == "from-the-other-replica"


async def test_without_consent_a_user_token_needs_consent(microsoft: Microsoft) -> None:
    microsoft.memory.tokens.clear()

    with pytest.raises(Permanent) as caught:
        await microsoft.tokens.get(TokenKind.USER, RESOURCE)

    assert caught.value.reason is Reason.CONSENT_NEEDED
    assert not microsoft.token_requests


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (400, "invalid_grant", Reason.CONSENT_NEEDED),
        (400, "interaction_required", Reason.CONSENT_NEEDED),
        (401, "invalid_client", Reason.CLIENT_REJECTED),
        (400, "unauthorized_client", Reason.CLIENT_REJECTED),
    ],
)
async def test_a_refusal_says_what_a_person_has_to_do(
    microsoft: Microsoft, status: int, error: str, reason: Reason
) -> None:
    said = f"AADSTS70008: expired {SECRET} for ana@contoso.com. Trace ID: 7"
    microsoft.on_token((status, {"error": error, "error_description": said, "error_codes": [70008]}))

    with pytest.raises(Permanent) as caught:
        await microsoft.tokens.get(TokenKind.USER, RESOURCE)

    assert caught.value.reason is reason
    assert "AADSTS70008" in caught.value.detail
    assert SECRET not in str(caught.value)
    assert "ana@" not in str(caught.value)
    assert "first-refresh-token" not in str(caught.value)


async def test_a_refusal_is_asked_again_next_time(microsoft: Microsoft) -> None:
    refusal = (400, {"error": "invalid_grant", "error_description": "AADSTS50173"})
    microsoft.on_token(refusal, granted("at last"))
    with pytest.raises(Permanent):
        await microsoft.tokens.get(TokenKind.USER, RESOURCE)

    assert await microsoft.tokens.get(TokenKind.USER, RESOURCE) == "at last"


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_struggling_entra_is_temporary_and_not_remembered(microsoft: Microsoft, status: int) -> None:
    def busy(request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>busy</html>", headers={"Retry-After": "7"})

    microsoft.on_token(busy, granted("at last"))
    with pytest.raises(Temporary) as caught:
        await microsoft.tokens.get(TokenKind.APP, RESOURCE)

    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 7
    assert await microsoft.tokens.get(TokenKind.APP, RESOURCE) == "at last"


async def test_a_broken_connection_to_entra_is_temporary(microsoft: Microsoft) -> None:
    microsoft.on_token(stub.lost)

    with pytest.raises(Temporary):
        await microsoft.tokens.get(TokenKind.APP, RESOURCE)


async def test_an_unknown_tenant_is_a_rejected_client(microsoft: Microsoft) -> None:
    microsoft.entra.on(
        f"GET /{PARTNER}/v2.0/.well-known/openid-configuration",
        (400, {"error": "invalid_tenant", "error_description": "AADSTS90002"}),
    )

    with pytest.raises(Permanent) as caught:
        await microsoft.tokens.get(TokenKind.APP, RESOURCE)

    assert caught.value.reason is Reason.CLIENT_REJECTED


async def test_trust_set_in_the_environment_does_not_matter(
    microsoft: Microsoft, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nonsense.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    assert await microsoft.tokens.get(TokenKind.APP, RESOURCE)


async def test_without_our_ca_entra_is_not_trusted(microsoft: Microsoft, certificates: Certificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        tokens = Tokens(
            authority=f"https://localhost:{listening.getsockname()[1]}",
            tenant_id=PARTNER,
            credential=ClientCredential(stub.CLIENT_ID, secret=SECRET),
            clock=microsoft.clock,
        )
        handshake = asyncio.create_task(asyncio.to_thread(shake_hands, listening, certificates.server()))
        with pytest.raises(Temporary, match="SSLError"):
            await tokens.get(TokenKind.APP, RESOURCE)
        tokens.close()

        assert not await handshake


async def test_only_the_configured_authority_is_asked(microsoft: Microsoft) -> None:
    await microsoft.tokens.get(TokenKind.APP, RESOURCE)

    assert {seen.target.split("/")[1] for seen in microsoft.entra.seen} == {PARTNER}


async def test_a_client_certificate_signs_the_request(
    microsoft: Microsoft, certificates: Certificates
) -> None:
    key, certificate = stub._certificate("overture", None, None)
    pem = stub._pem(key) + certificate.public_bytes(serialization.Encoding.PEM)
    tokens = Tokens(
        authority=microsoft.endpoints.authority,
        tenant_id=PARTNER,
        credential=ClientCredential(stub.CLIENT_ID, certificate_pem=pem.decode()),
        clock=microsoft.clock,
        ca_file=certificates.ca_file,
    )
    try:
        await tokens.get(TokenKind.APP, RESOURCE)
    finally:
        tokens.close()

    asked = form(microsoft.token_requests[0])
    assert asked["client_assertion_type"].endswith("jwt-bearer")
    assert "client_secret" not in asked


@pytest.mark.parametrize(
    "credential", [ClientCredential("id"), ClientCredential("id", certificate_pem="no PEM")]
)
def test_an_unusable_credential_is_refused_at_once(credential: ClientCredential) -> None:
    with pytest.raises(ValueError):
        credential.for_msal()


async def test_a_discarded_token_is_replaced_but_a_newer_one_stays(microsoft: Microsoft) -> None:
    microsoft.on_token(granted("one"), granted("two"), granted("three"))
    first = await microsoft.tokens.get(TokenKind.APP, RESOURCE)
    microsoft.tokens.discard(TokenKind.APP, RESOURCE, first)
    second = await microsoft.tokens.get(TokenKind.APP, RESOURCE)
    microsoft.tokens.discard(TokenKind.APP, RESOURCE, first)

    assert await microsoft.tokens.get(TokenKind.APP, RESOURCE) == second == "two"


async def test_a_caller_that_leaves_does_not_take_the_token_from_the_others(microsoft: Microsoft) -> None:
    leaving = asyncio.create_task(microsoft.tokens.get(TokenKind.APP, RESOURCE))
    staying = asyncio.create_task(microsoft.tokens.get(TokenKind.APP, RESOURCE))
    await asyncio.sleep(0)
    leaving.cancel()

    assert await staying
    assert leaving.cancelled() or leaving.cancelling()
