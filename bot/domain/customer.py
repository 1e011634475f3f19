"""
A customer, and what changes when Microsoft tells us something about one.

Everything seen, by webhook or by polling, in any order and any number of times, goes through the methods
here: each compares what is known with what was seen and returns the customer as it is now with the changes.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.clouds import Cloud
from bot.domain.identifiers import DomainName, InvitationId, RelationshipId, TenantId
from bot.domain.relationship import (
    ARRIVING,
    GONE,
    LEAVING,
    WORKING,
    AdminGrant,
    AdminRelationship,
    EndCause,
)

LEGACY_ADMIN = RelationshipId("dap")
"""The one grant of a customer that still has delegated admin privileges (DAP), which have no id."""


class ResellerState(StrEnum):
    NONE = "none"
    ACTIVE = "active"
    ENDED = "ended"


class Change(StrEnum):
    """Something about a customer that people should hear of."""

    RESELLER_ACCEPTED = "reseller_accepted"
    RESELLER_ENDED = "reseller_ended"
    AGREEMENT_SIGNED = "agreement_signed"
    ADMIN_ACCESS_ACTIVE = "admin_access_active"
    GROUPS_ASSIGNED = "groups_assigned"
    GROUPS_UNASSIGNED = "groups_unassigned"
    ADMIN_ACCESS_LOST = "admin_access_lost"
    ADMIN_ACCESS_REDUCED = "admin_access_reduced"
    ADMIN_REQUEST_ENDED = "admin_request_ended"


@dataclass(frozen=True)
class Changed:
    """One change, the relationship it is about where there is one, and when it was noticed."""

    change: Change
    at: datetime
    relationship_id: RelationshipId | None = None


@dataclass(frozen=True)
class Customer:
    """
    One record per partner and customer tenant. `name` falls back to the tenant id at Microsoft's side.

    `reseller_since`, `reseller_ended_at` and `agreement_signed_at` are when we noticed: Microsoft gives no
    times for them.
    """

    tenant_id: TenantId
    name: str
    cloud: Cloud
    domain: DomainName | None = None
    country: str = ""
    reseller: ResellerState = ResellerState.NONE
    reseller_since: datetime | None = None
    reseller_ended_at: datetime | None = None
    agreement_signed_at: datetime | None = None
    grants: tuple[AdminGrant, ...] = ()
    version: int = 1

    def grant(self, relationship_id: RelationshipId) -> AdminGrant | None:
        return next((grant for grant in self.grants if grant.id == relationship_id), None)

    @property
    def has_admin_access(self) -> bool:
        return any(grant.gives_access for grant in self.grants)

    @property
    def has_usable_admin_access(self) -> bool:
        """Whether somebody of ours can use it: active access without an assigned group is nobody's."""
        return any(grant.gives_access and grant.assigned for grant in self.grants)

    def see_reseller(self, exists: bool, *, at: datetime) -> "tuple[Customer, list[Changed]]":
        """Take in whether Partner Center lists this customer as one we resell to."""
        if exists and self.reseller is not ResellerState.ACTIVE:
            now = replace(self, reseller=ResellerState.ACTIVE, reseller_since=at, reseller_ended_at=None)
            return now, [Changed(Change.RESELLER_ACCEPTED, at)]
        if not exists and self.reseller is ResellerState.ACTIVE:
            now = replace(self, reseller=ResellerState.ENDED, reseller_ended_at=at)
            return now, [Changed(Change.RESELLER_ENDED, at)]
        return self, []

    def see_agreement(self, signed: bool, *, at: datetime) -> "tuple[Customer, list[Changed]]":
        """Take in whether the Microsoft Customer Agreement is signed. It is never unsigned again."""
        if not signed or self.agreement_signed_at is not None:
            return self, []
        return replace(self, agreement_signed_at=at), [Changed(Change.AGREEMENT_SIGNED, at)]

    def see_admin_relationship(
        self,
        seen: AdminRelationship,
        *,
        assigned: bool,
        cause: EndCause,
        invitation_id: InvitationId | None,
        at: datetime,
    ) -> "tuple[Customer, list[Changed]]":
        """Take in a relationship as Graph has it. `cause` counts only if it turns out to have ended."""
        before = self.grant(seen.id)
        after = AdminGrant(
            id=seen.id,
            status=seen.status,
            roles=seen.roles,
            activated_at=seen.activated_at,
            ends_at=seen.ends_at,
            auto_extends=seen.auto_extends,
            assigned=assigned,
            invitation_id=invitation_id or (before.invitation_id if before else None),
            end_cause=before.end_cause if before else None,
            ended_at=before.ended_at if before else None,
        )
        return self._with_grant(before, after, cause=cause, at=at)

    def miss_admin_relationship(
        self, relationship_id: RelationshipId, *, at: datetime
    ) -> "tuple[Customer, list[Changed]]":
        """Take in that Graph no longer knows a relationship."""
        before = self.grant(relationship_id)
        if before is None or before.is_final:
            return self, []
        after = replace(before, status=GONE, assigned=False)
        return self._with_grant(before, after, cause=EndCause.UNKNOWN, at=at)

    def see_legacy_admin(
        self, *, active: bool, cause: EndCause, changed_at: datetime
    ) -> "tuple[Customer, list[Changed]]":
        """
        Take in delegated admin privileges of old (DAP), by Microsoft's own time of the change.

        They have no resource to read back: an event older than what is known changes nothing.
        """
        before = self.grant(LEGACY_ADMIN)
        latest = before and (before.ended_at or before.activated_at)
        if latest and changed_at <= latest:
            return self, []
        if active:
            after = AdminGrant(LEGACY_ADMIN, "active", (), activated_at=changed_at, assigned=True)
        else:
            before = before or AdminGrant(LEGACY_ADMIN, "active", ())
            after = replace(before, status="terminated", assigned=False)
        return self._with_grant(before, after, cause=cause, at=changed_at)

    def _with_grant(
        self, before: AdminGrant | None, after: AdminGrant, *, cause: EndCause, at: datetime
    ) -> "tuple[Customer, list[Changed]]":
        changes = grant_changes(before, after)
        if after.is_final and after.end_cause is None:
            after = replace(after, end_cause=_cause_of(after, cause), ended_at=at)
        if after == before:
            return self, []
        others = tuple(grant for grant in self.grants if grant.id != after.id)
        now = replace(self, grants=(*others, after))
        return now, [Changed(change, at, after.id) for change in changes]


