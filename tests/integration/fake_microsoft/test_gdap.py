import re
from datetime import timedelta
from typing import Any, Literal

import aiohttp
import pytest

from bot.sandbox.fake_microsoft import DropAfter
from bot.sandbox.fake_microsoft.sample import ADATUM, FABRIKAM, FIRST_UP, HELPDESK_GROUP
from tests.integration.fake_microsoft.client import (
    GLOBAL_ADMINISTRATOR,
    PARTNER_CENTER,
    READERS,
    RELATIONSHIPS,
    SUPPORT,
    Client,
    Kind,
    a_relationship,
    unified,
)
from tests.integration.fake_microsoft.conftest import MovableClock

NAMED = {"tenantId": FABRIKAM.id, "displayName": "Fabrikam"}


def an_assignment(*roles: str, group: str = HELPDESK_GROUP) -> dict[str, Any]:
    container = {"accessContainerId": group, "accessContainerType": "securityGroup"}
    return {"accessContainer": container, "accessDetails": unified(*roles)}


async def status_of(client: Client, relationship_id: str) -> str:
    return str((await client.relationship(relationship_id))["status"])


async def names(client: Client, query: str) -> list[str]:
    answer = await client.graph("GET", f"{RELATIONSHIPS}?{query}")
    assert answer.status == 200, answer.content
    return [item["displayName"] for item in answer.json["value"]]


async def test_a_created_relationship_has_two_guids_and_a_weak_etag(client: Client) -> None:
    answer = await client.graph("POST", RELATIONSHIPS, json=a_relationship(customer=NAMED))

    body = answer.json
    guid = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.fullmatch(f"{guid}-{guid}", body["id"])
    assert len(body["id"]) == 73
    assert body["@odata.etag"].startswith('W/"')
    assert answer.headers["Location"].endswith(f"{RELATIONSHIPS}/{body['id']}")
    assert (body["status"], body["autoExtendDuration"], body["customer"]) == ("created", "PT0S", NAMED)


@pytest.mark.parametrize("unset", [None, ""])
async def test_dates_before_activation_are_null_or_empty(client: Client, unset: Literal[""] | None) -> None:
    client.microsoft.behaviour.unset_date = unset

    body = await client.create()

    assert (body["activatedDateTime"], body["endDateTime"]) == (unset, unset)


@pytest.mark.parametrize(
    "change",
    [
        {"displayName": ""},
        {"displayName": "x" * 51},
        {"displayName": "Contoso & Fabrikam"},
        {"duration": "P0D"},
        {"duration": "P731D"},
        {"duration": "P3Y"},
        {"duration": "two years"},
        {"autoExtendDuration": "P90D"},
        {"customer": {"tenantId": "fabrikam.com"}},
        {"accessDetails": {"unifiedRoles": []}},
        {"accessDetails": unified("00000000-0000-4000-8000-000000000000")},
        {"accessDetails": unified(READERS, READERS)},
        {"accessDetails": unified(GLOBAL_ADMINISTRATOR), "autoExtendDuration": "P180D"},
        {"status": "active"},
        {"id": "mine"},
    ],
)
async def test_a_relationship_graph_would_refuse_is_refused(client: Client, change: dict[str, Any]) -> None:
    answer = await client.graph("POST", RELATIONSHIPS, json=a_relationship(**change))

    assert (answer.status, answer.graph_code) == (400, "badRequest")
    assert client.microsoft.gdap.relationships == {}


@pytest.mark.parametrize("duration", ["P1D", "P730D", "P2Y"])
async def test_durations_up_to_two_years_are_accepted(client: Client, duration: str) -> None:
    assert (await client.create(duration=duration))["duration"] == duration


async def test_display_names_are_unique_even_after_the_end(client: Client) -> None:
    relationship_id = await client.active()
    client.microsoft.partner_terminates(relationship_id)
    await client.microsoft.settle()

    answer = await client.graph("POST", RELATIONSHIPS, json=a_relationship())

    assert answer.status == 409


async def test_a_lost_answer_leaves_a_relationship_to_find_by_name(client: Client) -> None:
    client.microsoft.faults.plan("graph", "POST", RELATIONSHIPS, DropAfter())

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.create(displayName="Contoso_7")

    assert await names(client, "$filter=displayName eq 'Contoso_7'") == ["Contoso_7"]


