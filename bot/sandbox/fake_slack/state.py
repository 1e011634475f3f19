"""What this Slack remembers: one workspace with its people, channels, messages, views and tokens."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.sandbox.fake_slack.errors import SlackError
from bot.sandbox.fake_slack.feed import Feed, Kind, Seen
from bot.sandbox.fake_slack.identifiers import Ids

Json = dict[str, Any]


@dataclass(frozen=True)
class User:
    """A member, guest or bot. `tz` is an IANA name, `locale` an IETF tag."""

    id: str
    name: str
    real_name: str
    tz: str = "Europe/Berlin"
    locale: str = "en-US"
    email: str = ""
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False

    def utc_offset_seconds(self, at: datetime) -> int:
        """Return the seconds east of UTC at that moment."""
        offset = at.astimezone(ZoneInfo(self.tz)).utcoffset()
        return int(offset.total_seconds()) if offset else 0


@dataclass(frozen=True)
class Channel:
    """A channel (`C...`), group conversation (`G...`) or direct message (`D...`)."""

    id: str
    name: str
    members: frozenset[str]
    is_private: bool = False
    is_archived: bool = False
    is_im: bool = False
    is_mpim: bool = False
    is_ext_shared: bool = False

    @property
    def kind(self) -> Literal["im", "mpim", "groups", "channels"]:
        """The word scopes are named by: `channels:read`, `im:history`..."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "groups" if self.is_private else "channels"


@dataclass(frozen=True)
class UserGroup:
    """A user group (`S...`)."""

    id: str
    handle: str
    users: tuple[str, ...]


@dataclass(frozen=True)
class Message:
    """A message as stored. `ephemeral_for` is the only reader of an ephemeral one, else None."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    metadata: Json | None = None
    thread_ts: str | None = None
    is_broadcast: bool = False
    edited: Json | None = None
    bot_id: str | None = None
    ephemeral_for: str | None = None

    def wire(self, *, with_metadata: bool = False) -> Json:
        """Return the message as the Web API returns it."""
        body: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        optional: Json = {
            "bot_id": self.bot_id,
            "blocks": list(self.blocks),
            "attachments": list(self.attachments),
            "thread_ts": self.thread_ts,
            "edited": self.edited,
            "metadata": self.metadata if with_metadata else None,
            "subtype": "thread_broadcast" if self.is_broadcast else None,
        }
        return body | {name: value for name, value in optional.items() if value}


@dataclass(frozen=True)
class View:
    """A modal or Home that is alive. `body` is the view as sent by the app, ids filled in."""

    id: str
    user: str
    hash: str
    body: Json
    root_view_id: str
    previous_view_id: str | None = None

    @property
    def type(self) -> str:
        """`modal` or `home`."""
        return str(self.body["type"])

    @property
    def blocks(self) -> list[Json]:
        """The blocks, each with its `block_id`."""
        return list(self.body["blocks"])

    @property
    def title(self) -> str:
        """The title, "" for Home."""
        return str(self.body.get("title", {}).get("text", ""))


@dataclass
class Trigger:
    """The right to open a modal: for 3 s, once."""

    user: str
    expires_at: datetime
    from_modal: bool
    used: bool = False


@dataclass
class Hook:
    """A `response_url`: five uses within 30 minutes."""

    user: str
    channel: str
    expires_at: datetime
    source: Message | None
    uses_left: int = 5


@dataclass(frozen=True)
class Toast:
    """What a person is told when the app failed them. `code` as far as Slack shows one."""

    code: str
    text: str


@dataclass
class Screen:
    """What one person has open: modals bottom to top, and what they typed in each view."""

    stack: list[str] = field(default_factory=list)
    typed: dict[str, dict[tuple[str, str], Json]] = field(default_factory=dict)
    suggested: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    toasts: list[Toast] = field(default_factory=list)


@dataclass
class Token:
    """An access token. `refused_with` is the error every call gets once it is no longer good."""

    kind: Literal["bot", "app"]
    scopes: frozenset[str]
    refused_with: str | None = None


@dataclass
class Workspace:
    """One team, its people and all that was said. The clock gives aware UTC and may jump forward."""

    clock: Callable[[], datetime]
    team_id: str
    team_name: str
    domain: str
    app_id: str
    bot_user_id: str
    bot_id: str
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    usergroups: dict[str, UserGroup] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    ephemerals: dict[str, Message] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    screens: dict[str, Screen] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)
    posted_at: dict[str, datetime] = field(default_factory=dict)
    enforce_posting_limit: bool = False
    paid_plan: bool = True
    tells_scopes: bool = True
    """False where something between the app and Slack drops `X-OAuth-Scopes`."""
    home_tab_enabled: bool = True
    messages_tab_enabled: bool = True
    feed: Feed = field(default_factory=Feed)

    def __post_init__(self) -> None:
        self.ids = Ids(self.clock)

    def now(self) -> datetime:
        """Return the time of this Slack, aware UTC."""
        return self.clock()

    def screen(self, user: str) -> Screen:
        """Return what that person has open."""
        return self.screens.setdefault(user, Screen())

    def add_token(self, kind: Literal["bot", "app"], scopes: frozenset[str]) -> str:
        """Issue a token with random characters, so that none can be written into a test."""
        prefix = {"bot": "xoxb", "app": "xapp"}[kind]
        value = f"{prefix}-{secrets.token_hex(16)}"
        self.tokens[value] = Token(kind, scopes)
        return value

    def user(self, user_id: str) -> User:
        """Return a user. Raises `user_not_found`."""
        if user_id not in self.users:
            raise SlackError("user_not_found")
        return self.users[user_id]

    def channel(self, channel_id: str | None) -> Channel:
        """Return a channel by id. Names, foreign DMs and unseen private channels are `channel_not_found`."""
        channel = self.channels.get(channel_id or "")
        hidden = (
            channel is not None and channel.kind != "channels" and self.bot_user_id not in channel.members
        )
        if channel is None or hidden:
            raise SlackError("channel_not_found")
        return channel

    def direct_channel(self, user: str) -> Channel:
        """Return the direct message channel between the app and a user, made when missing."""
        members = frozenset({user, self.bot_user_id})
        for channel in self.channels.values():
            if channel.is_im and channel.members == members:
                return channel
        channel = Channel(self.ids.numbered("D"), "directmessage", members, is_im=True)
        self.channels[channel.id] = channel
        return channel

    def change_channel(self, channel_id: str, **changes: Any) -> None:
        """Replace fields of a channel, as an administrator would: `is_archived=True`, `members=...`."""
        self.channels[channel_id] = replace(self.channels[channel_id], **changes)

    def show(self, kind: Kind, who: str, where: str, text: str, payload: Json | None = None) -> None:
        """Put one entry on the feed."""
        self.feed.add(Seen(self.now(), kind, who, where, text, payload or {}))
