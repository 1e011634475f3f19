"""How much to measure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """`rounds` of ours and its floor in turns; `scale` multiplies what takes long."""

    rounds: int = 5
    scale: float = 1.0

    def times(self, whole: int, *, least: int = 1) -> int:
        """Return so many of `whole` as this effort takes."""
        return max(least, int(whole * self.scale))
