"""Not a bit of what Slack or Microsoft signed can be another one."""

import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.microsoft.transport import tls_context
from bot.microsoft.webhook_signature import WebhookSignature
from bot.ports.clock import SystemClock
from bot.ports.webhooks import CertificateUnavailable, ForgedDelivery, MalformedDelivery
from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.slack.gate import TOLERANCE_SECONDS, SlackGate
from tests.unit.slack.support import NOW, SECRET, Headers, StandingClock, ask, signed

COMMAND = b"command=%2Finvite-customer&text=fabrikam.com&user_id=U0ANA&team_id=T0CONTOSO&trigger_id=1.2.3"
EVENT = (
    b'{"EventName":"reseller-relationship-accepted-by-customer","ResourceUri":"https://api.partnercenter.'
    b'microsoft.com/v1/customers/55555555-5555-4555-8555-555555555555","ResourceName":"Customer"}'
)


def flipped(value: bytes) -> Iterator[bytes]:
    """Yield `value` once for each of its bits, with that bit turned over."""
    for bit in range(len(value) * 8):
        changed = bytearray(value)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


class Behind:
    """What stands behind the gate, and counts who came through."""

    def __init__(self, clock: StandingClock | None = None) -> None:
        self.clock = clock or StandingClock()
        self.reached = 0
        self.gate = SlackGate(self._dispatch, signing_secrets=[SECRET], clock=self.clock)

    async def _dispatch(self, _: AsyncBoltRequest) -> BoltResponse:
        self.reached += 1
        return BoltResponse(status=200)

    async def knock(self, body: bytes, sent: Headers) -> int:
        got = await ask(self.gate, body, sent)
        assert got is not None
        return got.status


def with_header(sent: Headers, name: bytes, value: bytes) -> Headers:
    return [(one, value if one == name else before) for one, before in sent]


async def test_no_bit_of_a_request_of_slacks_can_be_another() -> None:
    behind, sent = Behind(), signed(COMMAND)

    assert {await behind.knock(body, sent) for body in flipped(COMMAND)} == {401}
    for name in (b"x-slack-signature", b"x-slack-request-timestamp"):
        for value in flipped(dict(sent)[name]):
            assert await behind.knock(COMMAND, with_header(sent, name, value)) == 401, value
    assert behind.reached == 0
    assert await behind.knock(COMMAND, sent) == 200


@pytest.mark.parametrize("name", [b"x-slack-signature", b"x-slack-request-timestamp"])
@pytest.mark.parametrize("forged_first", [True, False])
async def test_a_signature_that_comes_twice_is_none(name: bytes, forged_first: bool) -> None:
    behind, sent = Behind(), signed(COMMAND)
    forged = (name, b"v0=" + b"0" * 64 if b"signature" in name else b"1")
    both = [forged, *sent] if forged_first else [*sent, forged]

    assert await behind.knock(COMMAND, both) == 400
    assert await behind.knock(COMMAND, [*sent, (name, dict(sent)[name])]) == 400
    assert behind.reached == 0


@pytest.mark.parametrize("ahead", [-TOLERANCE_SECONDS, 0, TOLERANCE_SECONDS])
async def test_a_request_is_taken_once_for_as_long_as_its_signature_is_good(ahead: int) -> None:
    behind, sent = Behind(), signed(COMMAND, at=NOW + ahead)
    assert await behind.knock(COMMAND, sent) == 200

    for _ in range(3 * TOLERANCE_SECONDS):
        behind.clock.seconds += 1
        assert await behind.knock(COMMAND, sent) == 401
    assert behind.reached == 1


@pytest.fixture
async def microsoft(tmp_path: Path) -> AsyncIterator[FakeMicrosoft]:
    async with FakeMicrosoft.sample(SandboxClock()).serve(directory=tmp_path) as serving:
        yield serving


@pytest.fixture
def verifier(microsoft: FakeMicrosoft) -> WebhookSignature:
    return WebhookSignature(
        clock=SystemClock(),
        trust_roots=microsoft.trust_roots_path.read_bytes(),
        certificate_hosts=(microsoft.certificate_host,),
        tls=tls_context(microsoft.ca_path),
    )


async def is_genuine(verifier: WebhookSignature, sent: dict[str, str], body: bytes) -> bool:
    try:
        await verifier.verify(sent, body)
    except (ForgedDelivery, MalformedDelivery, CertificateUnavailable):
        return False
    return True


async def test_no_bit_of_an_event_can_be_another(
    microsoft: FakeMicrosoft, verifier: WebhookSignature
) -> None:
    sent = dict(microsoft.signed_delivery(EVENT).headers)

    assert await is_genuine(verifier, sent, EVENT)
    assert not any([await is_genuine(verifier, sent, body) for body in flipped(EVENT)])


async def test_no_bit_of_an_events_signature_can_be_another(
    microsoft: FakeMicrosoft, verifier: WebhookSignature
) -> None:
    sent = dict(microsoft.signed_delivery(EVENT).headers)
    written = sent["Authorization"].removeprefix("Signature ")
    raw = base64.b64decode(written)
    forged = [base64.b64encode(one).decode() for one in flipped(raw)]
    forged += [one.decode("latin-1") for one in flipped(written.encode())]

    for value in forged:
        assert not await is_genuine(verifier, sent | {"Authorization": f"Signature {value}"}, EVENT), value
    assert len(forged) == 8 * (len(raw) + len(written))


async def test_no_bit_of_what_names_the_algorithm_makes_another_one_count(
    microsoft: FakeMicrosoft, verifier: WebhookSignature
) -> None:
    sent = dict(microsoft.signed_delivery(EVENT).headers)
    named = sent["X-MS-Signature-Algorithm"]

    for value in flipped(named.encode()):
        text = value.decode("latin-1")
        same = text.strip().lower() == named
        assert await is_genuine(verifier, sent | {"X-MS-Signature-Algorithm": text}, EVENT) == same, text
