"""Everything a person could see, in the order it appeared."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal[
    "message",
    "direct_message",
    "update",
    "delete",
    "ephemeral",
    "ephemeral_update",
    "modal",
    "modal_update",
    "modal_closed",
    "field_errors",
    "home",
    "toast",
]


@dataclass(frozen=True)
class Seen:
    """
    One thing that appeared, changed or went away on a screen.

    `who` is the only person who sees it, or "" when everyone in `where` does. `where` is a channel id
    (messages, ephemerals) or a view id (modals, Home), or "" for a toast. `text` is what can be read;
    `payload` is the stored message or view as the Web API would return it.
    """

    at: datetime
    kind: Kind
    who: str
    where: str
    text: str
    payload: dict[str, Any] = field(default_factory=dict)


class Feed:
    """An append-only list of `Seen` that can be waited on."""

    def __init__(self) -> None:
        self._seen: list[Seen] = []
        self._grown = asyncio.Event()

    def __len__(self) -> int:
        return len(self._seen)

    def since(self, position: int = 0) -> tuple[Seen, ...]:
        """Return what appeared from `position` (a former `len(feed)`) on."""
        return tuple(self._seen[position:])

    def add(self, seen: Seen) -> None:
        """Append, and wake everyone who waits."""
        self._seen.append(seen)
        self._grown.set()
        self._grown = asyncio.Event()

    async def wait_for(self, wanted: Callable[[Seen], bool], *, timeout: float, since: int = 0) -> Seen:  # noqa: ASYNC109 - the message must list what was seen instead
        """Return the first wanted entry at or after `since`. Raises TimeoutError, with the last entries."""
        position = since
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for seen in self._seen[position:]:
                        if wanted(seen):
                            return seen
                    position = len(self._seen)
                    await self._grown.wait()
        except TimeoutError:
            raise TimeoutError(self._nothing_wanted(timeout)) from None

    def _nothing_wanted(self, timeout: float) -> str:
        last = "\n".join(f"  {seen.kind} {seen.who} {seen.where} {seen.text!r}" for seen in self._seen[-8:])
        return f"nothing wanted appeared within {timeout} s; last seen:\n{last}"
