"""What Microsoft's refusals mean for the caller."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.microsoft.redaction import redacted
from bot.microsoft.retry_after import http_date, retry_after
from bot.microsoft.schemas import UnreadableAnswer, folded, loads
from bot.microsoft.transport import Answer
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary

# Source: learn.microsoft.com/partner-center/developer/error-codes; 900421 is not documented there.
REASON_BY_CODE = {
    "400": Reason.ACCESS_DENIED,
    "2030": Reason.PARTNER_NOT_READY,
    "2032": Reason.ACCESS_DENIED,
    "13605": Reason.AGREEMENT_MISSING,
    "20002": Reason.NOT_FOUND,
    "20003": Reason.NOT_FOUND,
    "60002": Reason.NOT_FOUND,
    "60003": Reason.NOT_FOUND,
    "800001": Reason.ACCESS_DENIED,
    "800039": Reason.PARTNER_NOT_READY,
    "900123": Reason.AGREEMENT_MISSING,
    "900124": Reason.AGREEMENT_MISSING,
    "900149": Reason.PARTNER_NOT_READY,
    "900150": Reason.ACCESS_DENIED,
    "900309": Reason.ACCESS_DENIED,
    "900316": Reason.ACCESS_DENIED,
    "900421": Reason.MFA_NEEDED,
}

# Graph's and Exchange's words; learn.microsoft.com/graph/errors and /graph/api/user-sendmail.
REASON_BY_MAIL_CODE = {
    "erroraccessdenied": Reason.MAIL_DENIED,
    "authorization_requestdenied": Reason.MAIL_DENIED,
    "errorinvalidrecipients": Reason.RECIPIENT_REFUSED,
    "errorinvaliduser": Reason.MAILBOX_MISSING,
    "erroritemnotfound": Reason.MAILBOX_MISSING,
    "mailboxnotenabledforrestapi": Reason.MAILBOX_MISSING,
    "mailboxnotsupportedforrestapi": Reason.MAILBOX_MISSING,
    "resourcenotfound": Reason.MAILBOX_MISSING,
    "request_resourcenotfound": Reason.MAILBOX_MISSING,
}

REASON_BY_STATUS = {401: Reason.ACCESS_DENIED, 403: Reason.ACCESS_DENIED, 404: Reason.NOT_FOUND}
MAIL_REASON_BY_STATUS = {401: Reason.MAIL_DENIED, 403: Reason.MAIL_DENIED, 404: Reason.MAILBOX_MISSING}

STALE_ETAG = "2055"
_TRY_AGAIN = re.compile(r"try again in (\d+) seconds", re.IGNORECASE)


class Refusal(Permanent):
    """Microsoft refused, with this status and its own code ("" where it gave none)."""

    def __init__(self, reason: Reason, detail: str, *, status: int, code: str) -> None:
        super().__init__(reason, detail)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Problem:
    """What an error body says, in any of the shapes Microsoft uses."""

    code: str = ""
    description: str = ""


def problem(body: bytes) -> Problem:
    """Return what the body says; nothing for an empty one or HTML."""
    try:
        outer = _object(loads(body))
    except UnreadableAnswer:
        return Problem()
    inner = _object(outer.get("error"))
    if inner:
        return Problem(_text(inner.get("code")), _text(inner.get("message")))
    if isinstance(outer.get("error"), str):
        return Problem(outer["error"], _text(outer.get("error_description")))
    return Problem(_text(outer.get("code")), _text(outer.get("description") or outer.get("message")))


def failure(answer: Answer, *, changes_something: bool) -> Exception:
    """
    Return what to raise for an answer that is not a success.

    429, 503, stale etags and locks did not happen: `Temporary`. Other 5xx are `Temporary` for a read and
    `OutcomeUnknown` for a write, since a gateway's error says nothing about what stood behind it.
    """
    said = problem(answer.body)
    return _passing(answer, said, changes_something) or _refusal(
        answer, said, REASON_BY_CODE.get(said.code), REASON_BY_STATUS
    )


def mail_failure(answer: Answer) -> Exception:
    """Return what to raise when Graph did not take a mail."""
    said = problem(answer.body)
    return _passing(answer, said, changes_something=True) or _refusal(
        answer, said, REASON_BY_MAIL_CODE.get(said.code.casefold()), MAIL_REASON_BY_STATUS
    )


def wait(answer: Answer, said: Problem) -> timedelta | None:
    """Return how long to wait: the header's time by the server's clock, or what its words say."""
    now = http_date(answer.headers.get("Date")) or answer.received_at
    in_words = _TRY_AGAIN.search(said.description)
    return retry_after(answer.headers.get("Retry-After") or (in_words and in_words[1]), now=now)


def _passing(answer: Answer, said: Problem, changes_something: bool) -> Exception | None:
    stale = said.code == STALE_ETAG or answer.status == 412
    if answer.status in {423, 425, 429, 503} or stale:
        return Temporary(_detail(answer, said), retry_after=wait(answer, said))
    if answer.status not in {408, 500, 502, 504} and answer.status < 506:
        return None
    if changes_something:
        return OutcomeUnknown(_detail(answer, said))
    return Temporary(_detail(answer, said), retry_after=wait(answer, said))


def _refusal(answer: Answer, said: Problem, by_code: Reason | None, by_status: dict[int, Reason]) -> Refusal:
    if answer.status < 400:
        reason = Reason.UNREADABLE_ANSWER
    elif answer.status == 401 and "mfa" in answer.reason.casefold():
        reason = Reason.MFA_NEEDED
    else:
        reason = by_code or by_status.get(answer.status, Reason.REQUEST_REFUSED)
    return Refusal(reason, _detail(answer, said), status=answer.status, code=said.code)


def _detail(answer: Answer, said: Problem) -> str:
    parts = [f"HTTP {answer.status}", said.code, redacted(said.description)]
    if answer.request_id:
        parts.append(f"(request {redacted(answer.request_id)})")
    return " ".join(part for part in parts if part)


def _object(value: Any) -> dict[str, Any]:
    return folded(value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else ""
