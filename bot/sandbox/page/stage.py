"""What the page stands on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol, Self

from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_slack import FakeSlack


class StoryBroke(Exception):
    """A scenario did not go as it says, or was cut short."""


@dataclass(frozen=True)
class Told:
    """
    Which telling this is: its number, the scenario while that is played, the partner's cloud, the language.

    `language` is the name of a catalogue, such as `zh_Hans`.
    """

    number: int
    scenario: str | None = None
    cloud: str = "public"
    language: str = "en"

    def again(self, scenario: str | None, cloud: str, language: str | None) -> Self:
        language = language or self.language
        return replace(self, number=self.number + 1, scenario=scenario, cloud=cloud, language=language)

    def ended(self) -> Self:
        return replace(self, scenario=None)

    def speaking(self, language: str) -> Self:
        return replace(self, language=language)


class Stage(Protocol):
    """Two fakes and a clock, which are others after somebody started over, and what moves them."""

    on_change: list[Callable[[], None]]
    """Hear when `told` changes."""

    @property
    def slack(self) -> FakeSlack: ...

    @property
    def microsoft(self) -> FakeMicrosoft: ...

    @property
    def clock(self) -> SandboxClock: ...

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The names of the stories that can be told."""
        ...

    @property
    def told(self) -> Told: ...

    async def move(self, by: timedelta) -> None:
        """Let time pass, and everyone do what falls due on the way."""
        ...

    async def settled(self) -> None:
        """Return once nothing is being started or stopped, so that whoever acts finds the bot at work."""
        ...

    async def restart(self) -> None:
        """Stop the bot and start it again."""
        ...

    async def speak(self, language: str) -> None:
        """Let everyone in Slack have that language from now on. Raises `StoryBroke` while one is told."""
        ...

    async def start_over(
        self, scenario: str | None = None, *, cloud: str = "public", language: str | None = None
    ) -> None:
        """Begin anew; return when the scenario, if one is named, is told. Raises `StoryBroke`."""
        ...

    async def steps(self) -> dict[str, Any]:
        """Return `{"done": [bool] * 9, "halves": {name: bool}}`: how far the guided tour is."""
        ...
