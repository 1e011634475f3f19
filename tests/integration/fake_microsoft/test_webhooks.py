from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from cryptography import x509

from bot.sandbox.fake_microsoft import FakeMicrosoft, Mode, RequestSeen, ServerError, WebhookAttempt
from bot.sandbox.fake_microsoft.events import EVENT_NAMES
from bot.sandbox.fake_microsoft.sample import ADATUM, ALPINE, CONTOSO, FABRIKAM
from tests.integration.fake_microsoft.client import READERS, RELATIONSHIPS, Client, unified
from tests.integration.fake_microsoft.conftest import MovableClock
from tests.integration.fake_microsoft.receiver import Judge, Receiver

REGISTRATION = "/webhooks/v1/registration"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    started = Receiver()
    await started.start()
    yield started
    await started.stop()


async def register(client: Client, receiver: Receiver, *events: str, in_header: bool = False) -> None:
    body = {
        "WebhookUrl": receiver.url,
        "WebhookEvents": list(events or EVENT_NAMES),
        "SignatureTokenToMsSignatureHeader": in_header,
    }
    answer = await client.partner_center("POST", REGISTRATION, json=body, kind="app")
    assert answer.status == 200, answer.content


async def accept(client: Client, domain: str = FABRIKAM.domain) -> None:
    link = (await client.partner_center("GET", "/v1/customers/relationshiprequests")).json["url"]
    await client.microsoft.customer(domain).accept_reseller(link)


def attempts(microsoft: FakeMicrosoft) -> list[WebhookAttempt]:
    return [entry for entry in microsoft.feed if isinstance(entry, WebhookAttempt)]


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PUT", ""), ("POST", "/validationEvents")])
async def test_without_a_registration_there_is_404(client: Client, method: str, path: str) -> None:
    body = {"WebhookUrl": "https://bot.example/", "WebhookEvents": ["test-created"]}
    json = body if method == "PUT" else None

    assert (await client.partner_center(method, REGISTRATION + path, json=json)).status == 404


async def test_there_is_one_registration_which_put_replaces(client: Client, receiver: Receiver) -> None:
    await register(client, receiver)
    body = {"webhookUrl": "https://bot.example/new", "webhookEvents": ["test-created"]}

    second = await client.partner_center("POST", REGISTRATION, json=body)
    replaced = await client.partner_center("PUT", REGISTRATION, json=body)
    got = await client.partner_center("GET", REGISTRATION)

    assert (second.status, replaced.status) == (409, 200)
    assert (got.json["WebhookUrl"], got.json["WebhookEvents"]) == (
        "https://bot.example/new",
        ["test-created"],
    )
    assert got.json["SignatureTokenToMsSignatureHeader"] is False


async def test_a_registration_cannot_be_deleted(client: Client, receiver: Receiver) -> None:
    await register(client, receiver)

    answer = await client.partner_center("DELETE", REGISTRATION)

    assert (answer.status, answer.headers["Allow"]) == (405, "GET,POST,PUT")


@pytest.mark.parametrize(
    "change",
    [
        {"WebhookUrl": "bot.example/callback"},
        {"WebhookUrl": None},
        {"WebhookEvents": []},
        {"WebhookEvents": ["customer-removed"]},
        {"SignatureTokenToMsSignatureHeader": "true"},
        {"Secret": "x"},
    ],
)
async def test_registrations_are_checked(client: Client, change: dict[str, object]) -> None:
    body = {"WebhookUrl": "https://bot.example/", "WebhookEvents": ["test-created"]} | change

    assert (await client.partner_center("POST", REGISTRATION, json=body)).status == 400


async def test_the_catalogue_names_the_events(client: Client) -> None:
    answer = await client.partner_center("GET", f"{REGISTRATION}/events")

    assert "reseller-relationship-accepted-by-customer" in answer.json


async def test_a_validation_event_reports_its_result(client: Client, receiver: Receiver) -> None:
    await register(client, receiver)

    created = await client.partner_center("POST", f"{REGISTRATION}/validationEvents")
    path = f"{REGISTRATION}/validationEvents/{created.json['correlationId']}"
    await client.microsoft.settle()
    state = (await client.partner_center("GET", path)).json

    assert receiver.names == ["test-created"]
    assert (state["status"], state["results"][0]["responseCode"]) == ("completed", "OK")
    assert (state["partnerId"], state["callbackUrl"]) == (CONTOSO.id, receiver.url)


