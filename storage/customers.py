"""Customers, and which delegated admin relationship belongs to whom."""

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter

from bot.domain.clouds import Cloud
from bot.domain.customer import Customer, ResellerState
from bot.domain.identifiers import DomainName, RelationshipId, TenantId
from bot.domain.relationship import AdminGrant
from bot.ports.store import Stale
from storage.rows import Row, micros, moment, to_json
from storage.table import Table
from storage.writes import Value, Write

_ALL = "SELECT * FROM customers WHERE workspace_id = :workspace_id"

_AMONG = "tenant_id IN (SELECT value FROM json_each(:tenant_ids))"

_HOLDING = """
    tenant_id IN (
        SELECT tenant_id FROM grants
         WHERE workspace_id = :workspace_id AND relationship_id = :relationship_id)
     ORDER BY tenant_id LIMIT 1
"""

_COUNT = "SELECT COUNT(*) AS number FROM customers WHERE workspace_id = :workspace_id"

_GRANTS = TypeAdapter(tuple[AdminGrant, ...])


class Customers(Table):
    async def get(self, tenant_id: TenantId) -> Customer | None:
        return await self._one(f"{_ALL} AND tenant_id = :tenant_id", tenant_id=tenant_id)

    async def get_many(self, tenant_ids: Sequence[TenantId]) -> Mapping[TenantId, Customer]:
        found = await self._many(f"{_ALL} AND {_AMONG}", tenant_ids=to_json(tenant_ids))
        return {customer.tenant_id: customer for customer in found}

    async def by_domain(self, domain: DomainName) -> Customer | None:
        return await self._one(f"{_ALL} AND domain = :domain ORDER BY tenant_id LIMIT 1", domain=domain)

    async def by_relationship(self, relationship_id: RelationshipId) -> Customer | None:
        return await self._one(f"{_ALL} AND {_HOLDING}", relationship_id=relationship_id)

    async def page(self, *, after: TenantId | None, limit: int) -> Sequence[Customer]:
        return await self._many(
            f"{_ALL} AND tenant_id > :after ORDER BY tenant_id LIMIT :limit", after=after or "", limit=limit
        )

    async def count(self) -> int:
        row = await self._row(_COUNT)
        return int(row["number"]) if row else 0

    async def not_seen(self, *, run: str, limit: int) -> Sequence[Customer]:
        return await self._many(
            f"{_ALL} AND reseller = :active AND seen_run <> :run ORDER BY tenant_id LIMIT :limit",
            active=ResellerState.ACTIVE.value,
            run=run,
            limit=limit,
        )

    def adding(self, customer: Customer) -> Write:
        return Write(
            _ADD,
            self._here(_to_row(customer)),
            summary=f"add customer {customer.tenant_id}",
            must_touch=1,
            otherwise=Stale(f"customer {customer.tenant_id} is there already"),
            then=self._owning(customer.tenant_id, (), customer.grants),
        )

    def replacing(self, before: Customer, after: Customer) -> Write:
        if before.tenant_id != after.tenant_id:
            raise ValueError("a customer is replaced by a later state of itself")
        return Write(
            _REPLACE,
            self._here(_to_row(after) | {"version": before.version}),
            summary=f"replace customer {after.tenant_id}",
            must_touch=1,
            otherwise=Stale(f"customer {before.tenant_id}: version {before.version} is not the latest"),
            then=self._owning(after.tenant_id, before.grants, after.grants),
        )

    def marking_seen(self, tenant_ids: Sequence[TenantId], *, run: str) -> Write:
        params = self._here({"run": run, "tenant_ids": to_json(tenant_ids)})
        return Write(_MARK_SEEN, params, summary=f"mark {len(tenant_ids)} customers as seen")

    def _owning(
        self, tenant_id: TenantId, before: Sequence[AdminGrant], after: Sequence[AdminGrant]
    ) -> tuple[Write, ...]:
        """Return the writes that keep `grants` in step with the customer's own column."""
        had, has = {grant.id for grant in before}, {grant.id for grant in after}
        gone = [self._grant(_DISOWN, tenant_id, one) for one in sorted(had - has)]
        new = [self._grant(_OWN, tenant_id, one) for one in sorted(has - had)]
        return (*gone, *new)

    def _grant(self, sql: str, tenant_id: TenantId, relationship_id: RelationshipId) -> Write:
        params = self._here({"tenant_id": tenant_id, "relationship_id": relationship_id})
        return Write(sql, params, summary=f"relationship {relationship_id}")

    async def _one(self, sql: str, **params: Value) -> Customer | None:
        row = await self._row(sql, **params)
        return _to_customer(row) if row else None

    async def _many(self, sql: str, **params: Value) -> list[Customer]:
        return [_to_customer(row) for row in await self._rows(sql, **params)]


def _to_row(customer: Customer) -> dict[str, Value]:
    return {
        "tenant_id": customer.tenant_id,
        "name": customer.name,
        "cloud": customer.cloud.value,
        "domain": customer.domain,
        "country": customer.country,
        "reseller": customer.reseller.value,
        "reseller_since": micros(customer.reseller_since),
        "reseller_ended_at": micros(customer.reseller_ended_at),
        "agreement_signed_at": micros(customer.agreement_signed_at),
        "grants": _GRANTS.dump_json(customer.grants).decode(),
    }


def _to_customer(row: Row) -> Customer:
    return Customer(
        tenant_id=row["tenant_id"],
        name=row["name"],
        cloud=Cloud(row["cloud"]),
        domain=row["domain"],
        country=row["country"],
        reseller=ResellerState(row["reseller"]),
        reseller_since=moment(row["reseller_since"]),
        reseller_ended_at=moment(row["reseller_ended_at"]),
        agreement_signed_at=moment(row["agreement_signed_at"]),
        grants=_GRANTS.validate_json(row["grants"]),
        version=row["version"],
    )


_ADD = """
    INSERT INTO customers (
        workspace_id, tenant_id, version, name, cloud, domain, country, reseller, reseller_since,
        reseller_ended_at, agreement_signed_at, grants
    ) VALUES (
        :workspace_id, :tenant_id, 1, :name, :cloud, :domain, :country, :reseller, :reseller_since,
        :reseller_ended_at, :agreement_signed_at, :grants
    ) ON CONFLICT DO NOTHING
"""

_REPLACE = """
    UPDATE customers SET
        version = version + 1, name = :name, cloud = :cloud, domain = :domain, country = :country,
        reseller = :reseller, reseller_since = :reseller_since, reseller_ended_at = :reseller_ended_at,
        agreement_signed_at = :agreement_signed_at, grants = :grants
     WHERE workspace_id = :workspace_id AND tenant_id = :tenant_id AND version = :version
"""

_MARK_SEEN = """
    UPDATE customers SET seen_run = :run
     WHERE workspace_id = :workspace_id AND tenant_id IN (SELECT value FROM json_each(:tenant_ids))
"""

_OWN = """
    INSERT INTO grants (workspace_id, relationship_id, tenant_id)
    VALUES (:workspace_id, :relationship_id, :tenant_id) ON CONFLICT DO NOTHING
"""

_DISOWN = """
    DELETE FROM grants
     WHERE workspace_id = :workspace_id AND relationship_id = :relationship_id AND tenant_id = :tenant_id
"""
