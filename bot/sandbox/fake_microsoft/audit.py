"""The activity log, and the ids that tie events to its records."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.fake_microsoft.state import Tenant, World, new_guid

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)


def ticks(moment: datetime) -> int:
    """.NET ticks: units of 100 ns since year 1."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 10_000_000 + since.microseconds * 10


def seven_digits(moment: datetime) -> str:
    """`2026-01-31T00:26:24.0159080+00:00`, as .NET prints a moment."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0+00:00"


@dataclass(frozen=True)
class AuditRecord:
    """One record; `old` and `new` become JSON inside strings."""

    id: str
    at: datetime
    customer: Tenant
    resource_type: str
    operation: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    by_partner: bool
    correlation_id: str = field(default_factory=new_guid)


class AuditLog:
    """Append-only; `add` returns the record whose id an event may carry."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.records: list[AuditRecord] = []

    def add(
        self,
        customer: Tenant,
        resource_type: str,
        operation: str,
        *,
        old: dict[str, Any] | None = None,
        new: dict[str, Any] | None = None,
        by_partner: bool = False,
    ) -> AuditRecord:
        now = self._world.clock()
        partner_id = self._world.partner.tenant.id
        record_id = f"{partner_id}_{customer.id}_{operation.replace('_', '')}_{ticks(now)}"
        record = AuditRecord(record_id, now, customer, resource_type, operation, old, new, by_partner)
        self.records.append(record)
        return record

    def find(self, record_id: str) -> AuditRecord | None:
        return next((record for record in self.records if record.id == record_id), None)

    def body(self, record: AuditRecord) -> dict[str, Any]:
        """The record as Partner Center prints it."""
        partner = self._world.partner
        return {
            "id": record.id,
            "partnerId": partner.tenant.id,
            "customerId": record.customer.id,
            "customerName": record.customer.name,
            "userPrincipalName": partner.user_principal_name if record.by_partner else "",
            "applicationId": partner.client_id if record.by_partner else "",
            "resourceType": record.resource_type,
            "resourceOldValue": json.dumps(record.old) if record.old else "",
            "resourceNewValue": json.dumps(record.new) if record.new else "",
            "operationType": record.operation,
            "operationDate": seven_digits(record.at),
            "operationStatus": "succeeded",
            "originalCorrelationId": record.correlation_id,
            "customizedData": [],
            "attributes": {"objectType": "AuditRecord"},
        }
