"""What one person has on their screen."""

from collections.abc import Iterable

from bot.sandbox.fake_slack import payloads
from bot.sandbox.fake_slack.errors import NotOnScreen
from bot.sandbox.fake_slack.feed import Seen
from bot.sandbox.fake_slack.finding import Surface, current, sees
from bot.sandbox.fake_slack.state import Channel, Json, Message, Toast, User, View, Workspace


class Viewer:
    """The reading half of a person's client; what is not there for them is not returned."""

    def __init__(self, workspace: Workspace, user_id: str) -> None:
        self._workspace = workspace
        self.id = user_id
        if user_id not in workspace.users:
            raise NotOnScreen(f"nobody is called {user_id}")

    @property
    def user(self) -> User:
        """The account behind this person."""
        return self._workspace.users[self.id]

    @property
    def view(self) -> View | None:
        """The modal on top, None when none is open."""
        stack = self._workspace.screen(self.id).stack
        return self._workspace.views[stack[-1]] if stack else None

    @property
    def views(self) -> list[View]:
        """The open modals, bottom to top."""
        return [self._workspace.views[view_id] for view_id in self._workspace.screen(self.id).stack]

    @property
    def home(self) -> View | None:
        """The Home tab as last published."""
        return self._workspace.views.get(self._workspace.homes.get(self.id, ""))

    @property
    def errors(self) -> dict[str, str]:
        """Field errors of the modal on top: block_id -> text."""
        return dict(self._workspace.screen(self.id).errors)

    @property
    def toasts(self) -> list[Toast]:
        """What they were told when the app failed, oldest first."""
        return list(self._workspace.screen(self.id).toasts)

    @property
    def ephemerals(self) -> list[Message]:
        """Messages only they see, oldest first."""
        return self._seen_by_me(self._workspace.ephemerals.values())

    @property
    def direct_messages(self) -> list[Message]:
        """Their conversation with the app, oldest first."""
        channel = self._workspace.direct_channel(self.id)
        return [message for message in self._stored() if message.channel == channel.id]

    @property
    def values(self) -> Json:
        """`state.values` of the modal on top, as it would be submitted now."""
        return payloads.values_on(self._workspace, self.id, self._open_view())

    def channel_messages(self, channel: str) -> list[Message]:
        """Return a channel's messages with replies, oldest first. Raises NotOnScreen for a non-member."""
        self._member_of(channel)
        return [message for message in self._stored() if message.channel == channel]

    def thread(self, parent: Message) -> list[Message]:
        """Return the replies to a message, oldest first."""
        return [
            message
            for message in self.channel_messages(parent.channel)
            if message.thread_ts == parent.ts and message.ts != parent.ts
        ]

    def _modal_or(self, view: View | None) -> View:
        return self._open_view() if view is None else self._mine(view)

    def _surfaces(self, message: Message | Seen | None, view: View | None) -> list[Surface]:
        if message is not None:
            return [current(self._workspace, self.id, message)]
        if view is not None:
            return [self._mine(view)]
        if self.view is not None:
            return [self.view]
        newest_first: list[Surface] = [*self._seen_by_me(self._stored()), *self.ephemerals]
        newest_first.sort(key=lambda seen: seen.ts if isinstance(seen, Message) else "", reverse=True)
        return newest_first + ([self.home] if self.home else [])

    def _mine(self, view: View) -> View:
        living = self._workspace.views.get(view.id)
        if living is None or living.user != self.id:
            raise NotOnScreen("that view is closed, or someone else's")
        return living

    def _open_view(self) -> View:
        if self.view is None:
            raise NotOnScreen("no modal is open")
        return self.view

    def _signed_in(self) -> User:
        if self.user.deleted:
            raise NotOnScreen(f"{self.id} is deactivated and cannot sign in")
        return self.user

    def _member_of(self, channel: str) -> Channel:
        found = self._workspace.channels.get(channel)
        if found is None or self.id not in found.members:
            raise NotOnScreen(f"{self.id} is not in {channel}")
        return found

    def _stored(self) -> list[Message]:
        return sorted(self._workspace.messages.values(), key=lambda message: message.ts)

    def _seen_by_me(self, messages: Iterable[Message]) -> list[Message]:
        return [message for message in messages if sees(self._workspace, self.id, message)]
