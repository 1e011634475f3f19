"""Durable work. One table serves all four queues."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.identifiers import WorkspaceId
from bot.ports.clock import Clock
from bot.ports.failures import OutcomeUnknown, Temporary
from bot.ports.store import Stale
from bot.ports.work import Abandoned, Backlog, Claim, Queue, Work, WorkId
from storage.database import Database
from storage.rows import Row, from_json, micros, moment, to_json
from storage.table import Table
from storage.work_sql import (
    ABANDONED,
    ADD,
    BY_LANE,
    CLAIM,
    COUNTS,
    FINISH,
    KNOWN,
    NEXT_DUE,
    POSTPONE,
    RELEASE,
    REST,
    WORKSPACES,
)
from storage.writes import Value, Write


class WorkQueue(Table):
    def __init__(self, database: Database, workspace_id: WorkspaceId, clock: Clock) -> None:
        super().__init__(database, workspace_id)
        self._clock = clock

    def adding(self, work: Work) -> Write:
        row: dict[str, Value] = {
            "id": work.id,
            "queue": work.queue.value,
            "lane": work.lane,
            "key": work.key,
            "payload": to_json(work.payload),
            "due_at": micros(work.due_at),
        }
        return Write(
            ADD, self._here(row), summary=f"add {work.queue} {work.id}", wakes=frozenset({work.queue})
        )

    async def claim(self, queue: Queue, *, now: datetime, lease: timedelta, limit: int) -> Sequence[Claim]:
        token = secrets.token_hex(16)
        params = {"queue": queue.value, "now": micros(now), "until": micros(now + lease), "limit": limit}
        write = Write(
            CLAIM,
            self._here({**params, "token": token}),
            summary=f"claim {queue}",
            returning=True,
            serial=f"claim {self._workspace_id} {queue}",
        )
        try:
            (rows,) = await self._database.apply([write])
        except OutcomeUnknown as error:
            # If it did happen, the lease runs out by itself.
            raise Temporary(str(error)) from error
        oldest_first = sorted(rows, key=lambda row: (row["due_at"], row["seq"]))
        return [_to_claim(row) for row in oldest_first]

    def finishing(self, claim: Claim, outcome: str = "") -> Write:
        return self._ending(claim, "done", outcome)

    def giving_up(self, claim: Claim, *, outcome: str) -> Write:
        return self._ending(claim, "abandoned", outcome)

    def postponing(self, claim: Claim, *, until: datetime, outcome: str, afresh: bool = False) -> Write:
        params: dict[str, Value] = {"due_at": micros(until), "outcome": outcome, "answered": 1}
        params["afresh"] = int(afresh)
        return self._guarded(POSTPONE, claim, params, f"postpone {claim.work.id}")

    def leaving_open(self, claim: Claim, *, until: datetime) -> Write:
        params: dict[str, Value] = {"due_at": micros(until), "outcome": "unknown", "answered": 0, "afresh": 0}
        return self._guarded(POSTPONE, claim, params, f"leave open {claim.work.id}")

    def resting(self, lane: str, *, until: datetime) -> Write:
        params: dict[str, Value] = {"lane": lane, "until": micros(until)}
        return Write(REST, self._here(params), summary="rest a lane")

    def releasing(self) -> Write:
        return Write(RELEASE, self._here({}), summary="release leases", wakes=frozenset(Queue))

    async def next_due(self, queue: Queue) -> datetime | None:
        row = await self._row(NEXT_DUE, queue=queue.value)
        return moment(row["due_at"]) if row else None

    async def backlog(self, queue: Queue, *, now: datetime) -> Backlog:
        counts = await self._row(COUNTS, queue=queue.value, now=micros(now))
        lanes = await self._rows(BY_LANE, queue=queue.value)
        if counts is None:
            return Backlog()
        return Backlog(
            waiting=counts["waiting"],
            abandoned=counts["abandoned"],
            oldest_due_at=moment(counts["oldest_due_at"]),
            by_lane={row["lane"]: row["number"] for row in lanes},
        )

    async def abandoned(self, queue: Queue, *, limit: int) -> Sequence[Abandoned]:
        rows = await self._rows(ABANDONED, queue=queue.value, limit=limit)
        return [Abandoned(_to_work(row), row["outcome"], moment(int(row["ended_at"]))) for row in rows]

    async def known(self, queue: Queue, key: str) -> WorkId | None:
        row = await self._row(KNOWN, queue=queue.value, key=key)
        return WorkId(row["id"]) if row else None

    def _ending(self, claim: Claim, status: str, outcome: str) -> Write:
        ended_at = micros(self._clock.now())
        params: dict[str, Value] = {"status": status, "outcome": outcome, "ended_at": ended_at}
        return self._guarded(FINISH, claim, params, f"{status} {claim.work.id}")

    def _guarded(self, sql: str, claim: Claim, params: Mapping[str, Value], summary: str) -> Write:
        return Write(
            sql,
            self._here({**params, "id": claim.work.id, "token": claim.token}),
            summary=summary,
            must_touch=1,
            otherwise=Stale(f"work {claim.work.id}: the lease went to somebody else"),
            wakes=frozenset({claim.work.queue}) if claim.work.lane else frozenset(),
        )


async def workspaces_with_work(database: Database) -> list[WorkspaceId]:
    """Return the workspaces for which anything was ever to be done."""
    return [WorkspaceId(row["workspace_id"]) for row in await database.fetch(WORKSPACES)]


def _to_work(row: Row) -> Work:
    return Work(
        id=WorkId(row["id"]),
        queue=Queue(row["queue"]),
        payload=from_json(row["payload"]),
        due_at=moment(int(row["due_at"])),
        lane=row["lane"],
        key=row["key"],
    )


def _to_claim(row: Row) -> Claim:
    return Claim(
        work=_to_work(row),
        token=row["token"],
        attempts=row["attempts"],
        uncertain=row["attempts"] - 1 > row["answered"],
        leased_until=moment(int(row["lease_until"])),
    )
