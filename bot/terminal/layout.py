"""How much of a terminal a text takes. A Chinese character is as wide as two letters."""

import re
import shutil
import unicodedata
from collections.abc import Iterator
from typing import TextIO

WIDEST = 110

_WIDE = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]"
_CLOSING = r"[\u3001\u3002\u3009\u300b\u300d\u300f\u2019\u201d\uff01\uff09\uff0c\uff1a\uff1b\uff1f]"
_OPENING = r"[\u3008\u300a\u300c\u300e\u2018\u201c\uff08]"
_PIECE = re.compile(rf"\s+|{_OPENING}*(?:(?!{_CLOSING}|{_OPENING}){_WIDE}|[^\s\u2e80-\uff60]+){_CLOSING}*|\S")
"""What stays on one line: a word or a Chinese character, with the punctuation that belongs to it."""


def columns_of(stream: TextIO) -> int | None:
    """Return how wide lines may be; None where no terminal reads them."""
    return min(shutil.get_terminal_size().columns, WIDEST) if stream.isatty() else None


def width(text: str) -> int:
    """Return how many columns a terminal takes for it."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def fitted(text: str, columns: int | None, margin: str = "") -> str:
    """Return the text in lines of at most that many columns, each behind the margin; words stay whole."""
    room = max(columns - len(margin), 20) if columns else None
    lines = (line for paragraph in text.splitlines() for line in _lines(paragraph, room))
    return "\n".join(f"{margin}{line}".rstrip() for line in lines)


def _lines(paragraph: str, room: int | None) -> Iterator[str]:
    line = ""
    for piece in _PIECE.findall(paragraph):
        if room and line and width((line + piece).rstrip()) > room:
            yield line.rstrip()
            line = piece.lstrip()
        else:
            line += piece
    yield line