@pytest.mark.parametrize(
    ("kind", "permission", "status"),
    [
        ("app", "DelegatedAdminRelationship.ReadWrite.All", 201),
        ("user", "DelegatedAdminRelationship.ReadWrite.All", 201),
        ("app", "DelegatedAdminRelationship.Read.All", 403),
        ("user", "Mail.Send", 403),
    ],
)
async def test_writing_needs_the_write_permission(
    client: Client, kind: Kind, permission: str, status: int
) -> None:
    client.microsoft.world.partner.app_permissions = frozenset({permission})
    client.microsoft.world.partner.delegated_permissions = frozenset({permission})

    assert (await client.graph("POST", RELATIONSHIPS, kind=kind, json=a_relationship())).status == status


async def test_reading_is_content_with_the_read_permission(client: Client) -> None:
    client.microsoft.world.partner.app_permissions = frozenset({"DelegatedAdminRelationship.Read.All"})

    assert (await client.graph("GET", RELATIONSHIPS)).status == 200


async def test_a_partner_center_token_is_no_graph_token(client: Client) -> None:
    token = await client.token("app", PARTNER_CENTER)

    answer = await client.graph("GET", RELATIONSHIPS, headers={"Authorization": f"Bearer {token}"})

    assert (answer.status, answer.graph_code) == (401, "InvalidAuthenticationToken")


async def test_app_only_calls_need_microsofts_service_principal(client: Client) -> None:
    partner = client.microsoft.world.partner
    partner.service_principals.clear()
    partner.app_permissions |= {"Application.ReadWrite.All"}
    app = {"appId": "2832473f-ec63-45fb-976f-5d45a7d4bb91"}

    missing = await client.graph("GET", RELATIONSHIPS)
    created = await client.graph("POST", "/v1.0/servicePrincipals", json=app)
    again = await client.graph("POST", "/v1.0/servicePrincipals", json=app)

    assert (missing.status, created.status, again.status) == (500, 201, 409)
    assert (await client.graph("GET", RELATIONSHIPS)).status == 200


@pytest.mark.parametrize(("answer", "status"), [("empty", 200), ("forbidden", 403)])
async def test_users_outside_admin_agents_see_nothing(
    client: Client, answer: Literal["empty", "forbidden"], status: int
) -> None:
    created = await client.create()
    client.microsoft.world.partner.user_is_admin_agent = False
    client.microsoft.behaviour.outside_admin_agents = answer

    listed = await client.graph("GET", RELATIONSHIPS, kind="user")
    single = await client.graph("GET", f"{RELATIONSHIPS}/{created['id']}", kind="user")

    assert listed.status == status
    assert listed.json.get("value", []) == []
    assert single.status in (403, 404)


@pytest.mark.parametrize("key", ["innerError", "innererror"])
async def test_errors_have_graphs_shape(client: Client, key: Literal["innerError", "innererror"]) -> None:
    client.microsoft.behaviour.inner_error_key = key

    answer = await client.graph("GET", f"{RELATIONSHIPS}/none", headers={"client-request-id": "mine"})

    assert (answer.status, answer.graph_code) == (404, "notFound")
    assert {"date", "request-id", "client-request-id"} <= answer.json["error"][key].keys()
    assert answer.headers["client-request-id"] == "mine"


async def test_locking_takes_effect_later(client: Client, clock: MovableClock) -> None:
    client.microsoft.behaviour.step_delay = timedelta(seconds=5)
    relationship_id = (await client.create())["id"]

    locked = await client.act(relationship_id, "lockForApproval")
    before = await status_of(client, relationship_id)
    again = await client.act(relationship_id, "lockForApproval")
    clock.move(seconds=5)
    after = await status_of(client, relationship_id)
    request = await client.graph("GET", f"{RELATIONSHIPS}/{relationship_id}/requests/{locked.json['id']}")

    assert (locked.status, locked.json["status"], locked.json["action"]) == (
        201,
        "created",
        "lockForApproval",
    )
    assert (before, after, again.status) == ("created", "approvalPending", 400)
    assert request.json["status"] == "succeeded"


async def test_approval_passes_through_activating(client: Client) -> None:
    relationship_id = await client.pending()
    link = client.microsoft.admin_access_link(relationship_id)
    await client.microsoft.customer(FABRIKAM.domain).approve_admin_access(link)

    seen = [client.microsoft.gdap.get(relationship_id).status]
    seen += [await status_of(client, relationship_id) for _ in range(3)]

    assert seen == ["approved", "activating", "active", "active"]


async def test_an_active_relationship_knows_its_customer_and_its_end(
    client: Client, clock: MovableClock
) -> None:
    body = await client.relationship(await client.active(duration="P10D"))

    assert body["customer"] == NAMED
    assert body["activatedDateTime"].startswith("2026-01-31T12:00:00")
    assert body["endDateTime"].startswith("2026-02-10T12:00:00")


