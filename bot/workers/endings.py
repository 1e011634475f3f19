"""How one attempt at a piece of work can end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ports.failures import OutcomeUnknown, Temporary
from bot.ports.store import Write

_LONGEST = timedelta(minutes=5)


@dataclass(frozen=True)
class Done:
    """It happened. `writes` commit together with the end of the work."""

    outcome: str = ""
    writes: Sequence[Write] = ()


@dataclass(frozen=True)
class Again:
    """It is due again at `at`; `writes` commit with that. `afresh`: it happened, and comes back for ever."""

    at: datetime
    outcome: str = ""
    writes: Sequence[Write] = ()
    afresh: bool = False


@dataclass(frozen=True)
class GivenUp:
    """It will not happen until a person changes something."""

    reason: str
    writes: Sequence[Write] = ()


@dataclass(frozen=True)
class Unknown:
    """The answer was lost: look before doing it again, from `at` on."""

    at: datetime


Ending = Done | Again | GivenUp | Unknown


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after this many attempts: 1 s doubling to 5 min."""
    return min(timedelta(seconds=2 ** min(attempts - 1, 20)), _LONGEST)


def waiting_time(failure: Temporary | OutcomeUnknown, attempts: int) -> timedelta:
    """Return how long to wait after a failure: as long as we were asked to, or else the usual time."""
    asked = failure.retry_after if isinstance(failure, Temporary) else None
    return asked or backoff(attempts)
