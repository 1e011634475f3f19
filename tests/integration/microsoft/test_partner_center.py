import datetime as dt
from typing import Any

import pytest
from aiohttp import web

from bot.domain.clouds import Cloud
from bot.domain.identifiers import TenantId
from bot.microsoft.partner_center import PartnerCenterClient
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.ports.microsoft import WebhookRegistration
from tests.integration.microsoft.stub import (
    CUSTOMER,
    PARTNER,
    Certificates,
    Microsoft,
    granted,
    jwt,
    lost,
    running_microsoft,
)

LINK = (
    f"https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId={PARTNER}"
    "&msppId=0&DAP=false#/BillingAccounts/partner-invitation"
)
LINK_ROUTE = "GET /v1/customers/relationshiprequests"
CUSTOMERS = "GET /v1/customers"
ONE = f"GET /v1/customers/{CUSTOMER}"
REGISTRATION = "/webhooks/v1/registration"
RELATIONSHIP = "99999999-9999-4999-8999-999999999999-88888888-8888-4888-8888-888888888888"


def a_customer(number: int, relationship: str = "reseller") -> dict[str, Any]:
    tenant = f"22222222-2222-4222-8222-{number:012d}"
    profile = {
        "tenantId": tenant,
        "domain": f"customer{number}.onmicrosoft.com",
        "companyName": f"Customer {number}",
    }
    return {"id": tenant, "companyProfile": profile, "relationshipToPartner": relationship}


def a_page(*customers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"totalCount": 1, "items": list(customers), "attributes": {"objectType": "Collection"}} | more


def next_link(uri: str, token: str = "AAAB") -> dict[str, Any]:
    headers = [{"key": "MS-ContinuationToken", "value": token}]
    return {"links": {"next": {"uri": uri, "method": "GET", "headers": headers}}}


async def all_names(partner_center: PartnerCenterClient) -> list[str]:
    names, continuation = [], None
    while True:
        page = await partner_center.customers_page(continuation)
        names += [customer.name for customer in page.customers]
        if page.continuation is None:
            return names
        continuation = page.continuation


