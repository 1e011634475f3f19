from collections.abc import AsyncIterator

import pytest

from bot.microsoft.graph import GraphDelegatedAdmin, GraphTenants
from bot.microsoft.partner_center import PartnerCenterClient
from tests.integration.microsoft.stub import PARTNER, Certificates, Microsoft, running_microsoft


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def microsoft(certificates: Certificates) -> AsyncIterator[Microsoft]:
    async with running_microsoft(certificates) as running:
        yield running


@pytest.fixture
def partner_center(microsoft: Microsoft) -> PartnerCenterClient:
    return PartnerCenterClient(
        transport=microsoft.transport,
        tokens=microsoft.tokens,
        endpoints=microsoft.endpoints,
        tenant_id=PARTNER,
    )


@pytest.fixture
def delegated_admin(microsoft: Microsoft) -> GraphDelegatedAdmin:
    return GraphDelegatedAdmin(
        transport=microsoft.transport,
        tokens=microsoft.tokens,
        endpoints=microsoft.endpoints,
        clock=microsoft.clock,
    )


@pytest.fixture
def tenants(microsoft: Microsoft) -> GraphTenants:
    return GraphTenants(transport=microsoft.transport, tokens=microsoft.tokens, endpoints=microsoft.endpoints)
