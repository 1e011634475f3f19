"""Microsoft's parts, built from the settings, and what keeps us in touch with it."""

import ssl
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp

from bot.app.secrets import revealed
from bot.microsoft.auth import RefreshTokenStore, TokenKind, Tokens
from bot.microsoft.client_credential import ClientCredential
from bot.microsoft.clouds import Endpoints, endpoints
from bot.microsoft.graph import GraphDelegatedAdmin, GraphTenants
from bot.microsoft.mail import GraphMail, ManualMail, SmtpMail, SmtpServer
from bot.microsoft.partner_center import PartnerCenterClient
from bot.microsoft.transport import Transport, tls_context
from bot.microsoft.webhook_registration import TakenByAnother, register_webhook
from bot.microsoft.webhook_signature import AUTHORITY_HOSTS, WebhookSignature
from bot.ports.clock import Clock
from bot.ports.failures import Permanent, Reason
from bot.settings import Mail, Settings


@dataclass(frozen=True)
class Microsoft:
    """Everything of Microsoft's."""

    transport: Transport
    tokens: Tokens
    endpoints: Endpoints
    partner_center: PartnerCenterClient
    delegated_admin: GraphDelegatedAdmin
    tenants: GraphTenants
    mail: GraphMail | SmtpMail | ManualMail


def connect_microsoft(
    settings: Settings,
    session: aiohttp.ClientSession,
    refresh_tokens: RefreshTokenStore,
    clock: Clock,
    *,
    renews: bool = True,
) -> Microsoft:
    """Raises `SettingWrong` for settings that make no connection. `renews` as for `Tokens`."""
    where = _where(settings)
    timeout = timedelta(seconds=settings.microsoft_timeout_seconds)
    transport = Transport(
        session,
        bases=(where.partner_center, where.graph, where.authority),
        clock=clock,
        tls=tls_context(settings.ca_file),
        timeout=timeout,
    )
    tokens = Tokens(
        authority=where.authority,
        tenant_id=settings.tenant_id,
        credential=_credential(settings),
        clock=clock,
        refresh_tokens=refresh_tokens,
        ca_file=settings.ca_file,
        timeout=timeout,
        renews=renews,
    )
    return Microsoft(
        transport=transport,
        tokens=tokens,
        endpoints=where,
        partner_center=_partner_center(settings, transport, tokens, where),
        delegated_admin=GraphDelegatedAdmin(transport=transport, tokens=tokens, endpoints=where, clock=clock),
        tenants=GraphTenants(transport=transport, tokens=tokens, endpoints=where),
        mail=_mail(settings, transport, tokens, where, clock),
    )


def _partner_center(
    settings: Settings, transport: Transport, tokens: Tokens, where: Endpoints
) -> PartnerCenterClient:
    return PartnerCenterClient(
        transport=transport,
        tokens=tokens,
        endpoints=where,
        tenant_id=settings.tenant_id,
        indirect_provider_id=settings.provider_id,
    )


def _where(settings: Settings) -> Endpoints:
    return endpoints(
        settings.cloud,
        authority=settings.authority_url,
        partner_center=settings.partner_center_url,
        graph=settings.graph_url,
    )


def _credential(settings: Settings) -> ClientCredential:
    return ClientCredential(
        settings.client_id,
        secret=revealed(settings.client_secret),
        certificate_pem=revealed(settings.client_certificate),
    )


def _mail(
    settings: Settings, transport: Transport, tokens: Tokens, where: Endpoints, clock: Clock
) -> GraphMail | SmtpMail | ManualMail:
    match settings.mail_by:
        case Mail.GRAPH:
            return GraphMail(
                transport=transport, tokens=tokens, endpoints=where, mail_from=settings.mail_from
            )
        case Mail.SMTP:
            return SmtpMail(
                server=SmtpServer.from_url(revealed(settings.smtp_url) or ""),
                mail_from=settings.mail_from,
                clock=clock,
                tls=tls_context(settings.ca_file),
            )
        case _:
            return ManualMail()


def webhook_verifier(settings: Settings, clock: Clock, tls: ssl.SSLContext) -> WebhookSignature:
    """Return what believes Microsoft's events alone. Raises `SettingWrong` for unusable roots or hosts."""
    roots = settings.webhook_trust_roots
    return WebhookSignature(
        clock=clock,
        trust_roots=roots.read_bytes() if roots else None,
        certificate_hosts=settings.webhook_certificate_hosts,
        tls=tls,
        authority_hosts=(*AUTHORITY_HOSTS, *settings.webhook_authority_hosts),
        revocation=settings.webhook_revocation,
    )


async def keep_signed_in(microsoft: Microsoft) -> None:
    """Redeem the refresh token, so that it does not die of disuse."""
    if await microsoft.tokens.has_sign_in():
        await microsoft.tokens.get(TokenKind.USER, microsoft.endpoints.partner_center_resource)


async def keep_registered(settings: Settings, microsoft: Microsoft) -> None:
    """Have events sent to us, beside whatever is registered already, and never in another's place."""
    if not settings.webhook_url:
        return
    outcome = await register_webhook(microsoft.partner_center, url=settings.webhook_url)
    if isinstance(outcome, TakenByAnother):
        host = urlsplit(outcome.registration.url).hostname
        raise Permanent(Reason.WEBHOOK_TAKEN, f"events go to {host}")
