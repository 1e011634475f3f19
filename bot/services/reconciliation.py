"""
Finds by polling what no event announced: acceptances, removed relationships, missed events.

One run is a chain of short steps, each of which leaves a checkpoint, so that a restart goes on at its page.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Self

from bot.domain.customer import LEGACY_ADMIN, Customer, ResellerState
from bot.domain.identifiers import RelationshipId, TenantId
from bot.domain.invitation import LINK_IS_OUT, Invitation
from bot.domain.relationship import WORKING, AdminGrant, AdminRelationship
from bot.ports.clock import Clock
from bot.ports.failures import Permanent
from bot.ports.microsoft import (
    ActivityRecord,
    CustomerPage,
    DelegatedAdmin,
    ListedCustomer,
    PartnerCenter,
)
from bot.ports.store import Store
from bot.services.read_back import ReadBack

_CHECKPOINT = "reconciliation"
_IMPORTED = "customers_imported"
_ACTIVITY = "activity_read"
_BATCH = 200

_LOG_LAG = timedelta(hours=1)
"""How late a record may appear in the activity log; reading one twice changes nothing."""

_ASSIGNMENT = "granular_admin_access_assignment_"
_LEGACY = "dap_admin_relationship_"


@dataclass(frozen=True)
class Checkpoint:
    """Where a run is. `continuation` is the customer list's."""

    run: str
    phase: str = "customers"
    continuation: str | None = None

    @classmethod
    def from_json(cls, text: str) -> Self:
        values: Mapping[str, str | None] = json.loads(text)
        return cls(
            run=values["run"] or "",
            phase=values["phase"] or "customers",
            continuation=values["continuation"],
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self))


