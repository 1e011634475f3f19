"""Whether a mail could be sent, up to the point where it would be."""

from bot.operations.doctor.findings import Kind, Result, wrong
from bot.operations.doctor.site import Peer, Site
from bot.ports.failures import Permanent, Reason
from bot.settings import Mail

FROM = "OVERTURE_MAIL_FROM"


async def rehearsal(site: Site) -> Result:
    settings = (Peer.SMTP, FROM) if site.settings.mail_by is Mail.SMTP else (FROM,)
    try:
        await site.microsoft.mail.rehearse()
    except Permanent as refusal:
        match refusal.reason:
            case Reason.MAIL_DENIED:
                return wrong(Kind.MAIL_DENIED, *settings, detail=refusal.detail)
            case Reason.MAILBOX_MISSING:
                return wrong(Kind.MAILBOX_MISSING, FROM, mailbox=site.settings.mail_from)
        raise
    return Result(fact=site.settings.mail_by)
