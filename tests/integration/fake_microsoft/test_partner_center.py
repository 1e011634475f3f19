"""Who may call Partner Center, and how it words refusals."""

import json
import uuid
from email.utils import parsedate_to_datetime
from typing import Literal

import aiohttp
import pytest

from bot.sandbox.fake_microsoft import DropAfter, DropBefore, Refuse, RequestSeen, ServerError, Slow, Throttle
from bot.sandbox.fake_microsoft.sample import ALPINE, CONTOSO, FIRST_UP
from tests.integration.fake_microsoft.client import GRAPH, PARTNER_CENTER, Client, Kind
from tests.integration.fake_microsoft.conftest import MovableClock

LINK = "/v1/customers/relationshiprequests"
ALPINE_PATH = f"/v1/customers/{ALPINE.id}"
USER_ONLY = [
    LINK,
    f"{ALPINE_PATH}/relationships",
    f"{ALPINE_PATH}/profiles/company",
    f"{ALPINE_PATH}/managedservices",
    f"{ALPINE_PATH}/servicerequests",
    f"{ALPINE_PATH}/agreements",
    f"{ALPINE_PATH}/directSignedMicrosoftCustomerAgreementStatus",
    "/v1/profiles/organization",
    "/v1/profiles/mpn",
    "/v1/relationships?relationship_type=IsIndirectResellerOf",
    "/v1/agreements?agreementType=MicrosoftCustomerAgreement",
    f"/v1/compliance/csp/agreementstatus?mpnId={FIRST_UP.mpn_id}",
]
EITHER = [
    "/v1/customers",
    ALPINE_PATH,
    f"{ALPINE_PATH}/subscriptions",
    "/v1/auditrecords",
    "/v1/profiles/legalbusiness",
    "/v1/countryvalidationrules/US",
    "/webhooks/v1/registration/events",
]


@pytest.mark.parametrize("path", USER_ONLY)
@pytest.mark.parametrize("status", [401, 403])
async def test_user_calls_refuse_app_only_tokens(
    client: Client, path: str, status: Literal[401, 403]
) -> None:
    client.microsoft.behaviour.app_only_refusal_status = status

    assert (await client.partner_center("GET", path, kind="app")).status == status
    assert (await client.partner_center("GET", path, kind="user")).status == 200


@pytest.mark.parametrize("path", EITHER)
@pytest.mark.parametrize("kind", ["app", "user"])
async def test_other_calls_accept_both_kinds_of_token(client: Client, path: str, kind: Kind) -> None:
    assert (await client.partner_center("GET", path, kind=kind)).status == 200


@pytest.mark.parametrize("path", ["users", "subscribedskus"])
async def test_user_and_licence_calls_answer_app_only_with_900316(client: Client, path: str) -> None:
    answer = await client.partner_center("GET", f"{ALPINE_PATH}/{path}", kind="app")

    assert (answer.status, answer.code) == (400, "900316")


@pytest.mark.parametrize("path", [LINK, "/v1/customers", "/webhooks/v1/registration"])
async def test_a_user_without_mfa_is_refused_with_900421(client: Client, path: str) -> None:
    answer = await client.partner_center("GET", path, kind="user without mfa")

    assert (answer.status, answer.reason, answer.code) == (401, "Unauthorized - MFA required", "900421")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("audience", [GRAPH, "https://graph.windows.net"])
async def test_tokens_for_other_audiences_are_refused(client: Client, audience: str) -> None:
    token = await client.token("user", audience)

    answer = await client.partner_center("GET", LINK, headers={"Authorization": f"Bearer {token}"})

    assert (answer.status, answer.content) == (401, b"")


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer a.b.c", "Basic abc"])
async def test_requests_without_our_token_are_refused(client: Client, header: str) -> None:
    assert (await client.partner_center("GET", LINK, headers={"Authorization": header})).status == 401


async def test_access_tokens_expire_with_the_clock(client: Client, clock: MovableClock) -> None:
    token = await client.token("user", PARTNER_CENTER)
    clock.move(minutes=61)

    answer = await client.partner_center("GET", LINK, headers={"Authorization": f"Bearer {token}"})

    assert answer.status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"MS-RequestId": "not-a-guid"}, 400),
        ({"MS-CorrelationId": "not-a-guid"}, 400),
        ({"MS-Contract-Version": "v2"}, 400),
        ({"Accept": "text/html"}, 406),
        ({"MS-Contract-Version": "v1", "Accept": "application/json"}, 200),
    ],
)
async def test_headers_are_checked(client: Client, headers: dict[str, str], status: int) -> None:
    assert (await client.partner_center("GET", LINK, headers=headers)).status == status


