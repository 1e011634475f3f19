"""The ready mail, for a person to send."""

from bot.domain.invitation import Invitation, Status
from bot.domain.mail import mailto, with_links
from bot.slack import names
from bot.slack.blocks import Block, View, actions, context, modal, section
from bot.slack.mrkdwn import date, linkable, one_line
from bot.slack.parts import action_button, exact
from bot.slack.words import Words


def mail_view(words: Words, invitation: Invitation) -> View:
    """Return the mail with its links, and the means to send it; marking it as sent while it is ready."""
    ready = invitation.status is Status.READY
    blocks = _mail(words, invitation) if invitation.prepared_at else [section(words("show_mail/no_links"))]
    return modal(
        names.SHOW_MAIL,
        words.plain("show_mail/title"),
        blocks,
        submit=words.plain("labels/mark_sent") if ready else None,
        close=words.plain("labels/close"),
        private_metadata=invitation.id,
    )


def _mail(words: Words, invitation: Invitation) -> list[Block]:
    proposal = invitation.proposal
    text = with_links(proposal.text, invitation.links)
    return [
        *_sent(words, invitation),
        section(words("show_mail/keep_the_links")),
        section(words("show_mail/to")),
        *exact(f"{one_line(proposal.contact.name)} <{one_line(proposal.contact.email)}>"),
        section(words("show_mail/subject")),
        *exact(proposal.subject),
        section(words("show_mail/text")),
        *exact(text),
        *_mail_app(words, invitation, text),
        *([context(words("show_mail/then_mark"))] if invitation.status is Status.READY else []),
    ]


def _sent(words: Words, invitation: Invitation) -> list[Block]:
    sent = invitation.sent_at
    return [section(words("show_mail/already_sent", at=date(sent)))] if sent else []


def _mail_app(words: Words, invitation: Invitation, text: str) -> list[Block]:
    proposal = invitation.proposal
    url = mailto(proposal.contact.email, proposal.subject, text)
    if url is None or not linkable(url):
        return [context(words("show_mail/too_long_for_mail_app"))]
    name = proposal.customer.name
    opening = action_button(words, names.OPEN_MAIL_APP, invitation.id, about=name, url=url, style="primary")
    return [actions(opening), context(words("show_mail/fits"))]
