"""Which invitation an acceptance belongs to, where the tenant id alone does not say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from bot.domain.customer import Customer
from bot.domain.identifiers import DomainName, InvitationId
from bot.domain.invitation import Invitation

CLEAR = 50
"""The least score that links by itself."""

LEAD = 20
"""How far the best must be ahead of the second."""

_RECENT = timedelta(days=30)
_INITIAL = ".onmicrosoft.com"
_GUESSES = 4


@dataclass(frozen=True)
class Guess:
    invitation_id: InvitationId
    score: int


@dataclass(frozen=True)
class Match:
    """`winner` is the invitation to link, or None; `guesses` are the plausible ones, best first."""

    winner: InvitationId | None
    guesses: tuple[Guess, ...]
    by_tenant: bool = False


def match(customer: Customer, candidates: Sequence[Invitation], *, at: datetime) -> Match:
    """Return which open invitation the customer accepted. The order of `candidates` does not matter."""
    named = [one for one in candidates if one.customer_tenant_id == customer.tenant_id]
    if len(named) == 1:
        return Match(named[0].id, (), by_tenant=True)
    pool = named or [one for one in candidates if one.customer_tenant_id is None]
    guesses = tuple(
        sorted(_guesses(customer, pool, at), key=lambda guess: (-guess.score, guess.invitation_id))
    )
    if not guesses or guesses[0].score < CLEAR:
        return Match(None, guesses[:_GUESSES])
    runner_up = guesses[1].score if len(guesses) > 1 else 0
    clear = guesses[0].score - runner_up >= LEAD
    return Match(guesses[0].invitation_id if clear else None, guesses[:_GUESSES])


def _guesses(customer: Customer, candidates: Sequence[Invitation], at: datetime) -> list[Guess]:
    scored = (Guess(one.id, score(customer, one, at=at)) for one in candidates)
    return [guess for guess in scored if guess.score > 0]


def score(customer: Customer, invitation: Invitation, *, at: datetime) -> int:
    """Return 0 to 100: how likely the customer accepted this invitation. Domain and name must carry it."""
    prospect = invitation.proposal.customer
    points = _domain_points(prospect.domain, customer.domain) + _name_points(prospect.name, customer.name)
    if points == 0:
        return 0
    recent = invitation.sent_at is not None and at - invitation.sent_at <= _RECENT
    return points + 5 * (prospect.country == customer.country) + 5 * recent


def _domain_points(invited: DomainName | None, known: DomainName | None) -> int:
    """Partner Center names a customer's first domain, `fabrikam.onmicrosoft.com`, and hardly ever another."""
    if invited is None or known is None:
        return 0
    if invited == known:
        return 60
    alike = known.endswith(_INITIAL) and invited.split(".")[0] == known.removesuffix(_INITIAL)
    return 20 if alike else 0


def _name_points(invited: str, known: str) -> int:
    likeness = SequenceMatcher(None, _plain(invited), _plain(known)).ratio()
    return 40 if likeness == 1 else 30 if likeness >= 0.85 else 15 if likeness >= 0.6 else 0


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
