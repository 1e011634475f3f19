"""One figure after the other, each beside its floor from the same run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

HEADER = (
    "| What | Ours | Floor | Ratio | Bar | Met |\n"
    "|---|---|---|---|---|---|"
)  # fmt: skip


@dataclass(frozen=True)
class Samples:
    """One value of each round. `digits` are shown after the point; `unit` stands behind the number."""

    values: Sequence[float]
    unit: str
    digits: int = 0

    @property
    def median(self) -> float:
        return median(self.values)

    def __str__(self) -> str:
        low, middle, high = (
            f"{value:,.{self.digits}f}".replace(",", " ")
            for value in (min(self.values), self.median, max(self.values))
        )
        return f"{middle} {self.unit}" + (f" ({low} to {high})" if len(self.values) > 1 else "")


@dataclass(frozen=True)
class Row:
    """
    A line of the table.

    `ours` and `floor` hold the values of the same rounds in the same order. `bar` says in words what `holds`
    decides: given ours and the ratio to the floor (0 where there is none), whether the bar is met.
    """

    what: str
    ours: Samples
    bar: str
    holds: Callable[[float, float], bool]
    floor: Samples | None = None
    floor_is: str = ""

    @property
    def ratios(self) -> list[float]:
        if self.floor is None:
            return []
        return [ours / floor for ours, floor in zip(self.ours.values, self.floor.values, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios) if self.floor is not None else 0.0

    @property
    def is_met(self) -> bool:
        return self.holds(self.ours.median, self.ratio)

    def __str__(self) -> str:
        floor = f"{self.floor_is}: {self.floor}" if self.floor else self.floor_is
        ratio = f"{self.ratio:.2f} ({min(self.ratios):.2f} to {max(self.ratios):.2f})" if self.floor else ""
        met = "yes" if self.is_met else "**no**"
        return f"| {self.what} | {self.ours} | {floor} | {ratio} | {self.bar} | {met} |"


def at_least(ratio: float) -> Callable[[float, float], bool]:
    return lambda _, measured: measured >= ratio


def at_most(value: float) -> Callable[[float, float], bool]:
    return lambda ours, _: ours <= value


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
