import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest

from bot.ports.store import Stale
from bot.ports.work import Backlog, Claim, Queue, Work
from storage.store import WorkspaceStore
from tests.integration.storage.samples import LEASE, MINUTE, NOON, some_work


async def add(store: WorkspaceStore, *every: Work) -> None:
    await store.commit(*(store.work.adding(work) for work in every))


async def claim(store: WorkspaceStore, *, now: datetime = NOON, limit: int = 10) -> Sequence[Claim]:
    return await store.work.claim(Queue.OUTBOX, now=now, lease=LEASE, limit=limit)


async def test_due_work_is_claimed_oldest_first_and_nothing_else_is(store: WorkspaceStore) -> None:
    late, early = some_work(due_at=NOON), some_work(due_at=NOON - MINUTE)
    future, elsewhere = some_work(due_at=NOON + MINUTE), some_work(queue=Queue.TIMERS)
    await add(store, late, early, future, elsewhere)

    claims = await claim(store)

    assert [one.work for one in claims] == [early, late]
    assert {(one.attempts, one.uncertain, one.leased_until) for one in claims} == {(1, False, NOON + LEASE)}
    assert await claim(store) == []


async def test_no_more_is_claimed_than_the_limit(store: WorkspaceStore) -> None:
    await add(store, *(some_work() for _ in range(3)))

    assert len(await claim(store, limit=2)) == 2
    assert len(await claim(store, limit=2)) == 1


async def test_a_lane_gives_out_its_work_one_at_a_time_in_order(store: WorkspaceStore) -> None:
    first, second, free = some_work(lane="C1"), some_work(lane="C1"), some_work(lane="C2")
    await add(store, first, second, free)

    claims = await claim(store)
    assert [one.work for one in claims] == [first, free]
    assert await claim(store) == []
    await store.commit(store.work.finishing(claims[0]))

    assert [one.work for one in await claim(store)] == [second]


async def test_a_lane_waits_for_its_first_work_even_before_that_is_due(store: WorkspaceStore) -> None:
    first, second = some_work(lane="C1", due_at=NOON + MINUTE), some_work(lane="C1")
    await add(store, first, second)

    assert await claim(store) == []
    assert [one.work for one in await claim(store, now=NOON + MINUTE)] == [first]


async def test_a_lane_goes_on_after_work_was_given_up(store: WorkspaceStore) -> None:
    first, second = some_work(lane="C1"), some_work(lane="C1")
    await add(store, first, second)
    (held,) = await claim(store)

    await store.commit(store.work.giving_up(held, outcome="channel_not_found"))

    assert [one.work for one in await claim(store)] == [second]
    (given_up,) = await store.work.abandoned(Queue.OUTBOX, limit=5)
    assert (given_up.work, given_up.outcome) == (first, "channel_not_found")


async def test_the_same_lane_of_another_queue_is_another_lane(store: WorkspaceStore) -> None:
    await add(store, some_work(lane="C1", queue=Queue.TIMERS), some_work(lane="C1"))

    assert len(await claim(store)) == 1


async def test_a_resting_lane_is_not_claimed_until_then(store: WorkspaceStore) -> None:
    await add(store, some_work(lane="C1"))
    await store.commit(store.work.resting("C1", until=NOON + LEASE))
    await store.commit(store.work.resting("C1", until=NOON))

    assert await claim(store) == []
    assert await store.work.next_due(Queue.OUTBOX) == NOON + LEASE
    assert len(await claim(store, now=NOON + LEASE)) == 1


async def test_a_lane_that_would_rest_for_long_began_before_the_clock_was_set_back(
    store: WorkspaceStore,
) -> None:
    await add(store, some_work(lane="C1"))
    await store.commit(store.work.resting("C1", until=NOON + MINUTE * 60))

    assert len(await claim(store)) == 1


async def test_being_killed_again_and_again_does_not_make_the_next_failure_wait_longer(
    store: WorkspaceStore,
) -> None:
    await add(store, some_work())
    for number in range(9):
        (held,) = await claim(store, now=NOON + LEASE * number)

    assert held.attempts == 2
    assert held.uncertain


async def test_a_lease_that_ran_out_is_claimed_again_and_uncertain(store: WorkspaceStore) -> None:
    await add(store, some_work())
    (lost,) = await claim(store)

    assert await claim(store, now=NOON + LEASE - MINUTE / 60) == []
    (again,) = await claim(store, now=NOON + LEASE)

    assert (again.attempts, again.uncertain) == (2, True)
    with pytest.raises(Stale):
        await store.commit(store.work.finishing(lost))


async def test_work_that_was_postponed_is_due_later_and_not_uncertain(store: WorkspaceStore) -> None:
    await add(store, some_work())
    (held,) = await claim(store)
    await store.commit(store.work.postponing(held, until=NOON + MINUTE, outcome="throttled"))

    assert await claim(store) == []
    (again,) = await claim(store, now=NOON + MINUTE)

    assert (again.attempts, again.uncertain) == (2, False)


async def test_work_that_happened_and_comes_back_counts_its_attempts_afresh(store: WorkspaceStore) -> None:
    await add(store, some_work())
    for times in range(3):
        (held,) = await claim(store, now=NOON + MINUTE * times)
        again = NOON + MINUTE * (times + 1)
        await store.commit(store.work.postponing(held, until=again, outcome="", afresh=True))

    (held,) = await claim(store, now=NOON + MINUTE * 3)

    assert (held.attempts, held.uncertain) == (1, False)


