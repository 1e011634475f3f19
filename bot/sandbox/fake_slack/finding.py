"""What stands where on a person's screen; nothing can be used that is not there."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.fake_slack.block_kit import elements, nested
from bot.sandbox.fake_slack.errors import NotOnScreen
from bot.sandbox.fake_slack.feed import Seen
from bot.sandbox.fake_slack.state import Json, Message, View, Workspace

Surface = Message | View


@dataclass(frozen=True)
class Place:
    """One element, in its block, on a message or view."""

    surface: Surface
    block: Json
    element: Json

    @property
    def key(self) -> tuple[str, str]:
        """`block_id` and `action_id`, the address inside `state.values`."""
        return self.block["block_id"], self.element["action_id"]


def places(surface: Surface) -> list[Place]:
    """Return every interactive element of a surface."""
    return [
        Place(surface, block, element)
        for block, _ in nested(list(surface.blocks), "")
        for element, _ in elements(block)
    ]


def find_button(surfaces: list[Surface], action_id: str | None, text: str | None, value: str | None) -> Place:
    """Return the button meant, on the first surface that has it. Raises NotOnScreen, naming what is there."""
    wanted = {"action_id": action_id, "text": text, "value": value}
    for surface in surfaces:
        found = [
            place for place in places(surface) if place.element["type"] == "button" and _is(place, wanted)
        ]
        if len(found) > 1:
            raise NotOnScreen(f"{len(found)} buttons match {_words(wanted)}; say which by action_id or value")
        if found:
            return found[0]
    there = [_button_words(place) for surface in surfaces for place in places(surface)]
    raise NotOnScreen(f"no button {_words(wanted)}; there is: {', '.join(filter(None, there)) or 'none'}")


def find_field(surface: Surface, field: str) -> Place:
    """Return the element named by `block_id`, label or `action_id`. Raises NotOnScreen."""
    candidates = [place for place in places(surface) if place.element["type"] != "button"]
    for names in (_block_id, _label, _action_id):
        found = [place for place in candidates if names(place) == field]
        if len(found) > 1:
            raise NotOnScreen(f"{len(found)} fields are called {field!r}; use another name")
        if found:
            return found[0]
    there = ", ".join(repr(_label(place) or _block_id(place)) for place in candidates)
    raise NotOnScreen(f"no field {field!r}; there is: {there or 'none'}")


def current(workspace: Workspace, person: str, meant: Message | Seen) -> Message:
    """Return a message as it is now. Raises NotOnScreen when it is gone or this person never sees it."""
    channel = meant.channel if isinstance(meant, Message) else meant.where
    ts = meant.ts if isinstance(meant, Message) else str(meant.payload.get("ts", ""))
    message = workspace.ephemerals.get(ts) or workspace.messages.get((channel, ts))
    if message is None:
        raise NotOnScreen("that message is gone")
    if not sees(workspace, person, message):
        raise NotOnScreen(f"{person} does not see messages in {channel}")
    return message


def sees(workspace: Workspace, person: str, message: Message) -> bool:
    """Whether that person has the message on their screen."""
    if message.ephemeral_for:
        return message.ephemeral_for == person
    return person in workspace.channels[message.channel].members


def _is(place: Place, wanted: dict[str, str | None]) -> bool:
    element = place.element
    has: dict[str, Any] = {
        "action_id": element["action_id"],
        "text": element["text"]["text"],
        "value": element.get("value"),
    }
    return all(has[name] == value for name, value in wanted.items() if value is not None)


def _block_id(place: Place) -> str:
    return str(place.block["block_id"])


def _action_id(place: Place) -> str:
    return str(place.element["action_id"])


def _label(place: Place) -> str:
    return str(place.block.get("label", {}).get("text", ""))


def _words(wanted: dict[str, str | None]) -> str:
    return " ".join(f"{name}={value!r}" for name, value in wanted.items() if value is not None) or "at all"


def _button_words(place: Place) -> str:
    if place.element["type"] != "button":
        return ""
    return f"{place.element['text']['text']!r} ({place.element['action_id']})"
