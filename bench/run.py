"""
Measures everything and prints one table: each figure, its floor from the same run, the ratio, the spread.

`--quick` measures less of it, `--only` the figures named, and `--write` keeps the table in the document.
"""

import argparse
import re
import sys
from pathlib import Path
from types import ModuleType

import uvloop

import figure_button
import figure_command
import figure_news
import figure_outbox
import figure_process
import figure_reconcile
import figure_sandbox
import figure_submission
import figure_transition
import figure_view
import figure_webhook
from run_with import Effort
from table import HEADER, Row

FIGURES: tuple[ModuleType, ...] = (
    figure_command,
    figure_submission,
    figure_button,
    figure_transition,
    figure_webhook,
    figure_view,
    figure_outbox,
    figure_news,
    figure_reconcile,
    figure_process,
    figure_sandbox,
)
QUICK = Effort(rounds=3, scale=0.2)
WHOLE = Effort()
DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
KEPT = re.compile(r"(?<=<!-- table: begin -->\n).*?(?=\n<!-- table: end -->)", re.DOTALL)


async def measured(figures: list[ModuleType], effort: Effort) -> list[Row]:
    """Measure one figure after the other, and print each row as it comes."""
    rows: list[Row] = []
    print(HEADER, flush=True)
    for figure in figures:
        for row in await figure.measure(effort):
            rows.append(row)
            print(row, flush=True)
    return rows


def keep(rows: list[Row]) -> None:
    """Put the rows into the document in place of those it had for the same figures."""
    text = DOCUMENT.read_text(encoding="utf-8")
    kept = KEPT.search(text)
    former = kept[0].splitlines()[2:] if kept else []
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in former}
    lines |= {row.what: str(row) for row in rows}
    order = [what for figure in FIGURES for what in figure.WHAT]
    table = "\n".join([HEADER, *(lines[what] for what in order if what in lines)])
    DOCUMENT.write_text(KEPT.sub(lambda _: table, text), encoding="utf-8")


def main() -> int:
    names = {figure.__name__.removeprefix("figure_"): figure for figure in FIGURES}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="+", choices=list(names), default=list(names))
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    rows = uvloop.run(measured([names[name] for name in asked.only], QUICK if asked.quick else WHOLE))
    if asked.write:
        keep(rows)
    missed = [row.what for row in rows if not row.is_met]
    print(f"\n{len(rows) - len(missed)} of {len(rows)} bars met.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
