"""One life of the bot on a store: services and workers, driven a piece of work at a time."""

from datetime import timedelta
from typing import cast

from bot.domain.clouds import Cloud
from bot.domain.identifiers import SlackChannelId
from bot.domain.policy import Policy, Who
from bot.ports.work import LEASE, Queue
from bot.services.changes import Changes, Channels
from bot.services.deadlines import Deadlines
from bot.services.decisions import Decisions
from bot.services.identification import Identification
from bot.services.invitations import Invitations
from bot.services.prospects import Prospects
from bot.services.read_back import OwnSide, ReadBack
from bot.services.reconciliation import Reconciliation
from bot.services.relationships import Relationships
from bot.services.sending import Sending
from bot.services.webhook_events import WebhookEvents
from bot.slack.messenger import SlackMessenger
from bot.slack.words import Templates, Words
from bot.workers.invitation_sender import InvitationSender
from bot.workers.loop import Loop, Worker
from bot.workers.outbox import Outbox
from bot.workers.timers import Timers
from bot.workers.webhook_inbox import WebhookInbox
from storage.store import WorkspaceStore
from tests.builders import BEN, PARTNER
from tests.fakes import FakeMembers, FakeTenants
from tests.faults.outside import Outside

TEMPLATES = Templates()
TEAM, APPROVALS = SlackChannelId("C0PARTNERS"), SlackChannelId("C0APPROVALS")


class Life:
    """Remembers nothing that another life would need."""

    def __init__(self, outside: Outside, store: WorkspaceStore) -> None:
        self.outside, self.store = outside, store
        members, policy = FakeMembers(), Policy(Who(), Who(frozenset({BEN})), Who())
        changes = Changes(store, outside.clock, Channels(TEAM, APPROVALS))
        prospects = Prospects(store, FakeTenants(), PARTNER)
        self.identification = Identification(changes=changes, tenants=FakeTenants())
        self.invitations = Invitations(
            changes=changes, members=members, policy=policy, partner=PARTNER, prospects=prospects
        )
        self.decisions = Decisions(changes=changes, members=members, policy=policy)
        relationships = Relationships(changes=changes, members=members, policy=policy, cloud=Cloud.PUBLIC)
        read_back = ReadBack(
            partner_center=outside.partner_center,
            delegated_admin=outside.graph,
            relationships=relationships,
            identification=self.identification,
            own=OwnSide("", frozenset()),
            store=store,
            clock=outside.clock,
        )
        self.reconciliation = Reconciliation(
            store=store,
            clock=outside.clock,
            partner_center=outside.partner_center,
            delegated_admin=outside.graph,
            read_back=read_back,
        )
        self.workers = self._workers(changes, read_back)
        self.loop = Loop(store, outside.clock, self.workers.values())

    def _workers(self, changes: Changes, read_back: ReadBack) -> dict[Queue, Worker]:
        outside = self.outside
        sending = Sending(
            changes=changes,
            partner_center=outside.partner_center,
            delegated_admin=outside.graph,
            identification=self.identification,
            mail=outside.mailbox,
            mail_html=lambda subject, text, language: text,
        )
        outbox = Outbox(
            changes=changes,
            messenger=cast("SlackMessenger", outside.slack),
            channel_words=TEMPLATES.words("en"),
            words_for=_english,
        )
        timers = Timers(
            changes=changes,
            deadlines=Deadlines(changes=changes),
            reconciliation=self.reconciliation,
            sign_in=_nothing,
            register_webhook=_nothing,
            reconcile_every=timedelta(minutes=15),
        )
        every: list[Worker] = [
            outbox,
            InvitationSender(sending),
            WebhookInbox(WebhookEvents(read_back=read_back)),
            timers,
        ]
        return {one.queue: one for one in every}

    async def works(self, queue: Queue) -> bool:
        """Do one piece of work that is due; return whether there was one."""
        now = self.outside.clock.now()
        for claim in await self.store.work.claim(queue, now=now, lease=LEASE, limit=1):
            await self.loop._attempt(self.workers[queue], claim, after=None)
            return True
        return False

    async def compares(self) -> None:
        while await self.reconciliation.step():
            pass


async def _nothing() -> None:
    """Signing in and registering are about nobody's invitation."""


async def _english(_: object) -> Words:
    return TEMPLATES.words("en")
