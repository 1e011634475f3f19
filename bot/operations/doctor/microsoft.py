"""Our side of Microsoft: the time there, the tenant, the app, its permissions, and the user who signed in."""

from datetime import timedelta

from bot.domain.clouds import CAPABILITIES
from bot.microsoft.auth import EntraRefusal, TokenKind, claims_of, lacks_mfa
from bot.operations.doctor.findings import Kind, Place, Result, wrong
from bot.operations.doctor.site import Peer, Site
from bot.ports.failures import Permanent, Reason
from bot.settings import Mail

TENANT_ID, CLOUD = "OVERTURE_PARTNER_TENANT_ID", "OVERTURE_CLOUD"
PROVIDER_ID = "OVERTURE_INDIRECT_PROVIDER_ID"
CLIENT_ID, CLIENT_CERTIFICATE = "OVERTURE_CLIENT_ID", "OVERTURE_CLIENT_CERTIFICATE"
CLIENT_SECRET = "OVERTURE_CLIENT_SECRET"  # noqa: S105 - a setting, not a secret
REFRESH_TOKEN = "OVERTURE_REFRESH_TOKEN"  # noqa: S105 - a setting, not a token

GDAP_APPLICATION = "2832473f-ec63-45fb-976f-5d45a7d4bb91"
""""Partner Customer Delegated Administration": app-only GDAP calls need its service principal."""

LARGEST_DIFFERENCE = timedelta(seconds=60)
"""Slack's requests are refused from five minutes on; so much is never the network's."""


async def entra(site: Site) -> Result:
    """Whether Microsoft's sign-in service answers at all."""
    await site.discovery()
    return Result(fact=site.host(Peer.ENTRA))


async def clock(site: Site) -> Result:
    ahead = (await site.discovery()).ahead
    if ahead is None or abs(ahead) < LARGEST_DIFFERENCE:
        return Result()
    return wrong(Kind.CLOCK_WRONG, at=Place.THIS_MACHINE, seconds=round(abs(ahead).total_seconds()))


async def tenant(site: Site) -> Result:
    if (await site.discovery()).is_known:
        return Result()
    return wrong(Kind.TENANT_UNKNOWN, TENANT_ID, CLOUD)


async def app(site: Site) -> Result:
    """The app's id with its secret or certificate."""
    try:
        await _graph_token(site)
    except Permanent as refusal:
        if refusal.reason is not Reason.CLIENT_REJECTED:
            raise
        proof = CLIENT_SECRET if site.settings.client_secret is not None else CLIENT_CERTIFICATE
        return wrong(Kind.APP_REFUSED, CLIENT_ID, proof, at=Place.ENTRA_SECRETS, detail=refusal.detail)
    return Result()


async def permissions(site: Site) -> Result:
    """What Graph's token names as `roles`; nothing is known where Microsoft gives tokens only it can read."""
    claims = claims_of(await _graph_token(site))
    held = _needed_permissions(site) if claims is None else set(claims.get("roles") or ())
    if missing := sorted(_needed_permissions(site) - held):
        return wrong(Kind.PERMISSIONS_MISSING, at=Place.ENTRA_PERMISSIONS, permissions=", ".join(missing))
    return Result()


async def gdap(site: Site) -> Result:
    """Microsoft's own application in our tenant, and then the list of admin relationships itself."""
    if not await site.microsoft.tokens.has_service_principal(GDAP_APPLICATION):
        return wrong(
            Kind.SERVICE_PRINCIPAL_MISSING, at=Place.ENTRA_APPLICATIONS, application=GDAP_APPLICATION
        )
    async for _ in site.microsoft.delegated_admin.all():
        break
    return Result()


async def sign_in(site: Site) -> Result:
    """
    A token of the user's, for reseller links: app-only tokens do not do for them.

    The newest refresh token is shown to Entra without asking for its successor, so that it stays the newest.
    """
    if not await site.microsoft.tokens.has_sign_in():
        return wrong(Kind.SIGN_IN_MISSING, REFRESH_TOKEN)
    try:
        token = await site.microsoft.tokens.get(
            TokenKind.USER, site.microsoft.endpoints.partner_center_resource
        )
    except EntraRefusal as refusal:
        if refusal.reason is not Reason.CONSENT_NEEDED:
            raise
        return wrong(Kind.SIGN_IN_REFUSED, REFRESH_TOKEN, detail=refusal.detail)
    return wrong(Kind.MFA_MISSING, REFRESH_TOKEN) if lacks_mfa(token) else Result()


async def partner_center(site: Site) -> Result:
    """What the reconciler reads, as the app alone."""
    try:
        await site.microsoft.partner_center.customers_page(None)
    except Permanent as refusal:
        return wrong(Kind.PARTNER_CENTER_REFUSED, at=Place.PARTNER_CENTER_APPS, detail=refusal.detail)
    return Result()


async def reseller_link(site: Site) -> Result:
    """The link customers accept, which needs the user's role in Partner Center. It is only read."""
    try:
        await site.microsoft.partner_center.relationship_request_url()
    except Permanent as refusal:
        match refusal.reason:
            case Reason.MFA_NEEDED:
                return wrong(Kind.MFA_MISSING, REFRESH_TOKEN)
            case Reason.ACCESS_DENIED:
                return wrong(Kind.ROLE_MISSING, at=Place.PARTNER_CENTER_USERS, detail=refusal.detail)
            case Reason.PARTNER_NOT_READY | Reason.AGREEMENT_MISSING:
                return wrong(Kind.PARTNER_NOT_READY, at=Place.PARTNER_CENTER, detail=refusal.detail)
            case Reason.UNTRUSTED_LINK:
                return wrong(Kind.LINK_NOT_OURS, TENANT_ID, CLOUD, PROVIDER_ID, detail=refusal.detail)
        raise
    return Result()


async def _graph_token(site: Site) -> str:
    return await site.microsoft.tokens.get(TokenKind.APP, site.microsoft.endpoints.graph_resource)


def _needed_permissions(site: Site) -> set[str]:
    needed = {"CrossTenantInformation.ReadBasic.All"}
    if CAPABILITIES[site.settings.cloud].admin_access:
        needed.add("DelegatedAdminRelationship.ReadWrite.All")
    if site.settings.mail_by is Mail.GRAPH:
        needed.add("Mail.Send")
    return needed
