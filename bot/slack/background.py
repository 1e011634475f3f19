"""Tasks that somebody keeps, waits for at shutdown, and hears about when they fail."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

Report = Callable[[Exception], None]

logger = logging.getLogger(__name__)


def where_failed(error: Exception) -> str:
    """Return the kind of an error and where it came from: its message may quote what was parsed."""
    frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
    return f"{type(error).__qualname__}\n{frames}"


def log_failure(error: Exception) -> None:
    logger.error("in the background: %s", where_failed(error))


class BackgroundTasks:
    """A set of running tasks."""

    def __init__(self) -> None:
        self._running: set[asyncio.Future[Any]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Awaitable[Any], *, report: Report = log_failure) -> asyncio.Future[Any]:
        """Run `work` soon; if it fails, `report` is called with the error."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(lambda done: self._finish(done, report))
        return task

    async def drain(self, timeout_seconds: float) -> int:
        """Wait for everything running, cancel what outlives the deadline, and return how many that were."""
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while self._running:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return await self._cancel()
            await asyncio.wait(set(self._running), timeout=left)
        return 0

    async def _cancel(self) -> int:
        late = set(self._running)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        logger.warning("%d background tasks were cancelled at shutdown", len(late))
        return len(late)

    def _finish(self, task: asyncio.Future[Any], report: Report) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            report(error)
