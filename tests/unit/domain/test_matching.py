"""Which invitation an acceptance belongs to."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.customer import Customer
from bot.domain.identifiers import DomainName, InvitationId, TenantId, invitation_id
from bot.domain.invitation import Invitation, Status
from bot.domain.matching import match
from tests.builders import NOON, a_customer, an_invitation

FABRIKAM = replace(
    a_customer(), tenant_id=TenantId("22222222-2222-4222-8222-222222222222"), name="Fabrikam", country="US"
)


def invited(
    name: str, *, domain: str | None = None, tenant: str | None = None, number: int = 1
) -> Invitation:
    invitation = an_invitation(status=Status.SENT, sent_at=NOON - timedelta(days=1))
    customer = replace(
        invitation.proposal.customer,
        name=name,
        domain=DomainName(domain) if domain else None,
        tenant_id=TenantId(tenant) if tenant else None,
        country="US",
    )
    return replace(
        invitation,
        id=invitation_id(bytes([number] * 10)),
        proposal=replace(invitation.proposal, customer=customer),
    )


def test_the_tenant_id_decides_alone() -> None:
    named = invited("Somebody else", tenant=FABRIKAM.tenant_id, number=1)
    alike = invited("Fabrikam", number=2)

    found = match(FABRIKAM, [alike, named], at=NOON)

    assert found.winner == named.id
    assert found.by_tenant


def test_an_invitation_to_another_tenant_is_never_linked() -> None:
    other = invited("Fabrikam", tenant="33333333-3333-4333-8333-333333333333")

    assert match(FABRIKAM, [other], at=NOON).winner is None


def test_one_clear_winner_is_linked() -> None:
    customer = replace(FABRIKAM, domain=DomainName("fabrikam.com"))
    clear = invited("Fabrikam Inc", domain="fabrikam.com", number=1)

    found = match(customer, [invited("Adatum", domain="adatum.com", number=2), clear], at=NOON)

    assert found.winner == clear.id
    assert not found.by_tenant


def test_a_domain_is_known_again_by_the_first_one_microsoft_gave() -> None:
    customer = replace(FABRIKAM, name="Fabrikam Holding", domain=DomainName("fabrikam.onmicrosoft.com"))
    clear = invited("Fabrikam", domain="fabrikam.com", number=1)

    found = match(customer, [clear, invited("Adatum", domain="adatum.com", number=2)], at=NOON)

    assert found.guesses[0].invitation_id == clear.id


def test_the_same_name_in_the_same_country_is_clear_where_it_is_alone() -> None:
    customer = replace(FABRIKAM, domain=DomainName("fab77.onmicrosoft.com"))
    alone = invited("Fabrikam", domain="fabrikam.com", number=1)
    alike = invited("Fabrikams", domain="fabrikams.de", number=2)

    assert match(customer, [alone], at=NOON).winner == alone.id
    assert match(customer, [alone, alike], at=NOON).winner is None


def test_two_that_are_as_likely_are_left_to_a_person() -> None:
    customer = replace(FABRIKAM, domain=DomainName("fabrikam.com"))
    twins = [invited("Fabrikam", domain="fabrikam.com", number=number) for number in (1, 2)]

    found = match(customer, twins, at=NOON)

    assert found.winner is None
    assert {guess.invitation_id for guess in found.guesses} == {twin.id for twin in twins}


def test_country_and_time_alone_prove_nothing() -> None:
    assert match(FABRIKAM, [invited("Northwind Traders")], at=NOON).guesses == ()


NAMES = st.sampled_from(["Fabrikam", "Fabrikam Inc", "Adatum", "Northwind Traders", ""])
DOMAINS = st.sampled_from([None, "fabrikam.com", "adatum.com"])


@given(st.lists(st.tuples(NAMES, DOMAINS), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_never_matters(rows: list[tuple[str, str | None]], random) -> None:  # type: ignore[no-untyped-def]  # hypothesis' random
    candidates = [invited(name, domain=domain, number=number) for number, (name, domain) in enumerate(rows)]
    shuffled = list(candidates)
    random.shuffle(shuffled)
    customer: Customer = replace(FABRIKAM, domain=DomainName("fabrikam.com"))

    assert match(customer, candidates, at=NOON) == match(customer, shuffled, at=NOON)


def test_an_invitation_id_is_sixteen_plain_characters() -> None:
    assert invitation_id(bytes(10)) == InvitationId("aaaaaaaaaaaaaaaa")
