"""What is played on: one sandbox at a time, and a fresh one whenever somebody starts over."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Self

from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft, PortalRefusal
from bot.sandbox.fake_microsoft.wire import Refused
from bot.sandbox.fake_slack import FakeSlack, NotOnScreen
from bot.sandbox.languages import ENGLISH, speak
from bot.sandbox.page.stage import StoryBroke, Told
from bot.sandbox.run import ANA, BEN, CHRIS, Sandbox, sandbox
from bot.sandbox.scenarios import SCENARIOS
from bot.sandbox.story import Story
from bot.sandbox.tour import Tour
from bot.sandbox.waiting import WentWrong

REQUESTERS = (ANA, BEN, CHRIS)
"""Whoever is not named here, as Eva, who is new, may invite nobody."""


class Stage:
    """The page's `Stage`, with the whole bot on it."""

    def __init__(self, *, database_url: str | None = None) -> None:
        self._database_url = database_url
        self._changing = asyncio.Lock()
        self._held = AsyncExitStack()
        self._letting_go: set[asyncio.Task[None]] = set()
        self._telling: asyncio.Task[None] | None = None
        self._box: Sandbox | None = None
        self._tour: Tour | None = None
        self.told = Told(0)
        self.on_change: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        await self._open(Told(1))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop_telling()
        self._let_go()
        await asyncio.gather(*self._letting_go)

    @property
    def box(self) -> Sandbox:
        """The sandbox of now. Raises `RuntimeError` before the first and after the last."""
        if self._box is None:
            raise RuntimeError("nothing is on the stage")
        return self._box

    @property
    def slack(self) -> FakeSlack:
        return self.box.slack

    @property
    def microsoft(self) -> FakeMicrosoft:
        return self.box.microsoft

    @property
    def clock(self) -> SandboxClock:
        return self.box.clock

    @property
    def scenarios(self) -> tuple[str, ...]:
        return tuple(SCENARIOS)

    async def move(self, by: timedelta) -> None:
        await self.box.move(by)

    async def settled(self) -> None:
        async with self._changing:
            pass

    async def restart(self) -> None:
        async with self._changing:
            await self.box.restart()

    async def speak(self, language: str) -> None:
        """Change the language of people and channels. The bot starts anew: it remembers who reads what."""
        async with self._changing:
            if self.told.scenario is not None:
                raise StoryBroke("a story is being told in another language")
            if language != self.told.language:
                speak(self.slack.workspace, language)
                await self.box.restart(channel_language=language)
                self._now(self.told.speaking(language))

    async def start_over(
        self, scenario: str | None = None, *, cloud: str = "public", language: str | None = None
    ) -> None:
        """
        Put a fresh sandbox in the place of this one, and return when the scenario, if any, is told.

        Raises `StoryBroke` when it did not go as it says, or somebody started over meanwhile.
        """
        async with self._changing:
            await self._stop_telling()
            self._let_go()
            if self._database_url is not None:
                # Two bots on one file would both write; without a given file each has its own.
                await asyncio.gather(*self._letting_go)
            await self._open(self.told.again(scenario, cloud, language))
            telling = self._telling = asyncio.create_task(self._tell(scenario))
        await asyncio.wait({telling})
        if telling.cancelled():
            raise StoryBroke("something else was started")
        telling.result()

    async def steps(self) -> dict[str, Any]:
        """Return how far the guided tour is, see `Tour`; while everything changes, once it has."""
        async with self._changing:
            return await self._tour.progress() if self._tour else {}

    async def _open(self, told: Told) -> None:
        scenario = SCENARIOS.get(told.scenario or "")
        held = AsyncExitStack()
        box = await held.enter_async_context(
            sandbox(
                database_url=self._database_url,
                webhooks=scenario is None or scenario.webhooks,
                cloud=told.cloud,
                requesters=REQUESTERS,
                channel_language=told.language,
            )
        )
        speak(box.slack.workspace, told.language)
        self._box, self._tour, self._held = box, Tour(box), held
        self._now(told)

    async def _tell(self, scenario: str | None) -> None:
        try:
            if scenario is not None:
                story = Story(self.box, in_english=self.told.language == ENGLISH)
                await SCENARIOS[scenario].tell(story)
                await story.all_is_said()
        except (WentWrong, NotOnScreen, PortalRefusal, Refused) as error:
            raise StoryBroke(str(error)) from error
        finally:
            self._now(self.told.ended())

    def _now(self, told: Told) -> None:
        self.told = told
        for hear in self.on_change:
            hear()

    async def _stop_telling(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    def _let_go(self) -> None:
        """Close what is on the stage, beside whatever comes next."""
        held, self._held = self._held, AsyncExitStack()
        closing = asyncio.create_task(held.aclose())
        self._letting_go.add(closing)
        closing.add_done_callback(self._letting_go.discard)
