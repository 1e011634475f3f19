"""How a change and everything it causes become one transaction."""

import functools
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from bot.domain.identifiers import InvitationId, SlackChannelId, invitation_id
from bot.domain.invitation import Invitation
from bot.domain.notifications import Kind, Notification, Place
from bot.ports.clock import Clock
from bot.ports.store import AuditEntry, Stale, Store, Write
from bot.ports.work import Queue, Work, WorkId

P = ParamSpec("P")
R = TypeVar("R")

_ATTEMPTS = 20

SYSTEM = "overture"
"""The actor of what nobody asked for by hand."""


@dataclass(frozen=True)
class Channels:
    """The Slack channels we speak in; they may be the same one."""

    team: SlackChannelId
    approvals: SlackChannelId


def new_invitation_id() -> InvitationId:
    return invitation_id(secrets.token_bytes(10))


def new_work_id() -> WorkId:
    return WorkId(secrets.token_hex(16))


def retry_when_stale(method: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Read and decide again when somebody wrote first; whoever keeps losing hears of it as `Stale`."""

    @functools.wraps(method)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(_ATTEMPTS - 1):
            try:
                return await method(*args, **kwargs)
            except Stale:
                continue
        return await method(*args, **kwargs)

    return wrapper


class Changes:
    """Turns decisions into the writes that belong together."""

    def __init__(self, store: Store, clock: Clock, channels: Channels) -> None:
        self.store = store
        self.clock = clock
        self.channels = channels

    async def replace(
        self,
        before: Invitation,
        after: Invitation,
        *,
        actor: str,
        action: str,
        told: Iterable[Notification] = (),
        also: Iterable[Write] = (),
    ) -> None:
        """Commit an invitation's next state with its audit entry and all it causes. Raises `Stale`."""
        await self.store.commit(
            self.store.invitations.replacing(before, after),
            self.audited(after, actor=actor, action=action),
            *self.telling(told),
            *also,
        )

    def audited(self, invitation: Invitation, *, actor: str, action: str) -> Write:
        return self.audit(
            actor,
            f"invitation.{action}",
            f"invitation:{invitation.id}",
            status=invitation.status,
            fingerprint=invitation.proposal.fingerprint,
        )

    def audit(self, actor: str, action: str, subject: str, **details: str) -> Write:
        return self.store.audit.appending(AuditEntry(self.clock.now(), actor, action, subject, details))

    def telling(self, notifications: Iterable[Notification]) -> list[Write]:
        """Return the outbox writes; one card per channel even where both channels are the same."""
        writes: list[Write] = []
        carded: set[tuple[str, InvitationId | None]] = set()
        for one in notifications:
            lane = self._lane(one)
            if one.kind is Kind.CARD and (lane, one.invitation_id) in carded:
                continue
            carded.add((lane, one.invitation_id))
            writes.append(self.store.work.adding(self.message(one, lane=lane)))
        return writes

    def message(self, notification: Notification, *, lane: str = "", key: str = "") -> Work:
        payload = {**vars(notification), "facts": dict(notification.facts)}
        lane = lane or self._lane(notification)
        return Work(new_work_id(), Queue.OUTBOX, payload, self.clock.now(), lane=lane, key=key)

    def step(self, invitation: Invitation, step: str) -> Write:
        """Return the write that lets the invitation sender do its next step."""
        payload = {"invitation_id": invitation.id, "step": step}
        work = Work(new_work_id(), Queue.SENDER, payload, self.clock.now(), lane=invitation.id)
        return self.store.work.adding(work)

    def timer(self, kind: str, invitation: Invitation) -> Write:
        """Return the write that wakes us when the invitation's time is up."""
        payload = {"kind": kind, "invitation_id": invitation.id}
        return self.store.work.adding(Work(new_work_id(), Queue.TIMERS, payload, invitation.due_at))

    def _lane(self, notification: Notification) -> str:
        if notification.place is Place.PERSON:
            return f"person:{notification.person}"
        team = notification.place is Place.TEAM
        return self.channels.team if team else self.channels.approvals
