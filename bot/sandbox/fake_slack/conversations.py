"""conversations.*: looking at channels, opening direct messages, reading back."""

import base64
import binascii

from bot.sandbox.fake_slack.arguments import Arguments
from bot.sandbox.fake_slack.errors import SlackError
from bot.sandbox.fake_slack.state import Channel, Json, Message, Token, Workspace

MOST_LISTED = 999
MOST_MEMBERS = 8


def info(workspace: Workspace, token: Token, call: Arguments) -> Json:
    """conversations.info: `is_member`, `is_archived`, `is_private`, `is_ext_shared`."""
    channel = workspace.channel(call.text("channel"))
    require_kind(token, channel, "read")
    body = _wire(workspace, channel)
    if call.flag("include_locale"):
        body["locale"] = "en-US"
    if call.flag("include_num_members"):
        body["num_members"] = len(channel.members)
    return {"ok": True, "channel": body}


def open_conversation(workspace: Workspace, token: Token, call: Arguments) -> Json:  # noqa: ARG001 - one signature for all methods
    """conversations.open for one user (`D...`) or several (`G...`). Idempotent."""
    names = [name.strip() for name in (call.text("users") or "").split(",") if name.strip()]
    if not names:
        raise SlackError("users_list_not_supplied")
    if len(names) > MOST_MEMBERS:
        raise SlackError("too_many_users")
    for name in names:
        _can_be_written_to(workspace, name)
    channel = workspace.direct_channel(names[0]) if len(names) == 1 else _group(workspace, names)
    body = {"id": channel.id} | (_wire(workspace, channel) if call.flag("return_im") else {})
    return {"ok": True, "channel": body}


def history(workspace: Workspace, token: Token, call: Arguments) -> Json:
    """conversations.history, newest first, without replies unless broadcast."""
    channel = _readable(workspace, token, call)
    found = [
        message
        for (where, _), message in workspace.messages.items()
        if where == channel.id and (message.thread_ts in (None, message.ts) or message.is_broadcast)
    ]
    found.sort(key=lambda message: message.ts, reverse=True)
    return _page(call, found, default_limit=100)


def replies(workspace: Workspace, token: Token, call: Arguments) -> Json:
    """conversations.replies: the parent, then its replies, oldest first."""
    channel = _readable(workspace, token, call)
    parent_ts = call.required("ts")
    if (channel.id, parent_ts) not in workspace.messages:
        raise SlackError("thread_not_found")
    found = [
        message
        for (where, ts), message in workspace.messages.items()
        if where == channel.id and parent_ts in (ts, message.thread_ts)
    ]
    found.sort(key=lambda message: message.ts)
    return _page(call, found, default_limit=1000)


def require_kind(token: Token, channel: Channel, right: str) -> None:
    """Raise `missing_scope` unless the token may do this on channels of this kind."""
    needed = f"{channel.kind}:{right}"
    if needed not in token.scopes:
        raise SlackError("missing_scope", needed=needed, provided=",".join(sorted(token.scopes)))


def _readable(workspace: Workspace, token: Token, call: Arguments) -> Channel:
    channel = workspace.channel(call.text("channel"))
    require_kind(token, channel, "history")
    if workspace.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _page(call: Arguments, found: list[Message], default_limit: int) -> Json:
    limit = call.integer("limit", default_limit)
    if not 1 <= limit <= MOST_LISTED + 1:
        raise SlackError("invalid_limit")
    within = [message for message in found if _in_window(call, message.ts)]
    start = _position(call.text("cursor"))
    page, more = within[start : start + limit], len(within) > start + limit
    cursor = base64.b64encode(f"next:{start + limit}".encode()).decode() if more else ""
    with_metadata = call.flag("include_all_metadata")
    return {
        "ok": True,
        "messages": [message.wire(with_metadata=with_metadata) for message in page],
        "has_more": more,
        "response_metadata": {"next_cursor": cursor},
    }


def _in_window(call: Arguments, ts: str) -> bool:
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "99999999999"
    if call.flag("inclusive"):
        return float(oldest) <= float(ts) <= float(latest)
    return float(oldest) < float(ts) < float(latest)


def _position(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None


def _can_be_written_to(workspace: Workspace, user_id: str) -> None:
    user = workspace.user(user_id)
    if user.deleted:
        raise SlackError("user_disabled")
    if user.is_bot:
        raise SlackError("cannot_dm_bot")


def _group(workspace: Workspace, names: list[str]) -> Channel:
    members = frozenset({*names, workspace.bot_user_id})
    for channel in workspace.channels.values():
        if channel.is_mpim and channel.members == members:
            return channel
    group = Channel(workspace.ids.numbered("G"), "mpdm", members, is_mpim=True, is_private=True)
    workspace.channels[group.id] = group
    return group


def _wire(workspace: Workspace, channel: Channel) -> Json:
    body: Json = {
        "id": channel.id,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private or channel.is_im,
        "is_ext_shared": channel.is_ext_shared,
        "is_member": workspace.bot_user_id in channel.members,
    }
    if channel.is_im:
        return body | {"user": next(iter(channel.members - {workspace.bot_user_id}))}
    is_channel = channel.kind == "channels"
    return body | {"name": channel.name, "is_channel": is_channel, "is_group": channel.kind == "groups"}
