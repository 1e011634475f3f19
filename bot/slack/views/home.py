"""The App Home: what needs this person, what waits for customers, and the customers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.customer import Customer
from bot.domain.identifiers import InvitationId, SlackUserId, TenantId
from bot.domain.invitation import Delivery, Invitation, Status
from bot.slack import names
from bot.slack.blocks import Block, View, actions, context, divider, header, home, section
from bot.slack.messages.buttons import action_ids, invitation_button
from bot.slack.messages.card import is_uncertain
from bot.slack.mrkdwn import Mrkdwn, date
from bot.slack.parts import action_button, lines, person, shown
from bot.slack.words import Words

PAGE_SIZE = 25
"""Customers on one page."""

FIRST_PAGE = "first"
"""The value of the button that leads back to the start: no tenant id."""

SHOWN = 20
"""Invitations in each of the other three sections: Home holds at most 100 blocks."""

_SOMEBODYS_TIME_RUNS = frozenset({Status.AWAITING_APPROVAL, Status.READY, Status.SENT})


@dataclass(frozen=True)
class HomePage:
    """
    What one person may see. The defaults are what a guest sees.

    `needs_you`, `on_the_way` and `waiting` may hold more than is shown; the rest is counted. `may_open` names
    those whose mail this person may read. `customers` is one page; `next_after` is its last tenant id where
    another page follows.
    """

    needs_you: Sequence[Invitation] = ()
    on_the_way: Sequence[Invitation] = ()
    waiting: Sequence[Invitation] = ()
    may_open: Collection[InvitationId] = ()
    customers: Sequence[Customer] = ()
    next_after: TenantId | None = None
    is_first: bool = True
    may_invite: bool = False
    now: datetime | None = None


def home_view(words: Words, page: HomePage) -> View:
    """Return the Home tab, the most pressing on top. A pager's value is a tenant id, or `FIRST_PAGE`."""
    return home(
        [
            header(words.plain("home/title")),
            *_inviting(words, page),
            *_needs_you(words, page.needs_you),
            *_on_the_way(words, page.on_the_way),
            *_waiting(words, page),
            *_customers(words, page),
            divider(),
            context(words("home/help"), *([words("home/updated", at=date(page.now))] if page.now else [])),
        ]
    )


def _inviting(words: Words, page: HomePage) -> list[Block]:
    if not page.may_invite:
        return [context(words("home/may_not_invite"))]
    invite = action_button(words, names.INVITE_CUSTOMER, None, style="primary")
    return [actions(invite)]


def _needs_you(words: Words, invitations: Sequence[Invitation]) -> list[Block]:
    rows = [_next_step(words, one) for one in invitations[:SHOWN]]
    return [
        header(words.plain("home/needs_you")),
        *(rows or [section(words("home/nothing_needs_you"))]),
        *_more(words, invitations),
    ]


def _on_the_way(words: Words, invitations: Sequence[Invitation]) -> list[Block]:
    """Return what is with others before it goes to the customer; it is not worth a heading when empty."""
    if not invitations:
        return []
    rows = [section(_state(words, one, by=one.requested_by)) for one in invitations[:SHOWN]]
    return [header(words.plain("home/on_the_way")), *rows, *_more(words, invitations)]


def _waiting(words: Words, page: HomePage) -> list[Block]:
    rows = [_sent(words, one, may_open=one.id in page.may_open) for one in page.waiting[:SHOWN]]
    return [
        header(words.plain("home/waiting")),
        *(rows or [section(words("home/nothing_waits"))]),
        *_more(words, page.waiting),
    ]


def _next_step(words: Words, invitation: Invitation) -> Block:
    """Return one invitation with the button for its next step."""
    offered = action_ids(invitation)
    button = invitation_button(words, invitation, offered[0]) if offered else None
    return section(_state(words, invitation), accessory=button)


def _sent(words: Words, invitation: Invitation, *, may_open: bool) -> Block:
    button = invitation_button(words, invitation, names.SHOW_MAIL) if may_open else None
    return section(_state(words, invitation), accessory=button)


def _state(words: Words, invitation: Invitation, *, by: SlackUserId | None = None) -> Mrkdwn:
    """Return an invitation's name and where it stands, with whose it is if `by` says."""
    said = [_status(words, invitation)]
    if invitation.status in _SOMEBODYS_TIME_RUNS:
        said.append(words("home/due", at=date(invitation.due_at)))
    if by:
        said.append(words("home/asked_by", requester=person(by)))
    return _row(words, invitation.proposal.customer.name, *said)


def _status(words: Words, invitation: Invitation) -> Mrkdwn:
    if invitation.delayed_since:
        return words(f"home/{invitation.status}_delayed", since=date(invitation.delayed_since))
    if invitation.status is Status.READY and invitation.problem:
        return words("home/uncertain" if is_uncertain(invitation) else "home/not_sent")
    if invitation.status is Status.READY and invitation.proposal.delivery is Delivery.SEND_FOR_ME:
        return words("home/going_out")
    if invitation.status is Status.SENT and invitation.sent_at:
        return words("home/sent", at=date(invitation.sent_at))
    return words("home/status", status=words.plain(f"statuses/{invitation.status}"))


def _row(words: Words, name: str, *said: Mrkdwn) -> Mrkdwn:
    return lines([words("home/name", name=shown(name)), Mrkdwn(" · ".join(said))])


def _customers(words: Words, page: HomePage) -> list[Block]:
    title = header(words.plain("home/customers"))
    if not page.customers:
        first = [section(words("home/first_step"))] if page.may_invite else []
        return [title, section(words("home/no_customers")), *first]
    return [title, *(_customer(words, one) for one in page.customers[:PAGE_SIZE]), *_pager(words, page)]


def _customer(words: Words, customer: Customer) -> Block:
    opening = action_button(words, names.OPEN_CUSTOMER, customer.tenant_id, about=customer.name)
    reseller = words(f"home/customer/reseller_{customer.reseller}")
    access = words(f"home/customer/access_{_access(customer)}")
    return section(_row(words, customer.name, reseller, access), accessory=opening)


def _access(customer: Customer) -> str:
    if not customer.has_admin_access:
        return "none"
    return "usable" if customer.has_usable_admin_access else "unassigned"


def _pager(words: Words, page: HomePage) -> Iterable[Block]:
    if page.next_after:
        onward = action_button(words, names.HOME_PAGE, page.next_after, label="next_page")
        yield section(words("home/more_customers"), accessory=onward)
    if not page.is_first:
        back = action_button(words, names.HOME_PAGE, FIRST_PAGE, label="first_page")
        yield section(words("home/not_the_start"), accessory=back)


def _more(words: Words, invitations: Sequence[Invitation]) -> list[Block]:
    left = len(invitations) - SHOWN
    return [context(words("home/more", count=left))] if left > 0 else []
