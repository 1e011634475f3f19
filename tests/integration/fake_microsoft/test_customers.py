import json
from typing import Any
from urllib.parse import quote

import pytest

from bot.sandbox.fake_microsoft.sample import ADATUM, ALPINE, CONTOSO, FABRIKAM, FIRST_UP
from bot.sandbox.fake_microsoft.state import ServiceRequest
from tests.integration.fake_microsoft.client import READERS, Client, unified

ALPINE_PATH = f"/v1/customers/{ALPINE.id}"
NONE = {"relationshipToPartner": "none", "attributes": {"objectType": "Customer"}}
SUBSCRIPTION_ID = "00000000-0000-4000-8000-00000000bbbb"
CONTACT = f"{ALPINE_PATH}/subscriptions/{SUBSCRIPTION_ID}/supportcontact"


async def walk(client: Client, first: str) -> list[list[str]]:
    """Follow `links.next` as the official SDK does."""
    pages: list[list[str]] = []
    path, headers = first, dict[str, str]()
    while True:
        answer = await client.partner_center("GET", path, headers=headers)
        assert answer.status == 200, answer.content
        pages.append([item.get("id") for item in answer.json["items"]])
        following = answer.json["links"].get("next")
        if following is None:
            return pages
        path = "/v1" + following["uri"].removeprefix("/v1")
        headers = {header["key"]: header["value"] for header in following["headers"]}


def fill(client: Client, count: int) -> None:
    for number in range(count):
        client.microsoft.add_tenant(f"Litware {number:02}", f"litware{number:02}.com")
        client.microsoft.add_customer(f"litware{number:02}.com")


@pytest.mark.parametrize("with_version", [False, True])
async def test_customers_come_in_pages_of_the_size_asked_for(client: Client, with_version: bool) -> None:
    client.microsoft.behaviour.link_uris_with_version = with_version
    fill(client, 4)

    pages = await walk(client, "/v1/customers?size=2")

    assert [len(page) for page in pages] == [2, 2, 1]
    assert {id_ for page in pages for id_ in page} == set(client.microsoft.world.customers)


async def test_pages_may_be_smaller_than_asked_for(client: Client) -> None:
    client.microsoft.behaviour.max_page_size = 1
    fill(client, 2)

    assert [len(page) for page in await walk(client, "/v1/customers?size=500")] == [1, 1, 1]


async def test_a_customer_removed_between_pages_hides_no_other(client: Client) -> None:
    fill(client, 3)
    first = (await client.partner_center("GET", "/v1/customers?size=2")).json
    del client.microsoft.world.customers[first["items"][0]["id"]]
    token = {"MS-ContinuationToken": first["continuationToken"]}

    second = await client.partner_center("GET", "/v1/customers?seekOperation=Next", headers=token)

    assert [item["companyProfile"]["companyName"] for item in second.json["items"]] == [
        "Litware 01",
        "Litware 02",
    ]


@pytest.mark.parametrize("query", ["seekOperation=Next", "size=many"])
async def test_a_page_without_its_token_or_with_a_bad_size_is_refused(client: Client, query: str) -> None:
    assert (await client.partner_center("GET", f"/v1/customers?{query}")).status == 400


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [("CompanyName", "alp", 1), ("Domain", "ALPINESKI", 1), ("CompanyName", "ski", 0), ("Domain", "fab", 0)],
)
async def test_customers_are_found_by_how_they_start(
    client: Client, field: str, value: str, found: int
) -> None:
    wanted = quote(json.dumps({"Field": field, "Value": value, "Operator": "starts_with"}))

    answer = await client.partner_center("GET", f"/v1/customers?size=0&filter={wanted}")

    assert len(answer.json["items"]) == found


@pytest.mark.parametrize(
    "wanted",
    [
        "nonsense",
        "[]",
        '{"Field":"Name","Value":"a","Operator":"starts_with"}',
        '{"Field":"Domain","Value":"a","Operator":"substring"}',
    ],
)
async def test_other_filters_are_refused(client: Client, wanted: str) -> None:
    answer = await client.partner_center("GET", f"/v1/customers?filter={quote(wanted)}")

    assert (answer.status, answer.code) == (400, "3000")


async def test_list_items_lack_what_only_one_customer_shows(client: Client) -> None:
    item = (await client.partner_center("GET", "/v1/customers")).json["items"][0]
    one = (await client.partner_center("GET", ALPINE_PATH)).json

    assert "allowDelegatedAccess" not in item
    assert "billingProfile" not in item
    assert (one["id"], one["allowDelegatedAccess"]) == (ALPINE.id, False)
    assert one["billingProfile"]["defaultAddress"]["country"] == "US"


async def test_domains_and_address_show_only_with_dap(client: Client) -> None:
    without = (await client.partner_center("GET", ALPINE_PATH)).json
    client.microsoft.grant_dap(ALPINE.domain)
    with_dap = (await client.partner_center("GET", ALPINE_PATH)).json

    assert "customDomains" not in without
    assert "email" not in without["companyProfile"]
    assert with_dap["customDomains"] == [ALPINE.domain]
    assert "address" in with_dap["companyProfile"]


