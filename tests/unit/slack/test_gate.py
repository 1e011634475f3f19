"""What the gate lets in, and what it says to everything else."""

import asyncio
import logging
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.gate import MAX_BODY_BYTES, SlackGate
from tests.unit.slack.support import (
    FORM,
    JSON,
    NOW,
    SECRET,
    Answer,
    Headers,
    StandingClock,
    as_payload,
    ask,
    headers,
    signature,
    signed,
)

DOCUMENTED_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
DOCUMENTED_SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


class Bolt:
    """Stands where Bolt stands, and keeps what it was handed."""

    def __init__(self, response: BoltResponse | None = None) -> None:
        self.requests: list[AsyncBoltRequest] = []
        self.response = response or BoltResponse(status=200)

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        self.requests.append(request)
        return self.response

    @property
    def body(self) -> dict[str, Any]:
        assert len(self.requests) == 1
        return self.requests[0].body


def a_gate(bolt: Bolt, clock: StandingClock | None = None, *secrets: str) -> SlackGate:
    return SlackGate(bolt.dispatch, signing_secrets=secrets or [SECRET], clock=clock or StandingClock())


async def answer(gate: SlackGate, raw: bytes, sent: Headers, **more: Any) -> Answer:
    got = await ask(gate, raw, sent, **more)
    assert got is not None
    return got


async def test_the_documented_signature_is_accepted() -> None:
    bolt = Bolt()
    sent = headers(
        ("Content-Type", FORM),
        ("X-Slack-Request-Timestamp", "1531420618"),
        ("X-Slack-Signature", DOCUMENTED_SIGNATURE),
    )

    got = await answer(a_gate(bolt), DOCUMENTED_BODY, sent)

    assert got.status == 200
    assert bolt.body["command"] == "/webhook-collect"
    assert bolt.body["text"] == ""
    assert bolt.body["response_url"].startswith("https://hooks.slack.com/commands/T1DC2JH3J/")


@pytest.mark.parametrize("away", [-301, 301])
async def test_a_timestamp_outside_the_window_is_refused_on_either_side(away: int) -> None:
    bolt = Bolt()

    got = await answer(a_gate(bolt), b"command=%2Fx", signed(b"command=%2Fx", at=NOW + away))

    assert (got.status, got.json) == (401, {"error": "stale_timestamp"})
    assert not bolt.requests


@pytest.mark.parametrize("away", [-300, 300])
async def test_a_timestamp_at_the_edge_of_the_window_is_accepted(away: int) -> None:
    got = await answer(a_gate(Bolt()), b"command=%2Fx", signed(b"command=%2Fx", at=NOW + away))

    assert got.status == 200


@pytest.mark.parametrize(
    ("timestamp", "mark"),
    [
        ("soon", "v0=" + "0" * 64),
        ("", "v0=" + "0" * 64),
        ("1531420618\n", "v0=" + "0" * 64),
        ("-1531420618", "v0=" + "0" * 64),
        ("1531420618", ""),
        ("1531420618", "v0=" + "é" * 64),
        ("1531420618", "v0=" + "A" * 64),
        ("1531420618", "v1=" + "0" * 64),
        ("9" * 400, "v0=" + "0" * 64),
    ],
)
async def test_malformed_signature_headers_are_refused_without_reading_the_body(
    timestamp: str, mark: str
) -> None:
    sent = headers(("X-Slack-Request-Timestamp", timestamp), ("X-Slack-Signature", mark))

    got = await answer(a_gate(Bolt()), b"", sent)

    assert (got.status, got.json) == (401, {"error": "unsigned"})


async def test_a_changed_body_is_refused() -> None:
    bolt = Bolt()

    got = await answer(a_gate(bolt), b"command=%2Fy", signed(b"command=%2Fx"))

    assert (got.status, got.json) == (401, {"error": "wrong_signature"})
    assert not bolt.requests


