"""
What was seen at Microsoft, by event or by polling, taken into our records.

Both ways end here, in the same transitions: what is already known changes nothing and tells nobody, so order
and repetition do not matter. Customer, invitation, audit and notices change in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain import notifications
from bot.domain.clouds import Cloud
from bot.domain.customer import Change, Changed, Customer
from bot.domain.errors import UnknownCustomer, UnknownInvitation
from bot.domain.identifiers import InvitationId, RelationshipId, SlackUserId, TenantId
from bot.domain.invitation import LINK_IS_OUT, Invitation
from bot.domain.matching import Match, match
from bot.domain.notifications import Kind, Notice, Notification, Place
from bot.domain.policy import Policy
from bot.domain.progress import progressed
from bot.domain.relationship import AdminRelationship, EndCause
from bot.ports.members import Members
from bot.ports.microsoft import ListedCustomer
from bot.ports.store import Store, Write
from bot.services.changes import SYSTEM, Changes, retry_when_stale


@dataclass
class _Outcome:
    """What one observation does, gathered before it is committed."""

    invitations: dict[InvitationId, tuple[Invitation, Invitation]] = field(default_factory=dict)
    told: list[Notification] = field(default_factory=list)

    def move(self, invitation: Invitation, after: Invitation) -> Invitation:
        before = self.invitations.get(invitation.id, (invitation, invitation))[0]
        self.invitations[invitation.id] = (before, after)
        return after

    def current(self, invitation: Invitation) -> Invitation:
        return self.invitations.get(invitation.id, (invitation, invitation))[1]


class Relationships:
    """Takes observations in. `quiet` keeps the first import of a partner's customers from being news."""

    def __init__(self, *, changes: Changes, members: Members, policy: Policy, cloud: Cloud) -> None:
        self.changes = changes
        self.store: Store = changes.store
        self.clock = changes.clock
        self.members = members
        self.policy = policy
        self.cloud = cloud

    @retry_when_stale
    async def see_customer(
        self, listed: ListedCustomer, *, agreement_signed: bool | None = None, quiet: bool = False
    ) -> None:
        """Take in a customer as Partner Center has it."""
        before = await self.store.customers.get(listed.tenant_id)
        if before is None and not listed.has_reseller_relationship:
            return
        now = self.clock.now()
        known = before or Customer(listed.tenant_id, listed.name, self.cloud)
        named = replace(
            known,
            name=listed.name or known.name,
            domain=listed.domain or known.domain,
            country=listed.country or known.country,
        )
        after, changes = named.see_reseller(listed.has_reseller_relationship, at=now)
        if agreement_signed is not None:
            after, more = after.see_agreement(agreement_signed, at=now)
            changes = [*changes, *more]
        await self._commit(before, after, changes, quiet=quiet)

    @retry_when_stale
    async def miss_customer(self, tenant_id: TenantId) -> None:
        """Take in that Partner Center no longer has this customer."""
        before = await self.store.customers.get(tenant_id)
        if before is not None:
            after, changes = before.see_reseller(False, at=self.clock.now())
            await self._commit(before, after, changes, quiet=False)

    @retry_when_stale
    async def see_admin_relationship(
        self, seen: AdminRelationship, *, assigned: bool, cause: EndCause, quiet: bool = False
    ) -> None:
        """Take in a delegated admin relationship as Graph has it."""
        invitation = await self._invitation_of(seen)
        tenant_id = seen.customer_tenant_id or (invitation.customer_tenant_id if invitation else None)
        if tenant_id is None:
            await self._note_status(invitation, seen.status)
            return
        before = await self.store.customers.get(tenant_id)
        fallback = invitation.proposal.customer.name if invitation else tenant_id
        known = before or Customer(tenant_id, seen.customer_name or fallback, self.cloud)
        after, changes = known.see_admin_relationship(
            seen,
            assigned=assigned,
            cause=cause,
            invitation_id=invitation.id if invitation else None,
            at=self.clock.now(),
        )
        await self._commit(before, after, changes, quiet=quiet, touched=seen.id)

    @retry_when_stale
    async def miss_admin_relationship(self, relationship_id: RelationshipId) -> None:
        """Take in that Graph no longer knows a relationship."""
        before = await self.store.customers.by_relationship(relationship_id)
        if before is not None:
            after, changes = before.miss_admin_relationship(relationship_id, at=self.clock.now())
            await self._commit(before, after, changes, quiet=False, touched=relationship_id)

    @retry_when_stale
    async def see_legacy_admin(
        self, tenant_id: TenantId, *, active: bool, by_microsoft: bool, changed_at: datetime
    ) -> None:
        """Take in an event about delegated admin privileges of old (DAP)."""
        before = await self.store.customers.get(tenant_id)
        if before is None:
            return
        cause = EndCause.INACTIVITY if by_microsoft else EndCause.CUSTOMER_ENDED
        after, changes = before.see_legacy_admin(active=active, cause=cause, changed_at=changed_at)
        await self._commit(before, after, changes, quiet=False)

    @retry_when_stale
    async def link(self, tenant_id: TenantId, invitation_id: InvitationId, *, by: SlackUserId) -> Invitation:
        """Tie an acceptance to the invitation a person recognised. Raises `NotAllowed`."""
        invitation = await self.store.invitations.get(invitation_id)
        customer = await self.store.customers.get(tenant_id)
        if invitation is None or customer is None or customer.reseller_since is None:
            raise UnknownInvitation(invitation_id)
        self.policy.require_steward(await self.members.member(by), invitation.requested_by)
        if invitation.progress.reseller_accepted_at is not None:
            return invitation
        change = Changed(Change.RESELLER_ACCEPTED, customer.reseller_since)
        tied = progressed(invitation.belongs_to(tenant_id), customer, change)
        if customer.agreement_signed_at is not None:
            signed = Changed(Change.AGREEMENT_SIGNED, customer.agreement_signed_at)
            tied = progressed(tied, customer, signed)
        told = notifications.changed(customer, change, tied, matched="person")
        await self.changes.replace(invitation, tied, actor=by, action="link", told=told)
        return tied

    async def settle(self, tenant_id: TenantId, action: str, *, by: SlackUserId) -> None:
        """
        Record that a person looked at an acceptance nobody's invitation explains.

        Raises `NotAllowed`, `UnknownCustomer`.
        """
        member = await self.members.member(by)
        self.policy.require_requester(member)
        if await self.store.customers.get(tenant_id) is None:
            raise UnknownCustomer(tenant_id)
        await self.store.commit(self.changes.audit(by, f"customer.{action}", f"customer:{tenant_id}"))

    async def _commit(
        self,
        before: Customer | None,
        after: Customer,
        changes: Sequence[Changed],
        *,
        quiet: bool,
        touched: RelationshipId | None = None,
    ) -> None:
        outcome = _Outcome()
        for change in changes:
            await self._take_in(outcome, after, change, quiet=quiet)
        if touched is not None:
            await self._note_grant(outcome, after, touched)
        writes = self._customer_writes(before, after, changes)
        for was, now in outcome.invitations.values():
            writes.append(self.store.invitations.replacing(was, now))
            writes.append(self.changes.audited(now, actor=SYSTEM, action="progress"))
        writes.extend(self.changes.telling(outcome.told))
        if writes:
            await self.store.commit(*writes)

    async def _take_in(self, outcome: _Outcome, customer: Customer, change: Changed, *, quiet: bool) -> None:
        found = await self._match(customer, change)
        if found.winner is None:
            if not quiet:
                outcome.told.extend(_unmatched(customer, change, found))
            return
        invitation = await self.store.invitations.get(found.winner)
        if invitation is None:
            return
        current = outcome.current(invitation).belongs_to(customer.tenant_id)
        moved = outcome.move(invitation, progressed(current, customer, change))
        matched = "tenant" if found.by_tenant else "likeness"
        outcome.told.extend(notifications.changed(customer, change, moved, matched=matched))

    async def _note_grant(
        self, outcome: _Outcome, customer: Customer, relationship_id: RelationshipId
    ) -> None:
        """Show Microsoft's status on the card even where it is no news."""
        grant = customer.grant(relationship_id)
        invitation = await self.store.invitations.by_relationship(relationship_id)
        if grant is None or invitation is None:
            return
        current = outcome.current(invitation)
        if current.progress.admin_access_status == grant.status:
            return
        progress = replace(current.progress, admin_access_status=grant.status)
        moved = outcome.move(invitation, current.with_progress(progress, at=self.clock.now()))
        outcome.told.extend(notifications.cards(moved))

    async def _note_status(self, invitation: Invitation | None, status: str) -> None:
        if invitation is None or invitation.progress.admin_access_status == status:
            return
        progress = replace(invitation.progress, admin_access_status=status)
        noted = invitation.with_progress(progress, at=self.clock.now())
        told = notifications.cards(noted)
        await self.changes.replace(invitation, noted, actor=SYSTEM, action="progress", told=told)

    async def _match(self, customer: Customer, change: Changed) -> Match:
        if change.relationship_id is not None:
            grant = customer.grant(change.relationship_id)
            return Match(grant.invitation_id if grant else None, (), by_tenant=True)
        known = await self.store.invitations.of_tenant(customer.tenant_id)
        if change.change is not Change.RESELLER_ACCEPTED:
            latest = next((one.id for one in known if one.status in LINK_IS_OUT), None)
            return Match(latest, (), by_tenant=True)
        unnamed = await self.store.invitations.without_tenant(LINK_IS_OUT)
        candidates = [one for one in (*known, *unnamed) if _waits_for_reseller(one)]
        return match(customer, candidates, at=change.at)

    async def _invitation_of(self, seen: AdminRelationship) -> Invitation | None:
        invitation = await self.store.invitations.by_relationship(seen.id)
        return invitation or await self.store.invitations.by_relationship_name(seen.display_name)

    def _customer_writes(
        self, before: Customer | None, after: Customer, changes: Sequence[Changed]
    ) -> list[Write]:
        if before is None:
            writes = [self.store.customers.adding(after)]
        elif after != before:
            writes = [self.store.customers.replacing(before, after)]
        else:
            return []
        subject = f"customer:{after.tenant_id}"
        audited = (
            self.changes.audit(
                SYSTEM, f"customer.{one.change}", subject, relationship_id=one.relationship_id or ""
            )
            for one in changes
        )
        return [*writes, *audited]


def _waits_for_reseller(invitation: Invitation) -> bool:
    waiting = invitation.proposal.reseller and invitation.progress.reseller_accepted_at is None
    return waiting and invitation.status in LINK_IS_OUT


def _unmatched(customer: Customer, change: Changed, found: Match) -> list[Notification]:
    if not found.guesses:
        return notifications.changed(customer, change, None)
    guesses = ",".join(guess.invitation_id for guess in found.guesses)
    ask = Notification(
        Kind.NOTICE,
        Place.TEAM,
        notice=Notice.WHICH_INVITATION,
        tenant_id=customer.tenant_id,
        broadcast=True,
        facts={"guesses": guesses, "at": change.at.isoformat()},
    )
    return [ask]