async def test_a_failed_validation_says_so_and_is_kept_seven_days(
    client: Client, receiver: Receiver, clock: MovableClock
) -> None:
    receiver.statuses = [500] * 10
    await register(client, receiver)

    created = await client.partner_center("POST", f"{REGISTRATION}/validationEvents")
    path = f"{REGISTRATION}/validationEvents/{created.json['correlationId']}"
    submitted = await client.partner_center("GET", path)
    await client.microsoft.settle()
    failed = await client.partner_center("GET", path)
    clock.move(days=7, seconds=1)

    assert (submitted.json["status"], failed.json["status"]) == ("Submitted", "failed")
    assert failed.json["results"][0]["responseCode"] == "500"
    assert (await client.partner_center("GET", path)).status == 404


async def test_two_validations_a_minute_are_enough(
    client: Client, receiver: Receiver, clock: MovableClock
) -> None:
    await register(client, receiver)
    path = f"{REGISTRATION}/validationEvents"
    statuses = [(await client.partner_center("POST", path)).status for _ in range(3)]
    clock.move(minutes=1)

    assert statuses == [200, 200, 429]
    assert (await client.partner_center("POST", path)).status == 200


async def test_a_validation_needs_test_created_and_an_empty_body(client: Client, receiver: Receiver) -> None:
    await register(client, receiver, "invoice-ready")
    without = await client.partner_center("POST", f"{REGISTRATION}/validationEvents")
    with_body = await client.partner_center("POST", f"{REGISTRATION}/validationEvents", json={})

    assert (without.status, with_body.status) == (400, 400)


async def test_an_acceptance_is_announced_with_customer_and_audit_id(
    client: Client, receiver: Receiver
) -> None:
    await register(client, receiver)
    await accept(client)
    await client.microsoft.settle()

    base = "https://api.partnercenter.microsoft.com"
    body = receiver.bodies[0]
    assert list(body) == ["EventName", "ResourceUri", "ResourceName", "AuditUri", "ResourceChangeUtcDate"]
    assert body["EventName"] == "reseller-relationship-accepted-by-customer"
    assert body["ResourceUri"] == f"{base}/v1/customers/{FABRIKAM.id}"
    assert body["ResourceName"] == "Customer"
    assert body["AuditUri"] == (
        f"{base}/auditactivity/v1/auditrecords/{CONTOSO.id}_{FABRIKAM.id}"
        "_resellerrelationshipacceptedbycustomer_639054576000000000"
    )
    assert body["ResourceChangeUtcDate"] == "2026-01-31T12:00:00.0000000+00:00"


async def test_an_event_leads_to_its_audit_record(client: Client, receiver: Receiver) -> None:
    client.microsoft.behaviour.event_resource_base = client.microsoft.partner_center_url
    await register(client, receiver)
    await accept(client)
    await client.microsoft.settle()

    uri = receiver.bodies[0]["AuditUri"]
    record = await client.partner_center(
        "GET", uri.removeprefix(client.microsoft.partner_center_url), kind="app"
    )

    assert (record.status, record.json["customerId"]) == (200, FABRIKAM.id)


async def test_relationship_and_assignment_events_name_their_resource(
    client: Client, receiver: Receiver
) -> None:
    await register(client, receiver)
    relationship_id = await client.active()
    assignment = client.microsoft.assign_group(relationship_id)
    await client.microsoft.settle()
    await client.microsoft.customer(FABRIKAM.domain).remove_roles(relationship_id)
    await client.microsoft.settle()

    url = f"https://partner.microsoft.com/granularAdminRelationships/{relationship_id}"
    seen = {body["EventName"]: (body["ResourceName"], body["ResourceUri"]) for body in receiver.bodies}
    granular, access = "GranularAdminRelationship", "GranularAdminAccessAssignment"
    assert seen == {
        "granular-admin-relationship-approved": (granular, url),
        "granular-admin-relationship-activated": (granular, url),
        "granular-admin-access-assignment-created": (access, f"{url}/accessAssignments/{assignment.id}"),
        "granular-admin-access-assignment-activated": (access, f"{url}/accessAssignments/{assignment.id}"),
        "granular-admin-relationship-terminated": (granular, url),
    }


async def test_changing_and_deleting_an_assignment_is_announced(client: Client, receiver: Receiver) -> None:
    relationship_id = await client.active()
    assignment = client.microsoft.assign_group(relationship_id)
    await client.microsoft.settle()
    await register(client, receiver)
    path = f"{RELATIONSHIPS}/{relationship_id}/accessAssignments/{assignment.id}"
    any_etag = {"If-Match": (await client.graph("GET", path)).json["@odata.etag"]}
    await client.graph("PATCH", path, json={"accessDetails": unified(READERS)}, headers=any_etag)
    await client.microsoft.settle()
    new_etag = {"If-Match": (await client.graph("GET", path)).json["@odata.etag"]}
    await client.graph("DELETE", path, headers=new_etag)
    await client.microsoft.settle()

    assert receiver.names == [
        "granular-admin-access-assignment-updated",
        "granular-admin-access-assignment-deleted",
    ]


