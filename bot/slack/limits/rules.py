"""The kinds of rule the tables of limits are made of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Surface = str
"""`message`, `modal` or `home`."""


@dataclass(frozen=True)
class Problem:
    """One broken rule. `pointer` is a JSON pointer into what was checked; no text of it is repeated."""

    pointer: str
    rule: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.rule}"


Problems = Iterator[Problem]


class Rule(Protocol):
    def check(self, value: Any, at: str, surface: Surface) -> Problems:
        """Yield what is wrong with `value`, which stands at the pointer `at`."""


@dataclass(frozen=True)
class Text:
    """A string of `least` to `most` characters."""

    most: int
    least: int = 1

    def check(self, value: Any, at: str, surface: Surface) -> Problems:  # noqa: ARG002 - a `Rule`
        if not isinstance(value, str):
            yield Problem(at, "must be a string")
        elif not self.least <= len(value) <= self.most:
            yield Problem(at, f"must have {self.least} to {self.most} characters, has {len(value)}")


@dataclass(frozen=True)
class Number:
    least: int
    most: int

    def check(self, value: Any, at: str, surface: Surface) -> Problems:  # noqa: ARG002 - a `Rule`
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            yield Problem(at, f"must be a whole number from {self.least} to {self.most}")


@dataclass(frozen=True)
class OneOf:
    """One of these constants."""

    values: frozenset[Any]

    def check(self, value: Any, at: str, surface: Surface) -> Problems:  # noqa: ARG002 - a `Rule`
        if not isinstance(value, str | bool) or value not in self.values:
            yield Problem(at, f"must be one of {', '.join(sorted(map(str, self.values)))}")


def one_of(*values: str | bool) -> OneOf:
    return OneOf(frozenset(values))


FLAG = one_of(True, False)


@dataclass(frozen=True)
class Many:
    """A list of `least` to `most` items."""

    item: Rule
    most: int
    least: int = 1

    def check(self, value: Any, at: str, surface: Surface) -> Problems:
        if not isinstance(value, list):
            yield Problem(at, "must be a list")
            return
        if not self.least <= len(value) <= self.most:
            yield Problem(at, f"must have {self.least} to {self.most} items, has {len(value)}")
        for index, item in enumerate(value[: self.most]):
            yield from self.item.check(item, f"{at}/{index}", surface)


Further = Callable[[Mapping[str, Any]], str | None]
"""A rule across the fields of one object: what is wrong, or None."""


@dataclass(frozen=True)
class Thing:
    """An object with these fields, on these surfaces, and no others."""

    required: Mapping[str, Rule] = field(default_factory=dict)
    optional: Mapping[str, Rule] = field(default_factory=dict)
    surfaces: frozenset[Surface] = frozenset({"message", "modal", "home"})
    further: Sequence[Further] = ()
    typed: bool = True
    """Whether its `type` was read before; an option or a dialog has none."""

    def check(self, value: Any, at: str, surface: Surface) -> Problems:
        if not isinstance(value, dict):
            yield Problem(at, "must be an object")
            return
        if surface not in self.surfaces:
            yield Problem(at, f"is not allowed in a {surface}")
        for name in self.required.keys() - value.keys():
            yield Problem(f"{at}/{name}", "is missing")
        for name, item in value.items():
            yield from self._check_field(name, item, f"{at}/{name}", surface)
        yield from (Problem(at, broken) for further in self.further if (broken := further(value)))

    def _check_field(self, name: str, item: Any, at: str, surface: Surface) -> Problems:
        rule = self.required.get(name) or self.optional.get(name)
        if rule is not None:
            yield from rule.check(item, at, surface)
        elif name != "type" or not self.typed:
            yield Problem(at, "is not a known field")


@dataclass(frozen=True)
class ByType:
    """An object whose `type` says which of these it is."""

    types: Mapping[str, Thing]

    def check(self, value: Any, at: str, surface: Surface) -> Problems:
        name = value.get("type") if isinstance(value, dict) else None
        thing = self.types.get(name) if isinstance(name, str) else None
        if thing is None:
            yield Problem(f"{at}/type", f"must be one of {', '.join(self.types)}")
        else:
            yield from thing.check(value, at, surface)
