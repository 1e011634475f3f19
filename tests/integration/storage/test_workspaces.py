"""Two workspaces on one database never see each other."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.domain.identifiers import DomainName, MessageTs, RelationshipId, SlackChannelId, WorkspaceId
from bot.domain.invitation import OPEN
from bot.ports.store import Draft, PostedMessage, Stale
from bot.ports.work import Backlog, Queue
from storage.database import Database
from storage.store import WorkspaceStore
from tests.integration.storage.samples import (
    ANA,
    CIPHER,
    CONTOSO,
    CONTOSO_DOMAIN,
    LEASE,
    NOON,
    THERE,
    a_customer,
    an_entry,
    an_invitation,
    some_work,
    with_relationship,
)

CHANNEL, TS, RELATIONSHIP = SlackChannelId("C1"), MessageTs("1.1"), RelationshipId("relationship-1")
INVITATION = with_relationship(an_invitation(), RELATIONSHIP)
UNTIED = an_invitation("b" * 16, tenant=None)

Read = Callable[[WorkspaceStore], Awaitable[object]]

READS: dict[str, Read] = {
    "invitations.get": lambda s: s.invitations.get(INVITATION.id),
    "invitations.by_relationship": lambda s: s.invitations.by_relationship(RELATIONSHIP),
    "invitations.by_relationship_name": lambda s: s.invitations.by_relationship_name(
        INVITATION.relationship_name
    ),
    "invitations.of_tenant": lambda s: s.invitations.of_tenant(CONTOSO),
    "invitations.of_domain": lambda s: s.invitations.of_domain(CONTOSO_DOMAIN),
    "invitations.without_tenant": lambda s: s.invitations.without_tenant(OPEN),
    "invitations.in_status": lambda s: s.invitations.in_status(OPEN, limit=9),
    "invitations.by_key": lambda s: s.invitations.by_key("view-1"),
    "customers.get": lambda s: s.customers.get(CONTOSO),
    "customers.get_many": lambda s: s.customers.get_many([CONTOSO]),
    "customers.by_domain": lambda s: s.customers.by_domain(DomainName("contoso.com")),
    "customers.by_relationship": lambda s: s.customers.by_relationship(RELATIONSHIP),
    "customers.page": lambda s: s.customers.page(after=None, limit=9),
    "customers.count": lambda s: s.customers.count(),
    "customers.not_seen": lambda s: s.customers.not_seen(run="1", limit=9),
    "work.next_due": lambda s: s.work.next_due(Queue.OUTBOX),
    "work.backlog": lambda s: s.work.backlog(Queue.OUTBOX, now=NOON),
    "work.known": lambda s: s.work.known(Queue.OUTBOX, "event-1"),
    "work.claim": lambda s: s.work.claim(Queue.OUTBOX, now=NOON, lease=LEASE, limit=9),
    "work.abandoned": lambda s: s.work.abandoned(Queue.TIMERS, limit=9),
    "audit.end": lambda s: s.audit.end(),
    "audit.of_subject": lambda s: s.audit.of_subject("invitation:aaaaaaaaaaaaaaaa"),
    "messages.find": lambda s: s.messages.find("card:a", CHANNEL),
    "messages.of": lambda s: s.messages.of("card:a"),
    "drafts.get": lambda s: s.drafts.get("V1"),
    "drafts.about": lambda s: s.drafts.about(CONTOSO_DOMAIN, by=ANA),
    "secrets.get": lambda s: s.secrets.get("refresh_token"),
    "notes.get": lambda s: s.notes.get("checkpoint"),
}


async def fill(store: WorkspaceStore) -> None:
    await store.commit(
        store.invitations.adding(INVITATION, key="view-1"),
        store.invitations.adding(UNTIED, key="view-2"),
        store.customers.adding(a_customer(CONTOSO, RELATIONSHIP)),
        store.work.adding(some_work(key="event-1", lane="C1")),
        store.work.adding(some_work(queue=Queue.TIMERS)),
        store.audit.appending(an_entry()),
        store.messages.recording(PostedMessage("card:a", CHANNEL, TS)),
        store.drafts.saving(Draft("V1", ANA, {}, NOON, CONTOSO_DOMAIN)),
        store.secrets.setting("refresh_token", "value"),
        store.notes.setting("checkpoint", "1"),
    )
    (timer,) = await store.work.claim(Queue.TIMERS, now=NOON, lease=LEASE, limit=1)
    await store.commit(store.work.giving_up(timer, outcome="no"))


def test_every_read_of_the_store_is_in_the_list(store: WorkspaceStore) -> None:
    parts = vars(store).items()
    reads = {
        f"{name}.{method}"
        for name, part in parts
        if not name.startswith("_")
        for method, function in inspect.getmembers(type(part), inspect.iscoroutinefunction)
        if not method.startswith("_")
    }

    assert reads == {*READS, "audit.first_broken"}


@pytest.mark.parametrize("other", ["T0AAA", "T0HER", "T0HERE2", "t0here", THERE])
async def test_no_read_shows_anything_of_another_workspace(
    store: WorkspaceStore, database: Database, other: str
) -> None:
    await fill(store)

    other_store = WorkspaceStore(database, WorkspaceId(other), CIPHER)
    seen_elsewhere = {name: await read(other_store) for name, read in READS.items()}
    seen_here = {name: await read(store) for name, read in READS.items()}

    empty: tuple[object, ...] = (None, [], {}, 0, (0, ""), Backlog())
    assert [name for name, found in seen_elsewhere.items() if found not in empty] == []
    assert [name for name, found in seen_here.items() if found in empty] == []


async def test_both_workspaces_may_use_the_same_ids_and_keys(
    store: WorkspaceStore, other_store: WorkspaceStore
) -> None:
    await fill(store)
    await fill(other_store)

    assert await other_store.invitations.get(INVITATION.id) == INVITATION


async def test_no_write_reaches_another_workspace(store: WorkspaceStore, other_store: WorkspaceStore) -> None:
    await fill(store)
    (claim,) = await store.work.claim(Queue.OUTBOX, now=NOON, lease=LEASE, limit=1)

    for write in (
        other_store.invitations.replacing(INVITATION, replace(INVITATION, comment="theirs")),
        other_store.customers.replacing(a_customer(), replace(a_customer(), name="theirs")),
        other_store.work.finishing(claim),
    ):
        with pytest.raises(Stale):
            await other_store.commit(write)
    await other_store.commit(
        other_store.drafts.removing("V1"),
        other_store.drafts.removing_older(NOON + LEASE),
        other_store.customers.marking_seen([CONTOSO], run="1"),
        other_store.work.resting("C1", until=NOON + LEASE * 9),
    )

    assert await store.drafts.get("V1") is not None
    assert len(await store.customers.not_seen(run="1", limit=9)) == 1
    assert len(await store.work.claim(Queue.OUTBOX, now=NOON + LEASE, lease=LEASE, limit=1)) == 1


async def test_a_store_commits_only_its_own_writes(
    store: WorkspaceStore, other_store: WorkspaceStore
) -> None:
    with pytest.raises(ValueError, match="not a write of this workspace"):
        await store.commit(other_store.notes.setting("checkpoint", "theirs"))

    assert await other_store.notes.get("checkpoint") is None


def test_a_store_without_a_workspace_does_not_exist(database: Database) -> None:
    with pytest.raises(ValueError, match="workspace"):
        WorkspaceStore(database, WorkspaceId(""), CIPHER)
