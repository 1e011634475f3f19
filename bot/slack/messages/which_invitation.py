"""The question which invitation a customer has answered."""

from collections.abc import Mapping

from bot.domain.customer import Customer
from bot.domain.identifiers import InvitationId
from bot.slack import names
from bot.slack.blocks import Block, Element, actions, option, section, select
from bot.slack.parts import action_button, shown
from bot.slack.words import Words


def which_invitation_actions(
    words: Words, customer: Customer, guesses: Mapping[InvitationId, str]
) -> list[Block]:
    """
    Return the answers people can give. `guesses` gives each invitation a name, best first.

    The value of a guess holds tenant id and invitation id: see `names.both_ids`.
    """
    about, tenant_id = customer.name, customer.tenant_id
    adopt = action_button(words, names.ADOPT_CUSTOMER, tenant_id, about=about)
    none = action_button(words, names.NOT_AN_INVITATION, tenant_id, about=about)
    answers = [adopt, none]
    if guesses:
        answers = [_guesses(words, customer, guesses), none, adopt]
    return [section(words("which_invitation/answers")), actions(*answers)]


def _guesses(words: Words, customer: Customer, guesses: Mapping[InvitationId, str]) -> Element:
    options = [
        option(names.two_ids(customer.tenant_id, invitation_id), shown(name))
        for invitation_id, name in guesses.items()
    ]
    return select(names.LINK_INVITATION, options, placeholder=words.plain(f"labels/{names.LINK_INVITATION}"))