async def test_the_customers_name_may_be_missing_for_a_while(client: Client) -> None:
    client.microsoft.behaviour.customer_names_missing = True

    body = await client.relationship(await client.active())

    assert body["customer"] == {"tenantId": FABRIKAM.id, "displayName": None}


async def test_every_write_changes_the_etag_and_a_stale_one_is_412(client: Client) -> None:
    first = await client.create()
    path = f"{RELATIONSHIPS}/{first['id']}"
    change = {"displayName": "Renamed"}

    changed = await client.graph("PATCH", path, json=change, headers={"If-Match": first["@odata.etag"]})
    stale = await client.graph("PATCH", path, json=change, headers={"If-Match": first["@odata.etag"]})
    missing = await client.graph("PATCH", path, json=change)

    assert (changed.status, changed.json["displayName"]) == (200, "Renamed")
    assert changed.json["@odata.etag"] != first["@odata.etag"]
    assert (stale.status, missing.status) == (412, 400)


async def test_a_change_cannot_bring_in_what_create_refuses(client: Client) -> None:
    await client.create(displayName="Taken")
    body = await client.create(accessDetails=unified(GLOBAL_ADMINISTRATOR))
    path, match = f"{RELATIONSHIPS}/{body['id']}", {"If-Match": body["@odata.etag"]}
    changes = [
        {"autoExtendDuration": "P180D"},
        {"displayName": "taken"},
        {"duration": "P0D"},
        {"status": "active"},
    ]

    answers = [await client.graph("PATCH", path, json=change, headers=match) for change in changes]

    assert [answer.status for answer in answers] == [400, 409, 400, 400]


async def test_the_end_of_a_relationship_ends_its_assignments(client: Client) -> None:
    relationship_id = await client.active()
    client.microsoft.assign_group(relationship_id)
    await client.microsoft.settle()
    client.microsoft.partner_terminates(relationship_id)
    await client.microsoft.settle()

    assignments = await client.graph("GET", f"{RELATIONSHIPS}/{relationship_id}/accessAssignments")
    assert [item["status"] for item in assignments.json["value"]] == ["deleted"]


async def test_only_created_relationships_can_be_deleted(client: Client) -> None:
    created = await client.create()
    pending = await client.relationship(await client.pending(displayName="Other"))

    answers = [
        await client.graph(
            "DELETE", f"{RELATIONSHIPS}/{body['id']}", headers={"If-Match": body["@odata.etag"]}
        )
        for body in (created, pending)
    ]

    assert [answer.status for answer in answers] == [204, 400]
    assert (await client.graph("GET", f"{RELATIONSHIPS}/{created['id']}")).status == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"autoExtendDuration": "P180D"}, 200),
        ({"displayName": "Renamed"}, 400),
        ({"accessDetails": unified(READERS)}, 400),
    ],
)
async def test_an_active_relationship_changes_little(
    client: Client, change: dict[str, Any], status: int
) -> None:
    body = await client.relationship(await client.active())

    answer = await client.graph(
        "PATCH", f"{RELATIONSHIPS}/{body['id']}", json=change, headers={"If-Match": body["@odata.etag"]}
    )

    assert answer.status == status


async def test_global_administrator_is_removed_by_a_long_operation(client: Client) -> None:
    relationship_id = await client.active(accessDetails=unified(READERS, GLOBAL_ADMINISTRATOR))
    body = await client.relationship(relationship_id)
    match = {"If-Match": body["@odata.etag"]}
    path = f"{RELATIONSHIPS}/{relationship_id}"

    extended = await client.graph("PATCH", path, json={"autoExtendDuration": "P180D"}, headers=match)
    started = await client.graph("PATCH", path, json={"accessDetails": unified(READERS)}, headers=match)
    statuses = [(await client.graph("GET", started.headers["Location"])).json["status"] for _ in range(2)]

    assert (extended.status, started.status) == (400, 202)
    assert statuses == ["running", "succeeded"]
    assert (await client.relationship(relationship_id))["accessDetails"] == unified(READERS)


@pytest.mark.parametrize(("allowed", "status"), [(False, 400), (True, 201)])
async def test_terminating_while_pending_is_a_switch(client: Client, allowed: bool, status: int) -> None:
    client.microsoft.behaviour.terminate_while_pending = allowed

    assert (await client.act(await client.pending(), "terminate")).status == status