async def test_both_secrets_count_while_one_is_being_replaced() -> None:
    gate = a_gate(Bolt(), None, "new secret", SECRET)

    old = await answer(gate, b"command=%2Fx", signed(b"command=%2Fx"))
    new = await answer(gate, b"command=%2Fx", signed(b"command=%2Fx", secret="new secret"))
    other = await answer(gate, b"command=%2Fx", signed(b"command=%2Fx", secret="other"))

    assert (old.status, new.status, other.status) == (200, 200, 401)


def test_a_gate_without_a_secret_is_not_built() -> None:
    with pytest.raises(ValueError, match="secret"):
        SlackGate(Bolt().dispatch, signing_secrets=["", SECRET], clock=StandingClock())


async def test_the_same_request_again_has_no_effect() -> None:
    """A stamp may lie 300 s ahead, and then holds for 600 s; others come and go meanwhile."""
    bolt, clock = Bolt(), StandingClock()
    gate = a_gate(bolt, clock)
    early = signed(b"command=%2Fx", at=NOW + 599)
    for later in (0, 299, 301, 600, 601):
        clock.seconds = NOW + later
        raw = b"command=%%2F%d" % later
        await answer(gate, raw, signed(raw, at=NOW + later))
        if later == 299:
            await answer(gate, b"command=%2Fx", early)
    clock.seconds = NOW + 898

    got = await answer(gate, b"command=%2Fx", early)

    assert (got.status, got.json) == (401, {"error": "replayed"})
    assert [request.body["command"] for request in bolt.requests].count("/x") == 1


async def test_slacks_own_retry_of_an_event_is_let_in() -> None:
    bolt, clock = Bolt(), StandingClock()
    gate = a_gate(bolt, clock)
    event = orjson.dumps({"type": "event_callback", "event": {"type": "app_uninstalled"}, "event_id": "Ev1"})
    await answer(gate, event, signed(event, content_type=JSON))
    clock.seconds += 60

    again = signed(event, at=NOW + 60, content_type=JSON) + headers(("X-Slack-Retry-Num", "1"))
    got = await answer(gate, event, again)

    assert got.status == 200
    assert bolt.requests[1].headers["x-slack-retry-num"] == ["1"]


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"{", JSON),
        (b"[]", JSON),
        (b"null", JSON),
        (b'{"type":"url_verification"}', JSON),
        (b'{"type":"event_callback","event":[]}', JSON),
        (b'{"team":5}', JSON),
        (b'{"authorizations":{"a":1}}', JSON),
        (b'{"response_urls":[7]}', JSON),
        (b'{"team":"T1","user":7}', JSON),
        (b"payload=%7B", FORM),
        (b"payload=7", FORM),
        (b"payload=%7B%22user%22%3A7%7D", FORM),
        (b"payload=", FORM),
        (b"a=%ff", FORM),
        (b"&".join([b"a=1"] * 300), FORM),
        (b"{}", "text/plain"),
        (b"{}", ""),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, JSON),
    ],
)
async def test_a_signed_body_that_slack_would_not_send_is_a_bad_request(
    raw: bytes, content_type: str
) -> None:
    got = await answer(a_gate(Bolt()), raw, signed(raw, content_type=content_type))

    assert (got.status, got.json) == (400, {"error": "malformed"})


@pytest.mark.parametrize("levels", [300, 450, 500, 900, 1000])
@pytest.mark.parametrize("inside", [b'{"event":%b}', b'{"authorizations":[%b]}', b'{"message":%b}'])
async def test_deep_nesting_never_fails_inside(inside: bytes, levels: int) -> None:
    before, _, after = inside.partition(b"%b")
    raw = before * levels + b"{}" + after * levels

    got = await answer(a_gate(Bolt()), raw, signed(raw, content_type=JSON))

    assert got.status in {200, 400}


@given(raw=st.binary(max_size=200), content_type=st.sampled_from([JSON, FORM, "", "x/y; z"]))
def test_random_signed_bytes_never_fail_inside(raw: bytes, content_type: str) -> None:
    got = asyncio.run(answer(a_gate(Bolt()), raw, signed(raw, content_type=content_type)))

    assert got.status in {200, 400}


