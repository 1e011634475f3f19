"""What the documents name is there: files, links, commands, targets, settings."""

import ast
import re
from pathlib import Path

import click
import pytest

from bot.cli import main
from tests.rules.documents import (
    DOCUMENTS,
    RECORDS,
    ROOT,
    anchors_in,
    commands_in,
    links_in,
    name_of,
    paths_in,
    text_of,
)
from tests.rules.settings_documents import FIELDS, is_secret
from tests.rules.settings_documents import name_of as variable_of

MAKEFILE = text_of(ROOT / "Makefile")
ARCHITECTURE = ROOT / "docs" / "architecture.md"
PRESENT = [path for path in DOCUMENTS if path not in RECORDS]
in_every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
in_every_present_document = pytest.mark.parametrize("path", PRESENT, ids=name_of)


@in_every_document
def test_every_link_leads_somewhere(path: Path) -> None:
    targets = [(path.parent / link if link else path, anchor) for link, anchor in links_in(text_of(path))]

    lost = [str(target) for target, _ in targets if not target.exists()]
    assert lost == []
    assert [
        anchor for target, anchor in targets if anchor and anchor not in anchors_in(text_of(target))
    ] == []


@in_every_present_document
def test_every_file_that_is_named_exists(path: Path) -> None:
    assert [named for named in sorted(paths_in(text_of(path))) if not list(ROOT.glob(named))] == []


@in_every_present_document
def test_every_command_that_is_named_exists(path: Path) -> None:
    named = list(commands_in(text_of(path), "overture"))

    assert [problem for words in named if (problem := unknown_in(words))] == []


@in_every_present_document
def test_every_make_target_and_variable_that_is_named_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    words = {word for command in commands_in(text_of(path), "make") for word in command}

    assert {word for word in words if re.fullmatch(r"[a-z]+", word)} <= targets
    variables = {word.partition("=")[0] for word in words if "=" in word}
    assert [
        one for one in variables if f"$({one})" not in MAKEFILE and f"$(if $({one})" not in MAKEFILE
    ] == []


@in_every_present_document
def test_every_variable_that_is_named_is_read_somewhere(path: Path) -> None:
    secrets = {f"{variable_of(name)}_FILE" for name, field in FIELDS.items() if is_secret(field)}
    for_tests = set(re.findall(r"OVERTURE_TEST_[A-Z_]+", MAKEFILE + text_of(ROOT / ".ci" / "run")))
    known = set(map(variable_of, FIELDS)) | secrets | for_tests

    assert set(re.findall(r"\bOVERTURE_[A-Z_]*[A-Z]\b", text_of(path))) <= known


def test_every_name_on_the_road_through_the_files_is_in_the_file_beside_it() -> None:
    named = re.findall(r"`([\w/]+\.py)`,\s+`([\w.]+)`", text_of(ARCHITECTURE))

    assert len(named) > 10
    assert [(file, name) for file, name in named if name not in defined_in(ROOT / file)] == []


def test_the_map_shows_every_part_of_the_program() -> None:
    parts = {f"bot/{one.parent.name}" for one in (ROOT / "bot").glob("*/__init__.py")}

    assert [part for part in sorted(parts) if f"{part}/" not in text_of(ARCHITECTURE)] == []


def test_every_test_that_security_md_refers_to_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", text_of(ROOT / "SECURITY.md")))

    assert len(named) > 5
    assert [name for name in sorted(named) if not (ROOT / "tests" / "attacks" / f"{name}.py").is_file()] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_has_hashes_and_no_address(name: str) -> None:
    text = text_of(ROOT / name)

    assert "--hash=sha256:" in text
    assert re.search(r"https?://|--index|--find-links", text) is None


def test_nothing_in_the_tree_knows_the_machine_it_was_written_on() -> None:
    private = re.compile("/" + "home/[a-z]+/|/" + "root/|/" + "work/")
    kept = {".py", ".md", ".toml", ".yml", ".j2", ".js", ".css", ".sh", ""}
    files = (path for path in ROOT.rglob("*") if path.is_file() and path.suffix in kept and _is_ours(path))

    found = [str(path) for path in files if private.search(path.read_text(errors="ignore"))]
    assert found == []


def unknown_in(words: list[str]) -> str:
    """Return the first word that `overture` would refuse, or nothing."""
    command: click.Command = main
    waits_for_value = False
    for word in words:
        if waits_for_value:
            waits_for_value = False
        elif word.startswith("-"):
            options = {name: one for one in command.params for name in one.opts}
            if word != "--help" and word not in options:
                return " ".join(words)
            option = options.get(word)
            waits_for_value = isinstance(option, click.Option) and not option.is_flag
        elif isinstance(command, click.Group) and word in command.commands:
            command = command.commands[word]
        else:
            return " ".join(words)
    return ""


def defined_in(path: Path) -> set[str]:
    """Return the classes, functions and constants of a module, and the methods as `Class.method`."""
    found = set()
    for node in ast.parse(text_of(path)).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {ast.unparse(target) for target in targets}
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = (one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
            found |= {f"{node.name}.{one.name}" for one in methods}
    return found


def _is_ours(path: Path) -> bool:
    *folders, name = path.relative_to(ROOT).parts
    # In a work tree `.git` is a file that says where the repository is.
    return name != ".git" and not any(
        folder == "__pycache__" or (folder[0] == "." and folder != ".ci") for folder in folders
    )
