"""A mail as lines of plain text and links: what a careful reader sees of it."""

import re
from html.parser import HTMLParser

Part = dict[str, str]
"""`{"text": ...}`, or `{"text": ..., "href": ...}` for a link."""

# Chinese text goes on after an address without a space.
_ENDS_AN_ADDRESS = r"\s<>\"\u2014-\u2026\u3000-\u9fff\uff00-\uffef"
ADDRESS = re.compile(rf"https?://[^{_ENDS_AN_ADDRESS}]+[^{_ENDS_AN_ADDRESS}.,;:!?)\]]")
BREAKS = frozenset({"p", "div", "br", "tr", "h1", "h2", "h3", "ul", "ol", "table", "blockquote", "hr"})
SILENT = frozenset({"style", "script", "title", "head"})


def mail_parts(content_type: str, body: str) -> list[Part]:
    """Return the parts of a `text` or `html` body, in order; line breaks are in the text."""
    if content_type != "html":
        return _linked(body.strip())
    reader = _Reader()
    reader.feed(body)
    reader.close()
    return _tidy(reader.parts)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Part] = []
        self._href: str | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent += 1
        elif tag == "a":
            self._href = dict(attrs).get("href")
        elif tag == "li":
            self.parts.append({"text": "\n• "})
        elif tag in BREAKS:
            self.parts.append({"text": "\n" if tag == "br" else "\n\n"})

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "a":
            self._href = None
        elif tag in BREAKS:
            self.parts.append({"text": "\n\n"})

    def handle_data(self, data: str) -> None:
        text = re.sub(r"\s+", " ", data)
        if self._silent or not text:
            return
        self.parts.append({"text": text, "href": self._href} if self._href else {"text": text})


def _linked(text: str) -> list[Part]:
    parts: list[Part] = []
    end = 0
    for match in ADDRESS.finditer(text):
        parts.append({"text": text[end : match.start()]})
        parts.append({"text": match[0], "href": match[0]})
        end = match.end()
    return [part for part in [*parts, {"text": text[end:]}] if part["text"]]


def _tidy(parts: list[Part]) -> list[Part]:
    """Join neighbouring text, and leave at most one empty line and no space around breaks."""
    joined: list[Part] = []
    for part in parts:
        if joined and "href" not in part and "href" not in joined[-1]:
            joined[-1] = {"text": joined[-1]["text"] + part["text"]}
        else:
            joined.append(part)
    for part in joined:
        part["text"] = re.sub(r"\n{3,}", "\n\n", re.sub(r" *\n *", "\n", part["text"]))
    if joined:
        joined[0]["text"] = joined[0]["text"].lstrip()
        joined[-1]["text"] = joined[-1]["text"].rstrip()
    return [part for part in joined if part["text"]]
