"""The client against the sandbox's Microsoft, which was written apart from it."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest
from multidict import CIMultiDict

from bot.domain.clouds import Cloud
from bot.domain.identifiers import DomainName, RoleId, TenantId
from bot.microsoft.auth import EntraRefusal, TokenKind, Tokens
from bot.microsoft.client_credential import ClientCredential
from bot.microsoft.clouds import endpoints
from bot.microsoft.discovery import Discovery, discover
from bot.microsoft.graph import GraphDelegatedAdmin, GraphTenants
from bot.microsoft.mail import GraphMail
from bot.microsoft.partner_center import PartnerCenterClient
from bot.microsoft.transport import Transport, tls_context
from bot.microsoft.webhook_registration import Registered, register_webhook
from bot.microsoft.webhook_signature import (
    CERTIFICATE_PATH,
    CertificateUnavailable,
    ForgedDelivery,
    MalformedDelivery,
    WebhookSignature,
)
from bot.ports.failures import Permanent, Reason
from bot.ports.microsoft import AdminRelationshipRequest, OutgoingMail
from bot.sandbox.fake_microsoft import FakeMicrosoft, Mode
from bot.sandbox.fake_microsoft.signing import FORGERIES
from tests.integration.microsoft.stub import HandClock, Memory

GDAP = "2832473f-ec63-45fb-976f-5d45a7d4bb91"
"""Partner Customer Delegated Administration, an application of Microsoft's."""
PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
READER = RoleId("88d8e3e3-8f55-4a1e-953a-9b9898b8876b")


@dataclass
class Client:
    """Every part of the client, pointed at one sandbox."""

    fake: FakeMicrosoft
    partner_center: PartnerCenterClient
    delegated_admin: GraphDelegatedAdmin
    tenants: GraphTenants
    mail: GraphMail
    tokens: Tokens
    transport: Transport


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    clock = HandClock()
    async with (
        FakeMicrosoft.sample(clock=clock.now).serve(directory=tmp_path) as fake,
        aiohttp.ClientSession() as session,
    ):
        tokens = Tokens(
            authority=fake.authority_url,
            tenant_id=fake.partner_tenant_id,
            credential=ClientCredential(fake.client_id, secret=fake.client_secret),
            clock=clock,
            refresh_tokens=Memory([fake.consent()]),
            ca_file=fake.ca_path,
        )
        where = endpoints(
            Cloud.PUBLIC,
            authority=fake.authority_url,
            partner_center=fake.partner_center_url,
            graph=fake.graph_url,
        )
        transport = Transport(
            session,
            bases=(where.authority, where.partner_center, where.graph),
            clock=clock,
            tls=tls_context(fake.ca_path),
        )
        parts: dict[str, Any] = {"transport": transport, "tokens": tokens, "endpoints": where}
        yield Client(
            fake,
            PartnerCenterClient(**parts, tenant_id=TenantId(fake.partner_tenant_id)),
            GraphDelegatedAdmin(**parts, clock=clock),
            GraphTenants(**parts),
            GraphMail(**parts, mail_from="partners@contoso.com"),
            tokens,
            transport,
        )
        tokens.close()


async def test_a_customer_is_invited_accepts_and_is_found(client: Client) -> None:
    fabrikam = await client.tenants.find_by_domain(DomainName("fabrikam.com"))
    assert fabrikam is not None
    before = await client.partner_center.customer(fabrikam.tenant_id)
    link = await client.partner_center.relationship_request_url()
    await client.fake.customer("fabrikam.com").accept_reseller(link)
    page = await client.partner_center.customers_page(None)
    customer = await client.partner_center.customer(fabrikam.tenant_id)

    assert before is None
    assert fabrikam.tenant_id in {each.tenant_id for each in page.customers if each.has_reseller_relationship}
    assert customer is not None
    assert customer.country == "US"
    assert await client.partner_center.customer_agreement_signed(fabrikam.tenant_id) is not None


