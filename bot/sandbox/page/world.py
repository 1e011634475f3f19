"""Everything outside Slack as JSON for the page: tenants, mails, relationships, the clock."""

from typing import Any

from bot.domain.roles import ROLES
from bot.sandbox.fake_microsoft import FakeMicrosoft, MailSent
from bot.sandbox.fake_microsoft.clouds import CLOUDS
from bot.sandbox.fake_microsoft.relationships import Relationship
from bot.sandbox.fake_microsoft.state import Tenant
from bot.sandbox.page.mail_html import mail_nodes
from bot.sandbox.page.mail_text import mail_parts
from bot.sandbox.page.stage import Stage

Json = dict[str, Any]


def world_state(stage: Stage) -> Json:
    """Return what the page shows beside Slack. `telling` counts up when somebody starts over."""
    microsoft, clock, told = stage.microsoft, stage.clock, stage.told
    world, registration = microsoft.world, microsoft.deliveries.registration
    others = [tenant for tenant in world.tenants.values() if tenant.id != world.partner.tenant.id]
    return {
        "telling": told.number,
        "scenario": told.scenario,
        "cloud": told.cloud,
        "language": told.language,
        "now": clock.now().isoformat(),
        "ahead_seconds": int(clock.ahead.total_seconds()),
        "partner": world.partner.tenant.name,
        "partner_domain": world.partner.tenant.domain,
        "portal_url": world.portal_url,
        "tenants": [_tenant(microsoft, tenant) for tenant in others],
        "relationships": [_relationship(microsoft, each) for each in microsoft.gdap.relationships.values()],
        "groups": [{"id": key, "name": name} for key, name in world.partner.groups.items()],
        "mails": [_mail(number, mail) for number, mail in enumerate(microsoft.mailbox)],
        "webhooks_registered": registration is not None,
    }


def role_name(role_id: str) -> str:
    """Return Microsoft's name of a role, or its id where it is unknown here."""
    known = ROLES.get(role_id)  # type: ignore[call-overload]  # keys are a NewType of str
    return known.name if known else role_id


def _tenant(microsoft: FakeMicrosoft, tenant: Tenant) -> Json:
    customer = microsoft.world.customers.get(tenant.id)
    return {
        "id": tenant.id,
        "name": tenant.name,
        "domain": tenant.domain,
        "domains": list(tenant.domains),
        "country": tenant.country,
        "cloud": tenant.cloud,
        "portal": CLOUDS[tenant.cloud].portal.removeprefix("https://"),
        "is_customer": customer is not None,
        "since": customer.since.isoformat() if customer else None,
        "agreement_signed": tenant.id in microsoft.world.agreements_signed,
    }


def _relationship(microsoft: FakeMicrosoft, relationship: Relationship) -> Json:
    groups = microsoft.world.partner.groups
    return {
        "id": relationship.id,
        "name": relationship.display_name,
        "customer_id": relationship.customer_id,
        "customer_name": relationship.customer_name,
        "status": relationship.status,
        "duration": relationship.duration,
        "ends": relationship.end_at.isoformat() if relationship.end_at else None,
        "roles": [role_name(role) for role in relationship.roles],
        "assignments": [
            {"group": groups.get(each.group_id, each.group_id), "status": each.status}
            for each in microsoft.gdap.assignments.of(relationship.id)
        ],
    }


def _mail(number: int, mail: MailSent) -> Json:
    return {
        "id": number,
        "at": mail.at.isoformat(),
        "sender": mail.sender,
        "to": [*mail.to, *mail.cc, *mail.bcc],
        "subject": mail.subject,
        "parts": mail_parts(mail.content_type, mail.body),
        "html": mail_nodes(mail.body) if mail.content_type == "html" else None,
        "source": mail.body,
    }
