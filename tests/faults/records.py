"""What a database holds, read while the bot is dead or alive, without taking part."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import asyncpg

from storage.database import kind_of, sqlite_path

HELD = "SELECT id, attempts FROM work WHERE status = 'waiting' AND lease_until > 1"
WAITING = """
    SELECT COUNT(*) AS n FROM work WHERE status = 'waiting' AND queue IN ('outbox', 'sender', 'webhooks')
"""


@dataclass(frozen=True)
class Records:
    """Reads with a connection of its own each time: nothing it does can hold the bot up."""

    url: str

    async def rows(self, sql: str) -> Sequence[Mapping[str, Any]]:
        if kind_of(self.url) == "sqlite":
            with closing(sqlite3.connect(f"file:{sqlite_path(self.url)}?mode=ro", uri=True)) as file:
                file.row_factory = sqlite3.Row
                return [dict(row) for row in file.execute(sql).fetchall()]
        connection = await asyncpg.connect(self.url)
        try:
            return [dict(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    async def held(self) -> dict[str, int]:
        """Return the work somebody holds, with how often it was claimed."""
        return {row["id"]: row["attempts"] for row in await self.rows(HELD)}

    async def still_held(self, held: Mapping[str, int]) -> bool:
        """Return whether any of it was neither claimed again nor ended since."""
        now = await self.rows("SELECT id, attempts FROM work WHERE status = 'waiting'")
        return any(held.get(row["id"]) == row["attempts"] for row in now)

    async def waiting(self) -> int:
        """Return how much is still to be said or sent."""
        (row,) = await self.rows(WAITING)
        return int(row["n"])


def payload_of(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["payload"])
    return found