async def test_termination_takes_its_steps(client: Client) -> None:
    relationship_id = await client.active()

    answer = await client.act(relationship_id, "terminate")
    seen = [client.microsoft.gdap.get(relationship_id).status]
    seen += [await status_of(client, relationship_id) for _ in range(2)]

    assert answer.status == 201
    assert seen == ["terminationRequested", "terminating", "terminated"]


@pytest.mark.parametrize(
    "body", [{}, {"action": "dance"}, {"action": "approve"}, {"action": "terminate", "x": 1}]
)
async def test_requests_that_make_no_sense_are_refused(client: Client, body: dict[str, Any]) -> None:
    created = await client.create()

    assert (await client.graph("POST", f"{RELATIONSHIPS}/{created['id']}/requests", json=body)).status == 400


@pytest.mark.parametrize("ends_as", ["expired", "terminated", "removed"])
async def test_nobody_waits_for_approval_longer_than_ninety_days(
    client: Client, clock: MovableClock, ends_as: Literal["expired", "terminated", "removed"]
) -> None:
    client.microsoft.behaviour.pending_ends_as = ends_as
    relationship_id = await client.pending()
    clock.move(days=89)
    before = await status_of(client, relationship_id)
    clock.move(days=1)
    after = await client.graph("GET", f"{RELATIONSHIPS}/{relationship_id}")

    assert before == "approvalPending"
    assert after.status == 404 if ends_as == "removed" else after.json["status"] == ends_as
    assert client.microsoft.audit.records[-1].operation == "granular_admin_relationship_cleaned_up"


async def test_a_relationship_expires_at_its_end(client: Client, clock: MovableClock) -> None:
    relationship_id = await client.active(duration="P10D")
    clock.move(days=10)
    await client.microsoft.settle()

    assert await status_of(client, relationship_id) == "expired"


async def test_auto_extension_moves_the_end_by_180_days(client: Client, clock: MovableClock) -> None:
    relationship_id = await client.active(duration="P10D", autoExtendDuration="P180D")
    clock.move(days=10)

    body = await client.relationship(relationship_id)

    assert (body["status"], body["endDateTime"][:10]) == ("active", "2026-08-09")


async def test_lists_are_filtered_by_status_customer_and_name(client: Client) -> None:
    await client.active(displayName="Alpha 1")
    await client.create(displayName="Alpha 2", customer={"tenantId": ADATUM.id, "displayName": "Adatum"})

    assert await names(client, "$filter=status eq 'active'") == ["Alpha 1"]
    assert await names(client, f"$filter=customer/tenantId eq '{ADATUM.id}'") == ["Alpha 2"]
    assert await names(client, f"$filter=status eq 'active' and customer/tenantId eq '{ADATUM.id}'") == []
    assert await names(client, "$filter=startswith(displayName,'alpha')") == ["Alpha 1", "Alpha 2"]
    assert await names(client, "$filter=displayName eq 'Alpha 2'&$orderby=displayName desc") == ["Alpha 2"]


@pytest.mark.parametrize(
    "query",
    [
        "$filter=duration eq 'P1D'",
        "$filter=status ne 'active'",
        "$filter=status eq 'a' or status eq 'b'",
        "$filter=status eq active",
        "$top=301",
        "$top=0",
        "$expand=requests",
        "$orderby=customer",
    ],
)
async def test_queries_beyond_the_documented_are_refused(client: Client, query: str) -> None:
    assert (await client.graph("GET", f"{RELATIONSHIPS}?{query}")).status == 400


async def test_long_lists_go_on_at_the_next_link(client: Client) -> None:
    for number in range(5):
        await client.create(displayName=f"Page {number}")

    seen: list[list[str]] = []
    url: str | None = f"{RELATIONSHIPS}?$top=2&$filter=startswith(displayName,'Page')&$count=true"
    while url:
        page = (await client.graph("GET", url)).json
        seen.append([item["displayName"] for item in page["value"]])
        url = page.get("@odata.nextLink")

    assert seen == [["Page 0", "Page 1"], ["Page 2", "Page 3"], ["Page 4"]]
    assert page["@odata.count"] == 5


