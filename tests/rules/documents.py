"""The documents, and what can be found in them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(
    one.name for one in ROOT.iterdir() if one.is_dir() and (not one.name.startswith(".") or one.name == ".ci")
)
DOCUMENTS = sorted(
    path for path in ROOT.rglob("*.md") if not any(part[0] == "." for part in path.relative_to(ROOT).parts)
)
RECORDS = frozenset({ROOT / "CHANGELOG.md", *(ROOT / "docs" / "decisions").glob("*.md")})
"""What speaks of the past: it is not rewritten when a file moves."""

_BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./*-]*")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def code_in(text: str) -> Iterator[str]:
    """Yield every line of the blocks of code, and every piece of code in a sentence."""
    for block in _BLOCK.findall(text):
        yield from block.splitlines()
    yield from _SPAN.findall(_BLOCK.sub("", text))


def commands_in(text: str, program: str) -> Iterator[list[str]]:
    """Yield the words behind `program`, wherever code runs it."""
    for code in code_in(text):
        for part in re.split(r"&&|\|\||[;|]", code.split(" #")[0]):
            words = part.strip().removeprefix("sudo ").split()
            if words and Path(words[0]).name == program:
                yield words[1:]


def links_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield path and anchor of every link that stays in the repository."""
    for target in _LINK.findall(text):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield path, anchor


def anchors_in(text: str) -> set[str]:
    """Return what GitHub calls the headings."""
    headings = re.findall(r"^#+ (.+)$", _BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def paths_in(text: str) -> set[str]:
    """Return everything that is written like a path of ours; `*` stands for any name."""
    return {found.rstrip(".") for found in _PATH.findall(text)}