@pytest.mark.parametrize("by", ["partner", "customer"])
async def test_removing_dap_is_announced(client: Client, receiver: Receiver, by: str) -> None:
    client.microsoft.grant_dap(ALPINE.domain)
    await register(client, receiver)
    if by == "partner":
        body = {"AllowDelegatedAccess": False, "attributes": {"objectType": "Customer"}}
        await client.partner_center("PATCH", f"/v1/customers/{ALPINE.id}", json=body)
    else:
        await client.microsoft.customer(ALPINE.domain).remove_roles()
    await client.microsoft.settle()

    assert receiver.names == ["dap-admin-relationship-terminated"]
    assert client.microsoft.world.customers[ALPINE.id].dap is False


async def test_dap_events_name_no_customer(client: Client, receiver: Receiver) -> None:
    await register(client, receiver)
    client.microsoft.grant_dap(ALPINE.domain)
    await client.microsoft.settle()
    client.microsoft.inactive_ninety_days(ALPINE.domain)
    await client.microsoft.settle()

    approved, removed = receiver.bodies
    assert (approved["EventName"], approved["ResourceUri"]) == ("dap-admin-relationship-approved", None)
    assert removed["EventName"] == "dap-admin-relationship-terminated-by-microsoft"
    assert "ResourceUri" not in removed
    assert f"_{ALPINE.id}_" in removed["AuditUri"]


async def test_an_expiry_is_announced(client: Client, receiver: Receiver, clock: MovableClock) -> None:
    await register(client, receiver, "granular-admin-relationship-expired")
    await client.active(duration="P1D")
    clock.move(days=1)
    await client.microsoft.settle()

    assert receiver.names == ["granular-admin-relationship-expired"]


async def test_events_outside_the_registration_are_not_sent(client: Client, receiver: Receiver) -> None:
    await register(client, receiver, "invoice-ready")
    await accept(client)
    await client.microsoft.settle()

    assert receiver.received == []


async def test_a_customer_who_leaves_is_not_announced(client: Client, receiver: Receiver) -> None:
    await register(client, receiver)
    records = len(client.microsoft.audit.records)
    await client.microsoft.customer(ALPINE.domain).remove_reseller_relationship()
    await client.microsoft.settle()

    assert receiver.received == []
    assert len(client.microsoft.audit.records) == records
    assert (await client.partner_center("GET", "/v1/customers")).json["items"] == []


async def test_ten_attempts_with_one_body_then_never_again(client: Client, receiver: Receiver) -> None:
    receiver.statuses = [500] * 20
    await register(client, receiver)
    await accept(client)
    await client.microsoft.settle()

    outcomes = [entry.outcome for entry in attempts(client.microsoft)]
    assert outcomes == ["failed"] * 9 + ["dead"]
    assert len({delivery.body for delivery in receiver.received}) == 1


async def test_delivery_stops_at_the_first_success(client: Client, receiver: Receiver) -> None:
    receiver.statuses = [503, 302]
    await register(client, receiver)
    await accept(client)
    await client.microsoft.settle()

    assert [entry.status for entry in attempts(client.microsoft)] == [503, 302, 200]


async def test_an_address_nobody_answers_dies_too(client: Client, receiver: Receiver) -> None:
    await register(client, receiver)
    await receiver.stop()
    await accept(client)
    last = await client.microsoft.wait_for(
        lambda entry: isinstance(entry, WebhookAttempt) and entry.outcome == "dead"
    )

    assert isinstance(last, WebhookAttempt)
    assert (last.attempt, last.status) == (10, None)


async def test_a_lost_event_is_never_sent(client: Client, receiver: Receiver) -> None:
    client.microsoft.deliveries.next_modes(Mode.LOST)
    await register(client, receiver)
    await accept(client)
    await accept(client, ADATUM.domain)
    await client.microsoft.settle()

    assert [body["ResourceUri"][-36:] for body in receiver.bodies] == [ADATUM.id]


async def test_a_duplicated_event_comes_twice(client: Client, receiver: Receiver) -> None:
    client.microsoft.deliveries.mode = Mode.DUPLICATED
    await register(client, receiver)
    await accept(client)
    await client.microsoft.settle()

    assert len(receiver.received) == 2
    assert receiver.received[0].body == receiver.received[1].body


async def test_held_events_come_when_released_the_newest_first(client: Client, receiver: Receiver) -> None:
    client.microsoft.deliveries.mode = Mode.HELD
    await register(client, receiver)
    await client.active()
    before = len(receiver.received)
    released = client.microsoft.deliveries.release()
    await client.microsoft.settle()

    assert (before, released) == (0, 2)
    assert receiver.names == ["granular-admin-relationship-activated", "granular-admin-relationship-approved"]


