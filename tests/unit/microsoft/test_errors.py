from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from multidict import CIMultiDict

from bot.microsoft.errors import Problem, Refusal, failure, mail_failure, problem
from bot.microsoft.redaction import redacted
from bot.microsoft.transport import Answer
from bot.ports.failures import OutcomeUnknown, Reason, Temporary

REQUEST_ID = "66666666-6666-4666-8666-666666666666"


def an_answer(
    status: int, content: object = None, *, headers: Mapping[str, str] | None = None, reason: str = ""
) -> Answer:
    body: bytes = b""
    if content is not None:
        body = content if isinstance(content, bytes) else orjson.dumps(content)
    now = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
    return Answer(status, reason, CIMultiDict(headers or {}), body, now)


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (401, 400, Reason.ACCESS_DENIED),
        (401, 800001, Reason.ACCESS_DENIED),
        (401, 900421, Reason.MFA_NEEDED),
        (403, 2030, Reason.PARTNER_NOT_READY),
        (403, 2032, Reason.ACCESS_DENIED),
        (403, 20002, Reason.NOT_FOUND),
        (403, 13605, Reason.AGREEMENT_MISSING),
        (403, 800039, Reason.PARTNER_NOT_READY),
        (403, 900123, Reason.AGREEMENT_MISSING),
        (403, 900124, Reason.AGREEMENT_MISSING),
        (403, 900149, Reason.PARTNER_NOT_READY),
        (403, 900150, Reason.ACCESS_DENIED),
        (404, 1000, Reason.NOT_FOUND),
        (404, 60002, Reason.NOT_FOUND),
        (404, 20003, Reason.NOT_FOUND),
        (404, 3000, Reason.NOT_FOUND),
        (400, 3000, Reason.REQUEST_REFUSED),
        (400, 800002, Reason.REQUEST_REFUSED),
        (400, 2000, Reason.REQUEST_REFUSED),
        (400, 2200, Reason.REQUEST_REFUSED),
        (400, 900316, Reason.ACCESS_DENIED),
        (403, 900309, Reason.ACCESS_DENIED),
        (400, 600002, Reason.REQUEST_REFUSED),
        (400, 900118, Reason.REQUEST_REFUSED),
        (417, 800036, Reason.REQUEST_REFUSED),
        (409, 0, Reason.REQUEST_REFUSED),
        (501, 0, Reason.REQUEST_REFUSED),
        (302, 0, Reason.UNREADABLE_ANSWER),
    ],
)
@pytest.mark.parametrize("as_text", [True, False])
def test_each_documented_refusal_has_its_reason(
    status: int, code: int, reason: Reason, as_text: bool
) -> None:
    body: dict[str, object] = {
        "code": str(code) if as_text else code,
        "description": "Words.",
        "data": [],
        "source": "x",
    }
    error = failure(an_answer(status, body, headers={"ms-requestid": REQUEST_ID}), changes_something=True)

    assert isinstance(error, Refusal)
    assert error.reason is reason
    assert (error.status, error.code) == (status, str(code))
    assert error.detail == f"HTTP {status} {code} Words. (request {REQUEST_ID})"


@pytest.mark.parametrize("status", [408, 500, 502, 504, 507])
def test_a_gateways_error_leaves_a_write_open_and_a_read_to_be_repeated(status: int) -> None:
    assert isinstance(failure(an_answer(status), changes_something=True), OutcomeUnknown)
    assert isinstance(failure(an_answer(status, b"<html>"), changes_something=False), Temporary)


@pytest.mark.parametrize(("status", "code"), [(429, 0), (503, 0), (412, 0), (423, 0), (400, 2055)])
def test_what_did_not_happen_and_may_yet_is_temporary(status: int, code: int) -> None:
    assert isinstance(failure(an_answer(status, {"code": code}), changes_something=True), Temporary)


def test_throttling_names_its_time_in_header_or_words() -> None:
    words = {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds."}
    by_words = failure(an_answer(429, words), changes_something=False)
    by_header = failure(an_answer(429, words, headers={"retry-after": "9"}), changes_something=False)

    assert isinstance(by_words, Temporary)
    assert isinstance(by_header, Temporary)
    assert (by_words.retry_after, by_header.retry_after) == (timedelta(seconds=57), timedelta(seconds=9))


def test_the_words_after_a_401_are_enough_for_mfa() -> None:
    error = failure(an_answer(401, reason="Unauthorized - MFA required"), changes_something=False)

    assert isinstance(error, Refusal)
    assert error.reason is Reason.MFA_NEEDED


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"code":2000,"description":"Bad."}', Problem("2000", "Bad.")),
        (b'\xef\xbb\xbf{"Code":"2000","Description":"Bad."}', Problem("2000", "Bad.")),
        (b'{"error":{"code":"badRequest","message":"Bad.","innerError":{}}}', Problem("badRequest", "Bad.")),
        (
            b'{"error":"invalid_tenant","error_description":"AADSTS90002"}',
            Problem("invalid_tenant", "AADSTS90002"),
        ),
        (b'{"statusCode":429,"message":"Slow."}', Problem("", "Slow.")),
        (b"<html>", Problem()),
        (b"", Problem()),
        (b"[1]", Problem()),
        (b'{"error":{"code":null,"message":[]}}', Problem()),
    ],
)
def test_every_shape_of_error_body_is_read(body: bytes, expected: Problem) -> None:
    assert problem(body) == expected


def test_mail_has_reasons_of_its_own() -> None:
    error = mail_failure(an_answer(403, {"error": {"code": "ErrorAccessDenied", "message": "no"}}))

    assert isinstance(error, Refusal)
    assert error.reason is Reason.MAIL_DENIED


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJub25lIn0.eyJhbXIiOlsicHdkIl19.x",
        "0.AXwA" + "b" * 120,
        "ana.smith@contoso.com",
    ],
)
def test_tokens_and_addresses_never_reach_a_message(secret: str) -> None:
    body = {"code": 1, "description": f"The value '{secret}' is wrong"}
    error = failure(an_answer(400, body), changes_something=False)

    assert secret not in str(error)
    assert "is wrong" in str(error)


@pytest.mark.parametrize(
    "text",
    ["Authorization: Bearer abcdefghijkl", "refresh_token=abc&x", '"client_secret": "abc"', "known abc"],
)
def test_secrets_are_taken_out_by_name_or_by_value(text: str) -> None:
    assert "abc" not in redacted(text, "abc")


def test_ids_that_support_asks_for_stay() -> None:
    relationship = f"{REQUEST_ID}-{REQUEST_ID}"

    assert redacted(f"trace {REQUEST_ID} of {relationship}") == f"trace {REQUEST_ID} of {relationship}"
