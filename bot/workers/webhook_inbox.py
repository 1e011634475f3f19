"""Follows the events that the webhook stored."""

from bot.ports.work import Claim, Queue
from bot.services.webhook_events import PartnerEvent, WebhookEvents
from bot.workers.endings import Done, Ending


class WebhookInbox:
    """An event that cannot be followed now is tried again; one that never can is given up and shown."""

    queue = Queue.WEBHOOKS
    limit = 8

    def __init__(self, events: WebhookEvents) -> None:
        self.events = events

    async def attempt(self, claim: Claim) -> Ending:
        event = PartnerEvent.from_payload(claim.work.payload)
        return Done(await self.events.follow(event, attempt=claim.attempts))