async def test_of_many_lanes_the_first_of_each_is_claimed_and_nothing_behind_it(
    store: WorkspaceStore,
) -> None:
    lanes = [f"C{number}" for number in range(5)]
    firsts = [some_work(lane=lane) for lane in lanes]
    await add(store, *firsts, *(some_work(lane=lane) for lane in lanes * 3), some_work())

    held = await claim(store, limit=50)

    assert {one.work.id for one in held if one.work.lane} == {one.id for one in firsts}
    assert len(held) == 6


async def test_a_lost_attempt_stays_uncertain_after_a_later_one_was_postponed(store: WorkspaceStore) -> None:
    await add(store, some_work())
    await claim(store)
    (second,) = await claim(store, now=NOON + LEASE)
    await store.commit(store.work.postponing(second, until=NOON + MINUTE, outcome="throttled"))

    (third,) = await claim(store, now=NOON + MINUTE)

    assert (third.attempts, third.uncertain) == (3, True)


async def test_work_left_open_is_due_later_and_uncertain(store: WorkspaceStore) -> None:
    await add(store, some_work())
    (held,) = await claim(store)
    await store.commit(store.work.leaving_open(held, until=NOON + MINUTE))

    assert await claim(store) == []
    (again,) = await claim(store, now=NOON + MINUTE)

    assert (again.attempts, again.uncertain) == (2, True)


@pytest.mark.parametrize("ending", ["finishing", "postponing", "leaving_open", "giving_up"])
async def test_an_ending_is_recorded_once(store: WorkspaceStore, ending: str) -> None:
    await add(store, some_work())
    (held,) = await claim(store)
    write = {
        "finishing": store.work.finishing(held),
        "postponing": store.work.postponing(held, until=NOON, outcome=""),
        "leaving_open": store.work.leaving_open(held, until=NOON),
        "giving_up": store.work.giving_up(held, outcome="no"),
    }[ending]
    await store.commit(write)

    with pytest.raises(Stale):
        await store.commit(write)


async def test_a_key_is_added_once_even_after_the_work_is_done(store: WorkspaceStore) -> None:
    first = some_work(key="event-1")
    await add(store, first)
    (held,) = await claim(store)
    await store.commit(store.work.finishing(held))

    await add(store, some_work(key="event-1"), some_work(key="event-1", queue=Queue.TIMERS))

    assert await claim(store) == []
    assert await store.work.known(Queue.OUTBOX, "event-1") == first.id
    assert await store.work.known(Queue.TIMERS, "event-1") not in (None, first.id)
    assert await store.work.known(Queue.OUTBOX, "event-2") is None


async def test_no_key_is_no_key(store: WorkspaceStore) -> None:
    await add(store, some_work(), some_work())

    assert len(await claim(store)) == 2
    assert await store.work.known(Queue.OUTBOX, "") is None


async def test_next_due_is_when_something_can_be_claimed(store: WorkspaceStore) -> None:
    assert await store.work.next_due(Queue.OUTBOX) is None
    await add(store, some_work(lane="C1", due_at=NOON + 2 * MINUTE), some_work(lane="C1", due_at=NOON))
    assert await store.work.next_due(Queue.OUTBOX) == NOON + 2 * MINUTE

    await claim(store, now=NOON + 2 * MINUTE)

    assert await store.work.next_due(Queue.OUTBOX) == NOON + 2 * MINUTE + LEASE


async def test_the_backlog_counts_what_waits_and_what_was_given_up(store: WorkspaceStore) -> None:
    await add(store, some_work(due_at=NOON - MINUTE), some_work(lane="C1"), some_work(lane="C1"))
    await add(store, some_work(due_at=NOON + MINUTE), some_work(queue=Queue.TIMERS))
    (held, *_) = await claim(store, limit=1)
    await store.commit(store.work.giving_up(held, outcome="no"))

    backlog = await store.work.backlog(Queue.OUTBOX, now=NOON)

    assert backlog == Backlog(waiting=3, abandoned=1, oldest_due_at=NOON, by_lane={"C1": 2})
    assert await store.work.backlog(Queue.WEBHOOKS, now=NOON) == Backlog()


async def test_many_who_claim_at_once_never_hold_the_same_work_or_lane(store: WorkspaceStore) -> None:
    await add(store, *(some_work(lane=f"C{n % 7}" if n % 2 else "") for n in range(60)))
    done: list[str] = []

    async def work_until_empty() -> None:
        while claims := await claim(store, limit=3):
            lanes = [one.work.lane for one in claims if one.work.lane]
            assert len(lanes) == len(set(lanes))
            assert busy.isdisjoint(lanes)
            busy.update(lanes)
            await asyncio.sleep(0)
            busy.difference_update(lanes)
            await store.commit(*(store.work.finishing(one) for one in claims))
            done.extend(one.work.id for one in claims)

    busy: set[str] = set()
    await asyncio.gather(*(work_until_empty() for _ in range(8)))
    await work_until_empty()

    assert len(done) == len(set(done)) == 60


async def test_workers_hear_of_the_queues_a_commit_touched(store: WorkspaceStore) -> None:
    heard: list[frozenset[Queue]] = []
    store.on_commit = heard.append

    await store.commit(store.notes.setting("import", "done"))
    await store.commit(store.work.adding(some_work()), store.work.adding(some_work(queue=Queue.TIMERS)))

    assert heard == [frozenset({Queue.OUTBOX, Queue.TIMERS})]
