"""What everybody could read so far, found by customer, and who sits before which screen."""

import asyncio
import re
from collections import defaultdict
from dataclasses import dataclass, field

from bot.sandbox.fake_microsoft import MailSent
from bot.sandbox.fake_slack import Message, Person, Seen
from bot.sandbox.fake_slack.state import User
from bot.sandbox.run import ANA, APPROVALS_CHANNEL, BEN, CHRIS, TEAM_CHANNEL, Sandbox

EVE, FINN = "U0EVE", "U0FINN"
REQUESTERS, APPROVERS = (ANA, EVE, FINN), (BEN, CHRIS)

_NAME = re.compile(r"Fabrikam (\d{4})")


def name_of(number: int) -> str:
    return f"Fabrikam {number:04d}"


def domain_of(number: int) -> str:
    return f"fabrikam-{number:04d}.example"


@dataclass(frozen=True)
class Desk:
    """One person: whoever wants something of them waits until their screen is free."""

    person: Person
    free: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class Screens:
    """Reads both feeds once, as they grow."""

    box: Sandbox
    said: dict[int, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    mails: dict[str, list[MailSent]] = field(default_factory=lambda: defaultdict(list))
    _read_slack: int = 0
    _read_microsoft: int = 0

    def __post_init__(self) -> None:
        workspace = self.box.slack.workspace
        for user_id, name in ((EVE, "eve"), (FINN, "finn")):
            workspace.users[user_id] = User(user_id, name, name.title())
        for channel in (TEAM_CHANNEL, APPROVALS_CHANNEL):
            members = workspace.channels[channel].members | {EVE, FINN}
            workspace.change_channel(channel, members=members)
        everybody = (*REQUESTERS, *APPROVERS)
        self.desks = {one: Desk(self.box.slack.person(one)) for one in everybody}

    def heard(self, number: int, *fragments: str, where: str = TEAM_CHANNEL) -> bool:
        """Return whether one message there holds all of the fragments, in whatever case."""
        return any(
            seen.where == where and all(part in seen.text.lower() for part in fragments)
            for seen in self._of(number)
        )

    def told(self, number: int, who: str, *fragments: str) -> list[Message]:
        """Return what somebody was told directly that holds all of the fragments, oldest first."""
        channel = self.box.slack.workspace.direct_channel(who).id
        found = [
            seen
            for seen in self._of(number)
            if seen.where == channel and all(part in seen.text.lower() for part in fragments)
        ]
        return [message for seen in found if (message := self._message(seen)) is not None]

    def card(self, number: int, channel: str = APPROVALS_CHANNEL) -> Message | None:
        """Return the card in this channel as it is now."""
        for seen in self._of(number):
            if seen.where == channel and seen.kind == "message" and "thread_ts" not in seen.payload:
                return self._message(seen)
        return None

    def offers(self, number: int, action_id: str, channel: str = APPROVALS_CHANNEL) -> bool:
        card = self.card(number, channel)
        return card is not None and has(card, action_id)

    def mails_to(self, number: int) -> list[MailSent]:
        self._read_on()
        return self.mails[f"admin@{domain_of(number)}"]

    def _of(self, number: int) -> list[Seen]:
        self._read_on()
        return self.said[number]

    def _read_on(self) -> None:
        for seen in self.box.slack.feed.since(self._read_slack):
            self._read_slack += 1
            if seen.kind in ("message", "direct_message") and (named := _NAME.search(seen.text)):
                self.said[int(named[1])].append(seen)
        for entry in self.box.microsoft.feed.since(self._read_microsoft):
            self._read_microsoft += 1
            if isinstance(entry, MailSent):
                self.mails[entry.to[0]].append(entry)

    def _message(self, seen: Seen) -> Message | None:
        return self.box.slack.workspace.messages.get((seen.where, str(seen.payload["ts"])))


def has(message: Message, action_id: str) -> bool:
    elements = (one for block in message.blocks for one in block.get("elements", ()))
    return any(one.get("action_id") == action_id for one in elements)
