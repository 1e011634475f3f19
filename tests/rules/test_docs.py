"""What the documents say about settings, commands and targets is what the code does."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from bot.cli import main
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [path for path in ROOT.rglob("*.md") if ".venv" not in path.parts]


def settings_table() -> str:
    """Return the table of settings as the README has to have it."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        meaning = " ".join((field.description or "").split()).replace("|", "\\|")
        rows.append(f"| `OVERTURE_{name.upper()}` | {_default(field.default)} | {meaning} |")
    return "\n".join(rows)


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "**needed**"
    shown = ",".join(value) if isinstance(value, tuple) else value
    text = str(getattr(shown, "get_secret_value", lambda: shown)())
    return f"`{text}`" if text and text != "None" else ""


def test_the_readme_has_every_setting_with_its_default_and_meaning() -> None:
    between = re.search(r"<!-- settings: begin -->\n(.*?)\n?<!-- settings: end -->", README, re.DOTALL)

    assert between is not None
    assert between[1] == settings_table()


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_example_of_settings_names_each_of_them() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    named = re.findall(r"^#? ?(OVERTURE_[A-Z_]+)=", example, re.MULTILINE)
    assert named == [f"OVERTURE_{name.upper()}" for name in Settings.model_fields]


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    texts = (path.read_text(encoding="utf-8") for path in DOCUMENTS)

    named = {name for text in texts for name in re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE)}
    assert named <= targets


def test_every_command_that_is_named_exists() -> None:
    texts = (path.read_text(encoding="utf-8") for path in DOCUMENTS)
    named = {name for text in texts for name in re.findall(r"`(?:\.venv/bin/)?overture ([a-z-]+)", text)}

    assert named <= set(main.commands)


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert "--hash=sha256:" in text
    assert re.search(r"https?://|--index|--find-links", text) is None


def test_nothing_in_the_tree_knows_the_machine_it_was_written_on() -> None:
    private = re.compile("/" + "home/[a-z]+/|/" + "root/|/" + "work/")
    kept = {".py", ".md", ".toml", ".yml", ".j2", ".js", ".css", ".sh", ""}
    files = (path for path in ROOT.rglob("*") if path.is_file() and path.suffix in kept and _is_ours(path))

    found = [str(path) for path in files if private.search(path.read_text(errors="ignore"))]
    assert found == []


def _is_ours(path: Path) -> bool:
    folders = path.relative_to(ROOT).parts[:-1]
    # In a second worktree `.git` is a file that names the first.
    return path.name != ".git" and not any(
        folder == "__pycache__" or (folder[0] == "." and folder != ".ci") for folder in folders
    )
