from dataclasses import replace

import pytest

from bot.domain.identifiers import DomainName, RelationshipId
from bot.domain.invitation import OPEN, Status
from bot.ports.store import Stale
from storage.store import WorkspaceStore
from tests.integration.storage.samples import (
    CONTOSO,
    CONTOSO_DOMAIN,
    FABRIKAM,
    MINUTE,
    NOON,
    an_invitation,
    with_relationship,
)


async def test_an_invitation_comes_back_as_it_was(store: WorkspaceStore) -> None:
    invitation = an_invitation()

    await store.commit(store.invitations.adding(invitation, key="view-1"))

    assert await store.invitations.get(invitation.id) == invitation


async def test_the_second_use_of_a_key_is_stale_and_the_first_is_found(store: WorkspaceStore) -> None:
    first, second = an_invitation("a" * 16), an_invitation("b" * 16)
    await store.commit(store.invitations.adding(first, key="view-1"))

    with pytest.raises(Stale):
        await store.commit(store.invitations.adding(second, key="view-1"))

    assert await store.invitations.by_key("view-1") == first
    assert await store.invitations.get(second.id) is None


async def test_no_key_is_never_in_the_way(store: WorkspaceStore) -> None:
    await store.commit(store.invitations.adding(an_invitation("a" * 16), key=""))
    await store.commit(store.invitations.adding(an_invitation("b" * 16), key=""))

    assert await store.invitations.by_key("") is None


async def test_of_two_who_replace_the_same_version_one_is_stale(store: WorkspaceStore) -> None:
    invitation = an_invitation()
    await store.commit(store.invitations.adding(invitation, key=""))
    rejected = invitation.withdraw(at=NOON)
    await store.commit(store.invitations.replacing(invitation, rejected))

    with pytest.raises(Stale):
        await store.commit(store.invitations.replacing(invitation, replace(invitation, comment="late")))

    assert await store.invitations.get(invitation.id) == replace(rejected, version=2)


async def test_an_invitation_is_found_by_its_relationship_and_its_name(store: WorkspaceStore) -> None:
    invitation = with_relationship(an_invitation(), "relationship-1")
    await store.commit(store.invitations.adding(invitation, key=""))

    by_id = await store.invitations.by_relationship(RelationshipId("relationship-1"))
    by_name = await store.invitations.by_relationship_name(invitation.relationship_name)

    assert by_id == by_name == invitation
    assert await store.invitations.by_relationship(RelationshipId("relationship-2")) is None
    assert await store.invitations.by_relationship_name("Overture_other") is None


async def test_invitations_of_a_tenant_and_a_domain_come_newest_first(store: WorkspaceStore) -> None:
    older = an_invitation("a" * 16)
    newer = replace(an_invitation("b" * 16), requested_at=NOON + MINUTE)
    other = an_invitation("c" * 16, tenant=FABRIKAM)
    await store.commit(*(store.invitations.adding(one, key="") for one in (older, newer, other)))

    assert await store.invitations.of_tenant(CONTOSO) == [newer, older]
    assert await store.invitations.of_domain(CONTOSO_DOMAIN) == [newer, other, older]
    assert await store.invitations.of_domain(DomainName("fabrikam.com")) == []


async def test_only_invitations_without_a_tenant_wait_for_one(store: WorkspaceStore) -> None:
    unknown = an_invitation("a" * 16, tenant=None)
    ended = replace(an_invitation("b" * 16, tenant=None), status=Status.REJECTED)
    known = an_invitation("c" * 16)
    await store.commit(*(store.invitations.adding(one, key="") for one in (unknown, ended, known)))

    assert await store.invitations.without_tenant(OPEN) == [unknown]


async def test_pages_of_a_status_go_on_where_the_last_one_ended(store: WorkspaceStore) -> None:
    every = [replace(an_invitation(f"{n:016}"), requested_at=NOON + n * MINUTE) for n in range(5)]
    await store.commit(*(store.invitations.adding(one, key="") for one in every))

    first = await store.invitations.in_status(OPEN, limit=3)
    second = await store.invitations.in_status(OPEN, limit=3, before=first[-1].requested_at)

    assert [*first, *second] == every[::-1]
    assert await store.invitations.in_status(frozenset({Status.SENT}), limit=3) == []
