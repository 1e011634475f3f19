import datetime as dt
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.domain.identifiers import DomainName, RelationshipId, RoleId
from bot.microsoft.graph import GraphDelegatedAdmin, GraphTenants
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.ports.microsoft import AdminRelationshipRequest
from tests.integration.microsoft.stub import CUSTOMER, Microsoft, lost, never

ID = RelationshipId("99999999-9999-4999-8999-999999999999-88888888-8888-4888-8888-888888888888")
HELPDESK = RoleId("729827e3-9c14-49f7-bb1b-9608f156bbb8")
LIST = "/v1.0/tenantRelationships/delegatedAdminRelationships"
FABRIKAM = DomainName("fabrikam.com")
BY_DOMAIN = "/v1.0/tenantRelationships/findTenantInformationByDomainName(domainName='fabrikam.com')"
CONFIGURATION = "/fabrikam.com/v2.0/.well-known/openid-configuration"
REQUEST = AdminRelationshipRequest(
    display_name="Contoso_Fabrikam_1",
    roles=(HELPDESK,),
    duration_days=730,
    auto_extend=True,
    customer_tenant_id=CUSTOMER,
    customer_name="Fabrikam",
)


def a_relationship(status: str = "created", **more: Any) -> dict[str, Any]:
    return {
        "@odata.etag": 'W/"1"',
        "id": ID,
        "displayName": "Contoso_Fabrikam_1",
        "duration": "P730D",
        "autoExtendDuration": "P180D",
        "customer": {"tenantId": CUSTOMER, "displayName": None},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": HELPDESK}]},
        "status": status,
        "createdDateTime": "2026-01-31T10:00:00Z",
        "activatedDateTime": "",
        "endDateTime": None,
    } | more


