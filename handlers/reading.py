"""What an interaction says, in our own terms."""

from typing import Any

from bot.domain.identifiers import InvitationId, MessageTs, SlackChannelId, TenantId, parse_tenant_id
from bot.ports.slack import MessageRef
from bot.slack import names
from bot.slack.routing import Interaction
from bot.slack.views.invite_form import typed


def clicked_value(interaction: Interaction) -> str:
    """Return the opaque value of the button or option that was chosen; empty where there is none."""
    action: dict[str, Any] = interaction.body["actions"][0]
    chosen = action.get("selected_option") or action
    return str(chosen.get("value") or "")


def clicked_invitation(interaction: Interaction) -> InvitationId:
    return InvitationId(clicked_value(interaction))


def clicked_tenant(interaction: Interaction) -> TenantId | None:
    return parse_tenant_id(clicked_value(interaction))


def clicked_message(interaction: Interaction) -> MessageRef | None:
    """Return the message of ours that was clicked in; None in views and under what only one person sees."""
    container: dict[str, Any] = interaction.body.get("container") or {}
    channel, ts = container.get("channel_id"), container.get("message_ts")
    if not channel or not ts or container.get("is_ephemeral"):
        return None
    return MessageRef(SlackChannelId(channel), MessageTs(ts))


def comment(interaction: Interaction) -> str:
    """Return what was written into the comment of a modal; empty where there is none."""
    view: dict[str, Any] = interaction.body.get("view") or {}
    block = (view.get("state") or {}).get("values", {}).get(names.COMMENT, {})
    return typed(str(block.get(names.COMMENT, {}).get("value") or ""), multiline=True)