async def test_the_link_comes_back_byte_for_byte(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(
        LINK_ROUTE, {"url": LINK, "attributes": {"objectType": "RelationshipRequest"}}
    )

    assert await partner_center.relationship_request_url() == LINK


async def test_the_link_is_asked_for_with_a_users_token(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(LINK_ROUTE, {"url": LINK})
    await partner_center.relationship_request_url()

    assert b"grant_type=refresh_token" in microsoft.token_requests[0].body


async def test_a_link_to_elsewhere_is_not_used(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(
        LINK_ROUTE, {"url": LINK.replace("admin.microsoft.com", "admin.microsoft.example")}
    )

    with pytest.raises(Permanent) as caught:
        await partner_center.relationship_request_url()

    assert caught.value.reason is Reason.UNTRUSTED_LINK


async def test_every_call_carries_what_microsoft_documents(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(ONE, a_customer(1))
    await partner_center.customer(CUSTOMER)
    await partner_center.customer(CUSTOMER)

    first, second = microsoft.partner_center.asked(ONE)
    assert first.headers["MS-Contract-Version"] == "v1"
    assert first.headers["X-Locale"] == "en-US"
    assert first.headers["Accept"] == "application/json"
    assert first.headers["Authorization"].startswith("Bearer ")
    assert first.headers["MS-RequestId"] != second.headers["MS-RequestId"]
    assert first.headers["MS-CorrelationId"] != second.headers["MS-CorrelationId"]


async def test_a_read_is_repeated_under_the_same_request_id(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(ONE, lost, (500, {"code": 800003, "description": "oops"}), a_customer(1))
    customer = await partner_center.customer(CUSTOMER)

    asked = microsoft.partner_center.asked(ONE)
    assert customer is not None
    assert len(asked) == 3
    assert len({seen.headers["MS-RequestId"] for seen in asked}) == 1


async def test_a_read_that_stays_broken_is_temporary(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(ONE, lost)

    with pytest.raises(Temporary):
        await partner_center.customer(CUSTOMER)

    assert 3 <= len(microsoft.partner_center.asked(ONE)) <= 6  # aiohttp repeats a broken GET once by itself


async def test_throttling_is_passed_on_and_not_repeated(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    def throttled(request: web.Request) -> web.Response:
        body = {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds."}
        return web.json_response(body, status=429, headers={"Retry-After": "57"})

    microsoft.partner_center.on(ONE, throttled)
    with pytest.raises(Temporary) as caught:
        await partner_center.customer(CUSTOMER)

    assert caught.value.retry_after == dt.timedelta(seconds=57)
    assert len(microsoft.partner_center.asked(ONE)) == 1


async def test_throttling_in_words_only_is_understood(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    body = {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds."}
    microsoft.partner_center.on(ONE, (429, body))

    with pytest.raises(Temporary) as caught:
        await partner_center.customer(CUSTOMER)

    assert caught.value.retry_after == dt.timedelta(seconds=57)


async def test_a_retry_date_is_read_by_the_servers_own_clock(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    def unavailable(request: web.Request) -> web.Response:
        dates = {"Date": "Sat, 31 Jan 2026 09:00:00 GMT", "Retry-After": "Sat, 31 Jan 2026 09:00:30 GMT"}
        return web.Response(status=503, headers=dates)

    microsoft.partner_center.on(ONE, unavailable)
    with pytest.raises(Temporary) as caught:
        await partner_center.customer(CUSTOMER)

    assert caught.value.retry_after == dt.timedelta(seconds=30)


async def test_a_user_without_mfa_is_told_so_and_nothing_loops(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.on_token(granted(jwt(amr=["pwd"])))
    microsoft.partner_center.on(LINK_ROUTE, (401, b""))

    with pytest.raises(Permanent) as caught:
        await partner_center.relationship_request_url()

    assert caught.value.reason is Reason.MFA_NEEDED
    assert len(microsoft.partner_center.seen) == 1


async def test_microsofts_own_word_for_missing_mfa_is_enough(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.on_token(granted("opaque"))
    microsoft.partner_center.on(LINK_ROUTE, (401, {"code": 900421, "description": "MFA required"}))

    with pytest.raises(Permanent) as caught:
        await partner_center.relationship_request_url()

    assert caught.value.reason is Reason.MFA_NEEDED


async def test_after_consent_with_mfa_the_old_token_is_not_used_again(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.on_token(granted(jwt(amr=["pwd"])), granted(jwt(amr=["mfa"])))
    microsoft.partner_center.on(LINK_ROUTE, (401, b""), {"url": LINK})
    with pytest.raises(Permanent):
        await partner_center.relationship_request_url()

    assert await partner_center.relationship_request_url() == LINK


async def test_a_stale_token_is_replaced_once(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.on_token(granted(jwt(amr=["mfa"], n=1)), granted(jwt(amr=["mfa"], n=2)))
    microsoft.partner_center.on(ONE, (401, b"<html>"), a_customer(1))

    assert await partner_center.customer(CUSTOMER) is not None
    assert len(microsoft.token_requests) == 2


async def test_a_401_that_stays_is_denied_after_one_fresh_token(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(ONE, (401, {"code": 400, "description": "denied"}))

    with pytest.raises(Permanent) as caught:
        await partner_center.customer(CUSTOMER)

    assert caught.value.reason is Reason.ACCESS_DENIED
    assert len(microsoft.partner_center.seen) == 2
    assert len(microsoft.token_requests) == 2


async def test_pages_are_followed_with_the_headers_they_name(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(
        CUSTOMERS,
        a_page(a_customer(1), **next_link("/customers?size=1&seekOperation=Next")),
        a_page(a_customer(2), **next_link("/v1/customers?size=1&seekOperation=Next&more=a%2Fb", "BBBB")),
        a_page(a_customer(3), links={"self": {"uri": "/customers"}}),
    )
    names = await all_names(partner_center)

    asked = microsoft.partner_center.asked(CUSTOMERS)
    assert names == ["Customer 1", "Customer 2", "Customer 3"]
    assert [seen.headers.get("MS-ContinuationToken") for seen in asked] == [None, "AAAB", "BBBB"]
    assert asked[2].target == "/v1/customers?size=1&seekOperation=Next&more=a%2Fb"


async def test_an_absolute_next_link_to_ourselves_is_followed(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    onward = f"{microsoft.partner_center.url}/v1/customers?seekOperation=Next"
    microsoft.partner_center.on(CUSTOMERS, a_page(a_customer(1), **next_link(onward)), a_page(a_customer(2)))

    assert await all_names(partner_center) == ["Customer 1", "Customer 2"]


async def test_a_bare_continuation_token_is_followed(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(
        CUSTOMERS,
        a_page(a_customer(1), continuationToken="AAAB"),
        a_page(a_customer(2), continuationToken=""),
    )
    names = await all_names(partner_center)

    assert names == ["Customer 1", "Customer 2"]
    assert microsoft.partner_center.seen[1].target.endswith("&seekOperation=Next")
    assert microsoft.partner_center.seen[1].headers["MS-ContinuationToken"] == "AAAB"


@pytest.mark.parametrize(
    "uri",
    ["https://api.partnercenter.microsoft.example/v1/customers", "https://user@localhost/v1", "ftp://x/"],
)
async def test_no_token_follows_a_link_to_elsewhere(
    microsoft: Microsoft, partner_center: PartnerCenterClient, uri: str
) -> None:
    microsoft.partner_center.on(CUSTOMERS, a_page(a_customer(1), **next_link(uri)))

    with pytest.raises(Permanent) as caught:
        await all_names(partner_center)

    assert caught.value.reason is Reason.UNTRUSTED_LINK
    assert len(microsoft.partner_center.seen) == 1


async def test_a_next_link_cannot_set_our_own_headers(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    page = a_page(a_customer(1), **next_link("/customers?x=1"))
    page["links"]["next"]["headers"] += [
        {"key": "authorization", "value": "Bearer theirs"},
        {"key": "HOST", "value": "contoso.example"},
        {"key": "X-Evil", "value": "a\r\nHost: b"},
    ]
    microsoft.partner_center.on(CUSTOMERS, page, a_page())
    await all_names(partner_center)

    second = microsoft.partner_center.seen[1].headers
    assert "theirs" not in second["Authorization"]
    assert "contoso" not in second["Host"]
    assert "X-Evil" not in second


async def test_a_redirect_is_not_followed(microsoft: Microsoft, partner_center: PartnerCenterClient) -> None:
    def elsewhere(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{microsoft.graph.url}/v1.0/me"})

    microsoft.partner_center.on(ONE, elsewhere)
    with pytest.raises(Permanent) as caught:
        await partner_center.customer(CUSTOMER)

    assert caught.value.reason is Reason.UNREADABLE_ANSWER
    assert not microsoft.graph.seen


async def test_a_customer_is_read_whatever_the_case_of_its_keys(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    body = (
        '\ufeff{"Id":"22222222-2222-4222-8222-222222222222","CompanyProfile":{"CompanyName":"Fabrikam",'
        '"Domain":null},"BillingProfile":{"DefaultAddress":{"Country":"us"}},"RelationshipToPartner":"Reseller"}'
    ).encode()
    microsoft.partner_center.on(ONE, (200, body))
    customer = await partner_center.customer(CUSTOMER)

    assert customer is not None
    assert (customer.name, customer.domain, customer.country) == ("Fabrikam", None, "US")
    assert customer.has_reseller_relationship


@pytest.mark.parametrize(
    ("status", "body"),
    [(403, {"code": 20002, "description": "x"}), (403, {"code": "20002"}), (404, {"code": 1000}), (404, b"")],
)
async def test_who_is_not_our_customer_is_none(
    microsoft: Microsoft, partner_center: PartnerCenterClient, status: int, body: Any
) -> None:
    microsoft.partner_center.on(ONE, (status, body))

    assert await partner_center.customer(CUSTOMER) is None


async def test_a_denied_customer_is_not_mistaken_for_no_customer(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(ONE, (403, {"code": 2032, "description": "denied"}))

    with pytest.raises(Permanent) as caught:
        await partner_center.customer(CUSTOMER)

    assert caught.value.reason is Reason.ACCESS_DENIED


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b"{", b'{"id": 5}', b"\xff\xfe{}"])
async def test_an_answer_that_makes_no_sense_says_so(
    microsoft: Microsoft, partner_center: PartnerCenterClient, body: bytes
) -> None:
    microsoft.partner_center.on(ONE, (200, body))

    with pytest.raises(Permanent) as caught:
        await partner_center.customer(CUSTOMER)

    assert caught.value.reason is Reason.UNREADABLE_ANSWER


async def test_an_endless_answer_is_cut_off(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(ONE, (200, b" " * 300_000))

    with pytest.raises(Permanent, match="more than") as caught:
        await partner_center.customer(CUSTOMER)

    assert caught.value.reason is Reason.UNREADABLE_ANSWER


@pytest.mark.parametrize(
    ("direct", "attestations", "signed"),
    [
        ({"isSigned": True}, (404, b""), True),
        ({"isSigned": False}, {"items": [{"templateId": "1"}]}, True),
        ({"isSigned": False}, {"items": []}, False),
        ({"IsSigned": "false"}, (404, b""), False),
        ({"isSigned": None}, {"items": None}, None),
        ((404, {"code": 1000}), (404, b""), None),
    ],
)
async def test_an_agreement_is_signed_directly_or_attested(
    microsoft: Microsoft,
    partner_center: PartnerCenterClient,
    direct: Any,
    attestations: Any,
    signed: bool | None,
) -> None:
    path = f"GET /v1/customers/{CUSTOMER}"
    microsoft.partner_center.on(f"{path}/directSignedMicrosoftCustomerAgreementStatus", direct)
    microsoft.partner_center.on(f"{path}/agreements", attestations)

    assert await partner_center.customer_agreement_signed(CUSTOMER) is signed


async def test_where_there_is_no_agreement_api_nobody_is_asked(certificates: Certificates) -> None:
    async with running_microsoft(certificates, cloud=Cloud.US_GOV) as microsoft:
        client = PartnerCenterClient(
            transport=microsoft.transport,
            tokens=microsoft.tokens,
            endpoints=microsoft.endpoints,
            tenant_id=PARTNER,
        )

        assert await client.customer_agreement_signed(CUSTOMER) is None
        assert not microsoft.partner_center.seen


async def test_the_activity_log_is_read_to_its_end(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    first = {
        "id": "1",
        "customerId": CUSTOMER,
        "operationType": "granular_admin_relationship_terminated",
        "operationDate": "2026-01-31T11:00:00.1234567Z",
        "userPrincipalName": "ana@contoso.com",
        "resourceOldValue": None,
        "resourceNewValue": f'{{"Id":"{RELATIONSHIP}","customer":{{"organizationDisplayName":"Fabrikam"}}}}',
    }
    second = {"operationType": "remove_partner_customer_relationship", "operationDate": "2026-01-31T11:30:00"}
    undated = {"operationType": "add_customer", "operationDate": "0001-01-01T00:00:00"}
    microsoft.partner_center.on(
        "GET /v1/auditrecords",
        a_page(first, **next_link("/auditrecords?seekOperation=Next")),
        a_page(second, undated),
    )
    records = await partner_center.activity(dt.datetime(2026, 1, 30, 23, 0, tzinfo=dt.UTC))

    assert "startDate=2026-01-30" in microsoft.partner_center.seen[0].target
    assert [record.operation for record in records] == [first["operationType"], second["operationType"]]
    assert records[0].relationship_id == RELATIONSHIP
    assert records[0].customer_tenant_id == CUSTOMER
    assert records[0].happened_at == dt.datetime(2026, 1, 31, 11, 0, 0, 123456, dt.UTC)
    assert records[1].customer_tenant_id is None
    assert records[1].happened_at.tzinfo is dt.UTC


async def test_a_log_that_turns_in_circles_ends(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on("GET /v1/auditrecords", a_page(**next_link("/auditrecords?again=1")))

    with pytest.raises(Permanent):
        await partner_center.activity(dt.datetime(2026, 1, 30, tzinfo=dt.UTC))


async def test_a_missing_registration_is_none(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    assert await partner_center.webhook_registration() is None


@pytest.mark.parametrize("body", [b"", b" ", b"null", b"\xef\xbb\xbfnull", b"{}"])
async def test_an_empty_registration_is_none(
    microsoft: Microsoft, partner_center: PartnerCenterClient, body: bytes
) -> None:
    microsoft.partner_center.on(f"GET {REGISTRATION}", (200, body))

    assert await partner_center.webhook_registration() is None


async def test_a_registration_keeps_what_is_not_ours(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    theirs = {
        "SubscriberId": PARTNER,
        "WebhookUrl": "https://bot.contoso.example/webhooks",
        "WebhookEvents": ["invoice-ready"],
        "SignatureTokenToMsSignatureHeader": True,
        "Properties": {"CamelCase": "kept"},
    }
    microsoft.partner_center.on(f"GET {REGISTRATION}", theirs)
    microsoft.partner_center.on(f"PUT {REGISTRATION}", lost, lost, theirs)
    registration = await partner_center.webhook_registration()
    assert registration is not None
    await partner_center.replace_webhook_registration(registration)

    put = microsoft.partner_center.asked(f"PUT {REGISTRATION}")
    assert put[-1].json == {name: value for name, value in theirs.items() if name != "SubscriberId"}
    assert put[0].headers["MS-RequestId"] == put[1].headers["MS-RequestId"]
    assert put[-1].headers["Content-Type"] == "application/json"


async def test_a_second_registration_is_refused_with_microsofts_words(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(f"POST {REGISTRATION}", (409, {"code": 2000, "description": "exists"}))

    with pytest.raises(Permanent, match="HTTP 409 2000 exists"):
        await partner_center.create_webhook_registration(
            WebhookRegistration("https://bot.contoso.example", frozenset({"test-created"}), {})
        )


async def test_a_registration_whose_answer_is_lost_may_have_happened(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(f"POST {REGISTRATION}", lost)

    with pytest.raises(OutcomeUnknown):
        await partner_center.create_webhook_registration(
            WebhookRegistration("https://bot.contoso.example", frozenset({"test-created"}), {})
        )

    assert len(microsoft.partner_center.seen) == 1


async def test_the_events_on_offer_are_a_plain_list(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    microsoft.partner_center.on(f"GET {REGISTRATION}/events", ["test-created", "invoice-ready"])

    assert await partner_center.webhook_events() == {"test-created", "invoice-ready"}


async def test_a_tenant_id_cannot_change_the_path(
    microsoft: Microsoft, partner_center: PartnerCenterClient
) -> None:
    await partner_center.customer(TenantId("../auditrecords?x"))

    assert microsoft.partner_center.seen[0].target == "/v1/customers/..%2Fauditrecords%3Fx"


async def test_a_continuation_of_someone_else_is_refused(partner_center: PartnerCenterClient) -> None:
    with pytest.raises(Permanent):
        await partner_center.customers_page("not-ours")
