"""What views and messages share: buttons with their words, states in words, text shown exactly."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from babel import Locale

from bot.domain.clouds import CAPABILITIES
from bot.domain.identifiers import SlackUserId
from bot.domain.invitation import AdminAccess, Invitation, Status
from bot.domain.relationship import ARRIVING, FINAL, GONE, LEAVING, PENDING, WORKING
from bot.domain.roles import ROLE_TEMPLATES
from bot.slack import names
from bot.slack.blocks import Block, Element, Style, button, confirm
from bot.slack.limits import shorten_plain
from bot.slack.mrkdwn import Mrkdwn, code, date, mention, one_line, stripped
from bot.slack.words import Words

MICROSOFT_STATUSES = PENDING | ARRIVING | WORKING | LEAVING | FINAL | {GONE}
"""Statuses of an admin relationship that have words; Microsoft may add others."""

_SAID_IN_DAYS_ONLY = frozenset({365, 730})
_ASKS_FIRST = frozenset({names.WITHDRAW_INVITATION, names.CANCEL_INVITATION})
_EXACT = 3000
_SHOWN = 80


def shown(name: str) -> str:
    """Return a name from outside, on one line and short enough for a sentence; never empty."""
    return shorten_plain(one_line(name), _SHOWN) or "?"


def moment(when: Any) -> Mrkdwn:
    """Return a moment that each reader sees in their own time, or a dash where nothing happened yet."""
    return date(when) if when else Mrkdwn("–")


def person(user_id: SlackUserId | None) -> Mrkdwn:
    return mention(user_id) if user_id else Mrkdwn("–")


def lines(texts: Iterable[Mrkdwn]) -> Mrkdwn:
    return Mrkdwn("\n".join(texts))


def action_button(
    words: Words,
    action_id: str,
    value: str | None,
    *,
    about: str = "",
    label: str = "",
    style: Style | None = None,
    url: str | None = None,
) -> Element:
    """
    Return a button with the words of its action, or of `label` where one action has several.

    `about` names the customer for screen readers, to whom ten buttons would else sound the same.
    """
    said = words.plain(f"labels/{label or action_id}")
    return button(
        action_id,
        said,
        value=value,
        url=url,
        style=style,
        confirm=_question(words, action_id) if action_id in _ASKS_FIRST else None,
        accessibility_label=words.plain("labels/for_customer", label=said, customer=shown(about))
        if about
        else None,
    )


def _question(words: Words, action_id: str) -> Element:
    said = {
        part: words.plain(f"confirms/{action_id}/{part}") for part in ("title", "text", "confirm", "deny")
    }
    return confirm(**said, style="danger")


def country(words: Words, code_: str) -> str:
    """Return the name of a country or region by its ISO code, in the reader's language."""
    return str(_territories(words.locale).get(code_, code_)) or words.plain("not_known")


@cache
def _territories(locale: str) -> dict[str, str]:
    """Babel resolves an alias at every look; the form looks two hundred times."""
    return dict(Locale.parse(locale).territories.items())


def duration(words: Words, days: int) -> str:
    if days in _SAID_IN_DAYS_ONLY:
        return words.plain(f"access/days_{days}")
    return words.plain("access/days", days=days)


def role_template(words: Words, template: str) -> str:
    return words.plain(f"role_templates/{template if template in ROLE_TEMPLATES else 'other'}")


def asks(words: Words, *, reseller: bool, access: AdminAccess | None) -> Mrkdwn:
    """Return what an invitation asks the customer for, one line each."""
    asked = [words("card/asks/reseller")] if reseller else []
    if access is not None:
        name = "admin_access_extending" if access.auto_extend else "admin_access"
        template, long = role_template(words, access.template), duration(words, access.duration_days)
        asked.append(words(f"card/asks/{name}", template=template, duration=long))
    return lines(asked)


def admin_status(words: Words, status: str) -> str | Mrkdwn:
    """Return Microsoft's status of an admin relationship in words, or as it is where it is new to us."""
    known = status in MICROSOFT_STATUSES
    return words.plain(f"admin_access_statuses/{status}") if known else code(status)


def halves(words: Words, invitation: Invitation) -> Mrkdwn:
    """Return how far each half of an invitation is, one line each. Call it once the links exist."""
    proposal = invitation.proposal
    told = [_reseller(words, invitation)] if proposal.reseller else []
    told += _agreement(words, invitation)
    if proposal.admin_access is not None:
        told += [_admin_access(words, invitation), *_groups(words, invitation)]
    return lines(told)


def _reseller(words: Words, invitation: Invitation) -> Mrkdwn:
    accepted = invitation.progress.reseller_accepted_at
    if accepted:
        return words("halves/reseller_accepted", at=date(accepted))
    return words(f"halves/reseller_{_where(invitation.status)}")


def _agreement(words: Words, invitation: Invitation) -> list[Mrkdwn]:
    signed = invitation.progress.agreement_signed_at
    if signed:
        return [words("halves/agreement_signed", at=date(signed))]
    cloud = CAPABILITIES[invitation.proposal.customer.cloud]
    expected = invitation.proposal.reseller and cloud.customer_agreement
    waiting = expected and invitation.status in {Status.SENT, Status.ACCEPTED}
    return [words("halves/agreement_waiting")] if waiting else []


def _admin_access(words: Words, invitation: Invitation) -> Mrkdwn:
    progress = invitation.progress
    if invitation.has_admin_access and progress.admin_access_active_at:
        return words("halves/admin_access_active", at=date(progress.admin_access_active_at))
    if progress.admin_access_status and progress.admin_access_status not in PENDING:
        status = admin_status(words, progress.admin_access_status)
        return words("halves/admin_access_status", status=status)
    return words(f"halves/admin_access_{_where(invitation.status)}")


def _groups(words: Words, invitation: Invitation) -> list[Mrkdwn]:
    if not invitation.has_admin_access:
        return []
    assigned = invitation.progress.groups_assigned_at
    return [
        words("halves/groups_assigned", at=date(assigned)) if assigned else words("halves/groups_missing")
    ]


def _where(status: Status) -> str:
    if status is Status.READY:
        return "not_sent"
    return "waiting" if status in {Status.SENT, Status.ACCEPTED} else "over"


def exact(text: str) -> list[Block]:
    """Return text letter for letter, in as many blocks as it takes; nothing in it is interpreted or cut."""
    whole = stripped(text)
    return [_preformatted(piece) for piece in _pieces(whole)]


def quoted(text: str) -> Block:
    """Return what a colleague wrote, as a quotation in which nothing is interpreted."""
    said = [{"type": "text", "text": shorten_plain(stripped(text), _EXACT) or "–"}]
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": said}]}


def _preformatted(text: str) -> Block:
    said = [{"type": "text", "text": text}]
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": said}]}


def _pieces(text: str) -> Iterable[str]:
    """Yield the text in pieces of at most 3,000 characters, after a line where there is one."""
    while len(text) > _EXACT:
        at = text.rfind("\n", 0, _EXACT) + 1 or _EXACT
        yield text[:at]
        text = text[at:]
    if text:
        yield text
