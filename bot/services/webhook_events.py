"""What an event from Partner Center makes us look at. The event is a hint; Microsoft's answer counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.identifiers import RelationshipId, TenantId
from bot.ports.failures import Temporary
from bot.services.read_back import ReadBack

_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_CUSTOMER = re.compile(rf"/customers/({_GUID})", re.IGNORECASE)
_RELATIONSHIP = re.compile(rf"/granularadminrelationships/({_GUID}-{_GUID})", re.IGNORECASE)
_AUDITED_CUSTOMER = re.compile(rf"/auditrecords/{_GUID}_({_GUID})_", re.IGNORECASE)

_PATIENCE = 5
"""How often an acceptance that Partner Center does not show yet is looked for again."""


@dataclass(frozen=True)
class PartnerEvent:
    """A verified event. `changed_at` is Microsoft's time of the change, None where it made no sense."""

    name: str
    resource_uri: str
    audit_uri: str
    changed_at: datetime | None

    @property
    def customer(self) -> TenantId | None:
        found = _CUSTOMER.search(self.resource_uri) or _AUDITED_CUSTOMER.search(self.audit_uri)
        return TenantId(found[1].lower()) if found else None

    @property
    def relationship(self) -> RelationshipId | None:
        found = _RELATIONSHIP.search(self.resource_uri)
        return RelationshipId(found[1].lower()) if found else None

    @classmethod
    def from_payload(cls, payload: Mapping[str, object]) -> "PartnerEvent":
        """Return the event an inbox row holds, as `to_payload` wrote it."""
        moment = str(payload["changed_at"])
        return cls(
            name=str(payload["name"]),
            resource_uri=str(payload["resource_uri"]),
            audit_uri=str(payload["audit_uri"]),
            changed_at=datetime.fromisoformat(moment) if moment else None,
        )

    def to_payload(self) -> dict[str, object]:
        return {
            "name": self.name,
            "resource_uri": self.resource_uri,
            "audit_uri": self.audit_uri,
            "changed_at": self.changed_at.isoformat() if self.changed_at else "",
        }


class WebhookEvents:
    """Follows each event to the resource it speaks of, at our own addresses and never at the event's."""

    def __init__(self, *, read_back: ReadBack) -> None:
        self.read_back = read_back

    async def follow(self, event: PartnerEvent, *, attempt: int) -> str:
        """Look where the event points; return what was done, for the inbox. Failures of the outside pass."""
        if event.name.startswith("granular-admin-"):
            return await self._admin_relationship(event)
        if event.name.endswith("reseller-relationship-accepted-by-customer"):
            return await self._reseller(event, attempt)
        if event.name.startswith("dap-admin-relationship-"):
            return await self._legacy_admin(event)
        return "ignored"

    async def _admin_relationship(self, event: PartnerEvent) -> str:
        if event.relationship is None:
            return "names no relationship"
        await self.read_back.admin_relationship(event.relationship)
        return "read back"

    async def _reseller(self, event: PartnerEvent, attempt: int) -> str:
        if event.customer is None:
            return "names no customer"
        there = await self.read_back.customer(event.customer)
        if not there and attempt < _PATIENCE:
            raise Temporary("Partner Center does not show the customer yet")
        return "read back" if there else "not a customer"

    async def _legacy_admin(self, event: PartnerEvent) -> str:
        """Delegated admin privileges of old have no resource to read: here the event is all there is."""
        if event.customer is None:
            return "names no customer"
        await self.read_back.customer(event.customer)
        await self.read_back.legacy_admin(event.customer, event.name.replace("-", "_"), event.changed_at)
        return "taken as it is"
