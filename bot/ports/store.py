"""
What is remembered, one workspace at a time.

Reads are awaited. Changes are values: a method in the present participle (`adding`, `replacing`) returns a
`Write`, and `Store.commit` applies all of a batch or none of it. Nothing is locked while Python thinks; a
write that finds somebody was first raises `Stale`, and the service reads and decides again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.customer import Customer
from bot.domain.identifiers import (
    DomainName,
    InvitationId,
    MessageTs,
    RelationshipId,
    SlackChannelId,
    SlackUserId,
    TenantId,
)
from bot.domain.invitation import Invitation, Status
from bot.ports.work import Abandoned, Backlog, Claim, Queue, Work, WorkId


class Stale(Exception):
    """Somebody wrote first. Read again, decide again."""


class Write(Protocol):
    """A change that has not happened yet. Only the store that made it knows what is inside."""

    @property
    def summary(self) -> str:
        """A few words for the log, without personal data."""


@dataclass(frozen=True)
class AuditEntry:
    """Who did what to what. `details` are short strings without personal data; `subject` is `kind:id`."""

    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, str]


@dataclass(frozen=True)
class PostedMessage:
    """
    Where a card or notice was posted. `subject` is `card:{invitation}` or `notice:{work}`.

    `digest` stands for what it shows, so that nothing is sent to show the same again.
    """

    subject: str
    channel: SlackChannelId
    ts: MessageTs
    digest: str = ""


@dataclass(frozen=True)
class Draft:
    """
    What somebody typed before it became an invitation. `form` is plain JSON.

    `domain` is the customer's; empty where it is not known, and where the form changes an invitation.
    """

    id: str
    user_id: SlackUserId
    form: Mapping[str, object]
    updated_at: datetime
    domain: str = ""


class Invitations(Protocol):
    async def get(self, invitation_id: InvitationId) -> Invitation | None: ...

    async def by_relationship(self, relationship_id: RelationshipId) -> Invitation | None: ...

    async def by_relationship_name(self, display_name: str) -> Invitation | None:
        """Return the invitation whose admin relationship carries this name at Microsoft."""

    async def of_tenant(self, tenant_id: TenantId) -> Sequence[Invitation]:
        """Return every invitation of one customer tenant, newest first."""

    async def of_domain(self, domain: DomainName) -> Sequence[Invitation]:
        """Return every invitation to one domain, newest first."""

    async def without_tenant(self, statuses: frozenset[Status]) -> Sequence[Invitation]:
        """Return those in these statuses whose tenant is not known yet, newest first, at most 500."""

    async def in_status(
        self, statuses: frozenset[Status], *, limit: int, before: datetime | None = None
    ) -> Sequence[Invitation]:
        """Return invitations newest first; `before` is the `requested_at` to go on from."""

    def adding(self, invitation: Invitation, *, key: str) -> Write:
        """Add it. The commit raises `Stale` if `key` (a double click's) was used before."""

    async def by_key(self, key: str) -> Invitation | None:
        """Return the invitation added under this key."""

    def replacing(self, before: Invitation, after: Invitation) -> Write:
        """Write `after` over `before`, one version higher. The commit raises `Stale` if someone was first."""


class Customers(Protocol):
    async def get(self, tenant_id: TenantId) -> Customer | None: ...

    async def get_many(self, tenant_ids: Sequence[TenantId]) -> Mapping[TenantId, Customer]: ...

    async def by_domain(self, domain: DomainName) -> Customer | None: ...

    async def by_relationship(self, relationship_id: RelationshipId) -> Customer | None:
        """Return the customer who has this delegated admin relationship among their grants."""

    async def page(self, *, after: TenantId | None, limit: int) -> Sequence[Customer]:
        """Return customers in the order of their tenant ids."""

    async def count(self) -> int: ...

    def adding(self, customer: Customer) -> Write:
        """Add it. The commit raises `Stale` if the tenant is already there."""

    def replacing(self, before: Customer, after: Customer) -> Write: ...

    def marking_seen(self, tenant_ids: Sequence[TenantId], *, run: str) -> Write:
        """Note that this run of the reconciler saw these customers. Their versions stay."""

    async def not_seen(self, *, run: str, limit: int) -> Sequence[Customer]:
        """Return customers with an active reseller relationship that this run has not seen."""


class WorkQueue(Protocol):
    def adding(self, work: Work) -> Write: ...

    async def claim(self, queue: Queue, *, now: datetime, lease: timedelta, limit: int) -> Sequence[Claim]:
        """
        Take what is due, at most one piece of work per lane, oldest first, skipping what others hold.

        A lane also rests until the moment `resting` gave it.
        """

    def finishing(self, claim: Claim, outcome: str = "") -> Write:
        """Done. The commit raises `Stale` if the lease was lost to somebody else."""

    def postponing(self, claim: Claim, *, until: datetime, outcome: str, afresh: bool = False) -> Write:
        """
        Known not to have happened; due again later. Raises `Stale` likewise.

        `afresh`: it did happen, and what comes next is another time of the same; attempts count from there.
        """

    def leaving_open(self, claim: Claim, *, until: datetime) -> Write:
        """Nobody knows whether it happened: due again later, as `uncertain`. Raises `Stale` likewise."""

    def giving_up(self, claim: Claim, *, outcome: str) -> Write:
        """Known not to happen. The lane goes on. Raises `Stale` likewise."""

    def resting(self, lane: str, *, until: datetime) -> Write:
        """
        Keep a lane from being claimed before `until`, on every replica and after a restart.

        A rest longer than a lease is taken for one from before the clock was set back, and ignored.
        """

    def releasing(self) -> Write:
        """
        End every lease, for whoever begins and knows that nobody else holds one: what was begun is due at
        once, as `uncertain`. So is every message, begun or not: the database may be a restored backup.
        """

    async def next_due(self, queue: Queue) -> datetime | None:
        """
        Return when the next work can be claimed, or None.

        A lane counts with its first work and its rest; leased work counts when its lease runs out.
        """

    async def backlog(self, queue: Queue, *, now: datetime) -> Backlog:
        """Count all that is not done, due or not; `oldest_due_at` is of what is due by `now`."""

    async def abandoned(self, queue: Queue, *, limit: int) -> Sequence[Abandoned]: ...

    async def known(self, queue: Queue, key: str) -> WorkId | None:
        """Return the work once added under `key`, done or not."""


class AuditLog(Protocol):
    def appending(self, entry: AuditEntry) -> Write:
        """Append to the workspace's hash chain, in the order batches commit."""

    async def of_subject(self, subject: str) -> Sequence[AuditEntry]: ...

    async def first_broken(self) -> int | None:
        """
        Return the number of the first row that was altered, dropped, swapped or cut off, or None.

        Where every row fits the one before it and only the end is not ours, it is the number after the last.
        """

    async def end(self) -> tuple[int, str]:
        """Return the number of the last row and its hash, to be noted where nobody here can write."""


class PostedMessages(Protocol):
    async def find(self, subject: str, channel: SlackChannelId) -> PostedMessage | None: ...

    async def of(self, subject: str) -> Sequence[PostedMessage]: ...

    def recording(self, message: PostedMessage) -> Write:
        """Remember it, in place of an earlier one for the same subject and channel."""


class Drafts(Protocol):
    async def get(self, draft_id: str) -> Draft | None: ...

    async def about(self, domain: DomainName, *, by: SlackUserId) -> Sequence[Draft]:
        """Return one person's drafts about one customer, the newest first, at most 50."""

    def saving(self, draft: Draft) -> Write:
        """Add it or write over it."""

    def removing(self, draft_id: str) -> Write: ...

    def removing_about(self, domain: DomainName, *, by: SlackUserId) -> Write:
        """Remove one person's drafts about one customer."""

    def removing_older(self, than: datetime) -> Write:
        """Remove every draft that nobody has touched since."""


class SecretUnreadable(Exception):
    """The key is not among ours, or the value was altered or belongs somewhere else."""


class Secrets(Protocol):
    """Values encrypted at rest."""

    async def get(self, name: str) -> str | None:
        """Return the value, or None. Raises `SecretUnreadable`."""

    def setting(self, name: str, value: str) -> Write: ...


class Notes(Protocol):
    """Small facts the system keeps for itself: checkpoints, whether the first import is done."""

    async def get(self, name: str) -> str | None: ...

    def setting(self, name: str, value: str) -> Write: ...


class Store(Protocol):
    """Everything of one workspace."""

    @property
    def invitations(self) -> Invitations: ...
    @property
    def customers(self) -> Customers: ...
    @property
    def work(self) -> WorkQueue: ...
    @property
    def audit(self) -> AuditLog: ...
    @property
    def messages(self) -> PostedMessages: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def notes(self) -> Notes: ...

    async def commit(self, *writes: Write) -> None:
        """
        Apply all of the writes in one transaction, or none.

        Raises `Stale`, `Temporary` if unreachable, or `OutcomeUnknown` where the connection went away in the
        very moment of committing (PostgreSQL only).
        """