async def test_request_ids_come_back(client: Client) -> None:
    ids = {"MS-RequestId": str(uuid.uuid4()), "MS-CorrelationId": str(uuid.uuid4())}

    answer = await client.partner_center("GET", LINK, headers=ids)

    assert {name: answer.headers[name] for name in ids} == ids


@pytest.mark.parametrize(("kind", "compliant"), [("user", "true"), ("app", "false")])
async def test_validate_mfa_tells_whether_the_token_complies(
    client: Client, kind: Kind, compliant: str
) -> None:
    answer = await client.partner_center("GET", "/v1/customers", kind=kind, headers={"ValidateMfa": "true"})

    assert answer.headers["isMfaCompliant"] == compliant


@pytest.mark.parametrize("style", ["/BillingAccounts/partner-invitation", "/partners/invitation"])
async def test_the_invitation_link_has_the_documented_form(client: Client, style: str) -> None:
    client.microsoft.behaviour.link_fragment = style

    answer = await client.partner_center("GET", f"{LINK}?dualRoleIndirectRelationship=false")

    assert answer.json == {
        "url": "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship"
        f"&partnerId={CONTOSO.id}&msppId=0&DAP=false#{style}",
        "attributes": {"objectType": "RelationshipRequest"},
    }


async def test_an_indirect_resellers_link_does_not_name_the_provider(client: Client) -> None:
    client.microsoft.world.partner.kind = "indirect_reseller"
    client.microsoft.world.portal_url = "http://127.0.0.1:8000"

    url = (await client.partner_center("GET", LINK)).json["url"]

    assert url.startswith("http://127.0.0.1:8000/Adminportal/Home?invType=IndirectResellerRelationship&")
    assert "&msppId=4800000" in url
    assert "indirectCSP" not in url


@pytest.mark.parametrize(("numeric", "code"), [(False, "2000"), (True, 2000)])
async def test_errors_have_partner_centers_shape(client: Client, numeric: bool, code: object) -> None:
    client.microsoft.behaviour.numeric_error_codes = numeric

    answer = await client.partner_center("GET", "/v1/customers/not-a-guid")

    assert answer.status == 400
    assert answer.json == {
        "code": code,
        "description": "Tenant Id must be a GUID.",
        "data": [],
        "source": "PartnerApiServiceControllers",
    }


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nothing", 404), ("POST", LINK, 405)])
async def test_unknown_paths_and_methods_are_errors(
    client: Client, method: str, path: str, status: int
) -> None:
    answer = await client.partner_center(method, path)

    assert answer.status == status
    assert answer.json["source"] == "PartnerApiServiceControllers"


async def test_keys_may_come_in_pascal_case_with_a_byte_order_mark(client: Client) -> None:
    client.microsoft.behaviour.pascal_case = True
    client.microsoft.behaviour.byte_order_mark = True

    answer = await client.partner_center("GET", ALPINE_PATH)

    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.json["CompanyProfile"]["TenantId"] == ALPINE.id


@pytest.mark.parametrize("as_date", [False, True])
async def test_the_gateway_throttles_in_its_own_shape(
    client: Client, clock: MovableClock, as_date: bool
) -> None:
    client.microsoft.behaviour.customer_requests_per_minute = 2
    client.microsoft.behaviour.retry_after_as_date = as_date
    answers = [await client.partner_center("GET", "/v1/customers") for _ in range(3)]
    clock.move(seconds=61)
    later = await client.partner_center("GET", "/v1/customers")

    wait = answers[2].headers["Retry-After"]
    seconds = (parsedate_to_datetime(wait) - clock.now).total_seconds() + 61 if as_date else int(wait)
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert seconds == 61
    assert answers[2].json == {
        "statusCode": 429,
        "message": "Rate limit is exceeded. Try again in 61 seconds.",
    }
    assert later.status == 200