@pytest.mark.parametrize(("status", "code"), [(403, "20002"), (404, "1000")])
async def test_a_tenant_that_is_not_ours_is_refused(client: Client, status: Any, code: str) -> None:
    client.microsoft.behaviour.unknown_customer_status = status

    answer = await client.partner_center("GET", f"/v1/customers/{FABRIKAM.id}")

    assert (answer.status, answer.code) == (status, code)


async def test_a_customer_with_active_subscriptions_cannot_be_removed(client: Client) -> None:
    answer = await client.partner_center("PATCH", ALPINE_PATH, json=NONE)

    assert answer.status == 400
    assert ALPINE.id in client.microsoft.world.customers


async def test_removing_a_customer_answers_in_pascal_case_with_nulls(client: Client) -> None:
    client.microsoft.add_customer(ADATUM.domain)
    client.microsoft.add_subscription(ADATUM.domain, "Microsoft 365 E3", status="suspended")

    answer = await client.partner_center("PATCH", f"/v1/customers/{ADATUM.id}", json=NONE)

    assert (answer.status, answer.json["RelationshipToPartner"], answer.json["Id"]) == (200, "none", None)
    assert ADATUM.id not in client.microsoft.world.customers
    assert client.microsoft.audit.records[-1].operation == "remove_partner_customer_relationship"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"relationshipToPartner": "none"}, 400),
        ({"relationshipToPartner": "reseller", "attributes": {"objectType": "Customer"}}, 400),
        ({"AllowDelegatedAccess": False, "attributes": {"objectType": "Customer"}}, 200),
    ],
)
async def test_only_documented_changes_are_accepted(
    client: Client, body: dict[str, Any], status: int
) -> None:
    client.microsoft.add_customer(ADATUM.domain)

    assert (await client.partner_center("PATCH", f"/v1/customers/{ADATUM.id}", json=body)).status == status


async def test_changes_must_be_json_from_a_user(client: Client) -> None:
    form = await client.partner_center("PATCH", ALPINE_PATH, data={"relationshipToPartner": "none"})
    app_only = await client.partner_center("PATCH", ALPINE_PATH, json=NONE, kind="app")

    assert (form.status, app_only.status) == (415, 401)


@pytest.mark.parametrize("path", ["organization", "customDomains", "users", "subscribedskus"])
async def test_details_need_an_active_and_assigned_role(client: Client, path: str) -> None:
    client.microsoft.add_customer(FABRIKAM.domain)
    roles = unified("f2ef992c-3afb-46b9-b7cf-a126ee74c451")
    relationship_id = await client.active(accessDetails=roles)
    before = await client.partner_center("GET", f"/v1/customers/{FABRIKAM.id}/{path}")
    client.microsoft.assign_group(relationship_id)
    await client.microsoft.settle()
    after = await client.partner_center("GET", f"/v1/customers/{FABRIKAM.id}/{path}")

    assert (before.status, after.status) == (403, 200)


async def test_a_role_too_small_shows_no_organization(client: Client) -> None:
    client.microsoft.add_customer(FABRIKAM.domain)
    client.microsoft.assign_group(await client.active(accessDetails=unified(READERS)))
    await client.microsoft.settle()

    assert (await client.partner_center("GET", f"/v1/customers/{FABRIKAM.id}/organization")).status == 403


async def test_the_support_contact_carries_a_byte_order_mark_and_can_be_replaced(client: Client) -> None:
    before = await client.partner_center("GET", CONTACT)
    provider = {"supportTenantId": FIRST_UP.id, "supportMpnId": FIRST_UP.mpn_id, "name": FIRST_UP.name}
    after = await client.partner_center("PUT", CONTACT, json=provider)
    stranger = await client.partner_center("PUT", CONTACT, json=provider | {"supportTenantId": FABRIKAM.id})

    assert before.content.startswith(b"\xef\xbb\xbf")
    assert before.json["supportTenantId"] == CONTOSO.id
    assert after.json["supportTenantId"] == FIRST_UP.id
    assert stranger.status == 400


async def test_an_unknown_subscription_is_20003(client: Client) -> None:
    answer = await client.partner_center("GET", CONTACT.replace("bbbb", "cccc"))

    assert (answer.status, answer.code) == (404, "20003")


async def test_agreements_signed_directly_and_attested_are_two_things(client: Client) -> None:
    client.microsoft.add_customer(FABRIKAM.domain)
    base = f"/v1/customers/{FABRIKAM.id}"
    contact = {"firstName": "Alex", "lastName": "Wilber", "email": "alex@fabrikam.com", "phoneNumber": "1"}
    attestation = {
        "primaryContact": contact,
        "templateId": "998b88de-aa99-4388-a42c-1b3517d49490",
        "dateAgreed": "2026-01-31T00:00:00.000Z",
        "type": "MicrosoftCustomerAgreement",
    }

    bad = await client.partner_center(
        "POST", f"{base}/agreements", json={"type": "MicrosoftCustomerAgreement"}
    )
    attested = await client.partner_center("POST", f"{base}/agreements", json=attestation)
    listed = await client.partner_center("GET", f"{base}/agreements?agreementType=MicrosoftCustomerAgreement")
    direct = await client.partner_center("GET", f"{base}/directSignedMicrosoftCustomerAgreementStatus")
    await client.microsoft.customer(FABRIKAM.domain).sign_agreement()
    signed = await client.partner_center("GET", f"{base}/directSignedMicrosoftCustomerAgreementStatus")

    assert (bad.status, attested.status, len(listed.json["items"])) == (400, 201, 1)
    assert (direct.json, signed.json) == ({"isSigned": False}, {"isSigned": True})


