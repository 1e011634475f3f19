"""A Slack, a Microsoft and a mailbox in memory. The bot can be killed before or after anything is done."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from bot.domain.identifiers import DomainName, MessageTs, RelationshipId, SlackChannelId, SlackUserId
from bot.ports.failures import OutcomeUnknown, Temporary
from bot.ports.microsoft import (
    ActivityRecord,
    AdminRelationship,
    AdminRelationshipRequest,
    ListedCustomer,
    OutgoingMail,
)
from bot.ports.slack import MessageRef
from bot.services.webhook_events import PartnerEvent
from tests.builders import FABRIKAM
from tests.fakes import FakeClock, FakeDelegatedAdmin, FakeMail, FakePartnerCenter

Surprise = Literal["none", "down", "lost", "killed before", "killed after"]
SURPRISES: tuple[Surprise, ...] = ("none", "none", "none", "down", "lost", "killed before", "killed after")

Result = TypeVar("Result")


class Killed(BaseException):
    """The process ends here. Nothing of ours may catch it."""


@dataclass
class Line:
    """The way to the outside. The surprise waits for the call after `passing` ones that change something."""

    surprise: Surprise = "none"
    passing: int = 0

    def do(self, effect: Callable[[], Result]) -> Result:
        if self.passing:
            self.passing -= 1
            return effect()
        surprise, self.surprise = self.surprise, "none"
        if surprise == "down":
            raise Temporary("down")
        if surprise == "killed before":
            raise Killed
        result = effect()
        if surprise == "killed after":
            raise Killed
        if surprise == "lost":
            raise OutcomeUnknown("the answer was lost")
        return result


@dataclass
class Said:
    """One message as it is shown now."""

    ref: MessageRef
    intent: str
    at: datetime
    thread: MessageTs | None
    text: str


@dataclass
class Slack:
    """What the outbox says goes here; it can be found again by its intent."""

    line: Line
    clock: FakeClock
    messages: list[Said] = field(default_factory=list)

    async def post(
        self,
        channel: SlackChannelId,
        blocks: list[dict[str, object]],
        text: str,
        *,
        intent: str,
        thread_ts: MessageTs | None = None,
        broadcast: bool = False,
    ) -> MessageRef:
        def say() -> MessageRef:
            ref = MessageRef(channel, MessageTs(f"{len(self.messages) + 1}.0"))
            self.messages.append(Said(ref, intent, self.clock.now(), thread_ts, text))
            return ref

        return self.line.do(say)

    async def update(self, ref: MessageRef, blocks: list[dict[str, object]], text: str) -> None:
        (shown,) = [one for one in self.messages if one.ref == ref]

        def show() -> None:
            shown.text = text

        try:
            self.line.do(show)
        except OutcomeUnknown as error:
            raise Temporary(str(error)) from error

    async def find(
        self, intent: str, channel: SlackChannelId, thread_ts: MessageTs | None, since: datetime
    ) -> MessageRef | None:
        for one in self.messages:
            same_place = one.ref.channel == channel and one.thread == thread_ts
            if one.intent == intent and same_place and one.at >= since:
                return one.ref
        return None

    async def direct_channel(self, user_id: SlackUserId) -> SlackChannelId:
        return SlackChannelId(f"D{user_id}")


@dataclass
class Graph(FakeDelegatedAdmin):
    """Delegated admin relationships: refuses nothing, so that what is created twice is seen."""

    line: Line = field(default_factory=Line)
    created: Counter[str] = field(default_factory=Counter)

    async def create(self, request: AdminRelationshipRequest) -> AdminRelationship:
        def make() -> AdminRelationship:
            self.created[request.display_name] += 1
            return self.made(request)

        return self.line.do(make)

    async def lock_for_approval(self, relationship: AdminRelationship) -> None:
        def lock() -> None:
            held = self.relationships[relationship.id]
            self.relationships[relationship.id] = replace(held, status="approvalPending")

        self.line.do(lock)


@dataclass
class Mailbox(FakeMail):
    """Counts what left."""

    line: Line = field(default_factory=Line)

    async def send(self, mail: OutgoingMail) -> None:
        self.line.do(lambda: self.sent.append(mail))


@dataclass
@dataclass
class Outside:
    """Everything beyond us, and what Microsoft has announced so far."""

    clock: FakeClock = field(default_factory=FakeClock)
    line: Line = field(default_factory=Line)
    partner_center: FakePartnerCenter = field(default_factory=FakePartnerCenter)
    events: list[PartnerEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.slack = Slack(self.line, self.clock)
        self.graph = Graph(line=self.line)
        self.mailbox = Mailbox(line=self.line)

    def customer_accepts(self) -> None:
        self.partner_center.customers[FABRIKAM] = ListedCustomer(
            FABRIKAM, "Fabrikam", DomainName("fabrikam.com"), True, "DE"
        )
        self._announce("reseller-relationship-accepted-by-customer", f"/v1/customers/{FABRIKAM}")

    def customer_leaves(self) -> None:
        self.partner_center.customers.pop(FABRIKAM, None)

    def relationship_becomes(self, relationship_id: RelationshipId, status: str) -> None:
        now = self.clock.now()
        held = self.graph.relationships[relationship_id]
        changed = replace(held, status=status, customer_tenant_id=FABRIKAM, customer_name="Fabrikam")
        if status == "active":
            changed = replace(changed, activated_at=now, ends_at=now + timedelta(days=365))
        self.graph.relationships[relationship_id] = changed
        word = "activated" if status == "active" else status
        self._log(f"granular_admin_relationship_{word}", relationship_id)
        self._announce(
            f"granular-admin-relationship-{word}", f"/granularAdminRelationships/{relationship_id}"
        )

    def groups_change(self, relationship_id: RelationshipId) -> None:
        word = "deleted" if relationship_id in self.graph.assigned else "created"
        self.graph.assigned ^= {relationship_id}
        self._log(f"granular_admin_access_assignment_{word}", relationship_id)
        path = f"/granularAdminRelationships/{relationship_id}/accessAssignments/{FABRIKAM}"
        self._announce(f"granular-admin-access-assignment-{word}", path)

    def _log(self, operation: str, relationship_id: RelationshipId) -> None:
        record = ActivityRecord(operation, FABRIKAM, relationship_id, None, self.clock.now())
        self.partner_center.log.append(record)

    def _announce(self, name: str, path: str) -> None:
        self.events.append(PartnerEvent(name, f"https://host.example{path}", "", self.clock.now()))
