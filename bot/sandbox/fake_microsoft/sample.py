"""The world a sandbox starts with: Contoso, the prospects around it, and one customer."""

import uuid
from dataclasses import replace
from datetime import timedelta

from bot.sandbox.fake_microsoft.clouds import CLOUDS
from bot.sandbox.fake_microsoft.state import (
    Clock,
    Customer,
    IndirectPartner,
    Partner,
    Subscription,
    Tenant,
    World,
)

CONTOSO = Tenant("11111111-1111-4111-8111-111111111111", "Contoso", "contoso.com")
FABRIKAM = Tenant("22222222-2222-4222-8222-222222222222", "Fabrikam", "fabrikam.com")
ADATUM = Tenant("33333333-3333-4333-8333-333333333333", "Adatum", "adatum.com")
NORTHWIND = Tenant("44444444-4444-4444-8444-444444444444", "Northwind Traders", "northwindtraders.com")
WINGTIP = Tenant("55555555-5555-4555-8555-555555555555", "Wingtip Toys", "wingtiptoys.com")
TAILSPIN = Tenant("66666666-6666-4666-8666-666666666666", "Tailspin Toys", "tailspintoys.com", country="DE")
ALPINE = Tenant("77777777-7777-4777-8777-777777777777", "Alpine Ski House", "alpineskihouse.com")
PROSEWARE = Tenant("88888888-8888-4888-8888-888888888888", "Proseware", "proseware.com", cloud="us_gov")
LITWARE = Tenant(
    "cccccccc-cccc-4ccc-8ccc-cccccccccccc", "Litware", "litware.example", country="CN", cloud="china"
)

FIRST_UP = IndirectPartner(
    "99999999-9999-4999-8999-999999999999",
    "First Up Consultants",
    "is_indirect_cloud_solution_provider_of",
    "4800001",
)
COUNTRIES = {"china": "CN"}
"""Where Contoso is in a cloud that one country has to itself; the United States elsewhere."""

HELPDESK_GROUP = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
SENDER = "partners@contoso.com"


def sample_world(clock: Clock, cloud: str = "public") -> World:
    """A fresh copy; the partner's client id and secret are new each time."""
    contoso = replace(CONTOSO, cloud=cloud, country=COUNTRIES.get(cloud, CONTOSO.country))
    partner = Partner(
        contoso,
        groups={HELPDESK_GROUP: "GDAP Helpdesk"},
        mailboxes={SENDER: "open", f"admin@{CONTOSO.domain}": "open", "denied@contoso.com": "denied"},
    )
    others = (FABRIKAM, ADATUM, NORTHWIND, WINGTIP, TAILSPIN, ALPINE, PROSEWARE, LITWARE)
    world = World(
        clock,
        partner,
        CLOUDS[cloud],
        tenants={tenant.id: tenant for tenant in others},
        indirect_partners={FIRST_UP.id: FIRST_UP},
    )
    if cloud == ALPINE.cloud:
        world.customers[ALPINE.id] = _alpine(world)
        world.agreements_signed.add(ALPINE.id)
    return world


def _alpine(world: World) -> Customer:
    since = world.clock() - timedelta(days=200)
    subscription = Subscription(
        id=str(uuid.UUID(int=0xBBBB, version=4)),
        offer_name="Microsoft 365 Business Premium",
        quantity=25,
        status="active",
        created_at=since,
        support_tenant_id=world.partner.tenant.id,
        support_mpn_id=world.partner.mpn_id,
        support_name=world.partner.tenant.name,
    )
    return Customer(ALPINE, since, subscriptions=(subscription,))
