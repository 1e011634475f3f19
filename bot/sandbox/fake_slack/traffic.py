"""The raw traffic in both directions, bounded, with tokens removed."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

KEPT = 2000
"""Calls and deliveries kept for looking at; older ones are forgotten."""

DeliveryKind = Literal["slash_commands", "interactive", "events_api", "url_verification", "ssl_check"]
Transport = Literal["http", "socket"]


@dataclass(frozen=True)
class Call:
    """One request of the app to Slack. `method` is the Web API method, or `response_url`."""

    at: datetime
    method: str
    arguments: Mapping[str, Any]
    status: int | None
    """None: the connection was dropped, nothing was answered."""
    response: Mapping[str, Any]


@dataclass(frozen=True)
class Delivery:
    """One request of Slack to the app, and what came of it."""

    at: datetime
    kind: DeliveryKind
    transport: Transport
    headers: Mapping[str, str]
    body: str
    payload: Mapping[str, Any]
    """What the body says, decoded: form fields of a command, or the interaction or event."""
    status: int | None
    """None when nothing came back. A Socket Mode acknowledgement counts as 200."""
    answer: str
    duration_seconds: float
    error: str | None = None
    """`operation_timeout` or `dispatch_failed` when nothing came back."""
    answer_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        """The answer decoded as JSON. Raises ValueError when it is not JSON."""
        return json.loads(self.answer)


class Traffic:
    """What went over the wire, newest last."""

    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=KEPT)
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT)
        self.on_call: list[Callable[[Call], None]] = []
        """Hear of each call once it has its answer."""

    def note(self, call: Call) -> None:
        """Keep a call."""
        self.calls.append(call)
        for hear in self.on_call:
            hear(call)

    def called(self, method: str) -> list[Call]:
        """Return the kept calls of one method."""
        return [call for call in self.calls if call.method == method]


def redacted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy without tokens and without the ticket of a Socket Mode address."""
    return {name: "[redacted]" if _is_secret(name, value) else value for name, value in values.items()}


def _is_secret(name: str, value: object) -> bool:
    return name == "token" or (name == "url" and "ticket=" in str(value))
