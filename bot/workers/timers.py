"""What is due because time passed: deadlines, reconciliation, keeping the sign-in alive."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.domain.identifiers import InvitationId
from bot.domain.invitation import DELAY_TIME
from bot.domain.notifications import Kind, Notice, Notification, Place
from bot.ports.clock import Clock
from bot.ports.failures import Permanent, Reason, Temporary
from bot.ports.store import Store, Write
from bot.ports.work import Claim, Queue, Work
from bot.services.changes import Changes, new_work_id
from bot.services.deadlines import Deadlines
from bot.services.reconciliation import Reconciliation
from bot.workers.endings import Again, Done, Ending

SIGN_IN_INTERVAL = timedelta(days=20)
"""A refresh token dies after 90 days without use; Microsoft asks to redeem it at least monthly."""

REGISTRATION_INTERVAL = timedelta(days=1)
"""Another system of the partner's may register its own address at any time."""

_RECURRING = ("reconcile", "sign_in", "webhook")


class Timers:
    """Deadlines come once; reconciliation and sign-in come back for ever."""

    queue = Queue.TIMERS
    limit = 4

    def __init__(
        self,
        *,
        changes: Changes,
        deadlines: Deadlines,
        reconciliation: Reconciliation,
        sign_in: Callable[[], Awaitable[None]],
        register_webhook: Callable[[], Awaitable[None]],
        reconcile_every: timedelta,
    ) -> None:
        self.changes = changes
        self.clock: Clock = changes.clock
        self.store: Store = changes.store
        self.deadlines = deadlines
        self.reconciliation = reconciliation
        self.sign_in = sign_in
        self.register_webhook = register_webhook
        self.reconcile_every = reconcile_every

    async def start(self) -> None:
        """Make sure the recurring timers exist; they are added once per workspace, ever."""
        now = self.clock.now()
        await self.store.commit(
            *(
                self.store.work.adding(Work(new_work_id(), self.queue, {"kind": kind}, now, key=kind))
                for kind in _RECURRING
            )
        )

    async def attempt(self, claim: Claim) -> Ending:
        match claim.work.payload["kind"]:
            case "approval":
                await self.deadlines.expire_approval(_invitation_of(claim))
                return Done()
            case "answer":
                await self.deadlines.lapse(_invitation_of(claim))
                return Done()
            case "reconcile":
                return await self._recurring(self._reconcile, self.reconcile_every)
            case "sign_in":
                return await self._recurring(self._sign_in, SIGN_IN_INTERVAL)
            case "webhook":
                return await self._recurring(self._register_webhook, REGISTRATION_INTERVAL)
            case kind:
                return Done(f"unknown timer {kind}")

    async def _reconcile(self) -> datetime:
        try:
            goes_on = await self.reconciliation.step()
        except Temporary as error:
            if await self.reconciliation.behind() < DELAY_TIME:
                raise
            raise Permanent(Reason.UNAVAILABLE, str(error)) from error
        return self.clock.now() if goes_on else self.clock.now() + self.reconcile_every

    async def _sign_in(self) -> datetime:
        await self.sign_in()
        return self.clock.now() + SIGN_IN_INTERVAL

    async def _register_webhook(self) -> datetime:
        await self.register_webhook()
        return self.clock.now() + REGISTRATION_INTERVAL

    async def _recurring(self, task: Callable[[], Awaitable[datetime]], interval: timedelta) -> Ending:
        try:
            return Again(await task(), afresh=True)
        except Permanent as error:
            # It comes back by itself once somebody mended the cause; meanwhile people hear of it daily.
            return Again(self.clock.now() + interval, str(error), [self._problem(error)])

    def _problem(self, error: Permanent) -> Write:
        told = Notification(
            Kind.NOTICE,
            Place.APPROVALS,
            notice=Notice.SYSTEM_PROBLEM,
            facts={
                "reason": error.reason,
                "detail": error.detail,
                "compared_every_seconds": str(int(self.reconcile_every.total_seconds())),
            },
        )
        once_a_day = f"problem:{error.reason}:{self.clock.now():%Y-%m-%d}"
        return self.store.work.adding(self.changes.message(told, key=once_a_day))


def _invitation_of(claim: Claim) -> InvitationId:
    return InvitationId(str(claim.work.payload["invitation_id"]))
