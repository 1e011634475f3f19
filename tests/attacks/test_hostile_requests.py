"""`overture serve` under fire, on a real socket: no fault, no trace, no growing memory."""

import asyncio
import os
from collections import Counter
from pathlib import Path

import pytest

from bot.sandbox.fake_microsoft import RequestSeen
from storage.database import Database
from tests.attacks.bodies import MARK
from tests.attacks.hostile import Attack, Attacker
from tests.attacks.tripwire import tripwire
from tests.attacks.wire import Wire, request
from tests.scenario.overture_process import World, world

REQUESTS = int(os.environ.get("OVERTURE_TEST_ATTACKS", "20000"))
SEED = int(os.environ.get("OVERTURE_TEST_SEED", "20261126"))
POSTGRES_SHARE = 5
"""The doors are the same; what differs is what the database behind them refuses."""
AT_ONCE = 16
WARM_SHARE = 4
"""After a quarter of the requests every cache is filled that has a size."""
MOST_GROWTH_KIB = 24 * 1024
"""What memory may grow by in the other three quarters: a leak of 2 KiB a request would be 30 MiB."""


async def fire(port: int, attacker: Attacker, count: int) -> list[tuple[Attack, int]]:
    """Send that many attacks over several connections; return each with the status it got."""
    got: list[tuple[Attack, int]] = []
    attacks = iter(range(count))

    async def shooter() -> None:
        async with Wire(port) as wire:
            for _ in attacks:
                attack = attacker.next()
                answer = await wire.send(attack.raw, then_leave=attack.then_leave)
                echoed = MARK.encode() in answer.body
                assert attack.answers_people or not echoed, (attack.kind, answer)
                got.append((attack, answer.status))

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(shooter())
    return got


GENUINE = "/cert/pcnotifications-dispatch.microsoft.com.cer"


def fetched(here: World) -> Counter[str]:
    """Return how often each certificate was fetched."""
    asked = (one.path for one in here.box.microsoft.feed if isinstance(one, RequestSeen))
    return Counter(path for path in asked if path.startswith("/cert/"))


async def customers_are_known(database: Database) -> None:
    """Wait until the customers there were before us are taken in, which is done once and silently."""
    query = "SELECT 1 FROM notes WHERE name = 'customers_imported'"
    async with asyncio.timeout(30):
        while not await database.fetch(query):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


def memory_kib(here: World) -> int:
    assert here.bot.process is not None
    status = Path(f"/proc/{here.bot.process.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0])


async def rows(database: Database) -> dict[str, int]:
    counted = {
        "invitations": "invitations",
        "customers": "customers",
        "what people did": "audit WHERE actor <> 'overture'",
        "outbox": "work WHERE queue = 'outbox'",
        "events": "work WHERE queue = 'webhooks'",
    }
    found = {}
    for name, what in counted.items():
        (row,) = await database.fetch(f"SELECT count(*) AS rows FROM {what}")
        found[name] = row["rows"]
    return found


@pytest.mark.timeout(900)
async def test_hostile_requests_on_every_route_find_no_fault_and_leave_no_trace(
    url: str, kind: str, database: Database
) -> None:
    count = REQUESTS if kind == "sqlite" else REQUESTS // POSTGRES_SHARE
    async with tripwire() as elsewhere, world(url, RECONCILE_SECONDS="36000") as here:
        await here.bot.start()
        await customers_are_known(database)
        before = await rows(database)
        attacker = Attacker(SEED, here.box.slack, here.box.microsoft, elsewhere.url)
        got = await fire(here.bot.port, attacker, count // WARM_SHARE)
        warm = memory_kib(here)
        got += await fire(here.bot.port, attacker, count - count // WARM_SHARE)
        growth = memory_kib(here) - warm
        async with Wire(here.bot.port) as wire:
            healthy = await wire.send(request("GET", "/readyz", {}))
        after = await rows(database)
        await here.bot.stop()
        log = here.bot.log.read_text(encoding="utf-8")

    statuses = Counter((attack.kind, status) for attack, status in got)
    print(f"{len(got)} requests, memory {warm} KiB, then {growth:+} KiB: {sorted(statuses.items())}")
    wrong = [
        (attack.kind, status, attack.raw[:300]) for attack, status in got if status not in attack.allowed
    ]
    assert wrong == []
    assert healthy.status == 200
    assert growth < MOST_GROWTH_KIB
    kept = {attack.raw.partition(b"\r\n\r\n")[2] for attack, status in got if attack.stores and status == 200}
    assert after == before | {"events": len(kept)}
    assert elsewhere.asked == []
    assert len(fetched(here)) > 1
    # True events prove the genuine one between the forgeries: it may be looked at once more.
    often = {path for path, times in fetched(here).items() if times > 1}
    assert often <= {GENUINE}
    assert fetched(here)[GENUINE] <= 2
    assert MARK not in log
