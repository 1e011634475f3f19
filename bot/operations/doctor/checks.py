"""Every check, whom it asks, and which checks have to be well before it can say anything."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.clouds import CAPABILITIES
from bot.operations.doctor import mail, microsoft, people, slack, store, webhooks, work
from bot.operations.doctor.findings import CheckName, Result
from bot.operations.doctor.site import Peer, Site
from bot.settings import Mail, Settings


@dataclass(frozen=True)
class Check:
    name: CheckName
    examine: Callable[[Site], Awaitable[Result]]
    """Raises `Temporary` where nobody answers, `Permanent` for a refusal it has no words of its own for."""
    peer: Peer
    after: tuple[CheckName, ...] = ()


def checks(settings: Settings) -> tuple[Check, ...]:
    """Return the checks in the order they are told; each comes after those it needs."""
    name, peer = CheckName, Peer
    by_graph = settings.mail_by is not Mail.SMTP
    return (
        Check(name.DATABASE, store.database, peer.DATABASE),
        Check(name.MIGRATIONS, store.migrations, peer.DATABASE, (name.DATABASE,)),
        Check(name.ENCRYPTION, store.encryption, peer.DATABASE, (name.MIGRATIONS,)),
        Check(name.WORK, work.work, peer.DATABASE, (name.MIGRATIONS,)),
        Check(name.SLACK_TOKEN, slack.token, peer.SLACK),
        Check(name.SLACK_SCOPES, slack.scopes, peer.SLACK, (name.SLACK_TOKEN,)),
        Check(name.SIGNING_SECRET, slack.signing_secret, peer.SLACK),
        Check(name.SOCKET_MODE, slack.socket_mode, peer.SLACK),
        Check(name.CHANNELS, slack.channels, peer.SLACK, (name.SLACK_SCOPES,)),
        Check(name.APPROVERS, people.approvers, peer.SLACK, (name.SLACK_SCOPES,)),
        Check(name.REQUESTERS, people.requesters, peer.SLACK, (name.SLACK_SCOPES,)),
        Check(name.ADMINISTRATORS, people.administrators, peer.SLACK, (name.SLACK_SCOPES,)),
        Check(name.ENTRA, microsoft.entra, peer.ENTRA),
        Check(name.CLOCK, microsoft.clock, peer.ENTRA, (name.ENTRA,)),
        Check(name.MICROSOFT_TENANT, microsoft.tenant, peer.ENTRA, (name.ENTRA,)),
        Check(name.MICROSOFT_APP, microsoft.app, peer.ENTRA, (name.MICROSOFT_TENANT,)),
        Check(name.APP_PERMISSIONS, microsoft.permissions, peer.ENTRA, (name.MICROSOFT_APP,)),
        Check(name.GDAP, microsoft.gdap, peer.GRAPH, (name.APP_PERMISSIONS,)),
        Check(name.SIGN_IN, microsoft.sign_in, peer.ENTRA, (name.MICROSOFT_APP, name.ENCRYPTION)),
        Check(name.PARTNER_CENTER, microsoft.partner_center, peer.PARTNER_CENTER, (name.MICROSOFT_APP,)),
        Check(name.RESELLER_LINK, microsoft.reseller_link, peer.PARTNER_CENTER, (name.SIGN_IN,)),
        Check(name.WEBHOOK, webhooks.registration, peer.PARTNER_CENTER, (name.PARTNER_CENTER,)),
        Check(name.WEBHOOK_CERTIFICATE, webhooks.certificate, peer.CERTIFICATES),
        Check(
            name.MAIL,
            mail.rehearsal,
            peer.GRAPH if by_graph else peer.SMTP,
            (name.APP_PERMISSIONS,) if by_graph else (),
        ),
    )


def unused(settings: Settings) -> frozenset[CheckName]:
    """Return the checks of what these settings do without."""
    uses = {
        CheckName.SIGNING_SECRET: bool(settings.slack_signing_secrets),
        CheckName.SOCKET_MODE: settings.slack_app_token is not None,
        CheckName.REQUESTERS: bool(settings.requesters),
        CheckName.ADMINISTRATORS: bool(settings.administrators),
        CheckName.GDAP: CAPABILITIES[settings.cloud].admin_access,
        CheckName.WEBHOOK: bool(settings.webhook_url),
        CheckName.WEBHOOK_CERTIFICATE: bool(settings.webhook_url),
        CheckName.MAIL: settings.mail_by is not Mail.MANUAL,
    }
    return frozenset(name for name, is_used in uses.items() if not is_used)
