"""Slack and Microsoft as they are on an ordinary bad day: slow, and now and then an answer is lost."""

import random
from dataclasses import dataclass

from bot.sandbox.fake_microsoft import DropAfter, Slow
from bot.sandbox.fake_microsoft.faults import Effect
from bot.sandbox.fake_slack.faults import Fault
from bot.sandbox.run import Sandbox

LOST_SHARE = 0.02
"""How many of the answers get lost after what was asked for has happened."""

_SLOW = frozenset({"chat.postMessage", "chat.update", "conversations.open"})


@dataclass
class Weather:
    """Makes every call take a while, before and after it takes effect: that is when a kill hurts."""

    random: random.Random
    longest_seconds: float = 0.25
    lost: int = 0

    def reign(self, box: Sandbox) -> None:
        box.slack.faults.otherwise = self._at_slack
        box.microsoft.faults.otherwise = self._at_microsoft

    def _at_slack(self, method: str) -> Fault | None:
        if self._is_lost():
            return Fault("drop_after", method)
        if method not in _SLOW:
            return None
        return Fault("slow", method, seconds=self._while(), seconds_before=self._while())

    def _at_microsoft(self, service: str, method: str, path: str) -> Effect | None:
        if service not in ("graph", "partner_center"):
            return None
        if self._is_lost():
            return DropAfter()
        return Slow(self._while()) if method == "POST" else None

    def _is_lost(self) -> bool:
        lost = self.random.random() < LOST_SHARE
        self.lost += lost
        return lost

    def _while(self) -> float:
        return self.random.uniform(0, self.longest_seconds)
