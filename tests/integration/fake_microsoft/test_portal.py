"""What customers' administrators can do, and what the portals refuse them."""

import json
from urllib.parse import quote

import pytest

from bot.sandbox.fake_microsoft import FakeMicrosoft, PortalRefusal, PortalVisit
from bot.sandbox.fake_microsoft.customer_admin import AdminRole
from bot.sandbox.fake_microsoft.sample import ADATUM, ALPINE, CONTOSO, FABRIKAM, FIRST_UP, PROSEWARE, TAILSPIN
from tests.integration.fake_microsoft.client import READERS, SUPPORT, Client
from tests.integration.fake_microsoft.conftest import MovableClock


async def invitation(client: Client) -> str:
    answer = await client.partner_center("GET", "/v1/customers/relationshiprequests")
    return str(answer.json["url"])


async def test_an_accepted_invitation_makes_a_customer(client: Client) -> None:
    admin = client.microsoft.customer(FABRIKAM.domain)

    page = await admin.follow(await invitation(client))
    await admin.accept_reseller(await invitation(client))
    got = await client.partner_center("GET", f"/v1/customers/{FABRIKAM.id}", kind="app")

    assert (page.kind, page.partner_name) == ("reseller", "Contoso")
    assert (got.json["relationshipToPartner"], got.json["companyProfile"]["companyName"]) == (
        "reseller",
        "Fabrikam",
    )
    assert got.json["allowDelegatedAccess"] is False


async def test_accepting_twice_changes_nothing(client: Client) -> None:
    admin = client.microsoft.customer(FABRIKAM.domain)
    for _ in range(2):
        await admin.accept_reseller(await invitation(client))

    assert [record.customer.id for record in client.microsoft.audit.records] == [FABRIKAM.id]


async def test_declining_leaves_no_trace_for_the_partner(client: Client) -> None:
    await client.microsoft.customer(FABRIKAM.domain).decline(await invitation(client))

    visit = await client.microsoft.wait_for(lambda entry: isinstance(entry, PortalVisit))
    assert isinstance(visit, PortalVisit)
    assert visit.action == "decline"
    assert client.microsoft.audit.records == []
    assert FABRIKAM.id not in client.microsoft.world.customers


@pytest.mark.parametrize("signed", [False, True])
async def test_the_agreement_may_be_part_of_accepting(client: Client, signed: bool) -> None:
    client.microsoft.behaviour.agreement_signed_on_acceptance = signed
    await client.microsoft.customer(FABRIKAM.domain).accept_reseller(await invitation(client))

    assert (FABRIKAM.id in client.microsoft.world.agreements_signed) is signed


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("https://admin.microsoft.com", "http://admin.microsoft.com", "broken_link"),
        ("admin.microsoft.com", "admin.example", "broken_link"),
        ("#/BillingAccounts/partner-invitation", "", "broken_link"),
        ("#/BillingAccounts/partner-invitation", "#/somewhere", "broken_link"),
        ("invType=ResellerRelationship", "invType=Administration", "broken_link"),
        ("&msppId=0", "", "broken_link"),
        (CONTOSO.id, ADATUM.id, "unknown_partner"),
        ("&DAP=false", f"&indirectCSPId={FIRST_UP.id}", "unknown_provider"),
    ],
)
async def test_a_broken_invitation_link_is_refused(client: Client, old: str, new: str, reason: str) -> None:
    link = (await invitation(client)).replace(old, new)

    with pytest.raises(PortalRefusal) as refusal:
        await client.microsoft.customer(FABRIKAM.domain).follow(link)

    assert refusal.value.reason == reason
    assert refusal.value.words


@pytest.mark.parametrize(
    ("domain", "role", "reason"),
    [
        (TAILSPIN.domain, "global_administrator", "outside_market"),
        (FABRIKAM.domain, "user", "wrong_account"),
        (CONTOSO.domain, "global_administrator", "wrong_account"),
        (PROSEWARE.domain, "global_administrator", "wrong_cloud"),
    ],
)
async def test_the_wrong_person_cannot_accept(
    client: Client, domain: str, role: AdminRole, reason: str
) -> None:
    link = await invitation(client)

    with pytest.raises(PortalRefusal) as refusal:
        await client.microsoft.customer(domain, role=role).accept_reseller(link)

    visits = [entry for entry in client.microsoft.feed if isinstance(entry, PortalVisit)]
    assert refusal.value.reason == reason
    assert (visits[-1].refused, visits[-1].detail) == (True, reason)
    assert list(client.microsoft.world.customers) == [ALPINE.id]


async def test_a_billing_administrator_accepts_but_approves_no_admin_access(client: Client) -> None:
    link = client.microsoft.admin_access_link(await client.pending())
    admin = client.microsoft.customer(FABRIKAM.domain, role="billing_administrator")

    await admin.accept_reseller(await invitation(client))
    with pytest.raises(PortalRefusal, match="wrong_account"):
        await admin.approve_admin_access(link)

    assert FABRIKAM.id in client.microsoft.world.customers


async def test_an_indirect_link_joins_provider_and_reseller(client: Client) -> None:
    client.microsoft.world.partner.kind = "indirect_reseller"
    link = (await invitation(client)).replace("#", f"&indirectCSPId={FIRST_UP.id}#")

    await client.microsoft.customer(FABRIKAM.domain).accept_reseller(link)

    path = f"/v1/customers/{FABRIKAM.id}/relationships"
    item = (await client.partner_center("GET", path)).json["items"][0]
    wanted = quote(
        json.dumps(
            {"Field": "IndirectCloudSolutionProvider", "Value": FIRST_UP.id, "Operator": "starts_with"}
        )
    )
    found = await client.partner_center("GET", f"/v1/customers?filter={wanted}")
    assert (item["id"], item["relationshipType"]) == (FIRST_UP.id, "is_indirect_cloud_solution_provider_of")
    assert [each["id"] for each in found.json["items"]] == [FABRIKAM.id]
    assert client.microsoft.audit.records[-1].operation.startswith("indirect_reseller_relationship_accepted")


