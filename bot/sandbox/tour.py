"""How far the guided tour through the main story is, by what has happened in the sandbox."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from bot.domain.invitation import LINK_IS_OUT, Invitation, Status
from bot.sandbox.fake_slack import Seen
from bot.sandbox.run import Sandbox
from bot.slack import names

APPROVED = LINK_IS_OUT | {Status.APPROVED, Status.PREPARING, Status.FAILED}
SENT = LINK_IS_OUT - {Status.READY}
OVER = frozenset({"terminated", "terminating", "terminationRequested"})
MOST_INVITATIONS = 50


class Tour:
    """
    The nine steps of the story. What was done once stays done; a later step takes the earlier ones with it.

    Step 7 is to read: nothing in the world tells whether somebody did, but what follows does.
    """

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._read = 0
        self._seen: set[str] = set()

    async def progress(self) -> dict[str, Any]:
        """Return `done`, one bool for each step, and `halves`: what of step 8 the customer has done."""
        asked = await self._box.app.store.invitations.in_status(frozenset(Status), limit=MOST_INVITATIONS)
        self._look()
        halves = self._halves(asked)
        return {"done": self._steps(asked, halves), "halves": halves}

    def _steps(self, asked: Sequence[Invitation], halves: dict[str, bool]) -> list[bool]:
        reached = {one.status for one in asked}
        happened = [
            names.INVITE_CUSTOMER in self._seen,
            names.INVITE_CUSTOMER_DRAFT in self._seen,
            names.MAIL_TEXT in self._seen,
            bool(asked),
            bool(reached & APPROVED),
            bool(reached & SENT),
            any(halves.values()),
            all(halves.values()),
            self._is_taken_back(),
        ]
        return list(accumulate(reversed(happened), bool.__or__))[::-1]

    def _halves(self, asked: Iterable[Invitation]) -> dict[str, bool]:
        """Return each half that is asked for; of several invitations, what any of them came to."""
        sent = [one for one in asked if one.status in SENT]
        wants_access = [one for one in sent if one.proposal.admin_access is not None]
        tenants = {one.proposal.customer.tenant_id for one in sent}
        signed = self._box.microsoft.world.agreements_signed
        halves = {
            "reseller": any(one.progress.reseller_accepted_at for one in sent),
            "agreement": bool(tenants & signed),
        }
        if wants_access or not sent:
            halves["admin_access"] = any(one.progress.admin_access_active_at for one in wants_access)
            halves["groups"] = any(one.progress.groups_assigned_at for one in wants_access)
        return halves

    def _is_taken_back(self) -> bool:
        relationships = self._box.microsoft.gdap.relationships.values()
        return names.ASK_AGAIN in self._seen and any(one.status in OVER for one in relationships)

    def _look(self) -> None:
        """Note what appeared on anybody's screen since the last look."""
        fresh = self._box.slack.feed.since(self._read)
        self._read += len(fresh)
        for seen in fresh:
            self._seen.update(_named(seen))


def _named(seen: Seen) -> Iterable[str]:
    """Yield the view that opened, the fields found wrong, or the buttons of a message."""
    match seen.kind:
        case "modal" | "modal_update":
            yield str(seen.payload.get("callback_id", ""))
        case "field_errors":
            yield from seen.payload.get("errors", ())
        case "message" | "update":
            for block in seen.payload.get("blocks", ()):
                yield from (str(one.get("action_id", "")) for one in block.get("elements", ()))
