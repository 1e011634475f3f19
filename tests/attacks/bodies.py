"""Bodies nobody sends: payloads in Slack's and Microsoft's own shapes, bent in one place or in several."""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from urllib.parse import quote_plus, urlencode

from bot.sandbox.fake_microsoft.events import EVENT_NAMES
from bot.slack import names

MARK = "only~in~this~body"
"""Stands in every body, and must stand nowhere else."""

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
USERS = ("U0ANA", "U0BEN", "U0DANA", "UNKNOWN", "W0GUEST", MARK)
ACTIONS = tuple(value for name, value in vars(names).items() if name.isupper() and isinstance(value, str))
KINDS = ("block_actions", "view_submission", "view_closed", "shortcut", "message_action", "block_suggestion")
EVENTS = ("app_home_opened", "app_uninstalled", "tokens_revoked", "message", "member_joined_channel")

NASTY: tuple[Callable[[Random], Any], ...] = (
    lambda _: None,
    lambda _: True,
    lambda _: "",
    lambda _: [],
    lambda _: {},
    lambda _: MARK,
    lambda r: r.randint(-(2**63), 2**63),
    lambda r: r.random() * 10 ** r.randint(0, 300),
    lambda _: MARK + "\x00",
    lambda _: "\ud800" + MARK,
    lambda _: f"<!channel> <@U0BEN> <https://evil.example|{MARK}>",
    lambda _: f"'; DROP TABLE invitations; -- {MARK}",
    lambda _: f"../../{MARK}",
    lambda _: "{{ 7 * 7 }} %s %(x)s " + MARK,
    lambda _: MARK * 400,
    lambda r: [MARK] * r.randint(1, 200),
    lambda r: {MARK: {MARK: MARK}, "type": r.choice(KINDS)},
    lambda r: nested(r.randint(2, 600)),
    lambda r: "".join(chr(r.randint(0, 0xD7FF)) for _ in range(20)),
)


def nested(depth: int) -> Any:
    value: Any = MARK
    for level in range(depth):
        value = [value] if level % 2 else {"type": value}
    return value


def bent(value: Any, random: Random, times: int) -> Any:
    """Return a copy of `value` with something removed, exchanged, repeated or added, `times` times over."""
    changed = json.loads(json.dumps(value))
    for _ in range(times):
        _bend(changed, random)
    return changed


def _bend(value: Any, random: Random) -> None:
    holder = random.choice(list(_holders(value)))
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    if not keys or random.random() < 0.1:
        _add(holder, random)
        return
    key = random.choice(keys)
    if random.random() < 0.25:
        del holder[key]
    elif random.random() < 0.2:
        holder[key] = [holder[key], holder[key]]
    else:
        holder[key] = random.choice(NASTY)(random)


def _add(holder: Any, random: Random) -> None:
    value = random.choice(NASTY)(random)
    if isinstance(holder, dict):
        holder[random.choice(("type", "user", "view", "event", "team", "enterprise", "actions", MARK))] = (
            value
        )
    else:
        holder.append(value)