async def test_the_approval_page_shows_what_is_asked_for(client: Client) -> None:
    relationship_id = await client.pending(duration="P30D")

    page = await client.microsoft.customer(FABRIKAM.domain).follow(
        client.microsoft.admin_access_link(relationship_id)
    )

    assert (page.kind, page.relationship_id, page.duration) == ("admin_access", relationship_id, "P30D")
    assert page.roles == (READERS, SUPPORT)


async def test_an_unknown_request_is_refused(microsoft: FakeMicrosoft) -> None:
    link = microsoft.admin_access_link(f"{FABRIKAM.id}-{ADATUM.id}")

    with pytest.raises(PortalRefusal, match="unknown_request"):
        await microsoft.customer(FABRIKAM.domain).follow(link)


async def test_a_request_for_another_tenant_is_refused(client: Client) -> None:
    relationship_id = await client.pending(customer={"tenantId": ADATUM.id, "displayName": "Adatum"})

    with pytest.raises(PortalRefusal, match="wrong_account"):
        await client.microsoft.customer(FABRIKAM.domain).approve_admin_access(
            client.microsoft.admin_access_link(relationship_id)
        )


@pytest.mark.parametrize("days", [0, 90])
async def test_only_a_waiting_request_can_be_approved(client: Client, clock: MovableClock, days: int) -> None:
    relationship_id = await client.pending() if days else str((await client.create())["id"])
    clock.move(days=days)

    with pytest.raises(PortalRefusal, match="not_waiting"):
        await client.microsoft.customer(FABRIKAM.domain).approve_admin_access(
            client.microsoft.admin_access_link(relationship_id)
        )


async def test_each_link_serves_its_own_purpose(client: Client) -> None:
    admin = client.microsoft.customer(FABRIKAM.domain)
    link = client.microsoft.admin_access_link(await client.pending())

    with pytest.raises(PortalRefusal, match="broken_link"):
        await admin.accept_reseller(link)
    with pytest.raises(PortalRefusal, match="broken_link"):
        await admin.approve_admin_access(await invitation(client))


async def test_removing_roles_ends_everything_but_the_reseller_relationship(client: Client) -> None:
    client.microsoft.add_customer(FABRIKAM.domain, dap=True)
    first, second = [await client.active(displayName=name) for name in ("One", "Two")]
    admin = client.microsoft.customer(FABRIKAM.domain)

    await admin.remove_roles(first)
    await client.microsoft.settle()
    statuses = [client.microsoft.gdap.get(each).status for each in (first, second)]
    await admin.remove_roles()
    await client.microsoft.settle()

    assert statuses == ["terminated", "active"]
    assert client.microsoft.gdap.get(second).status == "terminated"
    assert client.microsoft.world.customers[FABRIKAM.id].dap is False


async def test_roles_of_others_cannot_be_removed(client: Client) -> None:
    relationship_id = await client.active()

    with pytest.raises(PortalRefusal, match="unknown_request"):
        await client.microsoft.customer(ADATUM.domain).remove_roles(relationship_id)


async def test_the_log_tells_who_ended_a_relationship(client: Client) -> None:
    first, second = [await client.active(displayName=name) for name in ("One", "Two")]
    client.microsoft.partner_terminates(first)
    await client.microsoft.customer(FABRIKAM.domain).remove_roles(second)
    await client.microsoft.settle()
    kind = quote('{"Field":"ResourceType","Value":"granular_admin_relationship","Operator":"equals"}')

    answer = await client.partner_center("GET", f"/v1/auditrecords?filter={kind}", kind="app")

    asked = [
        (json.loads(item["resourceNewValue"])["Id"], bool(item["userPrincipalName"]))
        for item in answer.json["items"]
        if item["operationType"] == "granular_admin_relationship_termination_requested"
    ]
    assert sorted(asked) == sorted([(first, True), (second, False)])


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        ("?startDate=2026-01-31", 1),
        ("?startDate=2026-01-01&endDate=2026-01-30", 0),
        ("?startDate=2026-02-01", 0),
        ('?filter={"Field":"CompanyName","Value":"abrik","Operator":"substring"}', 1),
        ('?filter={"Field":"CustomerId","Value":"' + ADATUM.id + '","Operator":"equals"}', 0),
    ],
)
async def test_the_log_is_searched_by_day_and_filter(client: Client, query: str, count: int) -> None:
    await client.microsoft.customer(FABRIKAM.domain).accept_reseller(await invitation(client))

    answer = await client.partner_center("GET", f"/v1/auditrecords{query}")

    assert len(answer.json["items"]) == count


@pytest.mark.parametrize(
    "query", ["startDate=31.01.2026", "filter=x", 'filter={"Field":"Id","Value":"a","Operator":"equals"}']
)
async def test_bad_searches_of_the_log_are_refused(client: Client, query: str) -> None:
    assert (await client.partner_center("GET", f"/v1/auditrecords?{query}")).status == 400


async def test_an_unknown_audit_record_is_404(client: Client) -> None:
    assert (await client.partner_center("GET", "/auditactivity/v1/auditrecords/none")).status == 404
