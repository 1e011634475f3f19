"""
Delivers cards and notices to Slack.

Post, then record: an answer that was lost leaves the work `uncertain`, and the channel's history is asked for
the intent before anything is posted again.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bot.domain.customer import Customer
from bot.domain.identifiers import (
    InvitationId,
    MessageTs,
    SlackChannelId,
    SlackUserId,
    TenantId,
)
from bot.domain.invitation import Invitation
from bot.domain.notifications import Kind, Notice, Notification, Place
from bot.ports.failures import Permanent, Reason
from bot.ports.slack import MessageRef
from bot.ports.store import PostedMessage, Store, Write
from bot.ports.work import Claim, Queue
from bot.services.changes import Changes
from bot.slack.messages.card import invitation_card
from bot.slack.messages.notices import notice
from bot.slack.messenger import SlackMessenger
from bot.slack.words import Words
from bot.workers.endings import Again, Done, Ending, GivenUp

_log = structlog.get_logger(__name__)

_PACE = timedelta(seconds=1)
"""Slack takes one message a second and channel. Source: docs.slack.dev/apis/web-api/rate-limits"""

_LOOK_BACK = timedelta(days=1)
"""
How long before its due time a message may have been posted. Every attempt that Slack puts off makes it due
later, and our clock need not agree with Slack's.
"""

_UNREACHABLE = frozenset({Reason.NOT_IN_CHANNEL, Reason.CHANNEL_NOT_FOUND, Reason.CHANNEL_ARCHIVED})
_TRY_CHANNEL_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True)
class _Subject:
    """What a message speaks of, as it is now."""

    invitation: Invitation | None
    customer: Customer | None
    guesses: Sequence[Invitation]


class Outbox:
    """One channel or person is a lane: its messages keep their order, and a slow one delays no other."""

    queue = Queue.OUTBOX
    limit = 32

    def __init__(
        self,
        *,
        changes: Changes,
        messenger: SlackMessenger,
        channel_words: Words,
        words_for: Callable[[SlackUserId], Awaitable[Words]],
        administrators: Collection[SlackUserId] = (),
    ) -> None:
        """`administrators` hear, beside the requester, of channels that cannot be reached."""
        self.changes = changes
        self.store: Store = changes.store
        self.clock = changes.clock
        self.messenger = messenger
        self.channel_words = channel_words
        self.words_for = words_for
        self.administrators = administrators

    async def attempt(self, claim: Claim) -> Ending:
        notification = notification_from(claim.work.payload)
        try:
            if notification.kind is Kind.CARD:
                return await self._card(claim, notification)
            return await self._notice(claim, notification)
        except Permanent as error:
            return await self._refused(claim, notification, error)

    async def _card(self, claim: Claim, notification: Notification) -> Ending:
        """Bring the card in this channel up to date, or post it if it is the first time."""
        invitation = await self._invitation(notification)
        if invitation is None:
            return GivenUp("the invitation is gone")
        channel = SlackChannelId(claim.work.lane)
        blocks, text = invitation_card(self.channel_words, invitation, place=notification.place)
        digest = _digest(blocks, text)
        posted = await self._posted_before(claim, invitation.id, channel)
        if posted is not None and posted.digest == digest and not claim.uncertain:
            return Done("shown already")
        if posted is not None and await self._updated(posted, blocks, text):
            return Done("updated", [self.store.messages.recording(replace(posted, digest=digest))])
        ref = await self.messenger.post(channel, blocks, text, intent=claim.work.id)
        return self._posted(claim, _card_of(invitation.id), ref, digest=digest)

    async def _posted_before(
        self, claim: Claim, invitation_id: InvitationId, channel: SlackChannelId
    ) -> PostedMessage | None:
        """Return the card. One whose posting was not recorded shows how things stood then: no digest."""
        posted = await self.store.messages.find(_card_of(invitation_id), channel)
        if posted is not None or not claim.uncertain:
            return posted
        earlier = await self._earlier(claim, channel, None)
        return PostedMessage(_card_of(invitation_id), earlier.channel, earlier.ts) if earlier else None

    async def _updated(self, posted: PostedMessage, blocks: list[dict[str, object]], text: str) -> bool:
        try:
            await self.messenger.update(MessageRef(posted.channel, posted.ts), blocks, text)
        except Permanent as error:
            if error.reason is not Reason.MESSAGE_GONE:
                raise
            return False
        return True

    async def _notice(self, claim: Claim, notification: Notification) -> Ending:
        subject = await self._subject(notification)
        words = await self._words(notification)
        channel = await self._channel(claim, notification)
        blocks, text = notice(
            words,
            notification,
            invitation=subject.invitation,
            customer=subject.customer,
            guesses=subject.guesses,
        )
        thread = await self._thread(notification, channel)
        ref = await self._post(claim, channel, blocks, text, thread=thread, broadcast=notification.broadcast)
        return self._posted(claim, f"notice:{claim.work.id}", ref)

    async def _post(
        self,
        claim: Claim,
        channel: SlackChannelId,
        blocks: list[dict[str, object]],
        text: str,
        *,
        thread: MessageTs | None = None,
        broadcast: bool = False,
    ) -> MessageRef:
        if claim.uncertain:
            earlier = await self._earlier(claim, channel, thread)
            if earlier is not None:
                return earlier
        return await self.messenger.post(
            channel,
            blocks,
            text,
            thread_ts=thread,
            broadcast=broadcast and thread is not None,
            intent=claim.work.id,
        )

    async def _earlier(
        self, claim: Claim, channel: SlackChannelId, thread: MessageTs | None
    ) -> MessageRef | None:
        try:
            return await self.messenger.find(claim.work.id, channel, thread, claim.work.due_at - _LOOK_BACK)
        except Permanent as error:
            # Without a history scope nobody can look; saying it twice is better than not at all.
            _log.warning("posting_again_without_looking", work_id=claim.work.id, why=str(error))
            return None

    def _posted(self, claim: Claim, subject: str, ref: MessageRef, *, digest: str = "") -> Done:
        rest = self.store.work.resting(claim.work.lane, until=self.clock.now() + _PACE)
        recorded = self.store.messages.recording(PostedMessage(subject, ref.channel, ref.ts, digest))
        return Done("posted", [recorded, rest])

    async def _refused(self, claim: Claim, notification: Notification, error: Permanent) -> Ending:
        """A channel nobody lets us into is tried again; meanwhile people hear of it, once a day each."""
        if error.reason is Reason.TOKEN_REVOKED:
            return Again(self.clock.now() + _TRY_CHANNEL_AGAIN, str(error))
        if error.reason not in _UNREACHABLE or notification.place is Place.PERSON:
            return GivenUp(str(error))
        again = self.clock.now() + _TRY_CHANNEL_AGAIN
        invitation = await self._invitation(notification)
        concerned = {invitation.requested_by} if invitation else set()
        told = [
            self._unreachable(claim.work.lane, person, error.reason, invitation)
            for person in sorted(concerned.union(self.administrators))
        ]
        return Again(again, str(error), told)

    def _unreachable(
        self, channel: str, person: SlackUserId, reason: Reason, invitation: Invitation | None
    ) -> Write:
        told = Notification(
            Kind.NOTICE,
            Place.PERSON,
            person=person,
            notice=Notice.CHANNEL_UNREACHABLE,
            invitation_id=invitation.id if invitation else None,
            facts={"channel": channel, "reason": reason, "bot": self.messenger.bot_user_id},
        )
        key = f"unreachable:{channel}:{person}:{self.clock.now():%Y-%m-%d}"
        return self.store.work.adding(self.changes.message(told, key=key))

    async def _subject(self, notification: Notification) -> _Subject:
        tenant_id = notification.tenant_id
        customer = await self.store.customers.get(tenant_id) if tenant_id else None
        return _Subject(await self._invitation(notification), customer, await self._guesses(notification))

    async def _invitation(self, notification: Notification) -> Invitation | None:
        if notification.invitation_id is None:
            return None
        return await self.store.invitations.get(notification.invitation_id)

    async def _guesses(self, notification: Notification) -> list[Invitation]:
        listed = notification.facts.get("guesses", "").split(",")
        found = [await self.store.invitations.get(InvitationId(one)) for one in listed if one]
        return [one for one in found if one is not None]

    async def _words(self, notification: Notification) -> Words:
        if notification.place is Place.PERSON and notification.person is not None:
            return await self.words_for(notification.person)
        return self.channel_words

    async def _channel(self, claim: Claim, notification: Notification) -> SlackChannelId:
        if notification.place is Place.PERSON and notification.person is not None:
            return await self.messenger.direct_channel(notification.person)
        return SlackChannelId(claim.work.lane)

    async def _thread(self, notification: Notification, channel: SlackChannelId) -> MessageTs | None:
        """A channel's notices about an invitation live under its card."""
        if notification.invitation_id is None or notification.place is Place.PERSON:
            return None
        card = await self.store.messages.find(_card_of(notification.invitation_id), channel)
        return card.ts if card else None


def notification_from(payload: Mapping[str, object]) -> Notification:
    """Return the notification that `Changes.message` wrote."""
    facts = payload["facts"]
    return Notification(
        kind=Kind(str(payload["kind"])),
        place=Place(str(payload["place"])),
        person=SlackUserId(str(payload["person"])) if payload["person"] else None,
        notice=Notice(str(payload["notice"])) if payload["notice"] else None,
        invitation_id=InvitationId(str(payload["invitation_id"])) if payload["invitation_id"] else None,
        tenant_id=TenantId(str(payload["tenant_id"])) if payload["tenant_id"] else None,
        broadcast=bool(payload["broadcast"]),
        facts={str(key): str(value) for key, value in facts.items()} if isinstance(facts, Mapping) else {},
    )


def _digest(blocks: list[dict[str, object]], text: str) -> str:
    shown = json.dumps([blocks, text], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(shown.encode()).hexdigest()


def _card_of(invitation_id: InvitationId) -> str:
    return f"card:{invitation_id}"
