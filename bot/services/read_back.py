"""Reads a resource back from Microsoft and takes it in. Events and polling both come through here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.customer import ResellerState
from bot.domain.identifiers import RelationshipId, TenantId
from bot.domain.relationship import FINAL, WORKING, AdminRelationship, EndCause
from bot.ports.clock import Clock
from bot.ports.failures import OutcomeUnknown, Permanent, Temporary
from bot.ports.microsoft import ActivityRecord, DelegatedAdmin, PartnerCenter
from bot.ports.store import Store
from bot.services.identification import Identification
from bot.services.relationships import Relationships

_LOOK_BACK = timedelta(days=2)
_LONGEST_LOOK_BACK = timedelta(days=30)
"""As far as the activity log goes back where it is asked for no day."""


@dataclass(frozen=True)
class OwnSide:
    """By what the activity log names us: our application, and the domains of our users as far as known."""

    application_id: str
    domains: frozenset[str]

    def also(self, domains: Iterable[str]) -> "OwnSide":
        """Return it with domains whose users did something about another customer: nobody else could."""
        return replace(self, domains=self.domains | set(filter(None, domains)))


class ReadBack:
    """What Microsoft says now counts; what an event said is only a reason to look."""

    def __init__(
        self,
        *,
        partner_center: PartnerCenter,
        delegated_admin: DelegatedAdmin,
        relationships: Relationships,
        identification: Identification,
        own: OwnSide,
        store: Store,
        clock: Clock,
    ) -> None:
        self.store = store
        self.identification = identification
        self.own = own
        self.partner_center = partner_center
        self.delegated_admin = delegated_admin
        self.relationships = relationships
        self.clock = clock

    async def customer(self, tenant_id: TenantId, *, quiet: bool = False) -> bool:
        """Read one customer back; return whether Partner Center has it as a reseller customer."""
        listed = await self.partner_center.customer(tenant_id)
        if listed is None:
            await self.relationships.miss_customer(tenant_id)
            return False
        signed = await self.agreement(tenant_id) if listed.has_reseller_relationship else None
        if listed.has_reseller_relationship and not quiet and await self._is_news(tenant_id):
            await self.identification.identify_open()
        await self.relationships.see_customer(listed, agreement_signed=signed, quiet=quiet)
        return listed.has_reseller_relationship

    async def _is_news(self, tenant_id: TenantId) -> bool:
        known = await self.store.customers.get(tenant_id)
        return known is None or known.reseller is not ResellerState.ACTIVE

    async def agreement(self, tenant_id: TenantId) -> bool | None:
        """Return whether the customer agreement is signed; None where Microsoft will not say now."""
        try:
            return await self.partner_center.customer_agreement_signed(tenant_id)
        except (Permanent, Temporary):
            # The relationship itself is the news and must not wait for its companion.
            return None

    async def admin_relationship(
        self, relationship_id: RelationshipId, *, absence_counts: bool = True
    ) -> None:
        """Read one delegated admin relationship back by its id; its absence may count as its end."""
        seen = await self.delegated_admin.get(relationship_id)
        if seen is not None:
            await self.take_in(seen)
        elif absence_counts:
            await self.relationships.miss_admin_relationship(relationship_id)

    async def take_in(self, seen: AdminRelationship, *, quiet: bool = False) -> None:
        """Take in a relationship that was just read, with what Graph keeps elsewhere."""
        works = seen.status in WORKING
        assigned = works and await self.delegated_admin.has_active_assignment(seen.id)
        # Nobody hears of ends that a first import finds: a log to read for each would take it hours.
        is_news = seen.status in FINAL and seen.customer_tenant_id is not None and not quiet
        cause = await self._cause(seen) if is_news else EndCause.UNKNOWN
        await self.relationships.see_admin_relationship(seen, assigned=assigned, cause=cause, quiet=quiet)

    async def legacy_admin(self, tenant_id: TenantId, operation: str, happened_at: datetime | None) -> None:
        """
        Take in what an event or the activity log says about privileges of old: there is nothing to read back.

        The year 1 stands for "not set"; a moment to come would make whatever follows look old.
        """
        now = self.clock.now()
        known = happened_at is not None and happened_at.year > 1
        await self.relationships.see_legacy_admin(
            tenant_id,
            active=operation.endswith("_approved"),
            by_microsoft=operation.endswith("_by_microsoft"),
            changed_at=min(happened_at, now) if known and happened_at else now,
        )

    async def _cause(self, seen: AdminRelationship) -> EndCause:
        if seen.status == "expired":
            return EndCause.EXPIRED
        try:
            records = await self.partner_center.activity(self._before_the_end(seen))
        except (Permanent, Temporary, OutcomeUnknown):
            return EndCause.UNKNOWN
        about_it = [one for one in records if one.relationship_id == seen.id]
        own = self.own.also(
            one.user_domain for one in records if one.customer_tenant_id != seen.customer_tenant_id
        )
        return cause_of_end(about_it, theirs=await self._domains_of(seen), own=own)

    def _before_the_end(self, seen: AdminRelationship) -> datetime:
        """Return from when on to read the log: an end that is found days later stands where it happened."""
        now = self.clock.now()
        ended_at = min(seen.changed_at or now, now)
        return max(ended_at, now - _LONGEST_LOOK_BACK) - _LOOK_BACK

    async def _domains_of(self, seen: AdminRelationship) -> frozenset[str]:
        """Return the domains a user of this customer's may have."""
        tenant_id = seen.customer_tenant_id
        customer = await self.store.customers.get(tenant_id) if tenant_id else None
        found: set[str | None] = {customer.domain} if customer else set()
        invitation = await self.store.invitations.by_relationship(seen.id)
        if invitation is not None:
            contact = invitation.proposal.contact.email.lower().rpartition("@")[2]
            found |= {invitation.proposal.customer.domain, contact}
        return frozenset(filter(None, found))


def cause_of_end(records: Sequence[ActivityRecord], *, theirs: frozenset[str], own: OwnSide) -> EndCause:
    """
    Return who ended a relationship, by what the activity log says about it.

    An end that names nobody at all is the customer's doing: what somebody of ours or an app of ours does is
    written down with its name. Where the name is neither theirs nor ours, nobody can say.
    """
    ends = [one for one in records if "_terminat" in one.operation]
    if any(one.operation.endswith("_by_microsoft") for one in ends):
        return EndCause.INACTIVITY
    found = {_ended_by(one, theirs, own) for one in ends}
    told = (EndCause.WE_ENDED, EndCause.CUSTOMER_ENDED)
    return next((cause for cause in told if cause in found), EndCause.UNKNOWN)


def _ended_by(record: ActivityRecord, theirs: frozenset[str], own: OwnSide) -> EndCause:
    domain, application = record.user_domain, (record.application_id or "").lower()
    if domain:
        if domain in theirs:
            return EndCause.CUSTOMER_ENDED
        return EndCause.WE_ENDED if domain in own.domains else EndCause.UNKNOWN
    if application:
        return EndCause.WE_ENDED if application == own.application_id else EndCause.UNKNOWN
    return EndCause.CUSTOMER_ENDED
