import asyncio
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from bot.sandbox.fake_microsoft import FakeMicrosoft, PortalVisit
from bot.sandbox.fake_microsoft.sample import FABRIKAM, sample_world
from bot.sandbox.fake_microsoft.state import Tenant
from tests.integration.fake_microsoft.client import Client
from tests.integration.fake_microsoft.conftest import MovableClock


async def test_the_files_are_written_where_the_caller_says(clock: MovableClock, tmp_path: Path) -> None:
    async with FakeMicrosoft.sample(clock=clock).serve(directory=tmp_path) as microsoft:
        ca, roots = microsoft.ca_path.read_text(), microsoft.trust_roots_path.read_text()

    assert microsoft.ca_path.parent == tmp_path
    assert (ca, roots) == (microsoft.ca_pem, microsoft.webhook_trust_roots_pem)
    assert roots.count("BEGIN CERTIFICATE") == 2
    assert "PRIVATE KEY" not in ca + roots


async def test_addresses_have_the_promised_form(microsoft: FakeMicrosoft) -> None:
    assert microsoft.authority_url.startswith("https://localhost:")
    assert microsoft.authority_url.count("/") == 2
    assert microsoft.partner_center_url.startswith("http://127.0.0.1:")
    assert microsoft.graph_url.startswith("http://127.0.0.1:")
    assert microsoft.certificate_host.startswith("localhost:")


async def test_each_start_has_secrets_of_its_own(clock: MovableClock) -> None:
    one, other = FakeMicrosoft.sample(clock), FakeMicrosoft.sample(clock)

    assert one.client_id != other.client_id
    assert one.client_secret != other.client_secret
    assert one.refresh_token != other.refresh_token
    assert one.ca_pem != other.ca_pem


async def test_steps_are_taken_without_being_asked(clock: MovableClock) -> None:
    fake = FakeMicrosoft(sample_world(clock))
    roles = {"unifiedRoles": [{"roleDefinitionId": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"}]}
    body = {"displayName": "One", "duration": "P1D", "accessDetails": roles}
    relationship = fake.gdap.create(body)
    fake.gdap.request(relationship, "lockForApproval")

    async with asyncio.timeout(5), fake.serve(tick_seconds=0.001):
        while fake.gdap.get(relationship.id).status != "approvalPending":  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0)


async def test_waiting_for_something_that_never_comes_times_out(microsoft: FakeMicrosoft) -> None:
    with pytest.raises(TimeoutError):
        await microsoft.wait_for(lambda entry: isinstance(entry, PortalVisit), timeout=0.01)


async def test_waiting_wakes_on_the_entry(microsoft: FakeMicrosoft) -> None:
    waiting = asyncio.ensure_future(microsoft.wait_for(lambda entry: isinstance(entry, PortalVisit)))
    await microsoft.customer(FABRIKAM.domain).sign_agreement()

    assert (await waiting).kind == "portal"


async def test_a_tenant_can_be_added(microsoft: FakeMicrosoft) -> None:
    tenant = microsoft.add_tenant("Litware", "litware.com", country="CA")

    assert isinstance(tenant, Tenant)
    assert microsoft.world.find_tenant("litware.onmicrosoft.com") == tenant
    with pytest.raises(KeyError):
        microsoft.customer("nobody.example")


async def test_every_answer_tells_microsofts_time(client: Client, clock: MovableClock) -> None:
    there = await client.partner_center("GET", "/v1/customers")
    client.microsoft.faults.clock_skew = timedelta(minutes=7)
    ahead = await client.partner_center("GET", "/v1/customers")

    assert parsedate_to_datetime(there.headers["Date"]) == clock()
    assert parsedate_to_datetime(ahead.headers["Date"]) == clock() + timedelta(minutes=7)