KEYS = [
    *("type", "id", "user", "team", "event", "view", "enterprise", "authorizations", "channel"),
    *("message", "item", "actions", "response_urls", "command", "is_ext_shared_channel"),
]
SHAPES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS) | st.text(st.characters(codec="utf-8"), max_size=8),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(body=st.dictionaries(st.sampled_from(KEYS), SHAPES))
def test_json_of_any_shape_never_fails_inside(body: dict[str, Any]) -> None:
    raw = as_payload(body)

    got = asyncio.run(answer(a_gate(Bolt()), raw, signed(raw)))

    assert got.status in {200, 400}


@given(
    raw=st.binary(max_size=100),
    sent=st.lists(
        st.tuples(
            st.sampled_from(
                [b"x-slack-signature", b"x-slack-request-timestamp", b"content-type", b"content-length"]
            ),
            st.binary(max_size=80),
        )
    ),
)
def test_random_unsigned_requests_are_refused(raw: bytes, sent: Headers) -> None:
    bolt = Bolt()

    got = asyncio.run(answer(a_gate(bolt), raw, sent))

    assert 400 <= got.status < 500
    assert not bolt.requests


async def test_a_body_announced_as_too_large_is_refused_unread() -> None:
    sent = signed(b"x") + headers(("Content-Length", str(MAX_BODY_BYTES + 1)))

    got = await answer(a_gate(Bolt()), b"x", sent)

    assert (got.status, got.json) == (413, {"error": "too_large"})


async def test_a_body_that_turns_out_too_large_is_refused() -> None:
    half = b"x" * (MAX_BODY_BYTES // 2 + 1)

    got = await ask(a_gate(Bolt()), [half, half, half], signed(half * 3))

    assert got is not None
    assert got.status == 413


async def test_a_body_in_pieces_is_put_together() -> None:
    bolt = Bolt()

    await ask(a_gate(bolt), [b"comm", b"and=%2", b"Fx"], signed(b"command=%2Fx"))

    assert bolt.body == {"command": "/x"}


async def test_a_sender_who_leaves_gets_no_answer_and_has_no_effect() -> None:
    bolt = Bolt()

    got = await ask(a_gate(bolt), [b"command="], signed(b"command=%2Fx"), leave=True)

    assert got is None
    assert not bolt.requests


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_other_methods_are_refused(method: str) -> None:
    got = await answer(a_gate(Bolt()), b"", signed(b""), method=method)

    assert got.status == 405


async def test_the_address_is_verified_by_its_challenge() -> None:
    raw = orjson.dumps({"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"})

    got = await answer(a_gate(Bolt()), raw, signed(raw, content_type=JSON))

    assert (got.status, got.json) == (200, {"challenge": "3eZbrw1a"})


async def test_the_certificate_check_is_answered() -> None:
    bolt = Bolt()

    got = await answer(a_gate(bolt), b"ssl_check=1&token=x", signed(b"ssl_check=1&token=x"))

    assert (got.status, got.body) == (200, b"")
    assert not bolt.requests


async def test_an_unsigned_challenge_is_not_answered() -> None:
    raw = orjson.dumps({"type": "url_verification", "challenge": "3eZbrw1a"})

    got = await answer(a_gate(Bolt()), raw, headers(("Content-Type", JSON)))

    assert got.status == 401


async def test_bolts_answer_goes_out_as_it_is() -> None:
    bolt = Bolt(BoltResponse(status=200, body={"response_action": "clear"}))

    got = await answer(a_gate(bolt), b"command=%2Fx", signed(b"command=%2Fx"))

    assert got.json == {"response_action": "clear"}
    assert got.headers["content-type"] == "application/json;charset=utf-8"
    assert got.headers["content-length"] == str(len(got.body))


async def test_nothing_of_a_refused_body_gets_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gate = a_gate(Bolt())
    secretive = b'{"text":"Fabrikam wants out"'

    await answer(gate, secretive, signed(secretive, content_type=JSON))
    await answer(gate, secretive, signed(b"", content_type=JSON))
    await answer(gate, secretive, headers(("X-Slack-Signature", "Fabrikam")))

    assert "refused" in caplog.text
    assert "Fabrikam" not in caplog.text
    assert signature(secretive)[3:] not in caplog.text
