"""The Events API: envelopes, three retries, at-least-once."""

import asyncio
from collections.abc import Sequence

from bot.sandbox.fake_slack.delivery import FAILED, TIMED_OUT, Courier
from bot.sandbox.fake_slack.state import Json, Workspace
from bot.sandbox.fake_slack.traffic import Delivery

REASONS = {TIMED_OUT: "http_timeout", FAILED: "connection_failed"}


class Events:
    """Delivers subscribed events; one not answered with 2xx in time is repeated after each delay."""

    def __init__(
        self,
        workspace: Workspace,
        courier: Courier,
        subscribed: frozenset[str],
        retry_delays_seconds: Sequence[float],
    ) -> None:
        self._workspace = workspace
        self._courier = courier
        self._subscribed = subscribed
        self._retry_delays = tuple(retry_delays_seconds)
        self._retrying: set[asyncio.Task[None]] = set()

    async def send(self, event: Json) -> Delivery | None:
        """Deliver once, retries follow by themselves. None: the app has not subscribed to this type."""
        if event["type"] not in self._subscribed:
            return None
        envelope = self._envelope(event)
        delivery = await self._courier.deliver("events_api", envelope)
        if _wants_retry(delivery):
            task = asyncio.create_task(self._retry(envelope, delivery))
            self._retrying.add(task)
            task.add_done_callback(self._retrying.discard)
        return delivery

    async def retries_done(self) -> None:
        """Return when every retry under way has succeeded or been given up."""
        await asyncio.gather(*self._retrying)

    async def stop(self) -> None:
        """Drop the retries that are still due."""
        for task in self._retrying:
            task.cancel()
        await asyncio.gather(*self._retrying, return_exceptions=True)

    async def _retry(self, envelope: Json, failed: Delivery) -> None:
        for number, delay in enumerate(self._retry_delays, start=1):
            await asyncio.sleep(delay)
            reason = REASONS.get(failed.error or "", "http_error")
            failed = await self._courier.deliver("events_api", envelope, (number, reason))
            if not _wants_retry(failed):
                return

    def _envelope(self, event: Json) -> Json:
        workspace, now = self._workspace, self._workspace.now()
        authorization = {
            "enterprise_id": None,
            "team_id": workspace.team_id,
            "user_id": workspace.bot_user_id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": "deprecated",
            "team_id": workspace.team_id,
            "api_app_id": workspace.app_id,
            "type": "event_callback",
            "event": event | {"event_ts": workspace.ids.ts()},
            "event_id": workspace.ids.numbered("Ev"),
            "event_time": int(now.timestamp()),
            "event_context": workspace.ids.opaque("event_context"),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
            "context_team_id": workspace.team_id,
            "context_enterprise_id": None,
        }


def _wants_retry(delivery: Delivery) -> bool:
    if delivery.status is not None and 200 <= delivery.status < 300:
        return False
    return not any(
        name.lower() == "x-slack-no-retry" and value == "1" for name, value in delivery.answer_headers.items()
    )
