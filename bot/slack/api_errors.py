"""
What Slack's error codes mean for whoever called.

Source: the error tables of docs.slack.dev/reference/methods.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary

THROTTLED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

TEMPORARY = frozenset(
    {
        "request_timeout",
        "team_added_to_org",
        "org_login_required",
        "external_channel_migrating",
        "update_failed",
    }
)

LOST = frozenset({"internal_error", "fatal_error", "service_unavailable"})
"""Slack warns that part of the work may have been done."""

CODES_OF = {
    Reason.NOT_IN_CHANNEL: "not_in_channel restricted_action no_permission",
    Reason.MESSAGE_REFUSED: "cannot_reply_to_message",
    Reason.CHANNEL_NOT_FOUND: "channel_not_found",
    Reason.CHANNEL_ARCHIVED: "is_archived is_inactive",
    Reason.USER_UNREACHABLE: (
        "user_not_found users_not_found user_not_visible user_is_restricted user_disabled user_not_in_channel"
        " messages_tab_disabled cannot_dm_bot"
    ),
    Reason.TOKEN_REVOKED: (
        "invalid_auth not_authed account_inactive token_revoked token_expired not_allowed_token_type "
        "team_access_not_granted ekm_access_denied access_denied"
    ),
    Reason.SCOPE_MISSING: "missing_scope",
    Reason.TRIGGER_EXPIRED: (
        "expired_trigger_id exchanged_trigger_id invalid_trigger_id trigger_expired trigger_exchanged"
    ),
    Reason.VIEW_GONE: "hash_conflict not_found view_not_found",
    Reason.MESSAGE_GONE: "message_not_found cant_update_message edit_window_closed thread_not_found",
}

REASONS = {code: reason for reason, codes in CODES_OF.items() for code in codes.split()}
"""Everything else is a payload Slack would not take: our mistake, `Reason.MESSAGE_REFUSED`."""

POINTER = re.compile(r"\[json-pointer:(/[\w/.-]*)\]")

Failure = Temporary | Permanent | OutcomeUnknown


class Refusal(Permanent):
    """Slack refused, with this error code of its own."""

    def __init__(self, reason: Reason, detail: str, *, code: str) -> None:
        super().__init__(reason, detail)
        self.code = code


def failure_of(error: SlackApiError, method: str, *, idempotent: bool) -> Failure:
    """Return what went wrong as one of the three failures. Only codes and pointers get into its text."""
    status, headers, body = _parts(error.response)
    code = str(body.get("error") or f"HTTP {status}")[:80]
    detail = f"{method}: {code}"
    if status == 429 or code in THROTTLED:
        return Temporary(detail, retry_after=_retry_after(headers))
    if status >= 500 or status == 408 or code in LOST or (status == 200 and "error" not in body):
        return lost(detail, idempotent=idempotent)
    if code in TEMPORARY:
        return Temporary(detail)
    return Refusal(_reason(code), detail + _facts(body), code=code)


def lost(detail: str, *, idempotent: bool) -> Temporary | OutcomeUnknown:
    """Return the failure for an answer that never came."""
    return Temporary(detail) if idempotent else OutcomeUnknown(detail)


def _parts(response: Any) -> tuple[int, Mapping[str, str], dict[str, Any]]:
    """Return status, headers and JSON body of the SDK's response, or of aiohttp's if the JSON was broken."""
    status: int = response.status_code if hasattr(response, "status_code") else response.status
    body = getattr(response, "data", None)
    return status, response.headers, body if isinstance(body, dict) else {}


def _reason(code: str) -> Reason:
    if code.startswith("restricted_action"):
        return Reason.NOT_IN_CHANNEL
    return REASONS.get(code, Reason.MESSAGE_REFUSED)


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    seconds = headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if seconds.isascii() and seconds.isdigit() else None


def _facts(body: dict[str, Any]) -> str:
    """Return where Slack saw a mistake, or which scope it asked for; never what stood there."""
    if needed := body.get("needed"):
        return f" needs {needed}"
    found = list(_pointers(body))
    return f" at {', '.join(found)}" if found else ""


def _pointers(body: dict[str, Any]) -> Iterable[str]:
    metadata = body.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    for message in [*(body.get("errors") or []), *(messages or [])]:
        yield from POINTER.findall(str(message))
