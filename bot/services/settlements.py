"""Finds how the question which invitation a customer accepted was settled."""

from bot.domain.customer import Customer
from bot.domain.identifiers import SlackUserId
from bot.domain.settlement import Answer, Settlement
from bot.ports.store import Store

_ANSWERS = {f"customer.{one}": one for one in (Answer.ADOPT, Answer.NOT_AN_INVITATION)}
_LINK = f"invitation.{Answer.LINK}"


async def settlement_of(store: Store, customer: Customer) -> Settlement | None:
    """
    Return how people answered for the customer's latest acceptance, the first of them, or None if nobody has.

    The audit log knows: a customer who left and came back is asked about anew.
    """
    if customer.reseller_since is None:
        return None
    entries = await store.audit.of_subject(f"customer:{customer.tenant_id}")
    found = [
        Settlement(_ANSWERS[one.action], SlackUserId(one.actor), one.at)
        for one in entries
        if one.action in _ANSWERS
    ]
    for invitation in await store.invitations.of_tenant(customer.tenant_id):
        entries = await store.audit.of_subject(f"invitation:{invitation.id}")
        found += [
            Settlement(Answer.LINK, SlackUserId(one.actor), one.at, invitation)
            for one in entries
            if one.action == _LINK
        ]
    latest = (one for one in found if one.at >= customer.reseller_since)
    return min(latest, key=lambda one: one.at, default=None)