class Reconciliation:
    """Compares Microsoft's lists with our records and reads back whatever differs."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        partner_center: PartnerCenter,
        delegated_admin: DelegatedAdmin,
        read_back: ReadBack,
    ) -> None:
        self.store = store
        self.clock = clock
        self.partner_center = partner_center
        self.delegated_admin = delegated_admin
        self.read_back = read_back

    async def step(self) -> bool:
        """Do the next step of a run; return whether the run goes on. Failures of the outside pass."""
        note = await self.store.notes.get(_CHECKPOINT)
        here = Checkpoint.from_json(note) if note else Checkpoint(run=self.clock.now().isoformat())
        quiet = await self.store.notes.get(_IMPORTED) is None
        match here.phase:
            case "customers":
                following = await self._customers(here, quiet=quiet)
            case "vanished":
                following = await self._vanished(here)
            case "admin":
                following = await self._admin(here, quiet=quiet)
            case "activity":
                following = await self._activity(here)
            case _:
                following = None
                await self._agreements()
        await self._save(following)
        return following is not None

    async def behind(self) -> timedelta:
        """Return how long ago the last run that came through began; nothing before the first one."""
        note = await self.store.notes.get(_ACTIVITY)
        return self.clock.now() - datetime.fromisoformat(note) if note else timedelta()

    async def _customers(self, here: Checkpoint, *, quiet: bool) -> Checkpoint | None:
        page = await self._page(here)
        tenants = [listed.tenant_id for listed in page.customers]
        known = await self.store.customers.get_many(tenants)
        for listed in page.customers:
            if _differs(known.get(listed.tenant_id), listed):
                await self.read_back.customer(listed.tenant_id, quiet=quiet)
        resellers = [one.tenant_id for one in page.customers if one.has_reseller_relationship]
        if resellers:
            await self.store.commit(self.store.customers.marking_seen(resellers, run=here.run))
        if page.continuation is None:
            return Checkpoint(here.run, "vanished")
        return Checkpoint(here.run, continuation=page.continuation)

    async def _page(self, here: Checkpoint) -> CustomerPage:
        try:
            return await self.partner_center.customers_page(here.continuation)
        except Permanent:
            # A continuation dies with the list it belongs to: the next run begins anew, or none ever would.
            await self.store.commit(self.store.notes.setting(_CHECKPOINT, ""))
            raise

    async def _vanished(self, here: Checkpoint) -> Checkpoint | None:
        missing = await self.store.customers.not_seen(run=here.run, limit=_BATCH)
        for customer in missing:
            # The list may lag behind: only the customer's own page decides that a relationship is gone.
            await self.read_back.customer(customer.tenant_id)
        if missing:
            tenants = [customer.tenant_id for customer in missing]
            await self.store.commit(self.store.customers.marking_seen(tenants, run=here.run))
            return here
        return Checkpoint(here.run, "admin")

    async def _admin(self, here: Checkpoint, *, quiet: bool) -> Checkpoint | None:
        """Follow the list, then read back one by one what it did not show: Graph's silence proves nothing."""
        listed: set[RelationshipId] = set()
        async for seen in self.delegated_admin.all():
            listed.add(seen.id)
            customer = await self.store.customers.by_relationship(seen.id)
            if _grant_differs(customer.grant(seen.id) if customer else None, seen):
                await self.read_back.take_in(seen, quiet=quiet)
        async for relationship_id in self._expected():
            if relationship_id not in listed:
                # Who sees nothing at all is not allowed to look, and gets a 404 for each one too.
                await self.read_back.admin_relationship(relationship_id, absence_counts=bool(listed))
        return Checkpoint(here.run, "activity")

    async def _expected(self) -> AsyncIterator[RelationshipId]:
        """Yield the admin relationships that should still be there."""
        for invitation in await self.store.invitations.in_status(LINK_IS_OUT, limit=_BATCH):
            if invitation.relationship_id and invitation.progress.admin_access_active_at is None:
                yield invitation.relationship_id
        async for customer in self._all_customers():
            for grant in customer.grants:
                if not grant.is_final and grant.id != LEGACY_ADMIN:
                    yield grant.id

    async def _activity(self, here: Checkpoint) -> Checkpoint | None:
        """Follow what only the activity log tells: assignments and privileges of old change no list."""
        note = await self.store.notes.get(_ACTIVITY)
        began = datetime.fromisoformat(here.run)
        if note is not None:
            since = datetime.fromisoformat(note)
            records = await self.partner_center.activity(since)
            await self._follow([one for one in records if one.happened_at >= since - _LOG_LAG])
        await self.store.commit(self.store.notes.setting(_ACTIVITY, began.isoformat()))
        return Checkpoint(here.run, "agreements")

    async def _follow(self, records: Sequence[ActivityRecord]) -> None:
        assigned = [one.relationship_id for one in records if one.operation.startswith(_ASSIGNMENT)]
        for relationship_id in dict.fromkeys(one for one in assigned if one):
            await self.read_back.admin_relationship(relationship_id)
        for record in records:
            if record.operation.startswith(_LEGACY) and record.customer_tenant_id:
                await self.read_back.legacy_admin(
                    record.customer_tenant_id, record.operation, record.happened_at
                )

    async def _all_customers(self) -> AsyncIterator[Customer]:
        after: TenantId | None = None
        while page := await self.store.customers.page(after=after, limit=_BATCH):
            for customer in page:
                yield customer
            after = page[-1].tenant_id

    async def _agreements(self) -> None:
        """No event tells of a signed agreement: ask for customers we invited."""
        for invitation in await self.store.invitations.in_status(LINK_IS_OUT, limit=_BATCH):
            accepted, signed = _agreement_of(invitation)
            if accepted and not signed and invitation.customer_tenant_id:
                await self.read_back.customer(invitation.customer_tenant_id)

    async def _save(self, following: Checkpoint | None) -> None:
        if following is not None:
            await self.store.commit(self.store.notes.setting(_CHECKPOINT, following.to_json()))
            return
        await self.store.commit(
            self.store.notes.setting(_CHECKPOINT, ""),
            self.store.notes.setting(_IMPORTED, self.clock.now().isoformat()),
        )


def _agreement_of(invitation: Invitation) -> tuple[bool, bool]:
    progress = invitation.progress
    return progress.reseller_accepted_at is not None, progress.agreement_signed_at is not None


def _differs(known: Customer | None, listed: ListedCustomer) -> bool:
    if known is None:
        return listed.has_reseller_relationship
    active = known.reseller is ResellerState.ACTIVE
    renamed = bool(listed.name) and known.name != listed.name
    return renamed or active != listed.has_reseller_relationship


def _grant_differs(known: AdminGrant | None, seen: AdminRelationship) -> bool:
    if known is None:
        return True
    if known.is_final:
        return False
    unassigned = seen.status in WORKING and not known.assigned
    return unassigned or (known.status, set(known.roles), known.ends_at) != (
        seen.status,
        set(seen.roles),
        seen.ends_at,
    )
