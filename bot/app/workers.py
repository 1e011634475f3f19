"""What works behind everybody's back, put together."""

from bot.app.foundation import Foundation
from bot.app.microsoft import keep_registered, keep_signed_in
from bot.services.changes import Changes
from bot.services.deadlines import Deadlines
from bot.services.identification import Identification
from bot.services.read_back import OwnSide, ReadBack
from bot.services.reconciliation import Reconciliation
from bot.services.relationships import Relationships
from bot.services.sending import Sending
from bot.services.webhook_events import WebhookEvents
from bot.settings import Settings
from bot.slack.customer_mail import mail_html
from bot.workers.invitation_sender import InvitationSender
from bot.workers.loop import Worker
from bot.workers.outbox import Outbox
from bot.workers.timers import Timers
from bot.workers.webhook_inbox import WebhookInbox
from handlers.parts import Parts


def build_workers(
    on: Foundation, changes: Changes, relationships: Relationships, parts: Parts
) -> tuple[list[Worker], Timers]:
    """Return the workers of outbox, sender and inbox, and the timers."""
    identification = Identification(changes=changes, tenants=on.microsoft.tenants)
    read_back = ReadBack(
        partner_center=on.microsoft.partner_center,
        delegated_admin=on.microsoft.delegated_admin,
        relationships=relationships,
        identification=identification,
        own=_own_side(on.settings),
        store=on.store,
        clock=on.clock,
    )
    outbox = Outbox(
        changes=changes,
        messenger=on.slack.messenger,
        channel_words=parts.channel_words,
        words_for=parts.words_for,
        administrators=on.settings.policy.administrators.users,
    )
    sender = InvitationSender(_sending(on, changes, identification))
    inbox = WebhookInbox(WebhookEvents(read_back=read_back))
    return [outbox, sender, inbox], _timers(on, changes, read_back)


def _sending(on: Foundation, changes: Changes, identification: Identification) -> Sending:
    return Sending(
        changes=changes,
        partner_center=on.microsoft.partner_center,
        delegated_admin=on.microsoft.delegated_admin,
        identification=identification,
        mail=on.microsoft.mail,
        mail_html=lambda subject, text, language: mail_html(on.templates.mail_words(language), subject, text),
    )


def _timers(on: Foundation, changes: Changes, read_back: ReadBack) -> Timers:
    reconciliation = Reconciliation(
        store=on.store,
        clock=on.clock,
        partner_center=on.microsoft.partner_center,
        delegated_admin=on.microsoft.delegated_admin,
        read_back=read_back,
    )
    return Timers(
        changes=changes,
        deadlines=Deadlines(changes=changes),
        reconciliation=reconciliation,
        sign_in=lambda: keep_signed_in(on.microsoft),
        register_webhook=lambda: keep_registered(on.settings, on.microsoft),
        reconcile_every=on.settings.reconcile_every,
    )


def _own_side(settings: Settings) -> OwnSide:
    mailbox = settings.mail_from.lower().rpartition("@")[2]
    return OwnSide(settings.client_id.lower(), frozenset({mailbox} if mailbox else ()))
