"""A person in front of Slack: they see what Slack shows them and can only use what is there."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.fake_slack import payloads
from bot.sandbox.fake_slack.answers import (
    read_suggestions,
    show_field_errors,
    take_action_answer,
    take_command_answer,
    take_submission_answer,
    toast,
)
from bot.sandbox.fake_slack.chat import keep
from bot.sandbox.fake_slack.delivery import Courier
from bot.sandbox.fake_slack.errors import NotOnScreen
from bot.sandbox.fake_slack.events import Events
from bot.sandbox.fake_slack.feed import Seen
from bot.sandbox.fake_slack.finding import Place, current, find_button, find_field
from bot.sandbox.fake_slack.form_state import HOLDS, state_for, unfinished
from bot.sandbox.fake_slack.hooks import new_hook
from bot.sandbox.fake_slack.manifest import Manifest
from bot.sandbox.fake_slack.seeing import Viewer
from bot.sandbox.fake_slack.state import Json, Message, View, Workspace
from bot.sandbox.fake_slack.traffic import Delivery
from bot.sandbox.fake_slack.views import close_all, close_top, new_trigger, wire

SHORTEST_QUERY = 3


@dataclass(frozen=True)
class Line:
    """What connects people to the app: its registration, and the way deliveries take."""

    workspace: Workspace
    manifest: Manifest
    courier: Courier
    events: Events


class Person(Viewer):
    """
    One person's client. Everything they do reaches the app as Slack would deliver it.

    Methods that reach the app return the `Delivery`; what the app did wrong is in `toasts`, not raised.
    Asking for something that is not on their screen raises `NotOnScreen`.
    """

    def __init__(self, line: Line, user_id: str) -> None:
        super().__init__(line.workspace, user_id)
        self._line = line

    async def command(self, command: str, text: str = "", *, channel: str | None = None) -> Delivery | None:
        """Type a slash command, in the conversation with the app unless said otherwise."""
        where = self._member_of(channel) if channel else self._workspace.direct_channel(self.id)
        if command not in self._line.manifest.commands:
            toast(self._workspace, self.id, "invalid_command", f"{command} is not a valid command.")
            return None
        fields, path = payloads.slash_command(
            self._workspace, self._signed_in(), where, command, text, self._line.courier.hooks_url
        )
        delivery = await self._line.courier.deliver("slash_commands", fields)
        take_command_answer(self._workspace, self._workspace.hooks[path], command, delivery)
        return delivery

    async def shortcut(self, callback_id: str) -> Delivery:
        """Use a global shortcut."""
        self._registered(callback_id, self._line.manifest.shortcuts)
        payload = payloads.interaction(self._workspace, "shortcut", self._signed_in()) | {
            "callback_id": callback_id,
            "trigger_id": new_trigger(self._workspace, self.id, from_modal=False),
            "action_ts": self._workspace.ids.ts(),
        }
        return await self._interact(payload)

    async def message_shortcut(self, callback_id: str, message: Message | Seen) -> Delivery:
        """Use a shortcut from the menu of a message."""
        self._registered(callback_id, self._line.manifest.message_shortcuts)
        source = current(self._workspace, self.id, message)
        path = new_hook(self._workspace, "actions", self.id, source.channel, source)
        channel = self._workspace.channels[source.channel]
        payload = payloads.interaction(self._workspace, "message_action", self._signed_in()) | {
            "callback_id": callback_id,
            "trigger_id": new_trigger(self._workspace, self.id, from_modal=False),
            "action_ts": self._workspace.ids.ts(),
            "response_url": f"{self._line.courier.hooks_url}{path}",
            "channel": {"id": channel.id, "name": payloads.channel_name(channel)},
            "message_ts": source.ts,
            "message": source.wire(),
        }
        return await self._interact(payload)

    async def open_home(self, tab: str = "home") -> Delivery | None:
        """Open the app's Home (or its `messages` tab)."""
        channel = self._workspace.direct_channel(self._signed_in().id)
        event: Json = {"type": "app_home_opened", "user": self.id, "channel": channel.id, "tab": tab}
        if self.home and tab == "home":
            event["view"] = wire(self._workspace, self.home)
        return await self._line.events.send(event)

    async def click(
        self,
        action_id: str | None = None,
        *,
        text: str | None = None,
        value: str | None = None,
        message: Message | Seen | None = None,
        view: View | None = None,
        confirm: bool | None = None,
    ) -> Delivery | None:
        """
        Press a button, named by action_id, text or value.

        Without `message` or `view`: on the open modal if there is one, else on the newest message they see
        that has such a button, else on Home. Where the button asks for confirmation, `confirm` is the answer
        (False presses "deny", nothing is sent); leaving it out then raises NotOnScreen.
        """
        place = find_button(self._surfaces(message, view), action_id, text, value)
        if not self._goes_ahead(place.element, confirm):
            return None
        return await self._act(place, payloads.button_action(place.element))

    def fill(self, field: str, value: Any, *, view: View | None = None) -> None:
        """Enter a value into a field of the open modal (or `view`), named by block_id, label or action_id."""
        place = find_field(self._modal_or(view), field)
        if _tells_at_once(place):
            raise NotOnScreen(f"{field!r} tells the app at once: await choose() or enter()")
        self._hold(place, value)

    async def choose(
        self,
        field: str,
        value: Any,
        *,
        message: Message | Seen | None = None,
        view: View | None = None,
        confirm: bool | None = None,
    ) -> Delivery | None:
        """Change a select, picker, checkbox or overflow menu; the app is told where Slack would tell it."""
        place = self._field(field, message, view)
        if place.element["type"] == "overflow":
            return await self._overflow(place, value, confirm)
        if not self._goes_ahead(place.element, confirm):
            return None
        state = self._hold(place, value)
        if not _dispatches(place):
            return None
        return await self._act(place, payloads.choice_action(place.element, state))

    async def enter(self, field: str, value: str, *, view: View | None = None) -> Delivery | None:
        """Type into a field and press Enter; the app hears of it when the block has `dispatch_action`."""
        place = find_field(self._modal_or(view), field)
        state = self._hold(place, value)
        if not _dispatches(place):
            return None
        return await self._act(place, payloads.choice_action(place.element, state))

    async def suggestions(self, field: str, typed: str, *, view: View | None = None) -> list[Json]:
        """Type into an external select and return the options offered; `fill` or `choose` picks one."""
        place = find_field(self._modal_or(view), field)
        if len(typed) < place.element.get("min_query_length", SHORTEST_QUERY):
            raise NotOnScreen(f"{field!r} asks only after more characters than {typed!r}")
        user = self._signed_in()
        payload = payloads.interaction(self._workspace, "block_suggestion", user)
        payload |= payloads.surface_members(self._workspace, user, place)
        block_id, action_id = place.key
        payload |= {"block_id": block_id, "action_id": action_id, "value": typed}
        delivery = await self._line.courier.deliver("interactive", payload)
        options = read_suggestions(self._workspace, self.id, delivery)
        self._workspace.screen(self.id).suggested[place.key] = options
        return options

    async def submit(self) -> Delivery | None:
        """Press the submit button of the modal on top. None: the client itself found something missing."""
        view = self._open_view()
        if "submit" not in view.body:
            raise NotOnScreen(f"the modal {view.title!r} has no submit button")
        refused = unfinished(view.blocks, self.values)
        self._workspace.screen(self.id).errors.clear()
        if refused:
            show_field_errors(self._workspace, view, refused)
            return None
        payload = payloads.view_submission(self._workspace, self._signed_in(), view)
        delivery = await self._line.courier.deliver("interactive", payload)
        take_submission_answer(self._workspace, view, delivery)
        return delivery

    async def close(self, *, everything: bool = False) -> Delivery | None:
        """Press "Cancel" on the modal on top, or the x that closes the whole stack."""
        stack, top = self.views, self._open_view()
        is_cleared = everything or bool(top.body.get("clear_on_close"))
        if is_cleared:
            close_all(self._workspace, self.id)
        else:
            close_top(self._workspace, self.id)
        closed = stack if is_cleared else [top]
        if not any(view.body.get("notify_on_close") for view in closed):
            return None
        payload = payloads.view_closed(self._workspace, self._signed_in(), closed[0], is_cleared=is_cleared)
        return await self._interact(payload)

    def post(self, channel: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Write a message of their own."""
        where = self._member_of(channel)
        message = Message(where.id, self._workspace.ids.ts(), self.id, text, thread_ts=thread_ts)
        keep(self._workspace, message)
        return message

    async def _act(self, place: Place, action: Json) -> Delivery:
        payload = payloads.block_actions(
            self._workspace, self._signed_in(), place, action, self._line.courier.hooks_url
        )
        return await self._interact(payload)

    async def _interact(self, payload: Json) -> Delivery:
        delivery = await self._line.courier.deliver("interactive", payload)
        take_action_answer(self._workspace, self.id, delivery)
        return delivery

    async def _overflow(self, place: Place, value: Any, confirm: bool | None) -> Delivery | None:
        options = place.element["options"]
        chosen = [option for option in options if value in (option.get("value"), option["text"]["text"])]
        if not chosen:
            raise NotOnScreen(f"no option {value!r} in the menu")
        if not self._goes_ahead(place.element, confirm):
            return None
        action = {"type": "overflow", "action_id": place.element["action_id"], "selected_option": chosen[0]}
        return await self._act(place, action)

    def _hold(self, place: Place, value: Any) -> Json:
        if place.element["type"] not in HOLDS:
            raise NotOnScreen(f"{place.element['type']} holds no value")
        screen = self._workspace.screen(self.id)
        suggested = screen.suggested.get(place.key, [])
        state = state_for(self._workspace, self.id, place.element, value, suggested)
        key = place.surface.id if isinstance(place.surface, View) else place.surface.ts
        screen.typed.setdefault(key, {})[place.key] = state
        return state

    def _field(self, field: str, message: Message | Seen | None, view: View | None) -> Place:
        failure = NotOnScreen(f"no field {field!r}")
        for surface in self._surfaces(message, view):
            try:
                return find_field(surface, field)
            except NotOnScreen as error:
                failure = error
        raise failure

    def _goes_ahead(self, element: Json, confirm: bool | None) -> bool:
        dialog = element.get("confirm")
        if dialog is None:
            if confirm is not None:
                raise NotOnScreen("nothing asks for confirmation here")
            return True
        if confirm is None:
            raise NotOnScreen(f"a dialog asks {dialog['text']['text']!r}: say confirm=True or False")
        return confirm

    def _registered(self, callback_id: str, known: frozenset[str]) -> None:
        if callback_id not in known:
            raise NotOnScreen(f"the app has no shortcut {callback_id!r} there")


def _dispatches(place: Place) -> bool:
    return place.block["type"] != "input" or bool(place.block.get("dispatch_action"))


def _tells_at_once(place: Place) -> bool:
    if not _dispatches(place):
        return False
    config = place.element.get("dispatch_action_config", {})
    waits_for_enter = "on_character_entered" not in config.get("trigger_actions_on", [])
    return not (place.element["type"].endswith("_input") and waits_for_enter)
