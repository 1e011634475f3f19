"""The HTML part of a mail as a tree of plain elements, which the page builds again without any markup."""

import re
from html.parser import HTMLParser
from typing import Any

Node = str | dict[str, Any]
"""A text, or `{"tag": ..., "children": [...]}`, with `href` where it is a link."""

STYLES = frozenset({"a", "b", "code", "em", "i", "strong", "u"})
LISTS_AND_TABLES = frozenset({"li", "ol", "ul", "table", "thead", "tbody", "tr", "td", "th"})
SHOWN = STYLES | LISTS_AND_TABLES | {"blockquote", "br", "div", "h1", "h2", "h3", "hr", "p", "pre"}
EMPTY = frozenset({"br", "hr"})
SILENT = frozenset({"head", "script", "style", "title"})


def mail_nodes(html: str) -> list[Node]:
    """Return what is in the body. Unknown elements give way to what they hold, scripts to nothing."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.nodes


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.nodes: list[Node] = []
        self._open: list[dict[str, Any]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent += 1
        if tag not in SHOWN or self._silent:
            return
        node: dict[str, Any] = {"tag": tag, "children": []}
        if tag == "a" and (href := dict(attrs).get("href")):
            node["href"] = href
        self._here.append(node)
        if tag not in EMPTY:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(0, self._silent - 1)
        if any(node["tag"] == tag for node in self._open):
            while self._open.pop()["tag"] != tag:
                pass

    def handle_data(self, data: str) -> None:
        text = re.sub(r"\s+", " ", data)
        if not self._silent and (text.strip() or self._open):
            self._here.append(text)

    @property
    def _here(self) -> list[Node]:
        return self._open[-1]["children"] if self._open else self.nodes