def grant_changes(before: AdminGrant | None, after: AdminGrant) -> list[Change]:
    """Return what people should hear, given a relationship before and after; pure and total."""
    if before is None and after.invitation_id is not None:
        before = AdminGrant(after.id, status="created", roles=after.roles)
    had_access = before is not None and before.gives_access
    if after.gives_access and not had_access:
        found = [Change.ADMIN_ACCESS_ACTIVE]
        return [*found, Change.GROUPS_ASSIGNED] if after.assigned else found
    if before is not None and after.is_final and not before.is_final:
        used = _was_used(before) or _was_used(after)
        return [Change.ADMIN_ACCESS_LOST if used else Change.ADMIN_REQUEST_ENDED]
    if before is None or not (had_access and after.gives_access):
        return []
    if set(after.roles) < set(before.roles):
        return [Change.ADMIN_ACCESS_REDUCED]
    if after.assigned != before.assigned:
        return [Change.GROUPS_ASSIGNED if after.assigned else Change.GROUPS_UNASSIGNED]
    return []


def _was_used(grant: AdminGrant) -> bool:
    return grant.activated_at is not None or grant.status in ARRIVING | WORKING | LEAVING


def _cause_of(grant: AdminGrant, cause: EndCause) -> EndCause:
    return EndCause.EXPIRED if grant.status == "expired" else cause
