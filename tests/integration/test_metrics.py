"""What a monitoring system reads is what is in the database, whoever wrote it."""

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.domain.identifiers import WorkspaceId
from bot.metrics import Metrics
from bot.ports.work import LEASE, Queue, Work, WorkId
from storage.crypto import Cipher
from storage.database import Database
from storage.store import WorkspaceStore
from tests.builders import NOON
from tests.fakes import FakeClock

DAY = timedelta(days=1)


@pytest.fixture
def store(database: Database) -> WorkspaceStore:
    cipher = Cipher(["a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="])
    return WorkspaceStore(database, WorkspaceId("T0HERE"), cipher, clock=FakeClock(NOON))


@pytest.fixture
def metrics(store: WorkspaceStore) -> Metrics:
    async def behind() -> timedelta:
        return timedelta(minutes=7)

    return Metrics(store, FakeClock(NOON), behind=behind)


async def told(metrics: Metrics) -> dict[tuple[str, str], float]:
    """Return our values by name and queue."""
    families = text_string_to_metric_families((await metrics.text()).decode())
    samples = [sample for family in families for sample in family.samples]
    return {
        (one.name.removeprefix("overture_"), one.labels.get("queue", "")): one.value
        for one in samples
        if one.name.startswith("overture_")
    }


async def test_what_waits_and_what_is_late_is_told_for_each_queue(
    store: WorkspaceStore, metrics: Metrics
) -> None:
    for count, due_at in enumerate((NOON - DAY, NOON + DAY)):
        work = Work(WorkId(f"{count:032x}"), Queue.OUTBOX, {}, due_at)
        await store.commit(store.work.adding(work))

    values = await told(metrics)

    assert values["work_waiting", "outbox"] == 2
    assert values["work_overdue_seconds", "outbox"] == DAY.total_seconds()
    assert (values["work_waiting", "sender"], values["work_overdue_seconds", "sender"]) == (0, 0)


async def test_what_was_given_up_is_counted(store: WorkspaceStore, metrics: Metrics) -> None:
    await store.commit(store.work.adding(Work(WorkId("a" * 32), Queue.WEBHOOKS, {}, NOON)))
    (claim,) = await store.work.claim(Queue.WEBHOOKS, now=NOON, lease=LEASE, limit=1)

    await store.commit(store.work.giving_up(claim, outcome="gone"))

    values = await told(metrics)
    assert (values["work_given_up", "webhooks"], values["work_waiting", "webhooks"]) == (1, 0)


async def test_how_old_our_knowledge_of_microsoft_is_is_told(metrics: Metrics) -> None:
    assert (await told(metrics))["reconciliation_behind_seconds", ""] == 420


async def test_without_a_database_the_process_still_tells_of_itself(
    database: Database, metrics: Metrics
) -> None:
    await database.close()

    text = (await metrics.text()).decode()

    assert "python_info" in text
    assert "overture_" not in text
