"""The record of one customer."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.clouds import CAPABILITIES
from bot.domain.customer import LEGACY_ADMIN, Customer, ResellerState
from bot.domain.invitation import OPEN, Invitation
from bot.domain.relationship import AdminGrant
from bot.slack import names
from bot.slack.blocks import Block, View, actions, divider, fields, header, modal, section
from bot.slack.mrkdwn import Mrkdwn, date, link, linkable
from bot.slack.parts import action_button, admin_status, country, lines, moment, shown
from bot.slack.words import Words

_GRANTS = 8
_INVITATIONS = 8

_FOR_EVERYBODY = frozenset({"partner_center"})
"""Links that also work without admin access to the customer."""


def customer_view(
    words: Words, customer: Customer, invitations: Sequence[Invitation], *, links: Sequence[tuple[str, str]]
) -> View:
    """
    Return what is known of a customer.

    `invitations` come newest first. `links` are keys of labels (`templates/words/links`) with addresses.
    """
    blocks = [
        header(shown(customer.name)),
        _identity(words, customer),
        section(_relationship(words, customer)),
        section(_admin_access(words, customer, invitations)),
        *_next_step(words, customer, invitations),
        divider(),
        section(_invitations(words, invitations)),
        *_links(words, customer, links),
    ]
    title = words.plain("customer_record/title")
    return modal(names.CUSTOMER_RECORD, title, blocks, close=words.plain("labels/close"))


def _identity(words: Words, customer: Customer) -> Block:
    unknown = words.plain("not_known")
    known = {
        "domain": customer.domain or unknown,
        "tenant": customer.tenant_id,
        "country": country(words, customer.country) if customer.country else unknown,
        "cloud": words.plain(f"clouds/{customer.cloud}"),
    }
    pairs = [(words(f"customer_record/fields/{name}"), text) for name, text in known.items()]
    return fields([part for pair in pairs for part in pair])


def _relationship(words: Words, customer: Customer) -> Mrkdwn:
    told = [
        words(
            f"customer_record/reseller/{customer.reseller}",
            since=moment(customer.reseller_since),
            at=moment(customer.reseller_ended_at),
        )
    ]
    if customer.agreement_signed_at:
        told.append(words("customer_record/agreement/signed", at=date(customer.agreement_signed_at)))
    elif customer.reseller is ResellerState.ACTIVE and CAPABILITIES[customer.cloud].customer_agreement:
        told.append(words("customer_record/agreement/unsigned"))
    return lines(told)


def _admin_access(words: Words, customer: Customer, invitations: Sequence[Invitation]) -> Mrkdwn:
    newest = sorted(customer.grants, key=_newest_first)
    told = [words("customer_record/grants/title"), *(_grant(words, one) for one in newest[:_GRANTS])]
    if len(newest) > _GRANTS:
        told.append(words("customer_record/grants/earlier", count=len(newest) - _GRANTS))
    if not newest:
        told = [words("customer_record/no_admin_access")]
    return lines([*told, *(_asked(words, one) for one in invitations if _waits(customer, one))])


def _waits(customer: Customer, invitation: Invitation) -> bool:
    """Whether it asks for admin access that the customer's grants do not show yet."""
    shown_already = any(grant.invitation_id == invitation.id for grant in customer.grants)
    asks = invitation.proposal.admin_access is not None and not invitation.has_admin_access
    return invitation.status in OPEN and asks and not shown_already


def _asked(words: Words, invitation: Invitation) -> Mrkdwn:
    status = words.plain(f"statuses/{invitation.status}")
    return words("customer_record/admin_access_asked", at=date(invitation.requested_at), status=status)


def _newest_first(grant: AdminGrant) -> tuple[bool, float]:
    when = grant.ended_at or grant.ends_at or grant.activated_at
    return not grant.gives_access, -when.timestamp() if when else 0.0


def _grant(words: Words, grant: AdminGrant) -> Mrkdwn:
    status = words("customer_record/grants/status", status=admin_status(words, grant.status))
    legacy = grant.id == LEGACY_ADMIN
    roles = words(f"customer_record/grants/{'legacy' if legacy else 'roles'}", roles=len(grant.roles))
    said = [status, roles, *_until(words, grant)]
    if grant.gives_access and not grant.assigned:
        said.append(words("customer_record/grants/unassigned"))
    return words("customer_record/grants/line", said=Mrkdwn(" · ".join(said)))


def _until(words: Words, grant: AdminGrant) -> list[Mrkdwn]:
    if not grant.is_final:
        return _ends(words, grant.ends_at, grant.auto_extends) if grant.gives_access else []
    ended = [words("customer_record/grants/ended", at=date(grant.ended_at))] if grant.ended_at else []
    if grant.end_cause is None:
        return ended
    cause = words.plain(f"causes/{grant.end_cause}")
    return [*ended, words("customer_record/grants/cause", cause=cause)]


def _ends(words: Words, at: datetime | None, extends: bool) -> list[Mrkdwn]:
    name = "extends" if extends else "ends"
    return [words(f"customer_record/grants/{name}", at=date(at))] if at else []


def _next_step(words: Words, customer: Customer, invitations: Sequence[Invitation]) -> list[Block]:
    """Offer to ask (again) for what is missing, unless an invitation already does."""
    complete = customer.has_admin_access and customer.reseller is ResellerState.ACTIVE
    if complete or any(one.status in OPEN for one in invitations):
        return []
    value = invitations[0].id if invitations else customer.tenant_id
    label = names.ASK_AGAIN if invitations else "ask_for_admin_access"
    return [actions(action_button(words, names.ASK_AGAIN, value, about=customer.name, label=label))]


def _invitations(words: Words, invitations: Sequence[Invitation]) -> Mrkdwn:
    if not invitations:
        return words("customer_record/no_invitations")
    told = [
        words(
            "customer_record/invitation",
            status=words.plain(f"statuses/{one.status}"),
            at=date(one.requested_at),
        )
        for one in invitations[:_INVITATIONS]
    ]
    return lines([words("customer_record/invitations"), *told])


def _links(words: Words, customer: Customer, links: Sequence[tuple[str, str]]) -> list[Block]:
    offered = [one for one in links if customer.has_usable_admin_access or one[0] in _FOR_EVERYBODY]
    shown_links = [link(url, words.plain(f"links/{key}")) for key, url in offered if linkable(url)]
    if not shown_links:
        return []
    return [section(lines([words("customer_record/links"), Mrkdwn(" · ".join(shown_links))]))]
