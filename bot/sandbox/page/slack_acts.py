"""What a person can do in Slack, as the page's script asks for it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.sandbox.fake_slack import Message, NotOnScreen, Person, View
from bot.sandbox.fake_slack.finding import places
from bot.sandbox.page.stage import Stage

Json = dict[str, Any]
Id = Annotated[str, Field(max_length=255)]
Text = Annotated[str, Field(max_length=40_000)]
Value = str | int | list[str] | None


class OnView(BaseModel):
    """A modal, or Home."""

    view: Id


class OnMessage(BaseModel):
    """A message, ephemeral or not."""

    channel: Id
    ts: Id


Surface = OnView | OnMessage


class Act(BaseModel):
    """Something `person` (a user id) does."""

    model_config = ConfigDict(extra="forbid")

    person: Id


class Say(Act):
    """Press Enter in the composer: a slash command, or a message."""

    act: Literal["say"]
    channel: Id
    text: Text
    thread_ts: Id | None = None


class Shortcut(Act):
    act: Literal["shortcut"]
    callback_id: Id


class OpenHome(Act):
    act: Literal["open_home"]


class Click(Act):
    """Press a button; all that is known of it is given, so that it is that one."""

    act: Literal["click"]
    surface: Surface
    action_id: Id
    text: Text
    value: Text | None = None
    confirm: bool | None = None


class FieldAct(Act):
    surface: Surface
    block_id: Id
    action_id: Id


class Choose(FieldAct):
    act: Literal["choose"]
    value: Value
    confirm: bool | None = None


class Fill(FieldAct):
    act: Literal["fill", "enter"]
    value: Text | None


class Suggest(FieldAct):
    act: Literal["suggest"]
    typed: Text


class Submit(Act):
    act: Literal["submit"]
    view: Id


class Close(Act):
    """Close the modal on top, or everything."""

    act: Literal["close"]
    view: Id
    everything: bool = False


SlackAct = Say | Shortcut | OpenHome | Click | Choose | Fill | Suggest | Submit | Close
SLACK_ACT: TypeAdapter[SlackAct] = TypeAdapter(Annotated[SlackAct, Field(discriminator="act")])


class SlackActs:
    """Does what was asked, as that person. Raises NotOnScreen when it is not there for them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def do(self, act: SlackAct) -> Json:
        """Return `{}`, or `{"options": [...]}` for suggestions."""
        person = self._stage.slack.person(act.person)
        match act:
            case Say():
                await _say(person, act)
            case Shortcut():
                await person.shortcut(act.callback_id)
            case OpenHome():
                await person.open_home()
            case Click():
                await _click(person, act)
            case Choose() | Fill() | Suggest():
                return await _change(person, act)
            case Submit():
                _on_top(person, act.view)
                await person.submit()
            case Close():
                _on_top(person, act.view)
                await person.close(everything=act.everything)
        return {}


async def _say(person: Person, act: Say) -> None:
    if not act.text.startswith("/"):
        person.post(act.channel, act.text, thread_ts=act.thread_ts)
        return
    if act.thread_ts is not None:
        raise NotOnScreen("slash commands do not work in threads")
    command, _, text = act.text.partition(" ")
    await person.command(command, text.strip(), channel=act.channel)


async def _click(person: Person, act: Click) -> None:
    message, view = _surface(person, act.surface)
    await person.click(
        act.action_id, text=act.text, value=act.value, message=message, view=view, confirm=act.confirm
    )


async def _change(person: Person, act: Choose | Fill | Suggest) -> Json:
    message, view = _surface(person, act.surface)
    field = _field_name(message or view, act)
    if isinstance(act, Choose):
        await person.choose(field, act.value, message=message, view=view, confirm=act.confirm)
    elif isinstance(act, Suggest):
        return {"options": await person.suggestions(field, act.typed, view=view)}
    elif act.act == "enter":
        await person.enter(field, act.value or "", view=view)
    else:
        person.fill(field, act.value, view=view)
    return {}


def _surface(person: Person, meant: Surface) -> tuple[Message | None, View | None]:
    if isinstance(meant, OnView):
        return None, _view(person, meant.view)
    there = [*person.channel_messages(meant.channel), *person.ephemerals]
    for message in there:
        if (message.channel, message.ts) == (meant.channel, meant.ts):
            return message, None
    raise NotOnScreen("that message is gone")


def _view(person: Person, view_id: str) -> View:
    for view in (*person.views, person.home):
        if view is not None and view.id == view_id:
            return view
    raise NotOnScreen("that view is closed")


def _on_top(person: Person, view_id: str) -> None:
    if person.view is None or person.view.id != view_id:
        raise NotOnScreen("that view is closed")


def _field_name(surface: Message | View | None, act: FieldAct) -> str:
    """Return the name a field is found by: its block, unless the block holds several."""
    if surface is None:
        raise NotOnScreen("that field is gone")
    there = [place for place in places(surface) if place.block["block_id"] == act.block_id]
    fields = [place for place in there if place.element["type"] != "button"]
    return act.block_id if len(fields) == 1 else act.action_id
