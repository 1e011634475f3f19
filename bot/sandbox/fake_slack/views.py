"""views.*: modals and Home. Rules: /surfaces/modals and the views.* method pages."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.sandbox.fake_slack.arguments import Arguments
from bot.sandbox.fake_slack.block_kit import check_view
from bot.sandbox.fake_slack.content import with_ids
from bot.sandbox.fake_slack.errors import SlackError, bad_arguments
from bot.sandbox.fake_slack.feed import Kind
from bot.sandbox.fake_slack.reading import view_text
from bot.sandbox.fake_slack.state import Json, Token, Trigger, View, Workspace

TRIGGER_LIFE = timedelta(seconds=3)
DEEPEST_STACK = 3


def new_trigger(workspace: Workspace, user: str, *, from_modal: bool) -> str:
    """Return a trigger id for an interaction of that person, good for 3 s and one use."""
    trigger_id = f"{workspace.ids.ts()}.{workspace.ids.opaque('trigger')}"
    workspace.triggers[trigger_id] = Trigger(user, workspace.now() + TRIGGER_LIFE, from_modal)
    return trigger_id


def open_view(workspace: Workspace, token: Token, call: Arguments) -> Json:  # noqa: ARG001 - one signature for all methods
    """views.open: a new stack for the person behind the trigger."""
    body = _read_view(call, "modal")
    _check_external_id(workspace, body)
    trigger = _use_trigger(workspace, call)
    close_all(workspace, trigger.user)
    return _answer(workspace, stack_view(workspace, trigger.user, body))


def push_view(workspace: Workspace, token: Token, call: Arguments) -> Json:  # noqa: ARG001 - one signature for all methods
    """views.push: on top of the modal the trigger came from."""
    body = _read_view(call, "modal")
    _check_external_id(workspace, body)
    trigger = _use_trigger(workspace, call, must_be_from_modal=True)
    return _answer(workspace, stack_view(workspace, trigger.user, body))


def update_view(workspace: Workspace, token: Token, call: Arguments) -> Json:  # noqa: ARG001 - one signature for all methods
    """views.update by `view_id` or `external_id`. A closed view is `not_found`."""
    view = _find(workspace, call)
    body = _read_view(call, view.type)
    _check_hash(view, call)
    return _answer(workspace, replace_view(workspace, view, body))


def publish_view(workspace: Workspace, token: Token, call: Arguments) -> Json:  # noqa: ARG001 - one signature for all methods
    """views.publish: the Home tab of one person."""
    user = workspace.user(call.required("user_id"))
    body = _read_view(call, "home")
    if not workspace.home_tab_enabled:
        raise SlackError("not_enabled")
    current = workspace.views.get(workspace.homes.get(user.id, ""))
    _check_hash(current, call)
    if current:
        return _answer(workspace, replace_view(workspace, current, body))
    _check_external_id(workspace, body)
    view = _new_view(workspace, user.id, body, below=None)
    workspace.homes[user.id] = view.id
    workspace.show("home", user.id, view.id, view_text(view.body), wire(workspace, view))
    return _answer(workspace, view)


def stack_view(workspace: Workspace, user: str, body: Any) -> View:
    """Put a checked modal on top of what a person has open. Raises `push_limit_reached`."""
    stack = workspace.screen(user).stack
    if len(stack) >= DEEPEST_STACK:
        raise SlackError("push_limit_reached")
    view = _new_view(workspace, user, body, below=workspace.views[stack[-1]] if stack else None)
    stack.append(view.id)
    workspace.screen(user).errors.clear()
    workspace.show("modal", user, view.id, view_text(view.body), wire(workspace, view))
    return view


def replace_view(workspace: Workspace, view: View, body: Json) -> View:
    """Change a living view in place: same id, new hash; what was typed stays where both ids stay."""
    _check_external_id(workspace, body, own=view)
    named = body | {"blocks": with_ids(workspace, body["blocks"])}
    changed = replace(view, body=named, hash=_new_hash(workspace))
    workspace.views[view.id] = changed
    kind: Kind = "home" if changed.type == "home" else "modal_update"
    workspace.show(kind, changed.user, changed.id, view_text(named), wire(workspace, changed))
    return changed


def checked_modal(workspace: Workspace, body: Any, own: View | None = None) -> Json:
    """Return a modal body that passed every check, for answers to a submission. Raises SlackError."""
    check_view(body, "modal")
    _check_external_id(workspace, body, own)
    return dict(body)


def close_top(workspace: Workspace, user: str) -> None:
    """Close the modal on top and reveal the one below."""
    screen = workspace.screen(user)
    _forget(workspace, user, screen.stack.pop())


def close_all(workspace: Workspace, user: str) -> None:
    """Close every modal of a person."""
    screen = workspace.screen(user)
    while screen.stack:
        _forget(workspace, user, screen.stack.pop())


def wire(workspace: Workspace, view: View, values: Json | None = None) -> Json:
    """Return a view as Slack sends it; `values` is `state.values`."""
    empty: Json = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "title": None,
        "submit": None,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
        "submit_disabled": False,
    }
    return (
        empty
        | view.body
        | {
            "id": view.id,
            "hash": view.hash,
            "team_id": workspace.team_id,
            "app_id": workspace.app_id,
            "app_installed_team_id": workspace.team_id,
            "bot_id": workspace.bot_id,
            "root_view_id": view.root_view_id,
            "previous_view_id": view.previous_view_id,
            "state": {"values": values or {}},
        }
    )


def _answer(workspace: Workspace, view: View) -> Json:
    return {"ok": True, "view": wire(workspace, view)}


def _read_view(call: Arguments, surface: str) -> Json:
    if "view" not in call:
        raise bad_arguments("missing required field: view")
    body = call.decoded("view", otherwise="invalid_arguments")
    check_view(body, surface)
    return dict(body)


def _use_trigger(workspace: Workspace, call: Arguments, *, must_be_from_modal: bool = False) -> Trigger:
    trigger = workspace.triggers.get(call.required("trigger_id"))
    if trigger is None or (must_be_from_modal and not trigger.from_modal):
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if workspace.now() >= trigger.expires_at:
        raise SlackError("expired_trigger_id")
    stack = workspace.screen(trigger.user).stack
    if must_be_from_modal and len(stack) >= DEEPEST_STACK:
        raise SlackError("push_limit_reached")
    trigger.used = True
    return trigger


def _find(workspace: Workspace, call: Arguments) -> View:
    view_id, external_id = call.text("view_id"), call.text("external_id")
    if not view_id and not external_id:
        raise bad_arguments("missing required field: view_id")
    for view in workspace.views.values():
        if view.id == view_id or (not view_id and view.body.get("external_id") == external_id):
            return view
    raise SlackError("not_found")


def _check_hash(view: View | None, call: Arguments) -> None:
    expected = call.text("hash")
    if expected and (view is None or view.hash != expected):
        raise SlackError("hash_conflict")


def _check_external_id(workspace: Workspace, body: Json, own: View | None = None) -> None:
    external_id = body.get("external_id")
    others = [view for view in workspace.views.values() if own is None or view.id != own.id]
    if external_id and any(view.body.get("external_id") == external_id for view in others):
        raise SlackError("duplicate_external_id")


def _new_view(workspace: Workspace, user: str, body: Json, below: View | None) -> View:
    view_id = workspace.ids.numbered("V")
    view = View(
        id=view_id,
        user=user,
        hash=_new_hash(workspace),
        body=body | {"blocks": with_ids(workspace, body["blocks"])},
        root_view_id=below.root_view_id if below else view_id,
        previous_view_id=below.id if below else None,
    )
    workspace.views[view.id] = view
    return view


def _new_hash(workspace: Workspace) -> str:
    return f"{int(workspace.now().timestamp())}.{workspace.ids.opaque('hash')[:8]}"


def _forget(workspace: Workspace, user: str, view_id: str) -> None:
    screen = workspace.screen(user)
    view = workspace.views.pop(view_id)
    screen.typed.pop(view_id, None)
    screen.errors.clear()
    workspace.show("modal_closed", user, view_id, view.title)