async def test_admin_access_is_asked_for_approved_and_assigned(client: Client) -> None:
    fabrikam = await client.tenants.find_by_domain(DomainName("fabrikam.com"))
    assert fabrikam is not None
    asked = AdminRelationshipRequest("Contoso_Fabrikam", (READER,), 365, True, fabrikam.tenant_id, "Fabrikam")
    created = await client.delegated_admin.create(asked)
    await client.delegated_admin.lock_for_approval(created)
    pending = await client.delegated_admin.find_by_display_name("Contoso_Fabrikam")
    await client.fake.customer("fabrikam.com").approve_admin_access(
        client.delegated_admin.approval_url(created.id)
    )
    await client.fake.settle()
    active = await client.delegated_admin.get(created.id)
    unassigned = await client.delegated_admin.has_active_assignment(created.id)
    client.fake.assign_group(created.id)
    await client.fake.settle()

    assert pending is not None
    assert pending.status == "approvalPending"
    assert active is not None
    assert (active.status, active.duration_days, active.auto_extends) == ("active", 365, True)
    assert active.ends_at is not None
    assert created.id in [each.id async for each in client.delegated_admin.all()]
    assert not unassigned
    assert await client.delegated_admin.has_active_assignment(created.id)


async def test_the_activity_log_names_the_relationship_that_ended(client: Client) -> None:
    fabrikam = await client.tenants.find_by_domain(DomainName("fabrikam.com"))
    assert fabrikam is not None
    asked = AdminRelationshipRequest(
        "Contoso_Fabrikam", (READER,), 365, False, fabrikam.tenant_id, "Fabrikam"
    )
    created = await client.delegated_admin.create(asked)
    await client.delegated_admin.lock_for_approval(created)
    customer = client.fake.customer("fabrikam.com")
    await customer.approve_admin_access(client.delegated_admin.approval_url(created.id))
    await client.fake.settle()
    await customer.remove_roles(created.id)
    await client.fake.settle()
    records = await client.partner_center.activity(HandClock().now() - dt.timedelta(days=1))

    ended = [each for each in records if each.operation == "granular_admin_relationship_terminated"]
    assert [each.relationship_id for each in ended] == [created.id]
    assert ended[0].customer_tenant_id == fabrikam.tenant_id


async def test_a_webhook_is_registered_once(client: Client) -> None:
    url = "https://bot.contoso.example/webhooks/partner-center"
    first = await register_webhook(client.partner_center, url=url)
    second = await register_webhook(client.partner_center, url=url)

    assert isinstance(first, Registered)
    assert isinstance(second, Registered)
    assert (first.changed, second.changed) == (True, False)


async def test_a_mail_reaches_the_mailbox(client: Client) -> None:
    await client.mail.send(OutgoingMail("Admin", "admin@fabrikam.com", "Hello", "text", "<p>html</p>"))

    assert [sent.subject for sent in client.fake.mailbox] == ["Hello"]


async def test_a_rehearsed_mail_reaches_nobody(client: Client) -> None:
    await client.mail.rehearse()

    assert client.fake.mailbox == []


@pytest.mark.parametrize(
    ("state", "reason"), [("denied", Reason.MAIL_DENIED), ("not_enabled", Reason.MAILBOX_MISSING)]
)
async def test_a_rehearsal_finds_what_would_keep_a_mail_back(
    client: Client, state: Literal["denied", "not_enabled"], reason: Reason
) -> None:
    client.fake.world.partner.mailboxes["partners@contoso.com"] = state

    with pytest.raises(Permanent) as caught:
        await client.mail.rehearse()

    assert caught.value.reason is reason


async def test_an_application_that_lives_in_the_tenant_is_told_from_one_that_does_not(client: Client) -> None:
    principals = client.fake.world.partner.service_principals
    principals.clear()
    missing = await client.tokens.has_service_principal(GDAP)
    principals.add(GDAP)

    assert not missing
    assert await client.tokens.has_service_principal(GDAP)


async def test_a_wrong_secret_says_nothing_about_service_principals(client: Client) -> None:
    client.fake.world.partner.client_secret = "another"

    with pytest.raises(EntraRefusal) as caught:
        await client.tokens.has_service_principal(GDAP)

    assert caught.value.reason is Reason.CLIENT_REJECTED


