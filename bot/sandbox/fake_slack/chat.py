"""chat.*: posting, editing, deleting. Rules: Slack's method pages, September 2026."""

import re
from dataclasses import replace
from datetime import timedelta

from bot.sandbox.fake_slack.arguments import Arguments
from bot.sandbox.fake_slack.content import read_content, read_metadata
from bot.sandbox.fake_slack.errors import RateLimitedError, SlackError
from bot.sandbox.fake_slack.feed import Kind
from bot.sandbox.fake_slack.reading import shown
from bot.sandbox.fake_slack.state import Channel, Json, Message, Token, Workspace

LONGEST_UPDATE = 4000
POSTING_INTERVAL = timedelta(seconds=1)
TIMESTAMP = re.compile(r"\d+\.\d{6}")


def post_message(workspace: Workspace, token: Token, call: Arguments) -> Json:
    """chat.postMessage."""
    channel = postable(workspace, token, call.text("channel"))
    content, metadata = read_content(workspace, call), read_metadata(call)
    thread_ts = _thread(workspace, channel, call.text("thread_ts"))
    _keep_posting_limit(workspace, channel)
    message = Message(
        channel=channel.id,
        ts=workspace.ids.ts(),
        user=workspace.bot_user_id,
        bot_id=workspace.bot_id,
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=metadata,
        thread_ts=thread_ts,
        is_broadcast=thread_ts is not None and call.flag("reply_broadcast"),
    )
    keep(workspace, message)
    answer: Json = {"ok": True, "channel": channel.id, "ts": message.ts, "message": message.wire()}
    if content.was_truncated:
        truncated = ["message_truncated"]
        answer |= {"warning": truncated[0], "response_metadata": {"warnings": truncated}}
    return answer


def update(workspace: Workspace, token: Token, call: Arguments) -> Json:
    """chat.update: own messages only; text without blocks removes the blocks; metadata stays unless given."""
    channel = postable(workspace, token, call.text("channel"))
    message = _own_message(workspace, channel, call.text("ts"), refusal="cant_update_message")
    if len(call.text("text") or "") > LONGEST_UPDATE:
        raise SlackError("msg_too_long")
    content, metadata = read_content(workspace, call), read_metadata(call)
    edited = {"user": workspace.bot_user_id, "ts": workspace.ids.ts()}
    changed = replace(
        message,
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=message.metadata if metadata is None else metadata,
        edited=message.edited if content.blocks else edited,
    )
    keep(workspace, changed)
    return {
        "ok": True,
        "channel": channel.id,
        "ts": changed.ts,
        "text": changed.text,
        "message": changed.wire(),
    }


def delete(workspace: Workspace, token: Token, call: Arguments) -> Json:
    """chat.delete: own messages only."""
    channel = postable(workspace, token, call.text("channel"))
    message = _own_message(workspace, channel, call.text("ts"), refusal="cant_delete_message")
    del workspace.messages[channel.id, message.ts]
    workspace.show("delete", "", channel.id, shown(message.text, list(message.blocks)), message.wire())
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def post_ephemeral(workspace: Workspace, token: Token, call: Arguments) -> Json:
    """chat.postEphemeral: the reader must be an active member of the channel."""
    channel = postable(workspace, token, call.text("channel"))
    user = workspace.users.get(call.required("user"))
    if user is None or user.deleted or user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    content = read_content(workspace, call)
    message = Message(
        channel=channel.id,
        ts=workspace.ids.ts(),
        user=workspace.bot_user_id,
        bot_id=workspace.bot_id,
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        thread_ts=_thread(workspace, channel, call.text("thread_ts")),
        ephemeral_for=user.id,
    )
    keep(workspace, message)
    return {"ok": True, "message_ts": message.ts}


def get_permalink(workspace: Workspace, token: Token, call: Arguments) -> Json:  # noqa: ARG001 - one signature for all methods
    """chat.getPermalink."""
    channel = workspace.channel(call.text("channel"))
    message = workspace.messages.get((channel.id, call.required("message_ts")))
    if message is None:
        raise SlackError("message_not_found")
    link = f"https://{workspace.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"ok": True, "channel": channel.id, "permalink": link}


def keep(workspace: Workspace, message: Message) -> None:
    """Store a new or changed message and show it to those who see it."""
    if message.ephemeral_for:
        _keep_ephemeral(workspace, message, message.ephemeral_for)
        return
    channel, key = workspace.channels[message.channel], (message.channel, message.ts)
    kind: Kind = "direct_message" if channel.is_im else "message"
    if key in workspace.messages:
        kind = "update"
    workspace.messages[key] = message
    reader = next(iter(channel.members - {workspace.bot_user_id}), "") if channel.is_im else ""
    workspace.show(kind, reader, channel.id, shown(message.text, list(message.blocks)), message.wire())


def _keep_ephemeral(workspace: Workspace, message: Message, reader: str) -> None:
    kind: Kind = "ephemeral_update" if message.ts in workspace.ephemerals else "ephemeral"
    workspace.ephemerals[message.ts] = message
    workspace.show(kind, reader, message.channel, shown(message.text, list(message.blocks)), message.wire())


def postable(workspace: Workspace, token: Token, channel_id: str | None) -> Channel:
    """Return a channel the app may write to. Raises the channel codes of chat.postMessage."""
    channel = workspace.channel(channel_id)
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.is_im and not workspace.messages_tab_enabled:
        raise SlackError("messages_tab_disabled")
    is_open = channel.kind == "channels" and "chat:write.public" in token.scopes
    if workspace.bot_user_id not in channel.members and not is_open:
        raise SlackError("not_in_channel")
    return channel


def _own_message(workspace: Workspace, channel: Channel, ts: str | None, *, refusal: str) -> Message:
    message = workspace.messages.get((channel.id, ts or ""))
    if message is None:
        raise SlackError("message_not_found")
    if message.user != workspace.bot_user_id:
        raise SlackError(refusal)
    return message


def _thread(workspace: Workspace, channel: Channel, thread_ts: str | None) -> str | None:
    if not thread_ts:
        return None
    if not TIMESTAMP.fullmatch(thread_ts):
        raise SlackError("invalid_thread_ts")
    parent = workspace.messages.get((channel.id, thread_ts))
    if parent is None:
        raise SlackError("thread_not_found")
    if parent.thread_ts not in (None, parent.ts):
        raise SlackError("cannot_reply_to_message")
    return thread_ts


def _keep_posting_limit(workspace: Workspace, channel: Channel) -> None:
    now = workspace.now()
    last = workspace.posted_at.get(channel.id)
    if workspace.enforce_posting_limit and last is not None and now - last < POSTING_INTERVAL:
        raise RateLimitedError(retry_after=1)
    workspace.posted_at[channel.id] = now
