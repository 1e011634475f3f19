"""The events Microsoft announces and the bodies of their callbacks."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.fake_microsoft.audit import AuditRecord, seven_digits
from bot.sandbox.fake_microsoft.state import World

RELATIONSHIP_URL = "https://partner.microsoft.com/granularAdminRelationships"

EVENT_NAMES = (
    "test-created",
    "reseller-relationship-accepted-by-customer",
    "indirect-reseller-relationship-accepted-by-customer",
    "dap-admin-relationship-approved",
    "dap-admin-relationship-terminated",
    "dap-admin-relationship-terminated-by-microsoft",
    "granular-admin-relationship-approved",
    "granular-admin-relationship-activated",
    "granular-admin-relationship-terminated",
    "granular-admin-relationship-expired",
    "granular-admin-access-assignment-created",
    "granular-admin-access-assignment-activated",
    "granular-admin-access-assignment-updated",
    "granular-admin-access-assignment-deleted",
    "subscription-updated",
    "usagerecords-thresholdExceeded",
    "referral-created",
    "referral-updated",
    "related-referral-created",
    "related-referral-updated",
    "azure-fraud-event-detected",
    "invoice-ready",
    "new-commerce-migration-created",
    "new-commerce-migration-completed",
    "new-commerce-migration-failed",
    "new-commerce-migration-schedule-failed",
)


@dataclass(frozen=True)
class Event:
    """One callback. Keys stand in the body in this order; `resource_uri_missing` leaves the key out."""

    name: str
    resource_name: str
    changed: str
    resource_uri: str | None = None
    audit_uri: str | None = None
    resource_uri_missing: bool = False

    def body(self) -> dict[str, Any]:
        uri = {} if self.resource_uri_missing else {"ResourceUri": self.resource_uri}
        return {
            "EventName": self.name,
            **uri,
            "ResourceName": self.resource_name,
            "AuditUri": self.audit_uri,
            "ResourceChangeUtcDate": self.changed,
        }


class Events:
    """Builds events with the addresses of this cloud."""

    def __init__(self, world: World) -> None:
        self._world = world

    def reseller_accepted(self, record: AuditRecord, *, indirect: bool) -> Event:
        prefix = "indirect-" if indirect else ""
        return Event(
            f"{prefix}reseller-relationship-accepted-by-customer",
            "Customer",
            seven_digits(record.at),
            f"{self._base}/v1/customers/{record.customer.id}",
            self._audit_uri(record),
        )

    def dap(self, record: AuditRecord) -> Event:
        name = record.operation.replace("_", "-")
        missing = name.endswith("-by-microsoft")
        return Event(
            name,
            "PartnerCustomerDap",
            seven_digits(record.at),
            audit_uri=self._audit_uri(record),
            resource_uri_missing=missing,
        )

    def relationship(self, record: AuditRecord, relationship_id: str) -> Event:
        return self._granular(record, "GranularAdminRelationship", f"/{relationship_id}")

    def assignment(self, record: AuditRecord, relationship_id: str, assignment_id: str) -> Event:
        path = f"/{relationship_id}/accessAssignments/{assignment_id}"
        return self._granular(record, "GranularAdminAccessAssignment", path)

    def test(self) -> Event:
        uri = f"{self._base}/webhooks/v1/registration/test"
        return Event("test-created", "test", seven_digits(self._world.clock()), uri)

    def _granular(self, record: AuditRecord, resource_name: str, path: str) -> Event:
        return Event(
            record.operation.replace("_", "-"),
            resource_name,
            seven_digits(record.at),
            f"{RELATIONSHIP_URL}{path}",
            self._audit_uri(record),
        )

    @property
    def _base(self) -> str:
        return self._world.behaviour.event_resource_base or self._world.cloud.partner_center

    def _audit_uri(self, record: AuditRecord) -> str:
        return f"{self._base}/auditactivity/v1/auditrecords/{record.id}"
