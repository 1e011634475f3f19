"""
`overture serve` with an outbox that is wrong on purpose.

Each is a way of posting that looks reasonable. A harness that does not catch them proves nothing about ours.
Run as `python -m tests.faults.controls mark_then_post`.
"""

import sys
from dataclasses import replace

from bot import cli
from bot.app import workers
from bot.ports.work import Claim
from bot.workers.endings import Done, Ending
from bot.workers.outbox import Outbox


class MarkThenPost(Outbox):
    """Records a message as said before it is: what is killed in between is never said."""

    async def attempt(self, claim: Claim) -> Ending:
        await self.store.commit(self.store.work.finishing(claim, "said"))
        ending = await super().attempt(claim)
        if isinstance(ending, Done):
            await self.store.commit(*ending.writes)
        return ending


class PostThenMark(Outbox):
    """Never looks whether an attempt without a recorded end has posted already."""

    async def attempt(self, claim: Claim) -> Ending:
        return await super().attempt(replace(claim, uncertain=False))


CONTROLS: dict[str, type[Outbox]] = {"mark_then_post": MarkThenPost, "post_then_mark": PostThenMark}


if __name__ == "__main__":
    vars(workers)["Outbox"] = CONTROLS[sys.argv[1]]
    cli.main(["serve"])
