"""A clock that runs like the real one, and jumps when somebody moves it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """The one clock of the bot and of everything around it. `on_move` hears of every jump."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self.on_move: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def __call__(self) -> datetime:
        return self.now()

    @property
    def ahead(self) -> timedelta:
        """How far this clock is ahead of the real one."""
        return self._ahead

    def move(self, by: timedelta) -> None:
        """Jump ahead. Raises `ValueError` for a jump back: nothing here could undo what has happened."""
        if by < timedelta():
            raise ValueError("time only goes forward")
        self._ahead += by
        for hear in self.on_move:
            hear()
