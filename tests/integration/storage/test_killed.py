import asyncio
import sys

from storage.database import open_database
from storage.store import WorkspaceStore
from tests.integration.storage.samples import CIPHER, HERE

LEAST = 40


async def test_what_was_reported_before_a_kill_is_there_after_it(url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.storage.commit_forever",
        url,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    reported = [(await process.stdout.readline()) for _ in range(LEAST)]
    process.kill()
    reported += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    numbers = [int(line) for line in reported if line.endswith(b"\n")]
    assert len(numbers) >= LEAST

    database = open_database(url)
    await database.start()
    store = WorkspaceStore(database, HERE, CIPHER)
    stored = {number for number in numbers if await store.notes.get(f"n{number}") == "x"}
    audited = {number for number in numbers if await store.audit.of_subject(f"number:{number}")}
    broken = await store.audit.first_broken()
    await database.close()

    assert stored == audited == set(numbers)
    assert broken is None
