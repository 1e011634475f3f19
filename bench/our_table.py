"""The listeners our bot has, read from its own table of contents."""

from types import SimpleNamespace
from typing import Any, cast

from handlers import register

Listener = tuple[str, str]


class _Recorder:
    """Stands where `Routes` does and notes what is registered."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []

    def __getattr__(self, kind: str) -> Any:
        return lambda name, _handler=None: self.listeners.append((kind, name))


def our_listeners() -> list[Listener]:
    """Return kind and name of each, in the order of the table."""
    recorder = _Recorder()
    register(cast(Any, recorder), cast(Any, SimpleNamespace()), cast(Any, None))
    return [(kind, name) for kind, name in recorder.listeners if kind != "other_actions"]
