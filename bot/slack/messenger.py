"""Saying something in Slack: each method is one call, checked against Slack's limits before it leaves."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import stamina
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.identifiers import MessageTs, SlackChannelId, SlackUserId
from bot.ports.failures import NotShown, OutcomeUnknown, Temporary
from bot.ports.slack import MessageRef
from bot.slack.blocks import Block, View
from bot.slack.installation import Installation
from bot.slack.limits import ensure_valid
from bot.slack.web_client import BEFORE_ACK_SECONDS, CALL_SECONDS, Method, call, call_response_url

INTENT_EVENT = "overture_intent"
PAGE = 200
_PUBLISHINGS = 4
MOST_CHANNELS_REMEMBERED = 10_000


class SlackMessenger:
    """
    Posts, edits and opens for one workspace.

    Every method raises `Temporary` and `Permanent`; those that must not be repeated blindly (`post`,
    `ephemeral`, `open_view`) raise `OutcomeUnknown` too. `InvalidPayload` means a mistake in a builder.
    """

    def __init__(self, client: AsyncWebClient, *, installation: Installation) -> None:
        self._client = client
        self._installation = installation
        self._direct_channels: dict[SlackUserId, SlackChannelId] = {}

    @property
    def bot_user_id(self) -> SlackUserId:
        return self._installation.bot_user_id

    async def post(
        self,
        channel: SlackChannelId,
        blocks: list[Block],
        text: str,
        *,
        intent: str,
        thread_ts: MessageTs | None = None,
        broadcast: bool = False,
    ) -> MessageRef:
        """
        Post a message that carries `intent`, an opaque id, by which `find` knows it again.

        `text` is what notifications show and screen readers read. After `OutcomeUnknown`, `find` first.
        """
        message: dict[str, Any] = {"text": text, "blocks": blocks, "metadata": metadata(intent)}
        ensure_valid(message, "message")
        answer = await call(
            self._client.chat_postMessage,
            idempotent=False,
            channel=channel,
            thread_ts=thread_ts,
            reply_broadcast=broadcast or None,
            unfurl_links=False,
            unfurl_media=False,
            **message,
        )
        return MessageRef(SlackChannelId(answer["channel"]), MessageTs(answer["ts"]))

    async def update(self, ref: MessageRef, blocks: list[Block], text: str) -> None:
        """Replace a message of ours. Its intent stays."""
        message: dict[str, Any] = {"text": text, "blocks": blocks}
        ensure_valid(message, "message")
        await call(self._client.chat_update, idempotent=True, channel=ref.channel, ts=ref.ts, **message)

    async def find(
        self, intent: str, channel: SlackChannelId, thread_ts: MessageTs | None, since: datetime
    ) -> MessageRef | None:
        """
        Return our message with this intent, posted at or after `since`, or None.

        Raises `Permanent` with `SCOPE_MISSING` where the optional history scope was not granted.
        """
        async for message in self._messages(channel, thread_ts, since):
            if _intent_of(message) == intent and message.get("user") == self._installation.bot_user_id:
                return MessageRef(channel, MessageTs(message["ts"]))
        return None

    async def ephemeral(
        self,
        channel: SlackChannelId,
        user_id: SlackUserId,
        blocks: list[Block],
        text: str,
        *,
        thread_ts: MessageTs | None = None,
    ) -> None:
        """Show a message to one person. It cannot be edited, and Slack does not promise to show it."""
        message: dict[str, Any] = {"text": text, "blocks": blocks}
        ensure_valid(message, "message")
        await call(
            self._client.chat_postEphemeral,
            idempotent=False,
            channel=channel,
            user=user_id,
            thread_ts=thread_ts,
            **message,
        )

    async def respond(self, response_url: str, blocks: list[Block], text: str) -> None:
        """Show a message to the person who just did something, where they did it."""
        message: dict[str, Any] = {"text": text, "blocks": blocks}
        ensure_valid(message, "message")
        answer = message | {"response_type": "ephemeral", "replace_original": False}
        await call_response_url(self._client, response_url, answer)

    async def direct_channel(self, user_id: SlackUserId) -> SlackChannelId:
        """Return the channel between us and one person, `D...`."""
        if user_id not in self._direct_channels:
            if len(self._direct_channels) >= MOST_CHANNELS_REMEMBERED:
                self._direct_channels.clear()
            answer = await call(self._client.conversations_open, idempotent=True, users=user_id)
            self._direct_channels[user_id] = SlackChannelId(answer["channel"]["id"])
        return self._direct_channels[user_id]

    async def publish_home(self, user_id: SlackUserId, view: View) -> None:
        """Replace one person's Home. What fails is tried again at once: nobody asks for it a second time."""
        ensure_valid(view, "home")
        again = stamina.AsyncRetryingCaller(
            attempts=_PUBLISHINGS, wait_initial=0.2, wait_max=2.0, wait_jitter=0.2
        )
        await again(Temporary, call, self._client.views_publish, idempotent=True, user_id=user_id, view=view)

    async def open_view(self, trigger_id: str, view: View) -> str:
        """
        Open a modal and return its view id. The trigger is good once, for three seconds.

        The answer to what the person did may wait for this, so it gives up after two seconds.
        """
        return await self._show(self._client.views_open, trigger_id, view)

    async def push_view(self, trigger_id: str, view: View) -> str:
        """Put a modal on top of the open one and return its view id."""
        return await self._show(self._client.views_push, trigger_id, view)

    async def update_view(
        self,
        view_id: str,
        view: View,
        *,
        external_id: str = "",
        view_hash: str | None = None,
        timeout_seconds: float = CALL_SECONDS,
    ) -> None:
        """
        Replace an open modal, named by its view id or, where that is empty, by its external id.

        With the hash of a view that has changed since: `Permanent`, `VIEW_GONE`.
        """
        ensure_valid(view, "modal")
        await call(
            self._client.views_update,
            idempotent=True,
            timeout_seconds=timeout_seconds,
            view=view,
            hash=view_hash,
            view_id=view_id or None,
            external_id=None if view_id else external_id,
        )

    async def _show(self, method: Method, trigger_id: str, view: View) -> str:
        ensure_valid(view, "modal")
        try:
            answer = await call(
                method,
                idempotent=False,
                timeout_seconds=BEFORE_ACK_SECONDS,
                trigger_id=trigger_id,
                view=view,
            )
        except OutcomeUnknown as error:
            raise NotShown(str(error)) from error
        return str(answer["view"]["id"])

    async def _messages(
        self, channel: SlackChannelId, thread_ts: MessageTs | None, since: datetime
    ) -> AsyncIterator[dict[str, Any]]:
        method = self._client.conversations_replies if thread_ts else self._client.conversations_history
        where: dict[str, Any] = {"channel": channel} | ({"ts": thread_ts} if thread_ts else {})
        cursor = ""
        while True:
            page = await call(
                method,
                idempotent=True,
                oldest=f"{since.timestamp():.6f}",
                inclusive=True,
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor or None,
                **where,
            )
            for message in page.get("messages") or ():
                yield message
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


def metadata(intent: str) -> dict[str, Any]:
    """Return metadata with the intent alone: everybody in the channel can read it."""
    return {"event_type": INTENT_EVENT, "event_payload": {"intent": intent}}


def _intent_of(message: dict[str, Any]) -> str | None:
    found = message.get("metadata") or {}
    return found.get("event_payload", {}).get("intent") if found.get("event_type") == INTENT_EVENT else None
