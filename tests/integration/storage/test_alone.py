"""Whoever knows that nobody else works on a database takes up at once what was begun."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.ports.store import Stale
from bot.ports.work import Queue
from storage.alone import NotAlone, working_alone
from storage.store import WorkspaceStore
from tests.integration.storage.samples import LEASE, NOON, some_work


async def test_released_work_is_due_at_once_as_uncertain(store: WorkspaceStore) -> None:
    await store.commit(store.work.adding(some_work(lane="C1")), store.work.adding(some_work(lane="C1")))
    (held,) = await store.work.claim(Queue.OUTBOX, now=NOON, lease=LEASE, limit=5)
    await store.commit(store.work.releasing())

    (again,) = await store.work.claim(Queue.OUTBOX, now=NOON, lease=LEASE, limit=5)
    assert again.work == held.work
    assert again.uncertain


async def test_whoever_still_holds_what_was_released_cannot_end_it(store: WorkspaceStore) -> None:
    await store.commit(store.work.adding(some_work()))
    (held,) = await store.work.claim(Queue.OUTBOX, now=NOON, lease=LEASE, limit=5)
    await store.commit(store.work.releasing())

    with pytest.raises(Stale):
        await store.commit(store.work.finishing(held))


async def test_what_waits_for_a_later_time_is_not_due_because_of_a_release(store: WorkspaceStore) -> None:
    await store.commit(store.work.adding(some_work()))
    (held,) = await store.work.claim(Queue.OUTBOX, now=NOON, lease=LEASE, limit=5)
    later = NOON + timedelta(minutes=2)
    await store.commit(store.work.postponing(held, until=later, outcome="throttled"))
    await store.commit(store.work.releasing())

    assert await store.work.next_due(Queue.OUTBOX) == later


@pytest.mark.parametrize(("queue", "uncertain"), [(Queue.OUTBOX, True), (Queue.SENDER, False)])
async def test_messages_nobody_began_are_looked_for_and_mails_nobody_began_are_sent(
    store: WorkspaceStore, queue: Queue, uncertain: bool
) -> None:
    await store.commit(store.work.adding(replace(some_work(), queue=queue)), store.work.releasing())

    (claimed,) = await store.work.claim(queue, now=NOON, lease=LEASE, limit=5)
    assert claimed.uncertain is uncertain


async def test_other_workspaces_keep_their_leases(store: WorkspaceStore, other_store: WorkspaceStore) -> None:
    await other_store.commit(other_store.work.adding(some_work()))
    (held,) = await other_store.work.claim(Queue.OUTBOX, now=NOON, lease=LEASE, limit=5)
    await store.commit(store.work.releasing())

    await other_store.commit(other_store.work.finishing(held))
    assert await other_store.work.next_due(Queue.OUTBOX) is None


@pytest.mark.skipif(sys.platform == "win32", reason="files are not locked on Windows")
def test_a_file_has_one_who_works_on_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'overture.db'}"
    (tmp_path / "same.db").symlink_to(tmp_path / "overture.db")
    with working_alone(url) as alone:
        with pytest.raises(NotAlone), working_alone(f"sqlite:///{tmp_path / 'same.db'}"):
            pass

        assert alone
    with working_alone(url) as alone:
        assert alone


def test_on_postgresql_nobody_knows_to_be_alone() -> None:
    with working_alone("postgresql://db.example/overture") as alone:
        assert not alone


def test_where_no_file_can_be_made_nobody_knows_to_be_alone(tmp_path: Path) -> None:
    with working_alone(f"sqlite:///{tmp_path / 'missing' / 'overture.db'}") as alone:
        assert not alone