def _holders(value: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        if depth < 40:
            for one in value.values() if isinstance(value, dict) else value:
                yield from _holders(one, depth + 1)


def a_command(random: Random, team_id: str) -> dict[str, str]:
    return {
        "token": "x",
        "team_id": team_id,
        "team_domain": "contoso",
        "channel_id": random.choice(("C0PARTNERS", "D1", MARK, "")),
        "user_id": random.choice(USERS),
        "command": random.choice(("/invite-customer", "/customers", "invite-customer", "/" + MARK, "")),
        "text": random.choice((f"{MARK}.example", "help", "", "x" * 3000 + MARK, "\x00" + MARK)),
        "response_url": f"https://hooks.slack.com/commands/{MARK}",
        "trigger_id": f"1.2.{random.randint(0, 10**9)}",
        "is_enterprise_install": "false",
    }


def an_interaction(random: Random, team_id: str) -> dict[str, Any]:
    """Return a payload as section 1.4 of the reference has them, of any kind and with any of our ids."""
    kind, name = random.choice(KINDS), random.choice(ACTIONS)
    values = {
        one: {one: {"type": "plain_text_input", "value": MARK, "selected_option": {"value": MARK}}}
        for one in random.sample(ACTIONS, 5)
    }
    return {
        "type": kind,
        "team": {"id": team_id, "domain": "contoso"},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": random.choice(USERS), "username": "u", "name": "u", "team_id": team_id},
        "api_app_id": "A1",
        "token": "x",
        "trigger_id": f"1.2.{random.randint(0, 10**9)}",
        "callback_id": name,
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C0APPROVALS"},
        "channel": {"id": "C0APPROVALS", "name": "approvals"},
        "message": {"type": "message", "ts": "1.2", "text": MARK, "blocks": []},
        "actions": [
            {
                "type": "button",
                "action_id": name,
                "block_id": "b",
                "text": {"type": "plain_text", "text": MARK},
                "value": random.choice(("aaaaaaaaaaaaaaaa", MARK, f"{MARK}:{MARK}", "", "x" * 2000)),
                "selected_option": {"text": {"type": "plain_text", "text": MARK}, "value": MARK},
                "action_ts": "1.3",
            }
        ],
        "view": {
            "id": "V1",
            "team_id": team_id,
            "type": random.choice(("modal", "home")),
            "callback_id": name,
            "private_metadata": random.choice(("aaaaaaaaaaaaaaaa", MARK, f"{MARK}:{MARK}", "{}")),
            "state": {"values": values},
            "hash": "1.abc",
            "blocks": [],
        },
        "response_urls": [],
    }


def an_envelope(random: Random, team_id: str) -> dict[str, Any]:
    event = {
        "type": random.choice(EVENTS),
        "user": random.choice(USERS),
        "channel": random.choice(("D1", "C0PARTNERS", MARK)),
        "tab": random.choice(("home", "messages", MARK)),
        "event_ts": "1.2",
        "tokens": {"bot": [MARK]},
    }
    return {
        "token": "x",
        "team_id": team_id,
        "api_app_id": "A1",
        "type": random.choice(("event_callback", "event_callback", "url_verification", "app_rate_limited")),
        "challenge": MARK,
        "event": event,
        "event_id": f"Ev{random.randint(0, 10**9)}",
        "event_time": 1,
        "authorizations": [{"team_id": team_id, "user_id": "U0BOT", "is_bot": True}],
    }


def for_slack(random: Random, team_id: str) -> tuple[bytes, str]:
    """Return a body and its content type: of Slack's kinds mostly, bent, cut or encoded wrongly."""
    times = random.choice((0, 1, 1, 2, 5))
    which = random.random()
    if which < 0.15:
        body = urlencode(bent_fields(a_command(random, team_id), random, times)).encode()
        kind = FORM
    elif which < 0.7:
        text = json.dumps(bent(an_interaction(random, team_id), random, times))
        body, kind = b"payload=" + quote_plus(text).encode(), FORM
    elif which < 0.9:
        body, kind = json.dumps(bent(an_envelope(random, team_id), random, times)).encode(), JSON
    else:
        body, kind = random.randbytes(random.randint(0, 300)) + MARK.encode(), random.choice((FORM, JSON, ""))
    return spoilt(body, random), kind if random.random() < 0.95 else random.choice((JSON, FORM, "text/plain"))


def bent_fields(fields: dict[str, str], random: Random, times: int) -> list[tuple[str, str]]:
    pairs = list(fields.items())
    for _ in range(times):
        at = random.randrange(len(pairs))
        value = str(random.choice(NASTY)(random)).encode("utf-8", "replace").decode()
        pairs[at] = (pairs[at][0], value) if random.random() < 0.7 else (MARK, value)
        if random.random() < 0.3:
            pairs.append(random.choice(pairs))
    return pairs


def spoilt(body: bytes, random: Random) -> bytes:
    """Return the body, one in five times cut, or with a byte that is another, or with bytes in between."""
    if random.random() > 0.2 or not body:
        return body
    at = random.randrange(len(body))
    return random.choice(
        (
            body[:at],
            body[:at] + random.randbytes(1) + body[at + 1 :],
            body[:at] + random.randbytes(8) + body[at:],
            body + body,
            b"\xef\xbb\xbf" + body,
            body.replace(b"%22", b"%"),
        )
    )


def for_microsoft(random: Random, elsewhere: str) -> bytes:
    """Return the body of an event. Its addresses lead to `elsewhere`, which must never be asked."""
    tenant = "55555555-5555-4555-8555-555555555555"
    event = {
        "EventName": random.choice((*EVENT_NAMES, MARK)),
        "ResourceUri": random.choice(
            (f"{elsewhere}/v1/customers/{tenant}", f"{elsewhere}/{MARK}", f"//{MARK}", f"file:///{MARK}")
        ),
        "ResourceName": MARK,
        "AuditUri": f"{elsewhere}/auditrecords/{MARK}",
        "ResourceChangeUtcDate": random.choice(("2026-01-31T00:26:24.0159088+00:00", MARK, "")),
        "Number": random.randint(0, 10**12),
    }
    return spoilt(json.dumps(bent(event, random, random.choice((0, 1, 2)))).encode(), random)
