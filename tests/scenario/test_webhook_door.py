"""Whatever comes to the webhook's door: Microsoft's events get in, nothing else leaves a trace."""

import gzip
import hashlib
from collections.abc import Mapping
from datetime import timedelta

import aiohttp
import pytest
from multidict import CIMultiDict

from bot.domain.identifiers import TenantId
from bot.ports.work import Queue
from bot.sandbox.fake_microsoft import Mode, ServerError, WebhookAttempt
from bot.sandbox.fake_microsoft.signing import FORGERIES
from bot.sandbox.run import Sandbox, sandbox
from bot.sandbox.story import Story
from bot.sandbox.waiting import eventually, quiet
from tests.attacks.tripwire import tripwire
from tests.scenario.microsoft_side import DOOR, calls, deliver, imported

MARK = "a-mark-nobody-else-writes"
WINGTIP = "55555555-5555-4555-8555-555555555555"


def accepted(tenant_id: str = WINGTIP, *, host: str = "https://api.partnercenter.microsoft.com") -> bytes:
    return (
        '{"EventName":"reseller-relationship-accepted-by-customer",'
        f'"ResourceUri":"{host}/v1/customers/{tenant_id}","ResourceName":"{MARK}",'
        '"AuditUri":null,"ResourceChangeUtcDate":"2026-01-31T00:26:24.0159088+00:00"}'
    ).encode()


async def knock(
    box: Sandbox, body: bytes, headers: Mapping[str, str] | CIMultiDict[str], method: str = "POST"
) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{box.bot_url}{DOOR}", data=body, headers=headers) as answer,
    ):
        assert MARK not in await answer.text()
        return answer.status


async def is_stored(box: Sandbox, body: bytes) -> bool:
    return await box.app.store.work.known(Queue.WEBHOOKS, hashlib.sha256(body).hexdigest()) is not None


@pytest.mark.parametrize("mode", sorted(FORGERIES))
async def test_a_forged_event_leaves_no_trace(
    box: Sandbox, mode: Mode, capfd: pytest.CaptureFixture[str]
) -> None:
    delivery = box.microsoft.signed_delivery(accepted(), mode)
    status = await knock(box, delivery.body, delivery.headers)

    assert status == 401
    assert not await is_stored(box, delivery.body)
    assert MARK not in "".join(capfd.readouterr())


SIGNED_BUT_SENSELESS = {
    "nothing": b"",
    "no json": b"EventName=" + MARK.encode(),
    "no object": f'["{MARK}"]'.encode(),
    "no name": f'{{"ResourceUri":"{MARK}"}}'.encode(),
    "null name": f'{{"EventName":null,"ResourceUri":"{MARK}"}}'.encode(),
    "number for a name": f'{{"EventName":5,"ResourceUri":"{MARK}"}}'.encode(),
    "empty name": f'{{"EventName":"","ResourceUri":"{MARK}"}}'.encode(),
    "endless name": f'{{"EventName":"{MARK * 20}"}}'.encode(),
    "object for an address": f'{{"EventName":"test-created","ResourceUri":{{"a":"{MARK}"}}}}'.encode(),
    "endless address": f'{{"EventName":"test-created","ResourceUri":"{MARK * 200}"}}'.encode(),
    "bad utf-8": b'{"EventName":"' + MARK.encode() + b'\xff"}',
    "half a character": f'{{"EventName":"{MARK}\\ud800"}}'.encode(),
    "very deep": b'{"EventName":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "cut off": accepted()[:-10],
    "utf-16": accepted().decode().encode("utf-16"),
}


