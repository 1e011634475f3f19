"""A stage without the bot: two fakes, a clock, and a note of what was asked for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_slack import FakeSlack
from bot.sandbox.languages import speak
from bot.sandbox.page.stage import StoryBroke, Told


class BareStage:
    """Starting over changes the number alone; `restarts`, `moves` and `started` note what was asked for."""

    scenarios: tuple[str, ...] = ("accepts", "revokes")

    def __init__(self, slack: FakeSlack, microsoft: FakeMicrosoft, clock: SandboxClock) -> None:
        self.slack = slack
        self.microsoft = microsoft
        self.clock = clock
        self.told = Told(1)
        self.on_change: list[Callable[[], None]] = []
        self.restarts = 0
        self.moves: list[timedelta] = []
        self.started: list[tuple[str | None, str, str | None]] = []
        self.done = [False] * 9
        self.breaks = ""

    async def move(self, by: timedelta) -> None:
        self.moves.append(by)
        self.clock.move(by)

    async def settled(self) -> None:
        pass

    async def restart(self) -> None:
        self.restarts += 1

    async def speak(self, language: str) -> None:
        speak(self.slack.workspace, language)
        self.now(self.told.speaking(language))

    async def start_over(
        self, scenario: str | None = None, *, cloud: str = "public", language: str | None = None
    ) -> None:
        self.started.append((scenario, cloud, language))
        self.now(self.told.again(scenario, cloud, language))
        self.now(self.told.ended())
        if self.breaks:
            raise StoryBroke(self.breaks)

    async def steps(self) -> dict[str, Any]:
        return {"done": self.done, "halves": {}}

    def now(self, told: Told) -> None:
        self.told = told
        for hear in self.on_change:
            hear()
