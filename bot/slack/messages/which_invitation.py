"""The question which invitation a customer has answered, and what becomes of it."""

from collections.abc import Sequence

from bot.domain.customer import Customer
from bot.domain.invitation import Invitation
from bot.domain.settlement import Settlement
from bot.slack import names
from bot.slack.blocks import Block, Element, actions, option, section, select
from bot.slack.limits import shorten_plain
from bot.slack.mrkdwn import Mrkdwn, date, mention, one_line
from bot.slack.parts import action_button, shown
from bot.slack.words import Words

_BETWEEN = " · "
_OPTION = 75
"""Characters of an option. Source: docs.slack.dev/reference/block-kit/composition-objects/option-object"""

_DOMAIN = 26
"""Characters of a domain, so that name and date have room beside it."""


def which_invitation_actions(words: Words, customer: Customer, guesses: Sequence[Invitation]) -> list[Block]:
    """
    Return the answers people can give. `guesses` come best first.

    The value of a guess holds tenant id and invitation id: see `names.both_ids`.
    """
    about, tenant_id = customer.name, customer.tenant_id
    adopt = action_button(words, names.ADOPT_CUSTOMER, tenant_id, about=about)
    none = action_button(words, names.NOT_AN_INVITATION, tenant_id, about=about)
    answers = [adopt, none]
    if guesses:
        answers = [_guesses(words, customer, guesses), none, adopt]
    return [section(words("which_invitation/answers")), actions(*answers)]


def settled(words: Words, customer: Customer, settlement: Settlement) -> Mrkdwn:
    """Return what takes the place of the question once somebody has answered it."""
    invitation = settlement.invitation
    return words(
        f"which_invitation/settled/{settlement.answer}",
        customer=shown(customer.name),
        who=mention(settlement.by),
        at=date(settlement.at),
        invitation=invitation_label(words, invitation) if invitation else "",
    )


def invitation_label(words: Words, invitation: Invitation) -> str:
    """Return what tells an invitation from others to a customer of the same name, on one short line."""
    prospect = invitation.proposal.customer
    domain = [shorten_plain(prospect.domain, _DOMAIN)] if prospect.domain else []
    rest = _BETWEEN.join([*domain, words.formats.day(invitation.requested_at)])
    name = shorten_plain(one_line(prospect.name), _OPTION - len(_BETWEEN) - len(rest)) or "?"
    return f"{name}{_BETWEEN}{rest}"


def _guesses(words: Words, customer: Customer, guesses: Sequence[Invitation]) -> Element:
    options = [
        option(names.two_ids(customer.tenant_id, one.id), invitation_label(words, one)) for one in guesses
    ]
    return select(names.LINK_INVITATION, options, placeholder=words.plain(f"labels/{names.LINK_INVITATION}"))
