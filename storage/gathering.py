"""Many who wait, one trip: whatever is waiting at the same moment is done together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.ports.failures import Temporary

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class _Waiting(Generic[Job, Result]):
    job: Job
    future: "asyncio.Future[Result]"

    def release(self, outcome: Result | Exception) -> None:
        if self.future.done():
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class Gathering(Generic[Job, Result]):
    """
    Collects jobs for those who `serve` it, and gives each one who waits the outcome of their own.

    Nobody whose job was begun is left waiting, whatever goes wrong.
    """

    def __init__(self) -> None:
        self._waiting: list[_Waiting[Job, Result]] = []
        self._arrived = asyncio.Event()
        self._open = False

    def open(self) -> None:
        """Take jobs from now on."""
        self._open = True

    async def do(self, job: Job) -> Result:
        """Return what became of the job, or raise it. Raises `Temporary` while it is not open."""
        if not self._open:
            raise Temporary("the database is not open")
        waiting = _Waiting[Job, Result](job, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._arrived.set()
        return await waiting.future

    def close(self) -> None:
        """Take no more jobs. Whoever serves ends once those that wait are done."""
        self._open = False
        self._arrived.set()

    async def serve(
        self, run: Callable[[Sequence[Job]], Awaitable[Sequence[Result | Exception]]], *, most: int
    ) -> None:
        """Run what waits, up to `most` at once, until `close`. What `run` raises is everybody's outcome."""
        while self._open or self._waiting:
            await self._arrived.wait()
            group, self._waiting = self._waiting[:most], self._waiting[most:]
            if self._open and not self._waiting:
                self._arrived.clear()
            if group:
                await self._run(run, group)

    async def _run(
        self,
        run: Callable[[Sequence[Job]], Awaitable[Sequence[Result | Exception]]],
        group: Sequence[_Waiting[Job, Result]],
    ) -> None:
        outcomes: Sequence[Result | Exception] = ()
        try:
            outcomes = await run([waiting.job for waiting in group])
        except Exception as error:  # noqa: BLE001 - whatever it was, it is told to those who wait
            outcomes = [error] * len(group)
        finally:
            for waiting, outcome in zip(group, outcomes, strict=False):
                waiting.release(outcome)
            for waiting in group:
                waiting.release(Temporary("the database was closed meanwhile"))
