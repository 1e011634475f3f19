"""What in a message, a modal or a mail does something: mentions, links, dates, buttons with an address."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

_CONTROL = re.compile(r"<[^<>]*>|[<>]")
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s<>|]+|\bmailto:[^\s<>|]+", re.IGNORECASE)
_MAIL = re.compile(r"mailto:", re.IGNORECASE)
_ACTIVE_ELEMENTS = frozenset({"link", "user", "usergroup", "channel", "broadcast", "date", "emoji"})

Live = Counter[str]


def in_mrkdwn(text: str) -> Live:
    """Return what Slack would take for more than text: everything between `<` and `>`, and either alone."""
    return Counter(_CONTROL.findall(text))


def in_payload(payload: dict[str, Any]) -> Live:
    """Return what is live anywhere in a message or a view, but for the button that opens a mail in an app."""
    found = Counter(_within(payload))
    if isinstance(payload.get("text"), str):
        found.update(in_mrkdwn(payload["text"]))
    return found


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for part in value:
            yield from _within(part)
    elif isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield from in_mrkdwn(value["text"]).elements()
            if not value.get("verbatim"):
                yield from _ADDRESS.findall(value["text"])
        if value.get("type") in _ACTIVE_ELEMENTS:
            yield str(sorted(value.items()))
        yield from (
            f"{name}: {one}"
            for name in ("url", "image_url")
            if (one := value.get(name)) and not _MAIL.match(one)
        )
        for part in value.values():
            yield from _within(part)


class Mail(HTMLParser):
    """
    An HTML mail. `tags` are all its tags but links, with what in them loads or does something; `links` are
    the addresses by the words they are shown as.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: Live = Counter()
        self.links: dict[str, str] = {}
        self._href: str | None = None
        self._shown = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        active = {
            name: value for name, value in attrs if name in {"href", "src", "action"} or name[:2] == "on"
        }
        if tag == "a" and set(active) == {"href"}:
            self._href, self._shown = active["href"], ""
        else:
            self.tags[f"<{tag}> {active}"] += 1

    def handle_data(self, data: str) -> None:
        self._shown += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._href is not None:
            self.links[self._shown] = self._href
            self._href = None
