"""What one person has in front of them in Slack, as JSON for the page."""

from typing import Any

from bot.sandbox.fake_slack import Channel, FakeSlack, Message, Person, User, View
from bot.sandbox.fake_slack.payloads import values_on

MOST_MESSAGES = 200
MOST_REFUSALS = 20
SHOWING = ("chat.", "views.", "response_url")
"""Methods that put something in front of people."""

PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable"})
"""What says nothing of the call itself."""

Json = dict[str, Any]


def slack_screen(slack: FakeSlack, user_id: str) -> Json:
    """Return everything the page shows of Slack to that person. Raises NotOnScreen for nobody."""
    person = slack.person(user_id)
    return no_screen(slack) | {
        "me": user_id,
        "places": [_place(slack, person, channel) for channel in _channels_of(slack, person)],
        "home": _view(slack, person, person.home) if person.home else None,
        "views": [_view(slack, person, view) for view in person.views],
        "errors": person.errors,
        "toasts": [{"code": toast.code, "text": toast.text} for toast in person.toasts],
    }


def no_screen(slack: FakeSlack) -> Json:
    """Return the same for somebody who is not in Slack: who and what there is, and nothing to see."""
    workspace = slack.workspace
    people = [user for user in workspace.users.values() if not user.is_bot]
    return {
        "app": workspace.bot_user_id,
        "users": {user.id: _user(user) for user in workspace.users.values()},
        "usergroups": {group.id: group.handle for group in workspace.usergroups.values()},
        "channel_names": {each.id: each.name for each in workspace.channels.values() if not each.is_im},
        "unread_of": {user.id: _newest(slack, user) for user in people},
        "commands": sorted(slack.manifest.commands),
        "shortcuts": sorted(slack.manifest.shortcuts),
        "places": [],
        "home": None,
        "views": [],
        "errors": {},
        "toasts": [],
        "refusals": _refusals(slack),
    }


def _refusals(slack: FakeSlack) -> list[Json]:
    """Return what of the app's Slack last refused to show, oldest first."""
    shown = [call for call in slack.traffic.calls if call.method.startswith(SHOWING)]
    return [
        {
            "at": call.at.isoformat(),
            "method": call.method,
            "error": call.response["error"],
            "why": list(call.response.get("response_metadata", {}).get("messages", ())),
        }
        for call in shown
        if call.response.get("ok") is False and call.response.get("error") not in PASSING
    ][-MOST_REFUSALS:]


def _user(user: User) -> Json:
    return {
        "name": user.name,
        "real_name": user.real_name,
        "email": user.email,
        "tz": user.tz,
        "locale": user.locale,
        "is_bot": user.is_bot,
        "is_admin": user.is_admin,
        "is_guest": user.is_restricted or user.is_ultra_restricted,
    }


def _channels_of(slack: FakeSlack, person: Person) -> list[Channel]:
    direct = slack.workspace.direct_channel(person.id)
    joined = [
        each for each in slack.workspace.channels.values() if not each.is_im and person.id in each.members
    ]
    return [direct, *joined]


def _place(slack: FakeSlack, person: Person, channel: Channel) -> Json:
    ephemeral = [message for message in person.ephemerals if message.channel == channel.id]
    messages = sorted([*person.channel_messages(channel.id), *ephemeral], key=lambda message: message.ts)
    return {
        "id": channel.id,
        "name": channel.name,
        "is_direct": channel.is_im,
        "is_private": channel.is_private,
        "has_app": slack.workspace.bot_user_id in channel.members,
        "messages": [_message(slack, person, message) for message in messages[-MOST_MESSAGES:]],
    }


def _message(slack: FakeSlack, person: Person, message: Message) -> Json:
    more = {
        "is_ephemeral": message.ephemeral_for is not None,
        "values": values_on(slack.workspace, person.id, message),
    }
    return message.wire() | {"thread_ts": message.thread_ts} | more


def _view(slack: FakeSlack, person: Person, view: View) -> Json:
    values = values_on(slack.workspace, person.id, view)
    return {"id": view.id, "hash": view.hash, "body": view.body, "values": values}


def _newest(slack: FakeSlack, user: User) -> dict[str, str]:
    """Return for each conversation of that person the newest message someone else wrote."""
    newest: dict[str, str] = {}
    for (channel_id, ts), message in slack.workspace.messages.items():
        if message.user != user.id and user.id in slack.workspace.channels[channel_id].members:
            newest[channel_id] = max(ts, newest.get(channel_id, ""))
    return newest