@pytest.mark.parametrize("name", SIGNED_BUT_SENSELESS)
async def test_a_signed_body_that_makes_no_sense_is_refused(
    box: Sandbox, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    body = SIGNED_BUT_SENSELESS[name]

    assert await deliver(box, body) == 400
    assert not await is_stored(box, body)
    assert MARK not in "".join(capfd.readouterr())


ODD_BUT_READABLE = {
    "nul": b'{"EventName":"a\\u0000b","ResourceUri":"\\u0000"}',
    "emoji": '{"EventName":"\N{GRINNING FACE}"}'.encode(),
    "year one": b'{"EventName":"test-created","ResourceChangeUtcDate":"0001-01-01T00:00:00+14:00"}',
    "end of time": b'{"EventName":"test-created","ResourceChangeUtcDate":"9999-12-31T23:59:59-14:00"}',
    "no date": b'{"EventName":"test-created","ResourceChangeUtcDate":"yesterday"}',
    "twice the key": b'{"EventName":"test-created","eventname":"test-created"}',
}


@pytest.mark.parametrize("name", ODD_BUT_READABLE)
async def test_an_odd_event_is_stored_and_followed_without_harm(url: str, name: str) -> None:
    async with sandbox(database_url=url, webhooks=False) as box:
        body = ODD_BUT_READABLE[name]

        assert await deliver(box, body) == 200
        assert await is_stored(box, body)
        await quiet(box)


async def test_headers_that_cannot_be_are_refused(box: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    genuine = box.microsoft.signed_delivery(accepted())
    given = CIMultiDict(genuine.headers)
    twice = CIMultiDict(given)
    twice.add("X-MS-Certificate-Url", given["X-MS-Certificate-Url"])
    odd = {
        400: [
            _without(given, "X-MS-Certificate-Url"),
            _without(given, "X-MS-Signature-Algorithm"),
            _with(given, "Authorization", "Signature !!!"),
            _with(given, "Content-Encoding", "gzip"),
            twice,
        ],
        401: [
            _without(given, "Authorization"),
            _with(given, "Authorization", "Bearer abc"),
            _with(given, "X-MS-Signature-Algorithm", "none"),
            _with(given, "X-MS-Certificate-Url", "http://localhost/cert/a.cer"),
            _with(given, "X-MS-Certificate-Url", "https://169.254.169.254/cert/a.cer"),
            _with(given, "X-MS-Certificate-Url", "file:///etc/passwd"),
        ],
    }
    for status, each in odd.items():
        for headers in each:
            body = gzip.compress(genuine.body) if "Content-Encoding" in headers else genuine.body
            assert await knock(box, body, headers) == status, headers

    assert not await is_stored(box, genuine.body)
    assert MARK not in "".join(capfd.readouterr())


def _without(headers: CIMultiDict[str], name: str) -> CIMultiDict[str]:
    changed = CIMultiDict(headers)
    del changed[name]
    return changed


def _with(headers: CIMultiDict[str], name: str, value: str) -> CIMultiDict[str]:
    changed = CIMultiDict(headers)
    changed[name] = value
    return changed


async def test_a_body_larger_than_any_event_is_refused(box: Sandbox) -> None:
    huge = accepted().replace(MARK.encode(), b"x" * 300_000)

    assert await deliver(box, huge) == 413
    assert not await is_stored(box, huge)
    assert await deliver(box, accepted()) == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_only_post_is_answered(box: Sandbox, method: str) -> None:
    delivery = box.microsoft.signed_delivery(accepted())

    assert await knock(box, delivery.body, delivery.headers, method) == 405
    assert not await is_stored(box, delivery.body)


async def test_the_other_header_for_signatures_is_believed_too(box: Sandbox) -> None:
    assert await deliver(box, accepted(), Mode.MS_SIGNATURE_HEADER) == 200
    assert await is_stored(box, accepted())


async def test_a_replayed_event_is_answered_and_followed_once(box: Sandbox, story: Story) -> None:
    await imported(box)
    box.microsoft.add_customer("wingtiptoys.com")
    statuses = [await deliver(box, accepted()) for _ in range(3)]
    await quiet(box)

    assert statuses == [200, 200, 200]
    assert story.count("Wingtip Toys", "accepted us as a reseller") == 1
    assert len(calls(box.microsoft, "GET", f"/v1/customers/{WINGTIP}")) == 1


async def test_a_stale_event_changes_nothing(box: Sandbox, story: Story) -> None:
    """Signed in January about somebody who is no customer of ours: Microsoft's answer of today counts."""
    await imported(box)

    assert await deliver(box, accepted()) == 200
    await eventually(lambda: _looked_for_often(box), "the customer is looked for")
    await quiet(box)
    assert await box.app.store.customers.get(TenantId(WINGTIP)) is None
    assert story.count("Wingtip Toys") == 0


async def _looked_for_often(box: Sandbox) -> bool:
    box.clock.move(timedelta(seconds=1))
    return len(calls(box.microsoft, "GET", f"/v1/customers/{WINGTIP}")) == 5


async def test_an_event_whose_certificate_cannot_be_had_is_taken_once_it_can(
    box: Sandbox, story: Story
) -> None:
    await imported(box)
    box.microsoft.faults.plan("certificates", "GET", "*", ServerError(503), times=1)
    link = await box.app.microsoft.partner_center.relationship_request_url()
    await story.customer("wingtiptoys.com").accept_reseller(link)
    await story.until(lambda: statuses(box) == {401}, "the event is refused")
    box.clock.move(timedelta(minutes=61))

    await story.until(lambda: statuses(box) == {401, 200}, "it is taken when it comes again")
    assert len(calls(box.microsoft, "GET", "/cert/*")) == 2


def statuses(box: Sandbox) -> set[int | None]:
    return {one.status for one in box.microsoft.feed if isinstance(one, WebhookAttempt)}


async def test_the_address_in_an_event_is_never_asked(box: Sandbox, story: Story) -> None:
    await imported(box)
    box.microsoft.add_customer("wingtiptoys.com")
    async with tripwire() as elsewhere:
        url = elsewhere.url
        body = accepted(host=url).replace(b'"AuditUri":null', f'"AuditUri":"{url}/auditrecords/x"'.encode())
        assert await deliver(box, body) == 200
        await story.hears("Wingtip Toys", "accepted us as a reseller")

    assert elsewhere.asked == []
    assert len(calls(box.microsoft, "GET", f"/v1/customers/{WINGTIP}")) == 1
