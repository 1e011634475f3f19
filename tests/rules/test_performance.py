"""The table of figures in the documents is one that `make bench` printed."""

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "bench"
DOCUMENT = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
KEPT = re.search(r"<!-- table: begin -->\n(.*?)\n<!-- table: end -->", DOCUMENT, re.DOTALL)


def table_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_table", BENCH / "table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures() -> dict[str, tuple[str, ...]]:
    """Return what each file of figures measures, without running it."""
    found = {}
    for path in sorted(BENCH.glob("figure_*.py")):
        (what,) = (
            ast.literal_eval(node.value)
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "WHAT"
        )
        found[path.stem] = what
    return found


def test_the_document_keeps_the_table_the_runner_prints_with_every_figure_in_it() -> None:
    assert KEPT is not None
    header, line, *rows = KEPT[1].splitlines()

    assert "\n".join([header, line]) == table_module().HEADER
    assert sorted(row.split(" | ")[0].removeprefix("| ") for row in rows) == sorted(
        what for whats in figures().values() for what in whats
    )


def test_the_runner_measures_every_figure() -> None:
    imported = re.findall(r"^import (figure_[a-z]+)$", (BENCH / "run.py").read_text(), re.MULTILINE)

    assert imported == sorted(figures())
