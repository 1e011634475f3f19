"""What Slack sends, as it sends it: signed, form-encoded, each request different from every other."""

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from load import post

TEAM, APP, ANA, CHANNEL = "T0CONTOSO", "A0OVERTURE", "U0ANA", "C0PARTNERS"
PRESS_BYTES = 12_700

_count = itertools.count(1)


def signed(secret: str, body: bytes, path: str = "/slack/events") -> bytes:
    """Return the whole request, signed now."""
    stamp = str(int(time.time()))
    digest = hmac.digest(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hex()
    return post(
        path,
        body,
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Accept": "application/json,*/*",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
        },
    )


def commands(secret: str, number: int) -> Iterator[bytes]:
    """Yield `/invite-customer` without a domain."""
    for _ in range(number):
        fields = {
            "token": "deprecated",
            "team_id": TEAM,
            "team_domain": "contoso",
            "channel_id": CHANNEL,
            "channel_name": "partner-news",
            "user_id": ANA,
            "user_name": "ana",
            "command": "/invite-customer",
            "text": "",
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": "https://hooks.slack.com/commands/T0CONTOSO/1/abc",
            "trigger_id": f"1.2.{next(_count)}",
        }
        yield signed(secret, urlencode(fields).encode())


def interaction(kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "team": {"id": TEAM, "domain": "contoso"},
        "user": {"id": ANA, "username": "ana", "name": "ana", "team_id": TEAM},
        "api_app_id": APP,
        "token": "deprecated",
        "trigger_id": f"1.2.{next(_count)}",
        "enterprise": None,
        "is_enterprise_install": False,
    }


def interactive(secret: str, payload: dict[str, Any]) -> bytes:
    encoded = urlencode({"payload": json.dumps(payload, separators=(",", ":"))})
    return signed(secret, encoded.encode())


def presses(secret: str, number: int) -> Iterator[bytes]:
    """Yield presses of a button that opens a page, on a message as large as a full card: 12.7 KB encoded."""
    start, end = _press_around_its_trigger()
    for _ in range(number):
        yield signed(secret, start + f"{next(_count):012d}".encode() + end)


def _press_around_its_trigger() -> tuple[bytes, bytes]:
    button = {"type": "button", "action_id": "open_link", "text": {"type": "plain_text", "text": "Open"}}
    blocks: list[dict[str, Any]] = [{"type": "actions", "block_id": "links", "elements": [button]}]
    payload = interaction("block_actions") | {
        "trigger_id": "@" * 12,
        "container": {"type": "message", "message_ts": "1.2", "channel_id": CHANNEL, "is_ephemeral": False},
        "channel": {"id": CHANNEL, "name": "partner-news"},
        "message": {"type": "message", "user": "U0OVERTURE", "ts": "1.2", "text": "A card", "blocks": blocks},
        "response_url": "https://hooks.slack.com/actions/T0CONTOSO/1/abc",
        "actions": [button | {"block_id": "links", "action_ts": "1.2"}],
    }
    encoded = b""
    while len(encoded) < PRESS_BYTES:
        text = f"*Fabrikam* <@U0BEN> asked for *helpdesk* roles, step {len(blocks)}"
        section = {"type": "section", "block_id": f"s{len(blocks)}", "text": {"type": "mrkdwn", "text": text}}
        blocks.append(section)
        encoded = urlencode({"payload": json.dumps(payload, separators=(",", ":"))}).encode()
    start, _, end = encoded.partition(b"%40" * 12)
    return start, end


MAIL_TEXT = (
    "Hello Chris Green,\n\nContoso asks to be your Microsoft partner. Please accept:\n{reseller_link}\n"
)


def submissions(secret: str, draft_ids: Iterator[str]) -> Iterator[bytes]:
    """Yield submissions of the form's second step, each for the draft whose id is next."""
    for draft_id in draft_ids:
        view = {
            "id": f"V{next(_count)}",
            "team_id": TEAM,
            "type": "modal",
            "callback_id": "invite_customer_draft",
            "private_metadata": draft_id,
            "external_id": "",
            "hash": "1.abc",
            "title": {"type": "plain_text", "text": "The mail"},
            "submit": {"type": "plain_text", "text": "Ask"},
            "blocks": [_input("mail_subject"), _input("mail_text"), _input("delivery")],
            "state": {"values": _typed()},
            "app_id": APP,
            "bot_id": "B0OVERTURE",
        }
        yield interactive(secret, interaction("view_submission") | {"view": view, "response_urls": []})


def _input(name: str) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": name, "initial_value": MAIL_TEXT}
    return {
        "type": "input",
        "block_id": name,
        "label": {"type": "plain_text", "text": name, "emoji": True},
        "element": element,
    }


def _typed() -> dict[str, Any]:
    chosen = {"text": {"type": "plain_text", "text": "Send for me"}, "value": "send_for_me"}
    text = {"type": "plain_text_input"}
    return {
        "mail_subject": {"mail_subject": text | {"value": "Contoso asks to be your Microsoft partner"}},
        "mail_text": {"mail_text": text | {"value": MAIL_TEXT}},
        "delivery": {"delivery": {"type": "radio_buttons", "selected_option": chosen}},
    }


def small_talk(secret: str, number: int) -> Iterator[bytes]:
    """Yield small presses of a button that opens a page, and every fifth time a question for help."""
    button = {"type": "button", "action_id": "open_link", "block_id": "links", "action_ts": "1.2"}
    for count in range(number):
        if count % 5 == 0:
            fields = {"team_id": TEAM, "user_id": ANA, "command": "/invite-customer", "text": "help"}
            yield signed(secret, urlencode(fields | {"trigger_id": f"1.2.{next(_count)}"}).encode())
        else:
            payload = interaction("block_actions") | {"actions": [button], "channel": {"id": CHANNEL}}
            yield interactive(secret, payload)
