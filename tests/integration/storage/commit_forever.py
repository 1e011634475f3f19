"""Commits numbers one after another, four at a time, and prints each once it is reported as stored."""

import asyncio
import itertools
import sys

from storage.database import open_database
from storage.store import WorkspaceStore
from tests.integration.storage.samples import CIPHER, HERE, an_entry


async def main(url: str) -> None:
    database = open_database(url)
    await database.start()
    store = WorkspaceStore(database, HERE, CIPHER)
    numbers = itertools.count()

    async def commit_forever() -> None:
        for number in numbers:
            entry = an_entry(subject=f"number:{number}")
            await store.commit(store.notes.setting(f"n{number}", "x"), store.audit.appending(entry))
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()

    await asyncio.gather(*(commit_forever() for _ in range(4)))


asyncio.run(main(sys.argv[1]))
