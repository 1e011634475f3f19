"""What is said once, in a channel or to a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.customer import LEGACY_ADMIN, Customer, ResellerState
from bot.domain.identifiers import RelationshipId, RoleId, SlackUserId
from bot.domain.invitation import Delivery, Invitation, Status
from bot.domain.notifications import Notice, Notification, Place, access_facts, facts_of, mark_of
from bot.domain.relationship import EndCause
from bot.domain.roles import ROLE_TEMPLATES
from bot.ports.failures import Reason
from bot.slack import names
from bot.slack.blocks import Block, Element, actions, context, section
from bot.slack.limits import shorten
from bot.slack.messages.buttons import invitation_button
from bot.slack.messages.card import TEXT_LENGTH, problem_sentence
from bot.slack.messages.which_invitation import which_invitation_actions
from bot.slack.mrkdwn import Mrkdwn, channel_link, linkable, mention
from bot.slack.parts import action_button, lines, moment, person, quoted, shown
from bot.slack.words import Words

_COMMENTED = frozenset({Notice.APPROVED, Notice.REJECTED, Notice.CHANGES_REQUESTED})
_WITH_REASON = frozenset(
    {
        Notice.NOT_PREPARED,
        Notice.DELAYED,
        Notice.NOT_SENT,
        Notice.CHANNEL_UNREACHABLE,
        Notice.SYSTEM_PROBLEM,
    }
)
# Slack says of a private channel that it does not exist as long as we are not in it.
_LET_IN = frozenset({Reason.NOT_IN_CHANNEL, Reason.CHANNEL_NOT_FOUND})
_MATCHES = frozenset({"tenant", "likeness", "person"})

_FOR_THE_REQUESTER: dict[Notice, tuple[str, ...]] = {
    Notice.CHANGES_REQUESTED: (names.EDIT_INVITATION, names.WITHDRAW_INVITATION),
    Notice.APPROVAL_EXPIRED: (names.REOPEN_INVITATION,),
    Notice.READY: (names.SHOW_MAIL, names.MARK_SENT),
    Notice.NOT_PREPARED: (names.RETRY_INVITATION,),
    Notice.NOT_SENT: (names.RETRY_INVITATION, names.SHOW_MAIL),
    Notice.SENDING_UNCERTAIN: (names.SHOW_MAIL, names.MARK_SENT, names.RETRY_INVITATION),
    Notice.LAPSED: (names.ASK_AGAIN,),
}
_FOR_EVERYBODY: dict[Notice, tuple[str, ...]] = {
    Notice.RESELLER_ACCEPTED: (names.OPEN_CUSTOMER,),
    Notice.RESELLER_ENDED: (names.OPEN_CUSTOMER, names.ASK_AGAIN),
    Notice.AGREEMENT_SIGNED: (names.OPEN_CUSTOMER,),
    Notice.ADMIN_ACCESS_ACTIVE: (names.OPEN_CUSTOMER,),
    Notice.ADMIN_ACCESS_UNASSIGNED: (names.OPEN_CUSTOMER,),
    Notice.GROUPS_ASSIGNED: (names.OPEN_CUSTOMER,),
    Notice.GROUPS_UNASSIGNED: (names.OPEN_CUSTOMER,),
    Notice.ADMIN_ACCESS_LOST: (names.ASK_AGAIN, names.ASK_FOR_FEWER_ROLES, names.LET_IT_GO),
    Notice.ADMIN_ACCESS_REDUCED: (names.ASK_AGAIN, names.LET_IT_GO),
    Notice.ADMIN_REQUEST_ENDED: (names.ASK_AGAIN, names.LET_IT_GO),
}


def notice(
    words: Words,
    notification: Notification,
    invitation: Invitation | None,
    customer: Customer | None,
    *,
    guesses: Sequence[Invitation] = (),
) -> tuple[list[Block], str]:
    """
    Return blocks and text of a notice.

    It says what was true at the moment of the change, by its facts: those of `facts_of` and `access_facts`
    and, where they are there, `cause` (`EndCause`), `relationship_id`, `reason` (`Reason`), `detail`,
    `matched` (`tenant`, `likeness`, `person`), `channel` (id), `permalink` (https),
    `compared_every_seconds`, `bot` (our user id).

    `guesses` are the invitations of `WHICH_INVITATION`, best first. Buttons carry the invitation's id, or
    the tenant's where there is no invitation.
    """
    facts = _facts(notification, invitation, customer)
    values = _values(words, notification, invitation, customer, facts) | {"guesses": bool(guesses)}
    told = _said(words, notification, facts, values)
    blocks: list[Block] = [section(one) for one in told]
    if notification.notice in _COMMENTED:
        blocks += _comment(invitation, facts)
    if notification.notice in _WITH_REASON and notification.facts.get("detail"):
        blocks.append(context(words.plain("card/detail", detail=notification.facts["detail"])))
    if notification.notice is Notice.WHICH_INVITATION and customer is not None:
        blocks += which_invitation_actions(words, customer, guesses)
    if buttons := _buttons(words, notification, invitation, customer):
        blocks.append(actions(*buttons))
    return blocks, shorten(lines(told), TEXT_LENGTH)


def _said(
    words: Words, notification: Notification, facts: Mapping[str, str], values: Mapping[str, Any]
) -> list[Mrkdwn]:
    """Return the paragraphs of a notice, the point first."""
    told = [words(f"notices/{notification.notice}", **values)]
    if notification.notice in _WITH_REASON and values["reason"]:
        told.append(values["reason"])
    if facts.get("bot") and facts.get("reason") in _LET_IN:
        told.append(words("notices/let_me_in", bot=mention(facts["bot"])))
    if notification.notice is Notice.RESELLER_ACCEPTED and facts.get("matched") in _MATCHES:
        told.append(words(f"matches/{facts['matched']}"))
    if notification.notice is Notice.ADMIN_ACCESS_LOST and not values["other_access"]:
        told.append(_duties(words, facts))
    return told


def _comment(invitation: Invitation | None, facts: Mapping[str, str]) -> list[Block]:
    """Return what was written with a decision, unless somebody has decided and written anew since."""
    if invitation is None or not invitation.comment or facts["comment"] != mark_of(invitation.comment):
        return []
    return [quoted(invitation.comment)]


def _facts(
    notification: Notification, invitation: Invitation | None, customer: Customer | None
) -> Mapping[str, str]:
    """Return what was so at the moment of the change; rows of an earlier version know less of it."""
    relationship_id = RelationshipId(notification.facts.get("relationship_id", ""))
    now = facts_of(invitation) if invitation else {}
    return now | (access_facts(customer, relationship_id) if customer else {}) | dict(notification.facts)


def _values(
    words: Words,
    notification: Notification,
    invitation: Invitation | None,
    customer: Customer | None,
    facts: Mapping[str, str],
) -> dict[str, Any]:
    """Return everything a notice may mention; a template takes what it needs."""
    return {
        "to_you": notification.place is Place.PERSON,
        "customer": shown(customer_name(invitation, customer)),
        "requester": person(invitation.requested_by if invitation else None),
        "decided_by": person(SlackUserId(facts.get("decided_by", "")) or None),
        "due": moment(_time(facts.get("due"))),
        "until": moment(_time(facts.get("until"))),
        "is_ready": facts.get("status") == Status.READY,
        "send_for_me": invitation is not None and invitation.proposal.delivery is Delivery.SEND_FOR_ME,
        "invited": invitation is not None,
        "open_admin_access": bool(facts.get("waits_for_admin_access")),
        "cause": words.plain(f"causes/{_cause(facts)}"),
        "other_access": bool(facts.get("other_access")),
        "reason": problem_sentence(words, facts.get("reason", "")),
        "events_elsewhere": facts.get("reason") == Reason.WEBHOOK_TAKEN,
        "interval": _interval(words, facts.get("compared_every_seconds", "")),
        "channel": channel_link(facts["channel"]) if facts.get("channel") else "",
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _interval(words: Words, seconds: str) -> str:
    return words.formats.duration(timedelta(seconds=int(seconds))) if seconds else ""


def customer_name(invitation: Invitation | None, customer: Customer | None) -> str:
    """Return the name the requester gave, or else the one Microsoft has."""
    if invitation is not None:
        return invitation.proposal.customer.name
    return customer.name if customer else ""


def _cause(facts: Mapping[str, str]) -> str:
    return facts["cause"] if facts.get("cause") in set(EndCause) else EndCause.UNKNOWN


def _duties(words: Words, facts: Mapping[str, str]) -> Mrkdwn:
    """Return what remains: duties towards those we resell to or did; to anybody else we owe none."""
    owed = {
        ResellerState.ACTIVE: ("keep_with_reseller", "owe"),
        ResellerState.ENDED: ("owe",),
    }
    kept = owed.get(ResellerState(facts.get("reseller", ResellerState.NONE)), ())
    return lines(words(f"duties/{name}") for name in (*kept, "cannot"))


def _buttons(
    words: Words, notification: Notification, invitation: Invitation | None, customer: Customer | None
) -> list[Element]:
    offered = _FOR_EVERYBODY.get(notification.notice, ()) if notification.notice else ()
    if notification.place is Place.PERSON and notification.notice:
        offered = offered or _FOR_THE_REQUESTER.get(notification.notice, ())
    if not _had_more_than_helpdesk(notification.facts, invitation, customer):
        offered = tuple(one for one in offered if one != names.ASK_FOR_FEWER_ROLES)
    found = [_button(words, one, invitation, customer) for one in offered]
    return [one for one in (*found, _way_back(words, notification, invitation, customer)) if one]


def _button(
    words: Words, action_id: str, invitation: Invitation | None, customer: Customer | None
) -> Element | None:
    if action_id == names.OPEN_CUSTOMER or invitation is None:
        name = customer_name(invitation, customer)
        return action_button(words, action_id, customer.tenant_id, about=name) if customer else None
    return invitation_button(words, invitation, action_id)


def _way_back(
    words: Words, notification: Notification, invitation: Invitation | None, customer: Customer | None
) -> Element | None:
    permalink = notification.facts.get("permalink", "")
    if notification.place is not Place.PERSON or not linkable(permalink, allow_loopback=True):
        return None
    about = customer_name(invitation, customer)
    return action_button(words, names.OPEN_LINK, None, about=about, url=permalink)


def _had_more_than_helpdesk(
    facts: Mapping[str, str], invitation: Invitation | None, customer: Customer | None
) -> bool:
    grant = customer.grant(RelationshipId(facts.get("relationship_id", ""))) if customer else None
    if grant is not None and grant.id == LEGACY_ADMIN:
        return True
    access = invitation.proposal.admin_access if invitation else None
    roles: tuple[RoleId, ...] = grant.roles if grant else access.roles if access else ()
    return bool(set(roles) - set(ROLE_TEMPLATES["helpdesk"]))