async def test_subscriptions_print_their_status(client: Client) -> None:
    item = (await client.partner_center("GET", f"{ALPINE_PATH}/subscriptions")).json["items"][0]

    assert (item["id"], item["status"], item["quantity"]) == (SUBSCRIPTION_ID, "active", 25)


async def test_providers_are_listed_for_those_whose_reseller_we_are(client: Client) -> None:
    path = "/v1/relationships?relationship_type="
    providers = await client.partner_center("GET", f"{path}IsIndirectResellerOf")
    resellers = await client.partner_center("GET", f"{path}IsIndirectCloudSolutionProviderOf")
    nonsense = await client.partner_center("GET", f"{path}Friends")

    assert [item["id"] for item in providers.json["items"]] == [FIRST_UP.id]
    assert (resellers.json["items"], nonsense.status) == ([], 400)


@pytest.mark.parametrize(
    ("domain", "status"),
    [("fabrikam.onmicrosoft.com", 200), ("free.onmicrosoft.com", 404), ("fabrikam.com", 400)],
)
async def test_a_domain_head_says_200_when_taken(client: Client, domain: str, status: int) -> None:
    answer = await client.partner_center("HEAD", f"/v1/domains/{domain}", kind="app")

    assert (answer.status, answer.content) == (status, b"")


async def test_profiles_and_country_rules(client: Client) -> None:
    legal = await client.partner_center("GET", "/v1/profiles/legalbusiness", kind="app")
    mpn = await client.partner_center("GET", "/v1/profiles/mpn")
    rules = await client.partner_center("GET", "/v1/countryvalidationrules/de")
    bad = await client.partner_center("GET", "/v1/countryvalidationrules/Germany")

    assert legal.json["address"]["country"] == "US"
    assert mpn.json["mpnId"] == "4800000"
    assert (rules.json["iso2Code"], bad.status) == ("DE", 400)


async def test_a_partner_agreement_needs_a_known_partner(client: Client) -> None:
    path = "/v1/compliance/csp/agreementstatus?"
    known = await client.partner_center("GET", f"{path}tenantId={FIRST_UP.id}")
    bad = await client.partner_center("GET", f"{path}tenantId=abc")
    unknown = await client.partner_center("GET", f"{path}mpnId=1")

    assert known.json == {"isAgreementSigned": True}
    assert (bad.status, bad.code, unknown.status, unknown.code) == (400, "2000", 404, "3000")


async def test_addresses_are_checked_for_their_parts(client: Client) -> None:
    whole = {"country": "US", "city": "Redmond", "addressLine1": "1 Way", "postalCode": "98052"}

    assert (await client.partner_center("POST", "/v1/validations/address", json=whole)).status == 200
    assert (
        await client.partner_center("POST", "/v1/validations/address", json={"country": "US"})
    ).status == 400


def add_ticket(client: Client) -> None:
    world = client.microsoft.world
    ticket = ServiceRequest("SR1", "Mail is slow", ALPINE.id, "moderate", "open", world.clock())
    world.service_requests[ticket.id] = ticket


async def test_service_requests_print_numbers_in_lists_and_words_alone(client: Client) -> None:
    ticket = ServiceRequest(
        "SR1", "Mail is slow", ALPINE.id, "moderate", "open", client.microsoft.world.clock()
    )
    client.microsoft.world.service_requests["SR1"] = ticket

    listed = await client.partner_center("GET", f"{ALPINE_PATH}/servicerequests")
    everything = await client.partner_center("GET", "/v1/servicerequests")
    single = await client.partner_center("GET", "/v1/servicerequests/SR1")
    missing = await client.partner_center("GET", "/v1/servicerequests/SR2")

    assert (listed.json["items"][0]["status"], listed.json["items"][0]["severity"]) == (1, 2)
    assert everything.json["items"] == listed.json["items"]
    assert (single.json["status"], single.json["severity"], missing.status) == ("open", "moderate", 404)


async def test_a_note_can_be_added_to_a_service_request(client: Client) -> None:
    ticket = ServiceRequest(
        "SR1", "Mail is slow", ALPINE.id, "moderate", "open", client.microsoft.world.clock()
    )
    client.microsoft.world.service_requests["SR1"] = ticket

    noted = await client.partner_center(
        "PATCH", "/v1/servicerequests/SR1", json={"NewNote": {"Text": "Any news?"}}
    )
    empty = await client.partner_center("PATCH", "/v1/servicerequests/SR1", json={"NewNote": "Any news?"})

    assert (noted.json["notes"], empty.status) == ([{"text": "Any news?"}], 400)
