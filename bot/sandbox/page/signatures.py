"""Who signed a request, over which bytes, and whether that holds: recomputed here, not asked of anyone."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from bot.sandbox.fake_microsoft import Mode, WebhookAttempt
from bot.sandbox.fake_microsoft.signing import FORGERIES
from bot.sandbox.fake_slack import Delivery

Signature = dict[str, Any]
"""`by`, `value`, `covers`, `holds`, and for an event of Microsoft's `how` it was sent."""


def of_slack(delivery: Delivery, secret: str) -> Signature | None:
    """
    Return the signature of a request of Slack's; over a socket nothing is signed.

    Source: docs.slack.dev/authentication/verifying-requests-from-slack
    """
    given = _header(delivery.headers, "X-Slack-Signature")
    if not given:
        return None
    stamp = _header(delivery.headers, "X-Slack-Request-Timestamp")
    covered = f"v0:{stamp}:{delivery.body}"
    expected = "v0=" + hmac.new(secret.encode(), covered.encode(), hashlib.sha256).hexdigest()
    return {
        "by": "slack",
        "value": given,
        "covers": f"v0:{stamp}:<body>",
        "holds": hmac.compare_digest(given, expected),
        "how": "",
    }


def of_microsoft(attempt: WebhookAttempt) -> Signature:
    """Return the signature of an event; what was sent as a forgery is one."""
    value = _header(attempt.headers, "Authorization") or _header(attempt.headers, "x-ms-signature")
    return {
        "by": "microsoft",
        "value": value.removeprefix("Signature "),
        "covers": _header(attempt.headers, "X-MS-Certificate-Url"),
        "holds": Mode(attempt.mode) not in FORGERIES,
        "how": attempt.mode,
    }


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for each, value in headers.items() if each.lower() == name.lower()), "")
