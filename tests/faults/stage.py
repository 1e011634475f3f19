"""The bot between the fakes, the people around it, and what befalls all of them."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from storage.crypto import Cipher
from storage.database import open_database
from storage.migrations import migrate
from storage.store import WorkspaceStore
from tests.faults.crowd import Crowd
from tests.faults.records import Records
from tests.faults.screens import Screens
from tests.faults.weather import Weather
from tests.scenario.overture_process import World, settings_of, world

PATIENCE_SECONDS = 300.0


@dataclass
class Stage:
    """Everything that takes part."""

    here: World
    records: Records
    crowd: Crowd
    weather: Weather
    random: random.Random


@asynccontextmanager
async def stage(url: str, seed: int, **settings: str) -> AsyncIterator[Stage]:
    await migrate(url)
    chance = random.Random(seed)
    async with world(url, RECONCILE_SECONDS="10", **settings) as here:
        here.box.microsoft.behaviour.mails_per_minute = None
        here.box.microsoft.behaviour.customer_requests_per_minute = None
        weather = Weather(chance)
        weather.reign(here.box)
        records = Records(url)
        crowd = Crowd(Screens(here.box), chance, PATIENCE_SECONDS)
        yield Stage(here, records, crowd, weather, chance)


async def settled(records: Records) -> None:
    """Wait until nothing is left to be said or sent."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await records.waiting():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)


async def first_broken_of_the_audit(url: str, here: World) -> int | None:
    keys = settings_of(here.box.slack, here.box.microsoft, url, 0)["ENCRYPTION_KEYS"]
    database = open_database(url)
    await database.start()
    try:
        store = WorkspaceStore(database, here.box.slack.workspace.team_id, Cipher([keys]))  # type: ignore[arg-type]  # a team id
        return await store.audit.first_broken()
    finally:
        await database.close()


def account_of(on: Stage) -> str:
    courses = ", ".join(f"{one} {n}" for one, n in sorted(Counter(on.crowd.courses.values()).items()))
    return (
        f"lost answers {on.weather.lost}, invitations {len(on.crowd.courses)} ({courses}), "
        f"mails {len(on.here.box.microsoft.mailbox)}, "
        f"relationships {len(on.here.box.microsoft.gdap.relationships)}"
    )
