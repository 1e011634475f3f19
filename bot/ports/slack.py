"""What the rules need from Slack."""

from dataclasses import dataclass

from bot.domain.identifiers import MessageTs, SlackChannelId


@dataclass(frozen=True)
class MessageRef:
    """Where a posted message is; enough to edit it or to reply in its thread."""

    channel: SlackChannelId
    ts: MessageTs
