"""Durable work: what has to happen after a commit, however often we are killed in between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

WorkId = NewType("WorkId", str)
"""32 hexadecimal characters; for a message it is also the intent id in the message's metadata."""

LEASE = timedelta(seconds=30)
"""
How long a claim lasts. Work that a killed process held is due again after it, or as soon as a process begins
that knows itself alone.
"""


class Queue(StrEnum):
    """The four kinds of durable work."""

    OUTBOX = "outbox"
    SENDER = "sender"
    WEBHOOKS = "webhooks"
    TIMERS = "timers"


@dataclass(frozen=True)
class Work:
    """
    One thing to do. `payload` is JSON.

    Work in one `lane` of a queue is done in the order it was added, one at a time; `""` is no lane.
    A second piece of work with the `key` of an earlier one, done or not, is not added.
    """

    id: WorkId
    queue: Queue
    payload: Mapping[str, object]
    due_at: datetime
    lane: str = ""
    key: str = ""


@dataclass(frozen=True)
class Claim:
    """
    Work that is ours until `leased_until`.

    `attempts` counts this one; those that ended with their process count as one together. `uncertain` means
    an earlier attempt began and its end was never recorded, or may have begun in a life nobody remembers.
    """

    work: Work
    token: str
    attempts: int
    uncertain: bool
    leased_until: datetime


@dataclass(frozen=True)
class Abandoned:
    """Work that was given up, for the doctor and for people: `outcome` says why."""

    work: Work
    outcome: str
    ended_at: datetime


@dataclass(frozen=True)
class Backlog:
    """How much is waiting in a queue and since when the oldest is due."""

    waiting: int = 0
    abandoned: int = 0
    oldest_due_at: datetime | None = None
    by_lane: Mapping[str, int] = field(default_factory=dict)
