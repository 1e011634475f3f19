"""Invitations."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.identifiers import DomainName, InvitationId, RelationshipId, TenantId
from bot.domain.invitation import Invitation, Status
from bot.ports.store import Stale
from storage.invitation_rows import to_invitation, to_row
from storage.rows import micros, to_json
from storage.table import Table
from storage.writes import Value, Write

_WITHOUT_TENANT_LIMIT = 500

_AFTER_EVERYTHING = 2**63 - 1

_ALL = "SELECT * FROM invitations WHERE workspace_id = :workspace_id"

_IN_STATUSES = "status IN (SELECT value FROM json_each(:statuses))"

_NEWEST_FIRST = "ORDER BY requested_at DESC, id DESC"


class Invitations(Table):
    async def get(self, invitation_id: InvitationId) -> Invitation | None:
        return await self._one(f"{_ALL} AND id = :id", id=invitation_id)

    async def by_relationship(self, relationship_id: RelationshipId) -> Invitation | None:
        return await self._one(
            f"{_ALL} AND relationship_id = :relationship_id", relationship_id=relationship_id
        )

    async def by_relationship_name(self, display_name: str) -> Invitation | None:
        return await self._one(f"{_ALL} AND relationship_name = :name", name=display_name)

    async def by_key(self, key: str) -> Invitation | None:
        return await self._one(f"{_ALL} AND key = :key AND key <> ''", key=key)

    async def of_tenant(self, tenant_id: TenantId) -> Sequence[Invitation]:
        return await self._many(f"{_ALL} AND tenant_id = :tenant_id {_NEWEST_FIRST}", tenant_id=tenant_id)

    async def of_domain(self, domain: DomainName) -> Sequence[Invitation]:
        return await self._many(f"{_ALL} AND domain = :domain {_NEWEST_FIRST}", domain=domain)

    async def without_tenant(self, statuses: frozenset[Status]) -> Sequence[Invitation]:
        return await self._many(
            f"{_ALL} AND {_IN_STATUSES} AND tenant_id IS NULL {_NEWEST_FIRST} LIMIT :limit",
            statuses=to_json(sorted(statuses)),
            limit=_WITHOUT_TENANT_LIMIT,
        )

    async def in_status(
        self, statuses: frozenset[Status], *, limit: int, before: datetime | None = None
    ) -> Sequence[Invitation]:
        return await self._many(
            f"{_ALL} AND {_IN_STATUSES} AND requested_at < :before {_NEWEST_FIRST} LIMIT :limit",
            statuses=to_json(sorted(statuses)),
            before=micros(before) if before else _AFTER_EVERYTHING,
            limit=limit,
        )

    def adding(self, invitation: Invitation, *, key: str) -> Write:
        return Write(
            _ADD,
            self._here(to_row(invitation) | {"key": key}),
            summary=f"add invitation {invitation.id}",
            must_touch=1,
            otherwise=Stale(f"invitation {invitation.id}: it or its key is there already"),
        )

    def replacing(self, before: Invitation, after: Invitation) -> Write:
        if before.id != after.id:
            raise ValueError("an invitation is replaced by a later state of itself")
        return Write(
            _REPLACE,
            self._here(to_row(after) | {"version": before.version}),
            summary=f"replace invitation {after.id}",
            must_touch=1,
            otherwise=Stale(f"invitation {before.id}: version {before.version} is not the latest"),
        )

    async def _one(self, sql: str, **params: Value) -> Invitation | None:
        row = await self._row(sql, **params)
        return to_invitation(row) if row else None

    async def _many(self, sql: str, **params: Value) -> list[Invitation]:
        return [to_invitation(row) for row in await self._rows(sql, **params)]


_ADD = """
    INSERT INTO invitations (
        workspace_id, id, key, version, status, requested_by, requested_at, due_at, tenant_id, domain,
        relationship_id, relationship_name, decided_by, decided_at, customer_name, contact_name,
        contact_email, subject, text, reason, comment, problem, problem_detail, facts
    ) VALUES (
        :workspace_id, :id, :key, 1, :status, :requested_by, :requested_at, :due_at, :tenant_id, :domain,
        :relationship_id, :relationship_name, :decided_by, :decided_at, :customer_name, :contact_name,
        :contact_email, :subject, :text, :reason, :comment, :problem, :problem_detail, :facts
    ) ON CONFLICT DO NOTHING
"""

_REPLACE = """
    UPDATE invitations SET
        version = version + 1, status = :status, requested_by = :requested_by, requested_at = :requested_at,
        due_at = :due_at, tenant_id = :tenant_id, domain = :domain, relationship_id = :relationship_id,
        decided_by = :decided_by, decided_at = :decided_at, customer_name = :customer_name,
        contact_name = :contact_name, contact_email = :contact_email, subject = :subject, text = :text,
        reason = :reason, comment = :comment, problem = :problem, problem_detail = :problem_detail,
        facts = :facts
     WHERE workspace_id = :workspace_id AND id = :id AND version = :version
"""
