"""A PostgreSQL server of the test's own, which may be stopped as a power failure would."""

import asyncio
import os
import pwd
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.scenario.overture_process import lasting_port

_PROGRAMS = ("/usr/lib/postgresql",)
_USER = "postgres"


@dataclass
class Cluster:
    """Listens on loopback while it runs; its data outlives every stop."""

    programs: Path
    data: Path
    port: int
    running: bool = False

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    async def start(self) -> None:
        options = f"-p {self.port} -k {self.data} -c listen_addresses=127.0.0.1 -c max_connections=200"
        log = str(self.data / "server.log")
        await self._run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", log, "-o", options)
        self.running = True

    async def stop(self) -> None:
        """Stop it at once: no transaction is finished, no client is told."""
        self.running = False
        await self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.data))

    async def initialise(self) -> None:
        await self._run("initdb", "--auth=trust", "--username=postgres", "-D", str(self.data))

    async def _run(self, program: str, *arguments: str) -> None:
        process = await asyncio.create_subprocess_exec(
            self.programs / program,
            *arguments,
            cwd=self.data,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            user=_USER if os.geteuid() == 0 else None,
        )
        if await process.wait():
            raise RuntimeError(f"{program} {arguments[0]} ended with {process.returncode}")


@asynccontextmanager
async def own_cluster() -> AsyncIterator[Cluster]:
    """Yield a running server; skip the test where PostgreSQL's programs are not installed."""
    programs = _required_programs()
    # PostgreSQL refuses to run as root, and its user could not enter a folder of root's.
    folder = Path(tempfile.mkdtemp(prefix="overture-postgres-"))
    cluster = Cluster(programs, folder, lasting_port())
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
        await cluster.initialise()
        await cluster.start()
        yield cluster
    finally:
        if cluster.running:
            await cluster.stop()
        shutil.rmtree(folder)


def _required_programs() -> Path:
    found = _programs()
    if found is not None:
        return found
    problem = "no initdb and pg_ctl to run a PostgreSQL server with"
    if os.environ.get("OVERTURE_TEST_REQUIRE_ALL") == "1":
        pytest.fail(problem)
    pytest.skip(problem)


def _programs() -> Path | None:
    if os.geteuid() == 0 and not _has_user():
        return None
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).parent / "pg_ctl").exists():
        return Path(on_path).parent
    installed = sorted(path.parent for one in _PROGRAMS for path in Path(one).glob("*/bin/initdb"))
    return installed[-1] if installed else None


def _has_user() -> bool:
    try:
        pwd.getpwnam(_USER)
    except KeyError:
        return False
    return True
