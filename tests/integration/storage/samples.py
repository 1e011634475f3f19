"""Things to store."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bot.domain.clouds import Cloud
from bot.domain.customer import Customer, ResellerState
from bot.domain.identifiers import (
    DomainName,
    InvitationId,
    RelationshipId,
    RoleId,
    SlackUserId,
    TenantId,
    WorkspaceId,
)
from bot.domain.invitation import AdminAccess, Contact, Delivery, Invitation, Proposal, Prospect, Status
from bot.domain.relationship import AdminGrant
from bot.ports.store import AuditEntry
from bot.ports.work import Queue, Work, WorkId
from storage.crypto import Cipher

HERE = WorkspaceId("T0HERE")
THERE = WorkspaceId("T0THERE")
NOON = datetime(2025, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(seconds=30)
ANA = SlackUserId("U0ANA")
BEN = SlackUserId("U0BEN")
CONTOSO = TenantId("11111111-1111-4111-8111-111111111111")
FABRIKAM = TenantId("22222222-2222-4222-8222-222222222222")
CONTOSO_DOMAIN = DomainName("contoso.com")
CIPHER = Cipher([base64.b64encode(b"k" * 32).decode()])


def an_invitation(name: str = "aaaaaaaaaaaaaaaa", *, tenant: TenantId | None = CONTOSO) -> Invitation:
    return Invitation(
        id=InvitationId(name),
        proposal=Proposal(
            customer=Prospect("Contoso", CONTOSO_DOMAIN, tenant, "SE", Cloud.PUBLIC),
            contact=Contact("Robin", "robin@contoso.com"),
            reseller=True,
            admin_access=AdminAccess(
                "helpdesk", (RoleId("88d8e3e3-8f55-4a1e-953a-9b9898b8876b"),), 365, False
            ),
            subject="Working together",
            text="Please open {reseller_link} and {admin_access_link}",
            language="en",
            delivery=Delivery.COPY_TEXT,
            reason="renewal",
        ),
        status=Status.AWAITING_APPROVAL,
        requested_by=ANA,
        requested_at=NOON,
        due_at=NOON + timedelta(days=14),
    )


def with_relationship(invitation: Invitation, relationship: str) -> Invitation:
    return replace(invitation, relationship_id=RelationshipId(relationship))


def a_customer(tenant: TenantId = CONTOSO, *relationships: str) -> Customer:
    grants = tuple(AdminGrant(RelationshipId(one), "active", (RoleId("role"),)) for one in relationships)
    return Customer(
        tenant_id=tenant,
        name="Contoso",
        cloud=Cloud.PUBLIC,
        domain=CONTOSO_DOMAIN,
        reseller=ResellerState.ACTIVE,
        reseller_since=NOON,
        grants=grants,
    )


def some_work(
    *, lane: str = "", key: str = "", due_at: datetime = NOON, queue: Queue = Queue.OUTBOX, number: int = 0
) -> Work:
    return Work(WorkId(uuid4().hex), queue, {"number": number}, due_at, lane=lane, key=key)


def an_entry(action: str = "approve", subject: str = "invitation:aaaaaaaaaaaaaaaa") -> AuditEntry:
    return AuditEntry(NOON, ANA, action, subject, {"from": "awaiting_approval", "to": "approved"})
