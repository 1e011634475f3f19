"""A command as Slack sends it, signed with a secret of one's choice."""

import hashlib
import hmac
import time
from urllib.parse import urlencode

from tests.attacks.wire import request
from tests.scenario.overture_process import World


def a_command(here: World, number: int, *, secret: str = "") -> bytes:
    """Return a request for help, unlike any with another number. Without a secret it is the app's own."""
    fields = {
        "team_id": here.box.slack.workspace.team_id,
        "user_id": "U0ANA",
        "channel_id": "C0PARTNERS",
        "command": "/invite-customer",
        "text": "help",
        "trigger_id": f"1.2.{number}",
    }
    body = urlencode(fields).encode()
    at = str(int(time.time()))
    key = (secret or here.box.slack.signing_secret).encode()
    digest = hmac.new(key, f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={digest}",
    }
    return request("POST", "/slack/events", headers, body)
