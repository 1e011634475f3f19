"""Small checks that compose into a description of Block Kit; each yields problems with JSON pointers."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

Problem = str
Check = Callable[[Any, str], Iterator[Problem]]


def problem(message: str, at: str) -> Problem:
    """Return a message in Slack's wording, `must be ... [json-pointer:/blocks/0]`."""
    return f"{message} [json-pointer:{at}]"


def string(most: int, least: int = 1) -> Check:
    """Text of `least` to `most` characters."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield problem("must provide a string", at)
        elif len(value) > most:
            yield problem(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            yield problem(f"must be more than {least - 1} characters", at)

    return check


def pattern(expression: str, words: str) -> Check:
    """Text that matches completely; `words` says what was expected."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, str) or not re.fullmatch(expression, value):
            yield problem(words, at)

    return check


def choice(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if value not in allowed:
            yield problem(f"must be one of {', '.join(allowed)}", at)

    return check


def boolean(value: Any, at: str) -> Iterator[Problem]:
    """True or false, not a word for it."""
    if not isinstance(value, bool):
        yield problem("must provide a boolean", at)


def number(value: Any, at: str) -> Iterator[Problem]:
    """Any JSON number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield problem("must provide a number", at)


def whole(least: int, most: int) -> Check:
    """An integer within bounds, both included."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield problem("must provide an integer", at)
        elif not least <= value <= most:
            yield problem(f"must be between {least} and {most}", at)

    return check


def items(each: Check, most: int, least: int = 1) -> Check:
    """A list of `least` to `most` things that all pass the same check."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield problem("must provide an array", at)
            return
        if len(value) > most:
            yield problem(f"no more than {most} items allowed", at)
        if len(value) < least:
            yield problem(f"no fewer than {least} items allowed", at)
        for index, item in enumerate(value):
            yield from each(item, f"{at}/{index}")

    return check


def record(fields: Mapping[str, Check], required: Collection[str] = (), *rules: Check) -> Check:
    """An object with these members and no others; `rules` look at several members together."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield problem("must provide an object", at)
            return
        for name in sorted(set(required) - value.keys()):
            yield problem(f"missing required field: {name}", at)
        for name in value:
            if name in fields:
                yield from fields[name](value[name], f"{at}/{name}")
            else:
                yield problem(f"invalid additional property: {name}", at)
        for rule in rules:
            yield from rule(value, at)

    return check


def one_of(table: Mapping[str, Check], allowed: Collection[str] | None = None) -> Check:
    """An object whose `type` names its check; a type not in the table, or not allowed, is unsupported."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield problem("must provide an object", at)
            return
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in table or (allowed is not None and kind not in allowed):
            yield problem(f"unsupported type: {kind}", f"{at}/type")
            return
        yield from table[kind](value, at)

    return check


def exactly_one(*names: str) -> Check:
    """Exactly one of these members is present."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if sum(name in value for name in names) != 1:
            yield problem(f"must have exactly one of {', '.join(names)}", at)

    return check


def at_least_one(*names: str) -> Check:
    """At least one of these members is present."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not any(name in value for name in names):
            yield problem(f"must have one of {', '.join(names)}", at)

    return check
