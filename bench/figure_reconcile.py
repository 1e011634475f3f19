"""
Comparing 100 000 customers with Partner Center's list, over HTTP, a hundred of them changed.

`overture reconcile` is a process that does this and ends. What it holds at most is compared with what the
same command holds at most where there is one page of customers.
"""

import asyncio
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.domain.clouds import Cloud
from bot.domain.customer import Customer, ResellerState
from bot.domain.identifiers import TenantId, WorkspaceId, parse_domain_name
from fast_partner_center import PAGE, FastPartnerCenter, name_of, tenant_id
from processes import Ours, around_ours, high_water_mib
from run_with import Effort
from slack_requests import TEAM
from storage.customers import Customers
from storage.database import open_database, sqlite_path
from storage.migrations import migrate
from table import Row, Samples, at_most
from tests.scenario.overture_process import OVERTURE

WHAT = (
    "reconciling: pages and customers asked for",
    "reconciling: CPU of its own",
    "reconciling: memory beyond that for one page",
    "reconciling: pages asked for again after a kill",
)
CUSTOMERS = 100_000
CHANGED_EVERY = 1000


@dataclass(frozen=True)
class Ended:
    """What a run cost its own process, and what it asked Partner Center for."""

    cpu_seconds: float
    most_mib: float
    center: FastPartnerCenter


async def measure(effort: Effort) -> list[Row]:
    """Return calls, CPU, memory, and pages that a killed run asks for again."""
    number = effort.times(CUSTOMERS)
    with TemporaryDirectory() as folder:
        many, few = Path(folder, "many.db"), Path(folder, "few.db")
        await _fill(many, number)
        await _fill(few, PAGE)
        small = await _whole(few, PAGE)
        whole = await _whole(many, number)
        twice = await _killed_halfway(many, number)
    pages, changed = number // PAGE, number // CHANGED_EVERY
    expected = pages + changed
    calls = whole.center.pages.total() + whole.center.customers.total()
    among = f"calls for {number:,} customers".replace(",", " ")
    return [
        Row(
            WHAT[0],
            Samples([calls], among),
            f"{pages} pages + {changed} changed",
            lambda ours, _: ours == expected,
        ),
        Row(WHAT[1], Samples([whole.cpu_seconds], "s", 1), "at most 10 s", at_most(10)),
        Row(
            WHAT[2],
            Samples([whole.most_mib - small.most_mib], "MiB", 1),
            "at most 20 MiB",
            at_most(20),
        ),
        Row(WHAT[3], Samples([twice], "pages"), "at most 1", at_most(1)),
    ]


async def _fill(path: Path, number: int) -> None:
    """Make a database that knows so many customers under the names they had."""
    await migrate(f"sqlite:///{path}")
    database = open_database(f"sqlite:///{path}")
    await database.start()
    table = Customers(database, WorkspaceId(TEAM))
    for start in range(0, number, 1000):
        known = map(_known, range(start, min(start + 1000, number)))
        await database.apply([table.adding(customer) for customer in known])
    await database.close()


def _known(number: int) -> Customer:
    return Customer(
        tenant_id=TenantId(tenant_id(number)),
        name=name_of(number),
        cloud=Cloud.PUBLIC,
        domain=parse_domain_name(f"c{number}.example.com"),
        country="US",
        reseller=ResellerState.ACTIVE,
    )


async def _whole(filled: Path, number: int) -> Ended:
    """Compare once, from beginning to end."""
    center = FastPartnerCenter(number, frozenset(range(0, number, CHANGED_EVERY)))
    async with center.serve(), around_ours(PARTNER_CENTER_URL=center.url) as here:
        shutil.copyfile(filled, sqlite_path(here.database_url))
        process = _reconcile(here)
        cpu_seconds, most_mib = await asyncio.to_thread(_used, process)
    return Ended(cpu_seconds, most_mib, center)


async def _killed_halfway(filled: Path, number: int) -> int:
    """Kill a run at half of its pages and let another go on; return how many pages were asked for again."""
    center = FastPartnerCenter(number, frozenset())
    halfway = asyncio.Event()
    center.on_page = lambda page: halfway.set() if page == number // PAGE // 2 else None
    async with center.serve(), around_ours(PARTNER_CENTER_URL=center.url) as here:
        shutil.copyfile(filled, sqlite_path(here.database_url))
        process = _reconcile(here)
        async with asyncio.timeout(120):
            await halfway.wait()
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        await asyncio.to_thread(_used, _reconcile(here))
    return center.pages.total() - len(center.pages)


def _reconcile(here: Ours) -> "subprocess.Popen[bytes]":
    environment: Mapping[str, str] = os.environ | dict(here.bot.env)
    log = here.bot.log.open("ab")
    return subprocess.Popen(
        [OVERTURE, "reconcile"], cwd=here.bot.cwd, env=environment, stdout=log, stderr=log
    )


_LOOK_SECONDS = 0.02


def _used(process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """
    Wait for a process; return its CPU seconds and the most MiB it held.

    `ru_maxrss` counts what the process that started it held, so the kernel's own high-water mark is read.
    """
    most_mib = 0.0
    with open(os.pidfd_open(process.pid), closefd=True) as ended:
        while not select.select([ended], [], [], _LOOK_SECONDS)[0]:
            most_mib = high_water_mib(process.pid) or most_mib
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise ValueError(f"overture reconcile ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, most_mib
