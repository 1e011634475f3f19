"""What goes wrong until it is switched off: at Slack, at Microsoft, on the way from Microsoft."""

import asyncio
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.sandbox.fake_microsoft import DropAfter, FakeMicrosoft, Mode, ServerError, Throttle
from bot.sandbox.fake_microsoft.faults import Effect, Service
from bot.sandbox.fake_slack import FakeSlack
from bot.sandbox.page.stage import Stage

ALWAYS = 1_000_000
SLOW_SECONDS = 2.0
RETRY_AFTER_SECONDS = 5
HELD_SECONDS = 2.0
"""For how long events are collected before they go out the newest first."""

SERVICES: tuple[Service, ...] = ("partner_center", "graph")
EFFECTS: dict[str, tuple[str, Effect]] = {
    "throttled": ("*", Throttle(retry_after_seconds=RETRY_AFTER_SECONDS)),
    "server_error": ("*", ServerError(status=500)),
    # Reading stays possible, so that one can watch what is done about an answer that never came.
    "answer_lost": ("POST", DropAfter()),
}
Way = Literal["arrive", "lost", "doubled", "reordered", "forged"]
MODES: dict[Way, Mode] = {
    "arrive": Mode.NORMAL,
    "lost": Mode.LOST,
    "doubled": Mode.DUPLICATED,
    "reordered": Mode.HELD,
    "forged": Mode.SELF_SIGNED,
}
WAYS = {mode: way for way, mode in MODES.items()}


class Trouble(BaseModel):
    """The position of each switch."""

    model_config = ConfigDict(frozen=True)

    slack: Literal["none", "slow", "rate_limited"] = "none"
    microsoft: Literal["none", "throttled", "server_error", "answer_lost"] = "none"
    webhooks: Way = "arrive"


class Troubles:
    """The switches; setting them replaces every fault that was planned before. Who starts over has none."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._chosen = Trouble()
        self._number = stage.told.number
        self._releasing: asyncio.Task[None] | None = None
        stage.on_change.append(self._on_stage)

    @property
    def current(self) -> Trouble:
        """Where the switches are; a scenario may have changed how events arrive."""
        way = WAYS.get(self._stage.microsoft.deliveries.mode, "arrive")
        return self._chosen.model_copy(update={"webhooks": way})

    def set(self, trouble: Trouble) -> None:
        """Set every switch."""
        _befall_slack(self._stage.slack, trouble)
        _befall_microsoft(self._stage.microsoft, trouble)
        deliveries = self._stage.microsoft.deliveries
        deliveries.mode = MODES[trouble.webhooks]
        deliveries.release(reverse=True)
        self._stop_releasing()
        if trouble.webhooks == "reordered":
            self._releasing = asyncio.create_task(_release(self._stage.microsoft))
        self._chosen = trouble

    def _on_stage(self) -> None:
        if self._number != self._stage.told.number:
            self._number = self._stage.told.number
            self._chosen = Trouble()
            self._stop_releasing()

    def _stop_releasing(self) -> None:
        if self._releasing is not None:
            self._releasing.cancel()


def _befall_slack(slack: FakeSlack, trouble: Trouble) -> None:
    slack.faults.clear()
    if trouble.slack == "slow":
        slack.faults.slow("*", seconds=SLOW_SECONDS, count=ALWAYS)
    if trouble.slack == "rate_limited":
        slack.faults.rate_limit("*", retry_after=RETRY_AFTER_SECONDS, count=ALWAYS)


def _befall_microsoft(microsoft: FakeMicrosoft, trouble: Trouble) -> None:
    microsoft.faults.clear()
    if trouble.microsoft in EFFECTS:
        method, effect = EFFECTS[trouble.microsoft]
        for service in SERVICES:
            microsoft.faults.plan(service, method, "*", effect, times=ALWAYS)


async def _release(microsoft: FakeMicrosoft) -> None:
    """Let what was held go out in the wrong order, again and again."""
    while True:
        await asyncio.sleep(HELD_SECONDS)
        microsoft.deliveries.release(reverse=True)