async def test_a_tenant_is_known_and_the_time_there_is_told(client: Client) -> None:
    client.fake.faults.clock_skew = timedelta(minutes=-3)
    here = await discover(
        client.transport, client.fake.authority_url, TenantId(client.fake.partner_tenant_id)
    )
    nobodys = await discover(client.transport, client.fake.authority_url, TenantId("0" * 8 + GDAP[8:]))

    assert here == Discovery(is_known=True, ahead=timedelta(minutes=3))
    assert not nobodys.is_known


async def test_a_domain_of_another_cloud_or_of_nobody_is_none(client: Client) -> None:
    assert await client.tenants.find_by_domain(DomainName("nobody.example")) is None
    assert await client.tenants.find_by_domain(DomainName("proseware.com")) is None


async def test_consent_without_mfa_is_said_to_need_mfa(tmp_path: Path, client: Client) -> None:
    clock = HandClock()
    tokens = Tokens(
        authority=client.fake.authority_url,
        tenant_id=client.fake.partner_tenant_id,
        credential=ClientCredential(client.fake.client_id, secret=client.fake.client_secret),
        clock=clock,
        refresh_tokens=Memory([client.fake.consent(mfa=False)]),
        ca_file=client.fake.ca_path,
    )
    where = endpoints(
        Cloud.PUBLIC, authority=client.fake.authority_url, partner_center=client.fake.partner_center_url
    )
    async with aiohttp.ClientSession() as session:
        transport = Transport(session, bases=(where.partner_center,), clock=clock)
        without_mfa = PartnerCenterClient(
            transport=transport,
            tokens=tokens,
            endpoints=where,
            tenant_id=TenantId(client.fake.partner_tenant_id),
        )
        with pytest.raises(Permanent) as caught:
            await without_mfa.relationship_request_url()
        tokens.close()

    assert caught.value.reason is Reason.MFA_NEEDED


@pytest.mark.parametrize("mode", Mode)
async def test_only_genuine_signatures_are_believed(client: Client, mode: Mode) -> None:
    believer = verifier(client, client.fake.webhook_trust_roots_pem)
    delivery = client.fake.signed_delivery(b'{"EventName":"test-created"}', mode)
    believed = True
    try:
        await believer.verify(CIMultiDict(delivery.headers), delivery.body)
    except (MalformedDelivery, ForgedDelivery, CertificateUnavailable):
        believed = False

    assert believed is (mode not in FORGERIES)


def verifier(client: Client, trust_roots: str) -> WebhookSignature:
    return WebhookSignature(
        clock=HandClock(),
        trust_roots=trust_roots.encode(),
        certificate_hosts=(client.fake.certificate_host,),
        tls=tls_context(client.fake.ca_path),
    )


async def test_the_signing_certificate_can_be_checked_without_an_event(client: Client) -> None:
    place = f"https://{client.fake.certificate_host}{CERTIFICATE_PATH}"

    await verifier(client, client.fake.webhook_trust_roots_pem).check_certificate(place)
    with pytest.raises(ForgedDelivery):
        await verifier(client, client.fake.ca_pem).check_certificate(place)
    with pytest.raises(CertificateUnavailable):
        await verifier(client, client.fake.webhook_trust_roots_pem).check_certificate(f"{place[:-4]}-2.cer")


async def test_who_does_not_renew_leaves_the_refresh_token_to_others(client: Client) -> None:
    client.fake.behaviour.old_refresh_tokens_refused = True
    memory = Memory([client.fake.refresh_token])
    parts: dict[str, Any] = {
        "authority": client.fake.authority_url,
        "tenant_id": client.fake.partner_tenant_id,
        "credential": ClientCredential(client.fake.client_id, secret=client.fake.client_secret),
        "clock": HandClock(),
        "refresh_tokens": memory,
        "ca_file": client.fake.ca_path,
    }
    onlooker, owner = Tokens(**parts, renews=False), Tokens(**parts)
    for tokens in (onlooker, owner, onlooker, owner):
        tokens.discard(TokenKind.USER, PARTNER_CENTER, await tokens.get(TokenKind.USER, PARTNER_CENTER))
    onlooker.close()
    owner.close()

    assert len(memory.tokens) == 3
