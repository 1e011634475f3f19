"""The Slack app's manifest: what the schema says, what only Slack's pages say, and what our code needs."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.slack import names
from bot.slack.introduction import NEEDED_SCOPES
from handlers import register

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "manifest.yml").read_text(encoding="utf-8")
MANIFEST: dict[str, Any] = yaml.safe_load(TEXT)
SCOPES = MANIFEST["oauth_config"]["scopes"]
SETTINGS = MANIFEST["settings"]

SCOPE_OF_METHOD = {
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "chat_postEphemeral": "chat:write",
    "conversations_open": "im:write",
    "conversations_history": "channels:history",
    "conversations_replies": "channels:history",
    "conversations_info": "channels:read",
    "users_info": "users:read",
    "usergroups_users_list": "usergroups:read",
    "views_open": None,
    "views_push": None,
    "views_update": None,
    "views_publish": None,
    "auth_test": None,
}
"""Source: docs.slack.dev/reference/methods."""


class Recorder:
    """Takes down what is registered."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def __getattr__(self, kind: str) -> Any:
        return lambda name, _handler=None: self.seen.append((kind, name))


def registered(kind: str) -> set[str]:
    recorder = Recorder()
    register(recorder, None, None)  # type: ignore[arg-type]  # only the table is looked at
    return {name for seen, name in recorder.seen if seen == kind}


def schema_path() -> Path | None:
    given = os.environ.get("SLACK_MANIFEST_SCHEMA")
    places = [Path(given)] if given else [ROOT.parent / "shared" / "reference" / "slack-manifest.schema.json"]
    return next((place for place in places if place.exists()), None)


def test_the_manifest_fits_slacks_schema() -> None:
    path = schema_path()
    if path is None:
        pytest.skip("Slack's manifest schema is not here; name its file in SLACK_MANIFEST_SCHEMA")
    schema = json.loads(path.read_text(encoding="utf-8"))

    jsonschema.validate(MANIFEST, schema)


def urls() -> Iterator[str]:
    for command in MANIFEST["features"]["slash_commands"]:
        yield command.get("url", "")
    yield SETTINGS["event_subscriptions"].get("request_url", "")
    yield SETTINGS["interactivity"].get("request_url", "")


def test_every_address_slack_calls_is_given_and_https() -> None:
    assert SETTINGS["socket_mode_enabled"] or all(url.startswith("https://") for url in urls())


def test_every_address_leads_to_our_one_door() -> None:
    assert {url.split(".example", 1)[1] for url in urls()} == {"/slack/events"}


def test_every_registered_command_is_in_the_manifest_and_the_other_way_round() -> None:
    assert {one["command"] for one in MANIFEST["features"]["slash_commands"]} == registered("command")


def test_every_registered_shortcut_is_in_the_manifest_and_the_other_way_round() -> None:
    assert {one["callback_id"] for one in MANIFEST["features"]["shortcuts"]} == registered("shortcut")
    assert names.INVITE_CUSTOMER_SHORTCUT in registered("shortcut")


def test_every_subscribed_event_has_a_handler_and_the_other_way_round() -> None:
    assert set(SETTINGS["event_subscriptions"]["bot_events"]) == registered("event")


def test_optional_scopes_are_also_asked_for() -> None:
    assert set(SCOPES["bot_optional"]) <= set(SCOPES["bot"])


def test_history_is_never_required() -> None:
    assert {scope for scope in SCOPES["bot"] if scope.endswith(":history")} <= set(SCOPES["bot_optional"])


def test_every_scope_has_its_reason() -> None:
    for scope in SCOPES["bot"]:
        assert re.search(rf"- {re.escape(scope)} # \S+", TEXT), scope


def used_methods() -> set[str]:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "bot" / "slack").rglob("*.py"))
    called = {name for source in sources for name in re.findall(r"client\.(\w+_\w+)", source)}
    return called - {"current_session_monitor", "message_processor", "message_receiver", "is_connected"}


def test_every_method_we_call_is_covered_by_a_scope() -> None:
    needed = {SCOPE_OF_METHOD[method] for method in used_methods() if method in SCOPE_OF_METHOD}

    assert {method for method in used_methods() if method.split("_")[0] in {"chat", "views", "users"}} <= set(
        SCOPE_OF_METHOD
    )
    assert {scope for scope in needed if scope} <= set(SCOPES["bot"])


def test_the_doctor_asks_for_every_scope_that_is_not_optional() -> None:
    assert set(SCOPES["bot"]) - set(SCOPES["bot_optional"]) == NEEDED_SCOPES


def test_no_scope_is_asked_for_without_use() -> None:
    used = {SCOPE_OF_METHOD[method] for method in used_methods() if method in SCOPE_OF_METHOD}
    same_as_channels = {"groups:history", "im:history", "groups:read"}

    assert set(SCOPES["bot"]) - {"commands"} - same_as_channels <= used


@pytest.mark.parametrize("shortcut", MANIFEST["features"]["shortcuts"], ids=lambda one: one["callback_id"])
def test_a_shortcut_keeps_slacks_lengths(shortcut: dict[str, str]) -> None:
    assert len(shortcut["name"]) <= 24
    assert len(shortcut["description"]) <= 150


def test_the_display_information_keeps_slacks_lengths() -> None:
    shown = MANIFEST["display_information"]

    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
