"""The query options of Graph this fake understands; everything else is refused."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.sandbox.fake_microsoft.gdap_rules import bad_request

LARGEST_TOP = 300
_OPTIONS = frozenset({"$filter", "$top", "$select", "$orderby", "$count", "$skiptoken"})
_TEXT = r"'((?:[^']|'')*)'"
_EQUALS = re.compile(rf"([A-Za-z/]+)\s+eq\s+{_TEXT}\s*")
_STARTS = re.compile(rf"startswith\(\s*([A-Za-z/]+)\s*,\s*{_TEXT}\s*\)\s*")
_AND = re.compile(r"and\s+")
_PROPERTIES: dict[str, tuple[str, ...]] = {
    "status": ("status",),
    "displayName": ("displayName",),
    "customer/tenantId": ("customer", "tenantId"),
}
_ORDERS = frozenset({"createdDateTime", "displayName", "lastModifiedDateTime"})

Body = dict[str, Any]
Test = Callable[[Body], bool]


def check_options(query: Mapping[str, str]) -> None:
    for name in query:
        if name not in _OPTIONS:
            raise bad_request(f"The query option '{name}' is not supported.")


def filtered(bodies: Sequence[Body], text: str | None) -> list[Body]:
    """Bodies that pass a conjunction of `eq` and `startswith`. Raises `Refused` 400."""
    tests = parse(text) if text is not None else []
    return [body for body in bodies if all(test(body) for test in tests)]


def parse(text: str) -> list[Test]:
    tests: list[Test] = []
    rest = text.strip()
    while True:
        test, rest = _first(rest)
        tests.append(test)
        if not rest:
            return tests
        joined = _AND.match(rest)
        if joined is None:
            raise bad_request("Invalid filter clause.")
        rest = rest[joined.end() :]


def _first(text: str) -> tuple[Test, str]:
    for pattern, make in ((_EQUALS, _equals), (_STARTS, _starts)):
        match = pattern.match(text)
        if match is not None:
            return make(_property(match[1]), match[2].replace("''", "'").lower()), text[match.end() :]
    raise bad_request("Invalid filter clause.")


def _property(name: str) -> tuple[str, ...]:
    if name not in _PROPERTIES:
        raise bad_request(f"The property '{name}' cannot be used in the query filter.")
    return _PROPERTIES[name]


def _equals(path: tuple[str, ...], value: str) -> Test:
    return lambda body: _at(body, path).lower() == value


def _starts(path: tuple[str, ...], value: str) -> Test:
    return lambda body: _at(body, path).lower().startswith(value)


def _at(body: Body, path: tuple[str, ...]) -> str:
    value: Any = body
    for name in path:
        value = (value or {}).get(name)
    return str(value or "")


def ordered(bodies: list[Body], text: str | None) -> list[Body]:
    if text is None:
        return bodies
    name, _, direction = text.partition(" ")
    if name not in _ORDERS or direction not in ("", "asc", "desc"):
        raise bad_request("The $orderby clause is not supported.")
    return sorted(bodies, key=lambda body: str(body[name]), reverse=direction == "desc")


def selected(body: Body, text: str | None) -> Body:
    if text is None:
        return body
    names = text.split(",")
    return {name: value for name, value in body.items() if name.startswith("@") or name in names}


def top_of(query: Mapping[str, str], default: int) -> int:
    text = query.get("$top", str(default))
    if not text.isdigit() or not 1 <= int(text) <= LARGEST_TOP:
        raise bad_request(f"$top must be between 1 and {LARGEST_TOP}.")
    return int(text)
