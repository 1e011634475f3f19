"""How values look in a row: times in microseconds, JSON as text."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, overload

import orjson

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Row(Protocol):
    """A row of either driver: its columns by name."""

    def __getitem__(self, column: str, /) -> Any: ...


@overload
def micros(moment: datetime) -> int: ...
@overload
def micros(moment: None) -> None: ...
def micros(moment: datetime | None) -> int | None:
    """Return microseconds since 1970 in UTC. Raises `TypeError` for a time without a zone."""
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


@overload
def moment(stored: int) -> datetime: ...
@overload
def moment(stored: None) -> None: ...
def moment(stored: int | None) -> datetime | None:
    """Return the time that `micros` made a number of."""
    return None if stored is None else _EPOCH + stored * _MICROSECOND


def to_json(value: Mapping[str, object] | Sequence[str]) -> str:
    """Return canonical JSON: sorted keys, no spaces."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def from_json(text: str) -> Any:
    return orjson.loads(text)