async def test_a_reordered_event_is_overtaken_by_the_next(client: Client, receiver: Receiver) -> None:
    client.microsoft.deliveries.next_modes(Mode.REORDERED)
    await register(client, receiver)
    await client.active()
    await client.microsoft.settle()

    assert receiver.names == ["granular-admin-relationship-activated", "granular-admin-relationship-approved"]


VERDICTS = {
    Mode.NORMAL: "",
    Mode.MS_SIGNATURE_HEADER: "",
    Mode.BAD_SIGNATURE: "signature",
    Mode.TAMPERED_BODY: "signature",
    Mode.RESERIALISED_BODY: "signature",
    Mode.SHA1: "algorithm",
    Mode.FOREIGN_HOST: "foreign host",
    Mode.EXPIRED_LEAF: "validity",
    Mode.SELF_SIGNED: "untrusted",
    Mode.WRONG_ORGANISATION: "organisation",
    Mode.INTERMEDIATE_AS_LEAF: "authority",
}


@pytest.mark.parametrize("mode", VERDICTS)
async def test_each_forgery_has_exactly_its_own_fault(
    client: Client, receiver: Receiver, session: aiohttp.ClientSession, clock: MovableClock, mode: Mode
) -> None:
    client.microsoft.deliveries.mode = mode
    await register(client, receiver)
    await accept(client)
    await client.microsoft.settle()

    verdict = await Judge(client.microsoft, session, clock.now).verdict(receiver.received[0])
    assert verdict == VERDICTS[mode]


async def test_a_delivery_can_be_built_without_sending_it(
    microsoft: FakeMicrosoft, session: aiohttp.ClientSession, clock: MovableClock
) -> None:
    delivery = microsoft.signed_delivery(b'{"EventName":"anything"}')
    verdict = await Judge(microsoft, session, clock.now).verdict(delivery)

    assert (delivery.body, verdict) == (b'{"EventName":"anything"}', "")
    assert next(iter(microsoft.feed)).kind == "request"
    assert attempts(microsoft) == []


@pytest.mark.parametrize("in_header", [False, True])
async def test_the_registration_says_which_header_carries_the_signature(
    client: Client, receiver: Receiver, in_header: bool
) -> None:
    await register(client, receiver, in_header=in_header)
    await accept(client)
    await client.microsoft.settle()

    headers = receiver.received[0].headers
    assert ("x-ms-signature" in headers, "Authorization" in headers) == (in_header, not in_header)
    assert headers["X-MS-Certificate-Url"] == (
        f"https://{client.microsoft.certificate_host}/cert/pcnotifications-dispatch.microsoft.com.cer"
    )
    assert headers["Content-Type"] == "application/json"


async def test_after_a_rotation_the_old_signature_fails_and_the_new_one_holds(
    microsoft: FakeMicrosoft, session: aiohttp.ClientSession, clock: MovableClock
) -> None:
    judge = Judge(microsoft, session, clock.now)
    old = microsoft.signed_delivery(b"{}")
    microsoft.dispatch.rotate(extended_key_usage=False)
    new = microsoft.signed_delivery(b"{}")

    assert (await judge.verdict(old), await judge.verdict(new)) == ("signature", "")
    with pytest.raises(x509.ExtensionNotFound):
        microsoft.dispatch.leaf.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)


async def test_the_leaf_is_renewed_when_the_clock_passes_its_end(
    microsoft: FakeMicrosoft, clock: MovableClock
) -> None:
    clock.move(days=800)

    assert microsoft.dispatch.leaf.certificate.not_valid_after_utc > clock.now + timedelta(days=1)


async def test_the_certificate_host_fails_as_planned(client: Client) -> None:
    client.microsoft.faults.plan("certificates", "GET", "/cert/*", ServerError(503, html=True))
    url = client.microsoft.signed_delivery(b"{}").headers["X-MS-Certificate-Url"]

    assert [(await client.send("GET", url)).status for _ in range(2)] == [503, 200]


async def test_a_visit_to_the_foreign_host_is_seen(client: Client) -> None:
    url = client.microsoft.signed_delivery(b"{}", Mode.FOREIGN_HOST).headers["X-MS-Certificate-Url"]

    fetched = await client.send("GET", url)
    missing = await client.send("GET", url.replace("pcnotifications", "other"))

    seen = [entry.service for entry in client.microsoft.feed if isinstance(entry, RequestSeen)]
    assert (fetched.status, missing.status) == (200, 404)
    assert seen == ["foreign_certificates", "foreign_certificates"]
