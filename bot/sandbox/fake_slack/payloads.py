"""Interaction payloads in Slack's shape, from what is stored. Source: /reference/interaction-payloads."""

from bot.sandbox.fake_slack.finding import Place
from bot.sandbox.fake_slack.form_state import HOLDS, state_values
from bot.sandbox.fake_slack.hooks import new_hook
from bot.sandbox.fake_slack.state import Channel, Json, Message, User, View, Workspace
from bot.sandbox.fake_slack.views import new_trigger, wire

COPIED_FROM_BUTTON = ("text", "value", "style", "accessibility_label")


def interaction(workspace: Workspace, kind: str, user: User) -> Json:
    """Return the members every interaction has."""
    return {
        "type": kind,
        "team": {"id": workspace.team_id, "domain": workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": workspace.team_id},
        "api_app_id": workspace.app_id,
        "token": "deprecated",
    }


def slash_command(
    workspace: Workspace, user: User, channel: Channel, command: str, text: str, hooks_url: str
) -> tuple[Json, str]:
    """Return the form fields of a slash command, and the path of its `response_url`."""
    path = new_hook(workspace, "commands", user.id, channel.id, None)
    fields = {
        "token": "deprecated",
        "api_app_id": workspace.app_id,
        "team_id": workspace.team_id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "is_enterprise_install": "false",
        "response_url": f"{hooks_url}{path}",
        "trigger_id": new_trigger(workspace, user.id, from_modal=False),
    }
    return fields, path


def block_actions(workspace: Workspace, user: User, place: Place, action: Json, hooks_url: str) -> Json:
    """Return the payload of one action on a message or view."""
    payload = interaction(workspace, "block_actions", user) | surface_members(workspace, user, place)
    stamped = action | {"block_id": place.block["block_id"], "action_ts": workspace.ids.ts()}
    payload["actions"] = [stamped]
    is_modal = isinstance(place.surface, View) and place.surface.type == "modal"
    payload["trigger_id"] = new_trigger(workspace, user.id, from_modal=is_modal)
    if isinstance(place.surface, Message):
        path = new_hook(workspace, "actions", user.id, place.surface.channel, place.surface)
        payload["response_url"] = f"{hooks_url}{path}"
        payload["state"] = {"values": values_on(workspace, user.id, place.surface)}
    return payload


def surface_members(workspace: Workspace, user: User, place: Place) -> Json:
    """Return `container` with `view`, or with `channel` and `message`; ephemerals come without `message`."""
    surface = place.surface
    if isinstance(surface, View):
        values = values_on(workspace, user.id, surface)
        container = {"type": "view", "view_id": surface.id}
        return {"container": container, "view": wire(workspace, surface, values)}
    channel = workspace.channels[surface.channel]
    members: Json = {
        "container": {
            "type": "message",
            "message_ts": surface.ts,
            "channel_id": channel.id,
            "is_ephemeral": surface.ephemeral_for is not None,
        },
        "channel": {"id": channel.id, "name": channel_name(channel)},
    }
    if surface.thread_ts:
        members["container"]["thread_ts"] = surface.thread_ts
    if surface.ephemeral_for is None:
        members["message"] = surface.wire(with_metadata=True)
    return members


def view_submission(workspace: Workspace, user: User, view: View) -> Json:
    """Return the submission of a modal with its whole state."""
    values = values_on(workspace, user.id, view)
    return interaction(workspace, "view_submission", user) | {
        "trigger_id": new_trigger(workspace, user.id, from_modal=True),
        "view": wire(workspace, view, values),
        "response_urls": [],
    }


def view_closed(workspace: Workspace, user: User, view: View, *, is_cleared: bool) -> Json:
    """Return the notice that a modal was closed; it carries no values."""
    members = {"view": wire(workspace, view), "is_cleared": is_cleared}
    return interaction(workspace, "view_closed", user) | members


def button_action(element: Json) -> Json:
    """Return a button's action, everything copied from the stored block."""
    copied = {name: element[name] for name in COPIED_FROM_BUTTON if name in element}
    return {"type": "button", "action_id": element["action_id"]} | copied


def choice_action(element: Json, state: Json) -> Json:
    """Return the action of a changed select, picker or input."""
    name = HOLDS[element["type"]][0]
    return {"type": element["type"], "action_id": element["action_id"], name: state[name]}


def values_on(workspace: Workspace, user: str, surface: Message | View) -> Json:
    """Return `state.values` of a surface as that person has it."""
    key = surface.id if isinstance(surface, View) else surface.ts
    return state_values(list(surface.blocks), workspace.screen(user).typed.get(key, {}))


def channel_name(channel: Channel) -> str:
    """Return the name Slack tells the app; it hides those of private places."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.kind == "groups" else channel.name
