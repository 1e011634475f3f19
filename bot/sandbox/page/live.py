"""What changed, told to every open page as it happens."""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import suppress

from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_slack import Call, FakeSlack
from bot.sandbox.page.stage import Stage

KEEP_ALIVE_SECONDS = 15.0
LONG_SECONDS = 3600.0
LOOK_SECONDS = 1.0
"""Steps that Microsoft takes by itself are not on its feed; its state is compared this often."""

CLOSED = ""
ORDER = ("slack", "world", "clock")


class Live:
    """Turns both feeds and the clock into server-sent events, one queue for each open page."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._queues: set[asyncio.Queue[str]] = set()
        self._number: int | None = None
        stage.on_change.append(self._on_stage)
        self._on_stage()

    @property
    def open_pages(self) -> int:
        """How many pages are listening."""
        return len(self._queues)

    def tell(self, what: str) -> None:
        """Tell every open page that `slack`, `world` or `clock` changed."""
        for queue in self._queues:
            queue.put_nowait(what)

    def close(self) -> None:
        """End every stream."""
        self.tell(CLOSED)

    async def changes(self) -> AsyncGenerator[str, None]:
        """Yield server-sent events until the page goes away. Each names everything that changed since."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._queues.add(queue)
        number, watching = self._number, self._watchers(queue)
        try:
            yield "retry: 1000\n\n" + event(set(ORDER))
            while CLOSED not in (names := await _next(queue)):
                if number != self._number:
                    await _ended(watching)
                    number, watching = self._number, self._watchers(queue)
                yield event(names) if names else ": still here\n\n"
        finally:
            self._queues.discard(queue)
            await _ended(watching)

    def _on_stage(self) -> None:
        """Listen to clock and calls of a telling that is new, and say that everything is different."""
        if self._number != self._stage.told.number:
            self._number = self._stage.told.number
            self._stage.clock.on_move.append(lambda: self.tell("clock"))
            self._stage.slack.traffic.on_call.append(self._on_call)
        for what in ORDER:
            self.tell(what)

    def _on_call(self, call: Call) -> None:
        """A refusal changes nothing that people see, so it is on no feed."""
        if call.response.get("ok") is False:
            self.tell("slack")

    def _watchers(self, queue: asyncio.Queue[str]) -> list[asyncio.Task[None]]:
        return [
            asyncio.create_task(_watch_slack(self._stage.slack, queue)),
            asyncio.create_task(_watch_microsoft(self._stage.microsoft, queue)),
        ]


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _watch_slack(slack: FakeSlack, queue: asyncio.Queue[str]) -> None:
    feed = slack.feed
    while True:
        with suppress(TimeoutError):
            await feed.wait_for(lambda _: True, timeout=LONG_SECONDS, since=len(feed))
            queue.put_nowait("slack")


async def _watch_microsoft(microsoft: FakeMicrosoft, queue: asyncio.Queue[str]) -> None:
    feed, known = microsoft.feed, _state_of(microsoft)
    while True:
        seen = len(feed)
        with suppress(TimeoutError):
            await feed.wait_for(lambda _, seen=seen: len(feed) > seen, LOOK_SECONDS)  # type: ignore[misc]  # mypy does not infer a lambda's default
        if (now := _state_of(microsoft)) != known:
            known = now
            queue.put_nowait("world")


def _state_of(microsoft: FakeMicrosoft) -> Hashable:
    gdap, world = microsoft.gdap, microsoft.world
    relationships = tuple((each.id, each.etag) for each in gdap.relationships.values())
    assignments = tuple(
        (each.id, each.etag) for key in gdap.relationships for each in gdap.assignments.of(key)
    )
    customers = tuple(world.customers), tuple(sorted(world.agreements_signed))
    return len(microsoft.feed), relationships, assignments, customers


def event(names: set[str]) -> str:
    """Return one server-sent event `change`, its data the names with spaces between."""
    listed = " ".join(name for name in ORDER if name in names)
    return f"event: change\ndata: {listed}\n\n"


async def _next(queue: asyncio.Queue[str]) -> set[str]:
    names = set()
    with suppress(TimeoutError):
        names.add(await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS))
    while not queue.empty():
        names.add(queue.get_nowait())
    return names