async def test_an_assignment_becomes_active_and_counts_as_customer(client: Client) -> None:
    relationship_id = await client.active()
    path = f"{RELATIONSHIPS}/{relationship_id}/accessAssignments"

    created = await client.graph("POST", path, json=an_assignment(READERS))
    got = await client.graph("GET", f"{path}/{created.json['id']}")
    customers = await client.graph("GET", "/v1.0/tenantRelationships/delegatedAdminCustomers")
    services = await client.graph(
        "GET", f"/v1.0/tenantRelationships/delegatedAdminCustomers/{FABRIKAM.id}/serviceManagementDetails"
    )

    assert (created.status, created.json["status"], got.json["status"]) == (201, "pending", "active")
    assert [item["tenantId"] for item in customers.json["value"]] == [FABRIKAM.id]
    assert {"id", "serviceName", "serviceManagementUrl"} == services.json["value"][0].keys()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (an_assignment(GLOBAL_ADMINISTRATOR), 400),
        (an_assignment(READERS, group="bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"), 400),
        ({"accessContainer": {"accessContainerType": "user"}, "accessDetails": unified(READERS)}, 400),
        (an_assignment(READERS, SUPPORT), 201),
    ],
)
async def test_assignments_are_checked(client: Client, body: dict[str, Any], status: int) -> None:
    relationship_id = await client.active()

    answer = await client.graph("POST", f"{RELATIONSHIPS}/{relationship_id}/accessAssignments", json=body)

    assert answer.status == status


async def test_a_group_is_assigned_once(client: Client) -> None:
    relationship_id = await client.active()
    client.microsoft.assign_group(relationship_id)

    answer = await client.graph(
        "POST", f"{RELATIONSHIPS}/{relationship_id}/accessAssignments", json=an_assignment(READERS)
    )

    assert answer.status == 409


async def test_a_pending_relationship_takes_no_assignment(client: Client) -> None:
    relationship_id = await client.pending()

    answer = await client.graph(
        "POST", f"{RELATIONSHIPS}/{relationship_id}/accessAssignments", json=an_assignment(READERS)
    )

    assert answer.status == 400
    assert answer.json["error"]["message"] == "The passed in delegatedAdminRelationshipId is invalid."


async def test_changing_an_assignments_roles_is_an_operation(client: Client) -> None:
    relationship_id = await client.active()
    assignment = client.microsoft.assign_group(relationship_id)
    await client.microsoft.settle()
    path = f"{RELATIONSHIPS}/{relationship_id}/accessAssignments/{assignment.id}"
    match = {"If-Match": (await client.graph("GET", path)).json["@odata.etag"]}

    same = await client.graph("PATCH", path, json={"accessDetails": unified(READERS, SUPPORT)}, headers=match)
    less = await client.graph("PATCH", path, json={"accessDetails": unified(READERS)}, headers=match)
    running = await client.graph("GET", less.headers["Location"])
    await client.microsoft.settle()
    stale = await client.graph("PATCH", path, json={"accessDetails": unified(SUPPORT)}, headers=match)

    assert (same.status, less.status, less.headers["Retry-After"]) == (200, 202, "10")
    assert running.json["operationType"] == "delegatedAdminAccessAssignmentUpdate"
    assert (await client.graph("GET", path)).json["accessDetails"] == unified(READERS)
    assert stale.status == 412


async def test_a_deleted_assignment_passes_through_deleting(client: Client) -> None:
    relationship_id = await client.active()
    assignment = client.microsoft.assign_group(relationship_id)
    await client.microsoft.settle()
    path = f"{RELATIONSHIPS}/{relationship_id}/accessAssignments/{assignment.id}"
    match = {"If-Match": (await client.graph("GET", path)).json["@odata.etag"]}

    deleted = await client.graph("DELETE", path, headers=match)
    between = client.microsoft.gdap.assignments.get(relationship_id, assignment.id).status

    assert (deleted.status, between) == (204, "deleting")
    assert (await client.graph("GET", path)).json["status"] == "deleted"


async def test_an_indirect_reseller_confirms_or_rejects_its_providers_request(client: Client) -> None:
    ask = client.microsoft.provider_asks
    first, second = (ask(FIRST_UP.id, name, (READERS,)) for name in ("First Up 1", "First Up 2"))
    path = f"{RELATIONSHIPS}/{second}/requests"
    prefer = {"Prefer": "include-unknown-enum-members"}

    body = await client.relationship(first)
    locked = await client.act(first, "lockForApproval")
    approved = await client.act(first, "approve")
    unknown = await client.graph("POST", path, json={"action": "reject"})
    rejected = await client.graph("POST", path, json={"action": "reject"}, headers=prefer)

    assert body["@odata.type"] == "#microsoft.graph.resellerDelegatedAdminRelationship"
    assert (body["indirectProviderTenantId"], body["isPartnerConsentPending"]) == (FIRST_UP.id, True)
    assert (locked.status, approved.status, unknown.status, rejected.status) == (400, 201, 400, 201)
    assert await status_of(client, second) == "terminated"
