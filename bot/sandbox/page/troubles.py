"""What goes wrong until it is switched off: at Slack, at Microsoft, on the way from Microsoft."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.sandbox.fake_microsoft import FakeMicrosoft, Mode, ServerError, Throttle
from bot.sandbox.fake_microsoft.faults import Effect, Service
from bot.sandbox.fake_slack import FakeSlack

ALWAYS = 1_000_000
SLOW_SECONDS = 2.0
RETRY_AFTER_SECONDS = 5
SERVICES: tuple[Service, ...] = ("partner_center", "graph")
EFFECTS: dict[str, Effect] = {
    "throttled": Throttle(retry_after_seconds=RETRY_AFTER_SECONDS),
    "server_error": ServerError(status=500),
}
MODES = {"arrive": Mode.NORMAL, "lost": Mode.LOST, "doubled": Mode.DUPLICATED}


class Trouble(BaseModel):
    """The position of each switch."""

    model_config = ConfigDict(frozen=True)

    slack: Literal["none", "slow", "rate_limited"] = "none"
    microsoft: Literal["none", "throttled", "server_error"] = "none"
    webhooks: Literal["arrive", "lost", "doubled"] = "arrive"


class Troubles:
    """The switches; setting them replaces every fault that was planned before."""

    def __init__(self, slack: FakeSlack, microsoft: FakeMicrosoft) -> None:
        self._slack = slack
        self._microsoft = microsoft
        self.current = Trouble()

    def set(self, trouble: Trouble) -> None:
        self._slack.faults.clear()
        if trouble.slack == "slow":
            self._slack.faults.slow("*", seconds=SLOW_SECONDS, count=ALWAYS)
        if trouble.slack == "rate_limited":
            self._slack.faults.rate_limit("*", retry_after=RETRY_AFTER_SECONDS, count=ALWAYS)
        self._microsoft.faults.clear()
        for service in SERVICES if trouble.microsoft in EFFECTS else ():
            self._microsoft.faults.plan(service, "*", "*", EFFECTS[trouble.microsoft], times=ALWAYS)
        self._microsoft.deliveries.mode = MODES[trouble.webhooks]
        self.current = trouble
