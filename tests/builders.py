"""Values for tests. Everything is synthetic; change what a test is about and leave the rest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.clouds import Cloud
from bot.domain.customer import Customer, ResellerState
from bot.domain.identifiers import DomainName, InvitationId, RelationshipId, SlackUserId, TenantId
from bot.domain.invitation import (
    ANSWER_TIME,
    APPROVAL_TIME,
    LINK_IS_OUT,
    AdminAccess,
    Contact,
    Delivery,
    Invitation,
    Progress,
    Proposal,
    Prospect,
    Status,
)
from bot.domain.mail import Links
from bot.domain.partner import Partner
from bot.domain.relationship import AdminGrant
from bot.domain.roles import ROLE_TEMPLATES

ANA = SlackUserId("U0ANA00001")
BEN = SlackUserId("U0BEN00001")

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

CONTOSO = TenantId("11111111-1111-4111-8111-111111111111")
FABRIKAM = TenantId("22222222-2222-4222-8222-222222222222")
RELATIONSHIP = RelationshipId("33333333-3333-4333-8333-333333333333-44444444-4444-4444-8444-444444444444")

PARTNER = Partner(name="Contoso Cloud", tenant_id=CONTOSO, country="DE", cloud=Cloud.PUBLIC)

LINKS = Links(
    reseller=(
        "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship"
        f"&partnerId={CONTOSO}&msppId=0&DAP=false#/BillingAccounts/partner-invitation"
    ),
    admin_access=f"https://admin.microsoft.com/AdminPortal/Home#/partners/invitation/granularAdminRelationships/{RELATIONSHIP}",
)

HELPDESK = AdminAccess("helpdesk", ROLE_TEMPLATES["helpdesk"], 365, auto_extend=True)

_DECIDED = frozenset(Status) - {Status.AWAITING_APPROVAL, Status.WITHDRAWN, Status.APPROVAL_EXPIRED}
_ENDED = frozenset(
    {
        Status.REJECTED,
        Status.WITHDRAWN,
        Status.APPROVAL_EXPIRED,
        Status.ACCEPTED,
        Status.CANCELLED,
        Status.LAPSED,
    }
)
_SENT = LINK_IS_OUT - {Status.READY}


def a_proposal(**overrides: Any) -> Proposal:
    """A proposal to invite Fabrikam and to ask for the helpdesk roles."""
    proposal = Proposal(
        customer=Prospect("Fabrikam", DomainName("fabrikam.com"), None, "DE", Cloud.PUBLIC),
        contact=Contact("Chris Green", "chris@fabrikam.com"),
        reseller=True,
        admin_access=HELPDESK,
        subject="Contoso Cloud asks to be your Microsoft partner",
        text="Hello Chris Green,\n\nplease accept:\n{reseller_link}\n\nand approve:\n{admin_access_link}\n",
        language="en",
        delivery=Delivery.SEND_FOR_ME,
        reason="They buy their licences from us from January on.",
    )
    return replace(proposal, **overrides)


def an_invitation(**overrides: Any) -> Invitation:
    """
    An invitation as it is in `status` (default: awaiting approval), with the times and links it then has.

    Names that belong to the proposal (`customer`, `text`, `reseller`, ...) change the proposal.
    """
    asked = {name: overrides.pop(name) for name in list(overrides) if name in Proposal.__dataclass_fields__}
    proposal = overrides.pop("proposal", None) or a_proposal(**asked)
    status = overrides.get("status", Status.AWAITING_APPROVAL)
    invitation = Invitation(
        id=InvitationId("abcdefghijklmnop"),
        proposal=proposal,
        status=status,
        requested_by=ANA,
        requested_at=NOON,
        due_at=NOON + (ANSWER_TIME if status in LINK_IS_OUT else APPROVAL_TIME),
        **_what_happened(proposal, status),
    )
    return replace(invitation, **overrides)


def a_customer(**overrides: Any) -> Customer:
    """Fabrikam as our reseller customer, without admin access."""
    customer = Customer(
        tenant_id=FABRIKAM,
        name="Fabrikam",
        cloud=Cloud.PUBLIC,
        domain=DomainName("fabrikam.com"),
        country="DE",
        reseller=ResellerState.ACTIVE,
        reseller_since=NOON,
    )
    return replace(customer, **overrides)


def a_grant(**overrides: Any) -> AdminGrant:
    """An active delegated admin relationship with the helpdesk roles, assigned to a group."""
    grant = AdminGrant(
        id=RELATIONSHIP,
        status="active",
        roles=HELPDESK.roles,
        activated_at=NOON,
        ends_at=NOON + timedelta(days=365),
        auto_extends=True,
        assigned=True,
    )
    return replace(grant, **overrides)


def _what_happened(proposal: Proposal, status: Status) -> dict[str, Any]:
    happened: dict[str, Any] = {}
    if status in _DECIDED:
        happened |= {"decided_by": BEN, "decided_at": NOON + timedelta(hours=1)}
    if status in LINK_IS_OUT | {Status.APPROVED, Status.PREPARING, Status.FAILED}:
        happened["approved_fingerprint"] = proposal.fingerprint
    if status in LINK_IS_OUT:
        happened |= {"links": _links(proposal), "prepared_at": NOON + timedelta(hours=2)}
        happened["relationship_id"] = RELATIONSHIP if proposal.admin_access else None
    if status in _SENT:
        happened["sent_at"] = NOON + timedelta(hours=3)
    if status in _ENDED:
        happened["ended_at"] = NOON + timedelta(days=3)
    if status is Status.ACCEPTED:
        happened["progress"] = _everything_done(proposal)
    return happened


def _links(proposal: Proposal) -> Links:
    reseller = LINKS.reseller if proposal.reseller else ""
    return Links(reseller, LINKS.admin_access if proposal.admin_access else "")


def _everything_done(proposal: Proposal) -> Progress:
    at = NOON + timedelta(days=3)
    reseller_at = at if proposal.reseller else None
    if proposal.admin_access is None:
        return Progress(reseller_accepted_at=reseller_at)
    return Progress(reseller_at, None, "active", at, at)