async def test_a_repeated_request_id_gets_the_same_answer(client: Client) -> None:
    body = {"WebhookUrl": "https://bot.example/callback", "WebhookEvents": ["test-created"]}
    same = {"MS-RequestId": str(uuid.uuid4())}
    path = "/webhooks/v1/registration"

    first = await client.partner_center("POST", path, json=body, headers=same)
    repeated = await client.partner_center("POST", path, json=body, headers=same)
    new = await client.partner_center("POST", path, json=body, headers={"MS-RequestId": str(uuid.uuid4())})

    assert (first.status, repeated.status, new.status) == (200, 200, 409)
    assert repeated.json == first.json


async def test_a_connection_lost_after_the_commit_leaves_the_change(client: Client) -> None:
    client.microsoft.faults.plan("partner_center", "POST", "/webhooks/v1/registration", DropAfter())
    body = {"WebhookUrl": "https://bot.example/callback", "WebhookEvents": ["test-created"]}

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.partner_center("POST", "/webhooks/v1/registration", json=body)

    assert client.microsoft.deliveries.registration is not None


async def test_a_connection_lost_before_the_commit_leaves_nothing(client: Client) -> None:
    client.microsoft.faults.plan("partner_center", "POST", "*", DropBefore())
    body = {"WebhookUrl": "https://bot.example/callback", "WebhookEvents": ["test-created"]}

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.partner_center("POST", "/webhooks/v1/registration", json=body)

    assert client.microsoft.deliveries.registration is None


async def test_planned_faults_are_spent_in_order(client: Client) -> None:
    faults = client.microsoft.faults
    faults.plan("partner_center", "GET", "/v1/customers", Refuse(403))
    faults.plan("partner_center", "*", "/v1/cust*", Throttle(3, as_date=True))
    faults.plan("partner_center", "GET", "/v1/customers", ServerError(500))
    faults.plan("graph", "GET", "*", ServerError(500))

    answers = [await client.partner_center("GET", "/v1/customers") for _ in range(4)]

    assert [answer.status for answer in answers] == [403, 429, 500, 200]
    assert answers[1].headers["Retry-After"] == "Sat, 31 Jan 2026 12:00:03 GMT"
    assert answers[2].code == "800003"


async def test_a_slow_answer_outlasts_a_short_patience(client: Client) -> None:
    client.microsoft.faults.plan("partner_center", "GET", "/v1/customers", Slow(0.5))

    with pytest.raises(TimeoutError):
        await client.partner_center("GET", "/v1/customers", timeout_seconds=0.05)


async def test_requests_are_published(client: Client) -> None:
    await client.partner_center("GET", "/v1/customers?size=5", kind="app")

    entry = await client.microsoft.wait_for(
        lambda entry: isinstance(entry, RequestSeen) and entry.path == "/v1/customers"
    )
    assert isinstance(entry, RequestSeen)
    assert (entry.service, entry.query, entry.status, entry.caller) == (
        "partner_center",
        "size=5",
        200,
        "app",
    )
    assert json.loads(client.microsoft.feed.traffic[-1].response_body)["items"][0]["id"] == ALPINE.id


async def test_the_adoption_report_counts_calls_with_mfa(client: Client) -> None:
    await client.partner_center("GET", LINK)
    await client.partner_center("GET", LINK, kind="user without mfa")

    row = (await client.partner_center("GET", "/v1/applicationmfaadoptionstatus", kind="app")).json[0]

    assert (row["mfaCompliantRequestCount"], row["totalRequestCount"]) == (1, 2)
    assert row["applicationId"] == client.microsoft.client_id


async def test_the_reseller_link_is_for_agents(client: Client) -> None:
    partner = client.microsoft.world.partner
    partner.user_is_admin_agent = False
    neither = await client.partner_center("GET", LINK)
    partner.user_is_sales_agent = True
    sales = await client.partner_center("GET", LINK)

    assert (neither.status, neither.code) == (403, "900150")
    assert sales.status == 200


async def test_app_only_calls_need_the_app_to_be_registered_with_partner_center(client: Client) -> None:
    client.microsoft.world.partner.app_is_registered = False

    assert (await client.partner_center("GET", "/v1/customers", kind="app")).status == 401
    assert (await client.partner_center("GET", "/v1/customers")).status == 200
