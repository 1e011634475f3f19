"""Carrying callbacks to the registered address: ten attempts, then never again."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import aiohttp

from bot.sandbox.fake_microsoft.events import Event
from bot.sandbox.fake_microsoft.feed import Feed, WebhookAttempt
from bot.sandbox.fake_microsoft.signing import Mode, SignedDelivery, Signer
from bot.sandbox.fake_microsoft.state import World, new_guid


@dataclass(frozen=True)
class Registration:
    """The one webhook registration of the partner tenant."""

    url: str
    events: tuple[str, ...]
    signature_in_ms_header: bool
    modified_at: datetime
    subscriber_id: str = field(default_factory=new_guid)
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Parcel:
    event: Event
    mode: Mode
    signed: SignedDelivery
    url: str
    done: Callable[[int | None], None] | None = None


class Deliveries:
    """Signs and sends events; a parcel's body is the same in every attempt."""

    def __init__(self, world: World, feed: Feed, signer: Signer) -> None:
        self._world = world
        self._feed = feed
        self._signer = signer
        self._modes: deque[Mode] = deque()
        self._held: list[_Parcel] = []
        self._reordered: list[_Parcel] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self.registration: Registration | None = None
        self.mode = Mode.NORMAL

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(trust_env=False)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def next_modes(self, *modes: Mode) -> None:
        """Deliver the coming events in these modes, one each, before `mode` applies again."""
        self._modes.extend(modes)

    def announce(self, event: Event, done: Callable[[int | None], None] | None = None) -> None:
        """Deliver `event` if the registration asks for it; `done` hears the last attempt's status."""
        registration = self.registration
        if registration is None or event.name not in registration.events:
            return
        mode = self._modes.popleft() if self._modes else self.mode
        parcel = _Parcel(event, mode, self._signed(event, mode, registration), registration.url, done)
        waiting, self._reordered = self._reordered, []
        self._dispatch(parcel)
        for late in waiting:
            self._spawn(late, after=tuple(self._tasks))

    def release(self, *, reverse: bool = True) -> int:
        """Send what was held, the newest first unless `reverse` is false; return how many."""
        held, self._held = self._held + self._reordered, []
        self._reordered = []
        previous: tuple[asyncio.Task[None], ...] = ()
        for parcel in reversed(held) if reverse else held:
            previous = (self._spawn(parcel, after=previous),)
        return len(held)

    async def idle(self) -> None:
        """Wait until nothing is under way; held parcels stay held."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _signed(self, event: Event, mode: Mode, registration: Registration) -> SignedDelivery:
        plain = mode in (Mode.NORMAL, Mode.DUPLICATED, Mode.HELD, Mode.REORDERED)
        if plain and registration.signature_in_ms_header:
            mode = Mode.MS_SIGNATURE_HEADER
        return self._signer.delivery(event, mode)

    def _dispatch(self, parcel: _Parcel) -> None:
        if parcel.mode is Mode.LOST:
            self._publish(parcel, 0, None, "lost")
        elif parcel.mode is Mode.HELD:
            self._held.append(parcel)
            self._publish(parcel, 0, None, "held")
        elif parcel.mode is Mode.REORDERED:
            self._reordered.append(parcel)
            self._publish(parcel, 0, None, "held")
        else:
            for _ in range(2 if parcel.mode is Mode.DUPLICATED else 1):
                self._spawn(parcel)

    def _spawn(self, parcel: _Parcel, after: tuple[asyncio.Task[None], ...] = ()) -> asyncio.Task[None]:
        task = asyncio.create_task(self._deliver(parcel, after))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _deliver(self, parcel: _Parcel, after: tuple[asyncio.Task[None], ...]) -> None:
        if after:
            await asyncio.wait(after)
        behaviour = self._world.behaviour
        for attempt in range(1, behaviour.webhook_attempts + 1):
            status = await self._attempt(parcel)
            delivered = status is not None and 200 <= status < 300
            last = attempt == behaviour.webhook_attempts
            self._publish(parcel, attempt, status, "delivered" if delivered else "dead" if last else "failed")
            if delivered or last:
                break
            await asyncio.sleep(behaviour.webhook_retry_seconds)
        if parcel.done is not None:
            parcel.done(status)

    async def _attempt(self, parcel: _Parcel) -> int | None:
        if self._session is None:
            raise RuntimeError("deliveries have not been started")
        timeout = aiohttp.ClientTimeout(total=self._world.behaviour.webhook_timeout_seconds)
        try:
            async with self._session.post(
                parcel.url,
                data=parcel.signed.body,
                headers=parcel.signed.headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return None

    def _publish(
        self,
        parcel: _Parcel,
        attempt: int,
        status: int | None,
        outcome: Literal["delivered", "failed", "dead", "lost", "held"],
    ) -> None:
        self._feed.publish(
            WebhookAttempt(
                self._world.clock(),
                parcel.event.name,
                parcel.url,
                attempt,
                status,
                outcome,
                str(parcel.mode),
                parcel.signed.headers,
                parcel.signed.body,
            )
        )
