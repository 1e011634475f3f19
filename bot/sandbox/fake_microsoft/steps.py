"""Things that happen a little later."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class _Step:
    due: datetime
    action: Callable[[], object]


class Steps:
    """Queues of later actions, one per subject; a subject takes at most one step per advance."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._queues: dict[str, deque[_Step]] = {}

    def add(self, subject: str, action: Callable[[], object], delay: timedelta) -> None:
        queue = self._queues.setdefault(subject, deque())
        after = queue[-1].due if queue else self._clock()
        queue.append(_Step(after + delay, action))

    def waiting(self, subject: str) -> bool:
        return subject in self._queues

    def drop(self, subject: str) -> None:
        self._queues.pop(subject, None)

    def advance(self, *, force: bool = False) -> bool:
        """Take what is due, or one step of each subject when forced; return whether anything moved."""
        now = self._clock()
        due = [subject for subject, queue in self._queues.items() if queue and (force or queue[0].due <= now)]
        for subject in due:
            self._queues[subject].popleft().action()
            if not self._queues.get(subject):
                self._queues.pop(subject, None)
        return bool(due)
