from dataclasses import replace

import pytest

from bot.domain.customer import ResellerState
from bot.domain.identifiers import RelationshipId
from bot.ports.store import Stale
from storage.store import WorkspaceStore
from tests.integration.storage.samples import CONTOSO, CONTOSO_DOMAIN, FABRIKAM, a_customer

FIRST, SECOND = RelationshipId("relationship-1"), RelationshipId("relationship-2")


async def test_a_customer_comes_back_as_it_was(store: WorkspaceStore) -> None:
    customer = a_customer(CONTOSO, FIRST)

    await store.commit(store.customers.adding(customer))

    assert await store.customers.get(CONTOSO) == customer
    assert await store.customers.by_domain(CONTOSO_DOMAIN) == customer
    assert await store.customers.get_many([CONTOSO, FABRIKAM]) == {CONTOSO: customer}


async def test_a_tenant_is_added_once(store: WorkspaceStore) -> None:
    await store.commit(store.customers.adding(a_customer()))

    with pytest.raises(Stale):
        await store.commit(store.customers.adding(a_customer()))

    assert await store.customers.count() == 1


async def test_of_two_who_replace_the_same_version_one_is_stale(store: WorkspaceStore) -> None:
    before = a_customer()
    await store.commit(store.customers.adding(before))
    await store.commit(store.customers.replacing(before, replace(before, name="Contoso AB")))

    with pytest.raises(Stale):
        await store.commit(store.customers.replacing(before, replace(before, name="Contoso Ltd")))

    assert await store.customers.get(CONTOSO) == replace(before, name="Contoso AB", version=2)


async def test_a_customer_is_found_by_the_relationships_it_has_now(store: WorkspaceStore) -> None:
    before, after = a_customer(CONTOSO, FIRST), a_customer(CONTOSO, SECOND)
    await store.commit(store.customers.adding(before))
    await store.commit(store.customers.replacing(before, after))

    assert await store.customers.by_relationship(FIRST) is None
    assert await store.customers.by_relationship(SECOND) == replace(after, version=2)


async def test_a_stale_replacement_leaves_the_relationships_alone(store: WorkspaceStore) -> None:
    before = a_customer(CONTOSO, FIRST)
    await store.commit(store.customers.adding(before))

    with pytest.raises(Stale):
        await store.commit(store.customers.replacing(replace(before, version=7), a_customer(CONTOSO, SECOND)))

    assert await store.customers.by_relationship(FIRST) == before
    assert await store.customers.by_relationship(SECOND) is None


async def test_pages_follow_the_tenant_ids(store: WorkspaceStore) -> None:
    await store.commit(*(store.customers.adding(a_customer(one)) for one in (FABRIKAM, CONTOSO)))

    first = await store.customers.page(after=None, limit=1)
    second = await store.customers.page(after=first[0].tenant_id, limit=1)

    assert [one.tenant_id for one in (*first, *second)] == [CONTOSO, FABRIKAM]
    assert await store.customers.page(after=FABRIKAM, limit=1) == []


async def test_customers_a_run_did_not_see_are_the_active_ones_it_did_not_mark(store: WorkspaceStore) -> None:
    ended = replace(a_customer(FABRIKAM), reseller=ResellerState.ENDED)
    await store.commit(store.customers.adding(a_customer()), store.customers.adding(ended))

    assert [one.tenant_id for one in await store.customers.not_seen(run="1", limit=9)] == [CONTOSO]
    await store.commit(store.customers.marking_seen([CONTOSO, FABRIKAM], run="1"))

    assert await store.customers.not_seen(run="1", limit=9) == []
    assert await store.customers.not_seen(run="2", limit=9) == [a_customer()]
