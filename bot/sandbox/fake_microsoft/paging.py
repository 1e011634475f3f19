"""Seek paging: an opaque token in a header leads to the next page."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from bot.sandbox.fake_microsoft.behaviour import Behaviour
from bot.sandbox.fake_microsoft.wire import Refused

T = TypeVar("T")

Key = tuple[str, ...]


@dataclass(frozen=True)
class _Position:
    after: Key
    size: int
    query: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page; `more` are the collection's `links` and, when another follows, `continuationToken`."""

    items: list[T]
    more: dict[str, Any]


class Pager(Generic[T]):
    """
    Pages through items in the order of `key`, so that changes between pages neither skip nor repeat others.

    Source: the official SDK's BaseResourceCollectionEnumerator and its link model
    """

    def __init__(self, path: str, key: Callable[[T], Key], behaviour: Behaviour) -> None:
        self._path = path
        self._key = key
        self._behaviour = behaviour
        self._positions: dict[str, _Position] = {}

    def query(self, request: web.Request) -> dict[str, str]:
        """What the caller asked for; on later pages what it asked for on the first."""
        if "seekOperation" not in request.query:
            return dict(request.query)
        return dict(self._position(request).query)

    def page(self, request: web.Request, items: Sequence[T]) -> Page[T]:
        """`items` are all that match; raises `Refused` 400 for a bad size or token."""
        ordered = sorted(items, key=self._key)
        size = self._size(request.query.get("size", "0"))
        query = tuple((name, value) for name, value in request.query.items() if name != "seekOperation")
        if "seekOperation" in request.query:
            position = self._position(request)
            ordered = [item for item in ordered if self._key(item) > position.after]
            size, query = position.size, position.query
        chosen = ordered[:size]
        rest = len(ordered) > size
        return Page(
            chosen, self._more(query, _Position(self._key(chosen[-1]), size, query) if rest else None)
        )

    def _position(self, request: web.Request) -> _Position:
        position = self._positions.get(request.headers.get("MS-ContinuationToken", ""))
        if request.query["seekOperation"] != "Next" or position is None:
            raise Refused(400, "3000", "The continuation token is missing or invalid.")
        return position

    def _size(self, text: str) -> int:
        if not text.isdigit():
            raise Refused(400, "3000", "size must be a number.")
        return min(int(text) or self._behaviour.page_size, self._behaviour.max_page_size)

    def _more(self, query: tuple[tuple[str, str], ...], position: _Position | None) -> dict[str, Any]:
        links = {"self": self._link(query, [])}
        if position is None:
            return {"links": links}
        token = secrets.token_urlsafe(24)
        self._positions[token] = position
        headers = [{"key": "MS-ContinuationToken", "value": token}]
        links["next"] = self._link((*query, ("seekOperation", "Next")), headers)
        return {"links": links, "continuationToken": token}

    def _link(self, query: tuple[tuple[str, str], ...], headers: list[dict[str, str]]) -> dict[str, Any]:
        prefix = "/v1" if self._behaviour.link_uris_with_version else ""
        text = f"?{urlencode(query)}" if query else ""
        return {"uri": f"{prefix}{self._path}{text}", "method": "GET", "headers": headers}
