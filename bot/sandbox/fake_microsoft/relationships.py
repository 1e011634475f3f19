"""Delegated admin relationships, their access assignments, requests and operations, as Graph prints them."""

import base64
import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.sandbox.fake_microsoft.behaviour import Behaviour
from bot.sandbox.fake_microsoft.state import new_guid

PENDING_LIFETIME = timedelta(days=90)
EXTENSION = timedelta(days=180)

_DURATION = re.compile(r"P(\d{1,4})([DY])")


def new_etag() -> str:
    return f'W/"{base64.b64encode(secrets.token_bytes(18)).decode()}"'


def days_of(duration: str) -> int | None:
    """Days in `P730D` or `P2Y`, None for anything else."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        return None
    return int(match[1]) * (365 if match[2] == "Y" else 1)


def graph_date(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"


@dataclass(frozen=True)
class Relationship:
    """A GDAP relationship. `locked_at` is when approval was asked for."""

    display_name: str
    duration: str
    auto_extend: str
    roles: tuple[str, ...]
    created_at: datetime
    modified_at: datetime
    customer_id: str | None = None
    customer_name: str | None = None
    status: str = "created"
    locked_at: datetime | None = None
    activated_at: datetime | None = None
    end_at: datetime | None = None
    provider_id: str | None = None
    consent_pending: bool = False
    id: str = field(default_factory=lambda: f"{new_guid()}-{new_guid()}")
    etag: str = field(default_factory=new_etag)

    def body(self, behaviour: Behaviour) -> dict[str, Any]:
        unset = behaviour.unset_date
        derived = {
            "@odata.type": "#microsoft.graph.resellerDelegatedAdminRelationship",
            "indirectProviderTenantId": self.provider_id,
            "isPartnerConsentPending": self.consent_pending,
        }
        return {
            **(derived if self.provider_id else {}),
            "@odata.etag": self.etag,
            "id": self.id,
            "displayName": self.display_name,
            "duration": self.duration,
            "autoExtendDuration": self.auto_extend,
            "status": self.status,
            "createdDateTime": graph_date(self.created_at),
            "lastModifiedDateTime": graph_date(self.modified_at),
            "activatedDateTime": graph_date(self.activated_at) if self.activated_at else unset,
            "endDateTime": graph_date(self.end_at) if self.end_at else unset,
            "customer": self._customer(behaviour),
            "accessDetails": unified(self.roles),
        }

    def _customer(self, behaviour: Behaviour) -> dict[str, Any] | None:
        if self.customer_id is None:
            return None
        name = None if behaviour.customer_names_missing else self.customer_name
        return {"tenantId": self.customer_id, "displayName": name}

    def audit_value(self) -> dict[str, Any]:
        return {
            "Id": self.id,
            "displayName": self.display_name,
            "status": self.status,
            "duration": self.duration,
            "customer": {
                "organizationId": self.customer_id,
                "organizationDisplayName": self.customer_name,
            },
            "accessDetails": unified(self.roles),
        }


@dataclass(frozen=True)
class Assignment:
    """Roles of a relationship given to one security group of the partner."""

    relationship_id: str
    group_id: str
    roles: tuple[str, ...]
    created_at: datetime
    modified_at: datetime
    status: Literal["pending", "active", "deleting", "deleted", "error"] = "pending"
    id: str = field(default_factory=new_guid)
    etag: str = field(default_factory=new_etag)

    def body(self) -> dict[str, Any]:
        return {
            "@odata.etag": self.etag,
            "id": self.id,
            "status": self.status,
            "createdDateTime": graph_date(self.created_at),
            "lastModifiedDateTime": graph_date(self.modified_at),
            "accessContainer": {
                "accessContainerId": self.group_id,
                "accessContainerType": "securityGroup",
            },
            "accessDetails": unified(self.roles),
        }


@dataclass(frozen=True)
class ActionRequest:
    """A request on a relationship: `lockForApproval`, `terminate`, `approve` or `reject`."""

    relationship_id: str
    action: str
    created_at: datetime
    modified_at: datetime
    status: Literal["created", "pending", "succeeded", "failed"] = "created"
    id: str = field(default_factory=new_guid)

    def body(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "action": self.action,
            "status": self.status,
            "createdDateTime": graph_date(self.created_at),
            "lastModifiedDateTime": graph_date(self.modified_at),
        }


@dataclass(frozen=True)
class Operation:
    """A long-running change one may follow."""

    relationship_id: str
    operation_type: str
    data: dict[str, Any]
    created_at: datetime
    modified_at: datetime
    status: Literal["notStarted", "running", "succeeded", "failed"] = "notStarted"
    id: str = field(default_factory=new_guid)

    def body(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "operationType": self.operation_type,
            "data": json.dumps(self.data),
            "status": self.status,
            "createdDateTime": graph_date(self.created_at),
            "lastModifiedDateTime": graph_date(self.modified_at),
        }


def unified(roles: tuple[str, ...]) -> dict[str, Any]:
    return {"unifiedRoles": [{"roleDefinitionId": role} for role in roles]}
