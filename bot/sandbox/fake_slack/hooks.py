"""`response_url`: five uses within 30 minutes, ephemeral unless said otherwise."""

from dataclasses import replace
from datetime import timedelta

from bot.sandbox.fake_slack.arguments import Arguments
from bot.sandbox.fake_slack.chat import keep
from bot.sandbox.fake_slack.content import Content, read_content
from bot.sandbox.fake_slack.errors import SlackError
from bot.sandbox.fake_slack.reading import shown
from bot.sandbox.fake_slack.state import Hook, Json, Message, Workspace

HOOK_LIFE = timedelta(minutes=30)


def new_hook(workspace: Workspace, kind: str, user: str, channel: str, source: Message | None) -> str:
    """Return the path, below `/hooks/`, of a fresh `response_url`. `kind` is `commands` or `actions`."""
    path = f"{kind}/{workspace.team_id}/{workspace.ids.opaque('hook')}"
    workspace.hooks[path] = Hook(user, channel, workspace.now() + HOOK_LIFE, source)
    return path


def use_hook(workspace: Workspace, path: str, body: Json) -> None:
    """Do what a POST to a `response_url` asks. Raises SlackError: `expired_url`, `used_url`, `no_text`..."""
    hook = workspace.hooks.get(path)
    if hook is None or workspace.now() >= hook.expires_at:
        raise SlackError("expired_url")
    if hook.uses_left < 1:
        raise SlackError("used_url")
    respond(workspace, hook, body)
    hook.uses_left -= 1


def respond(workspace: Workspace, hook: Hook, body: Json) -> None:
    """Show an answer to a command or an interaction. Raises SlackError for content Slack refuses."""
    source = _source_now(workspace, hook)
    if body.get("delete_original"):
        _delete(workspace, source)
        return
    content = read_content(workspace, Arguments(body))
    if body.get("replace_original") and source is not None:
        _replace(workspace, source, content)
        return
    keep(workspace, _answer(workspace, hook, body, content))


def _answer(workspace: Workspace, hook: Hook, body: Json, content: Content) -> Message:
    is_public = body.get("response_type") == "in_channel"
    return Message(
        channel=hook.channel,
        ts=workspace.ids.ts(),
        user=workspace.bot_user_id,
        bot_id=workspace.bot_id,
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        thread_ts=body.get("thread_ts") if is_public else None,
        ephemeral_for=None if is_public else hook.user,
    )


def _source_now(workspace: Workspace, hook: Hook) -> Message | None:
    if hook.source is None:
        return None
    if hook.source.ephemeral_for:
        return workspace.ephemerals.get(hook.source.ts)
    return workspace.messages.get((hook.source.channel, hook.source.ts))


def _replace(workspace: Workspace, source: Message, content: Content) -> None:
    changed = replace(
        source, text=content.text, blocks=content.blocks, attachments=content.attachments, edited=None
    )
    keep(workspace, changed)


def _delete(workspace: Workspace, source: Message | None) -> None:
    if source is None:
        raise SlackError("message_not_found")
    if source.ephemeral_for:
        del workspace.ephemerals[source.ts]
    else:
        del workspace.messages[source.channel, source.ts]
    text = shown(source.text, list(source.blocks))
    workspace.show("delete", source.ephemeral_for or "", source.channel, text, source.wire())