async def test_a_request_is_sent_as_graph_documents_it(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    microsoft.graph.on(f"POST {LIST}", (201, a_relationship()))
    created = await delegated_admin.create(REQUEST)

    assert microsoft.graph.seen[0].json == {
        "displayName": "Contoso_Fabrikam_1",
        "duration": "P730D",
        "autoExtendDuration": "P180D",
        "customer": {"tenantId": CUSTOMER, "displayName": "Fabrikam"},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": HELPDESK}]},
    }
    assert (created.id, created.status, created.etag) == (ID, "created", 'W/"1"')
    assert (created.duration_days, created.auto_extends, created.roles) == (730, True, (HELPDESK,))
    assert (created.customer_name, created.activated_at, created.ends_at) == (None, None, None)


async def test_a_request_for_any_customer_names_none(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    microsoft.graph.on(f"POST {LIST}", (201, a_relationship()))
    await delegated_admin.create(
        AdminRelationshipRequest(
            "A", (HELPDESK,), 30, False, customer_tenant_id=None, customer_name="Fabrikam"
        )
    )

    sent = microsoft.graph.seen[0].json
    assert "customer" not in sent
    assert (sent["duration"], sent["autoExtendDuration"]) == ("P30D", "PT0S")


@pytest.mark.parametrize("answer", [lost, (201, b"<html>"), (201, {}), (500, b""), (504, b""), (408, b"")])
async def test_a_creation_without_a_clear_answer_may_have_happened(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin, answer: Any
) -> None:
    microsoft.graph.on(f"POST {LIST}", answer)

    with pytest.raises(OutcomeUnknown):
        await delegated_admin.create(REQUEST)

    assert len(microsoft.graph.seen) == 1


async def test_a_creation_that_takes_too_long_may_have_happened(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    microsoft.graph.on(f"POST {LIST}", never)
    with pytest.raises(OutcomeUnknown):
        await delegated_admin.create(REQUEST)


async def test_a_refused_creation_has_graphs_words_and_no_address(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    error = {
        "code": "badRequest",
        "message": "Not for ana@contoso.com.",
        "innererror": {"request-id": "66666666-6666-4666-8666-666666666666"},
    }
    microsoft.graph.on(f"POST {LIST}", (400, {"error": error}))

    with pytest.raises(Permanent) as caught:
        await delegated_admin.create(REQUEST)

    assert caught.value.reason is Reason.REQUEST_REFUSED
    assert "badRequest Not for [redacted]." in caught.value.detail
    assert "ana@" not in str(caught.value)


async def test_locking_follows_the_documented_form(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    microsoft.graph.on(f"GET {LIST}/{ID}", a_relationship())
    microsoft.graph.on(
        f"POST {LIST}/{ID}/requests", (201, {"action": "lockForApproval", "status": "created"})
    )
    relationship = await delegated_admin.get(ID)
    assert relationship is not None
    await delegated_admin.lock_for_approval(relationship)

    assert microsoft.graph.asked(f"POST {LIST}/{ID}/requests")[0].json == {"action": "lockForApproval"}


@pytest.mark.parametrize("status", ["approvalPending", "active"])
async def test_locking_what_is_locked_sends_nothing(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin, status: str
) -> None:
    microsoft.graph.on(f"GET {LIST}/{ID}", a_relationship(status))
    relationship = await delegated_admin.get(ID)
    assert relationship is not None
    await delegated_admin.lock_for_approval(relationship)

    assert not microsoft.graph.asked(f"POST {LIST}/{ID}/requests")


async def test_locking_what_cannot_be_seen_yet_is_temporary(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    microsoft.graph.on(f"POST {LIST}", (201, a_relationship()))
    relationship = await delegated_admin.create(REQUEST)

    with pytest.raises(Temporary):
        await delegated_admin.lock_for_approval(relationship)


REFUSED = (400, {"error": {"code": "badRequest", "message": "The relationship is not ready."}})


@pytest.mark.parametrize(
    ("age_seconds", "failure"), [(0, Temporary), (119, Temporary), (121, Permanent), (None, Permanent)]
)
async def test_what_graph_refuses_right_after_the_creation_is_tried_again(
    microsoft: Microsoft,
    delegated_admin: GraphDelegatedAdmin,
    age_seconds: int | None,
    failure: type[Exception],
) -> None:
    made = microsoft.clock.now() - timedelta(seconds=age_seconds) if age_seconds is not None else None
    created = {"createdDateTime": made.isoformat()} if made else {}
    microsoft.graph.on(f"GET {LIST}/{ID}", a_relationship() | created)
    microsoft.graph.on(f"GET {LIST}/{ID}/requests", {"value": []})
    microsoft.graph.on(f"POST {LIST}/{ID}/requests", REFUSED)
    relationship = await delegated_admin.get(ID)
    assert relationship is not None

    with pytest.raises(failure, match="not ready"):
        await delegated_admin.lock_for_approval(relationship)


async def test_locking_what_has_ended_is_refused(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    microsoft.graph.on(f"GET {LIST}/{ID}", a_relationship("terminated"))
    relationship = await delegated_admin.get(ID)
    assert relationship is not None

    with pytest.raises(Permanent, match="terminated"):
        await delegated_admin.lock_for_approval(relationship)


async def test_an_unknown_status_and_a_reseller_relationship_are_read(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    reseller = a_relationship(
        "somethingNew",
        **{
            "@odata.type": "#microsoft.graph.resellerDelegatedAdminRelationship",
            "isPartnerConsentPending": True,
        },
        duration="P2Y",
        autoExtendDuration="P0D",
        customer=None,
        lastModifiedDateTime="2026-01-31T10:05:00Z",
        endDateTime="2028-01-31T10:00:00.1234567Z",
    )
    microsoft.graph.on(f"GET {LIST}/{ID}", reseller)
    relationship = await delegated_admin.get(ID)

    assert relationship is not None
    assert (relationship.status, relationship.duration_days, relationship.auto_extends) == (
        "somethingNew",
        730,
        False,
    )
    assert relationship.customer_tenant_id is None
    assert relationship.changed_at == dt.datetime(2026, 1, 31, 10, 5, tzinfo=dt.UTC)
    assert relationship.ends_at == dt.datetime(2028, 1, 31, 10, 0, 0, 123456, dt.UTC)


async def test_a_missing_relationship_is_none(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    assert await delegated_admin.get(ID) is None


async def test_all_pages_are_read_and_links_followed_verbatim(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    absolute = f"{microsoft.graph.url}{LIST}?$top=300&$skiptoken=a%2Bb%3D"
    microsoft.graph.on(
        f"GET {LIST}",
        {"value": [a_relationship(id="one")], "@odata.nextLink": absolute},
        {"value": [a_relationship(id="two")], "@odata.nextLink": "?$skiptoken=c"},
        {"value": [a_relationship(id="three"), {"id": None}], "@odata.nextLink": f"{LIST}?$skiptoken=d"},
        {"value": [], "@odata.nextLink": "/tenantRelationships/delegatedAdminRelationships?$skiptoken=e"},
        {"value": None},
    )
    found = [relationship.id async for relationship in delegated_admin.all()]

    assert found == ["one", "two", "three"]
    assert [seen.target for seen in microsoft.graph.seen] == [
        f"{LIST}?$top=300",
        f"{LIST}?$top=300&$skiptoken=a%2Bb%3D",
        f"{LIST}?$skiptoken=c",
        f"{LIST}?$skiptoken=d",
        f"{LIST}?$skiptoken=e",
    ]


async def test_no_token_follows_a_next_link_to_elsewhere(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    elsewhere = f"{microsoft.partner_center.url}{LIST}?$skiptoken=a"
    microsoft.graph.on(f"GET {LIST}", {"value": [], "@odata.nextLink": elsewhere})

    with pytest.raises(Permanent) as caught:
        [relationship async for relationship in delegated_admin.all()]

    assert caught.value.reason is Reason.UNTRUSTED_LINK
    assert not microsoft.partner_center.seen


async def test_a_list_in_circles_ends(microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin) -> None:
    microsoft.graph.on(f"GET {LIST}", {"value": [], "@odata.nextLink": "?$skiptoken=a"})

    with pytest.raises(Permanent):
        [relationship async for relationship in delegated_admin.all()]


async def test_a_relationship_is_found_by_its_exact_name(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    others = [a_relationship(id="no", displayName="contoso_fabrikam_1"), a_relationship(id="yes")]
    microsoft.graph.on(f"GET {LIST}", {"value": others})
    found = await delegated_admin.find_by_display_name("Contoso_Fabrikam_1")

    assert found is not None
    assert found.id == "yes"
    assert (
        microsoft.graph.seen[0].target == f"{LIST}?$filter=displayName%20eq%20'Contoso_Fabrikam_1'&$top=300"
    )


async def test_a_name_is_looked_for_in_all_where_graph_will_not_filter(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin
) -> None:
    refusal = (400, {"error": {"code": "badRequest", "message": "Invalid filter clause"}})
    microsoft.graph.on(f"GET {LIST}", refusal, {"value": [a_relationship()]})

    assert await delegated_admin.find_by_display_name("Contoso_Fabrikam_1") is not None


async def test_a_name_nobody_has_is_none(microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin) -> None:
    microsoft.graph.on(f"GET {LIST}", {"value": []})

    assert await delegated_admin.find_by_display_name("it's & more") is None
    assert "'it%27%27s%20%26%20more'" in microsoft.graph.seen[0].target


@pytest.mark.parametrize(
    ("statuses", "expected"), [([], False), (["pending", "error"], False), (["Active"], True)]
)
async def test_only_an_active_assignment_gives_access(
    microsoft: Microsoft, delegated_admin: GraphDelegatedAdmin, statuses: list[str], expected: bool
) -> None:
    page = {"value": [{"id": str(number), "status": status} for number, status in enumerate(statuses)]}
    microsoft.graph.on(f"GET {LIST}/{ID}/accessAssignments", page)

    assert await delegated_admin.has_active_assignment(ID) is expected


async def test_the_approval_link_names_the_relationship(delegated_admin: GraphDelegatedAdmin) -> None:
    assert delegated_admin.approval_url(ID) == (
        "https://admin.microsoft.com/AdminPortal/Home#/partners/invitation/granularAdminRelationships/" + ID
    )


async def test_a_tenant_is_found_by_graph(microsoft: Microsoft, tenants: GraphTenants) -> None:
    found = {"tenantId": CUSTOMER, "displayName": "Fabrikam", "defaultDomainName": "fabrikam.onmicrosoft.com"}
    microsoft.graph.on(f"GET {BY_DOMAIN}", found)
    tenant = await tenants.find_by_domain(FABRIKAM)

    assert tenant is not None
    assert (tenant.tenant_id, tenant.display_name) == (CUSTOMER, "Fabrikam")
    assert tenant.default_domain == "fabrikam.onmicrosoft.com"


async def test_a_domain_graph_does_not_know_is_nobodys(microsoft: Microsoft, tenants: GraphTenants) -> None:
    assert await tenants.find_by_domain(FABRIKAM) is None
    assert not microsoft.entra.asked(f"GET {CONFIGURATION}")


@pytest.mark.parametrize("status", [403, 400, 501])
async def test_where_graph_will_not_say_the_public_configuration_does(
    microsoft: Microsoft, tenants: GraphTenants, status: int
) -> None:
    microsoft.graph.on(f"GET {BY_DOMAIN}", (status, {"error": {"code": "Forbidden", "message": "no"}}))
    issuer = f"https://login.microsoftonline.com/{CUSTOMER}/v2.0"
    microsoft.entra.on(
        f"GET {CONFIGURATION}", {"issuer": issuer, "cloud_instance_name": "microsoftonline.com"}
    )
    tenant = await tenants.find_by_domain(FABRIKAM)

    assert tenant is not None
    assert (tenant.tenant_id, tenant.default_domain) == (CUSTOMER, FABRIKAM)
    assert "Authorization" not in microsoft.entra.asked(f"GET {CONFIGURATION}")[0].headers


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"error": "invalid_tenant", "error_description": "AADSTS90002"}),
        (404, b""),
        {
            "issuer": f"https://login.microsoftonline.us/{CUSTOMER}/v2.0",
            "cloud_instance_name": "microsoftonline.us",
        },
    ],
)
async def test_a_domain_of_no_tenant_or_another_cloud_is_none(
    microsoft: Microsoft, tenants: GraphTenants, answer: Any
) -> None:
    microsoft.graph.on(f"GET {BY_DOMAIN}", (403, b""))
    microsoft.entra.on(f"GET {CONFIGURATION}", answer)

    assert await tenants.find_by_domain(FABRIKAM) is None


async def test_throttling_by_graph_is_passed_on(microsoft: Microsoft, tenants: GraphTenants) -> None:
    def throttled(request: web.Request) -> web.Response:
        body = {"error": {"code": "TooManyRequests", "message": "slow down"}}
        return web.json_response(body, status=429, headers={"Retry-After": "100000"})

    microsoft.graph.on(f"GET {BY_DOMAIN}", throttled)
    with pytest.raises(Temporary) as caught:
        await tenants.find_by_domain(FABRIKAM)

    assert caught.value.retry_after == dt.timedelta(seconds=300)


async def test_graph_gets_graphs_headers_only(microsoft: Microsoft, tenants: GraphTenants) -> None:
    await tenants.find_by_domain(FABRIKAM)

    headers = microsoft.graph.seen[0].headers
    assert headers["client-request-id"]
    assert "MS-RequestId" not in headers
    assert b"graph.microsoft.com%2F.default" in microsoft.token_requests[0].body
