"""No token, secret or text follows an answer that points elsewhere, whoever gives it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from bot.microsoft.auth import TokenKind
from bot.microsoft.graph import GraphDelegatedAdmin
from bot.microsoft.partner_center import PartnerCenterClient
from bot.ports.failures import OutcomeUnknown, Permanent, Temporary
from bot.slack.web_client import call, call_response_url, new_client, new_session
from tests.attacks.tripwire import Tripwire, tripwire
from tests.integration.microsoft.stub import CUSTOMER, Handler, Microsoft

REDIRECTS = (301, 302, 303, 307, 308)
FAILURES = (Temporary, Permanent, OutcomeUnknown)
CUSTOMERS = "GET /v1/customers"
RELATIONSHIPS = "GET /v1.0/tenantRelationships/delegatedAdminRelationships"


@pytest.fixture
async def elsewhere() -> AsyncIterator[Tripwire]:
    async with tripwire() as wire:
        yield wire


def away(to: str, status: int) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": f"{to}/taken"})

    return answer


async def refused(*calls: Callable[[], Awaitable[Any]]) -> None:
    for one in calls:
        with pytest.raises(FAILURES):
            await one()


@pytest.mark.parametrize("status", REDIRECTS)
async def test_partner_center_and_graph_are_not_followed_elsewhere(
    microsoft: Microsoft,
    partner_center: PartnerCenterClient,
    delegated_admin: GraphDelegatedAdmin,
    elsewhere: Tripwire,
    status: int,
) -> None:
    for route in (CUSTOMERS, f"{CUSTOMERS}/relationshiprequests", f"{CUSTOMERS}/{CUSTOMER}"):
        microsoft.partner_center.on(route, away(elsewhere.url, status))
    microsoft.graph.on(RELATIONSHIPS, away(elsewhere.url, status))

    await refused(
        partner_center.relationship_request_url,
        lambda: partner_center.customer(CUSTOMER),
        lambda: partner_center.customers_page(None),
        lambda: anext(aiter(delegated_admin.all())),
    )

    assert len(microsoft.partner_center.seen) >= 3
    assert len(microsoft.graph.seen) >= 1
    assert elsewhere.asked == []


@pytest.mark.parametrize("status", REDIRECTS)
async def test_the_clients_secret_and_the_refresh_token_do_not_follow_entra_elsewhere(
    microsoft: Microsoft, elsewhere: Tripwire, status: int
) -> None:
    microsoft.on_token(away(elsewhere.url, status))

    for kind in TokenKind:
        await refused(partial(microsoft.tokens.get, kind, microsoft.endpoints.graph_resource))

    assert microsoft.token_requests
    assert elsewhere.asked == []


NEXT = (
    "{elsewhere}/v1/customers",
    "//{place}/v1/customers",
    "\\\\\\\\{place}\\\\v1\\\\customers",
    "/\\\\{place}/v1/customers",
    "http:{place}/v1",
    "http://localhost@{place}/v1",
    "http://localhost:80@{place}/v1",
    "http://localhost#@{place}/v1",
    "http://localhost\\\\@{place}/v1",
    "http://{place}?localhost",
    "https://{place}/v1",
    "http://localhost.{place}/v1",
    "HTTP://{place}/v1",
    " http://{place}/v1",
    "\\thttp://{place}/v1",
    "ht\\ntp://{place}/v1",
)


@pytest.mark.parametrize("form", NEXT)
async def test_no_next_page_leads_elsewhere(
    microsoft: Microsoft,
    partner_center: PartnerCenterClient,
    delegated_admin: GraphDelegatedAdmin,
    elsewhere: Tripwire,
    form: str,
) -> None:
    uri = form.format(elsewhere=elsewhere.url, place=elsewhere.url.removeprefix("http://"))
    page = {"items": [], "links": {"next": {"uri": uri, "method": "GET", "headers": []}}}
    microsoft.partner_center.on(CUSTOMERS, page)
    microsoft.graph.on(RELATIONSHIPS, {"value": [], "@odata.nextLink": uri})

    with suppress(*FAILURES):
        page_read = await partner_center.customers_page(None)
        await partner_center.customers_page(page_read.continuation)
    with suppress(*FAILURES):
        [one async for one in delegated_admin.all()]

    assert microsoft.partner_center.seen
    assert microsoft.graph.seen
    assert elsewhere.asked == []


@pytest.mark.parametrize("status", REDIRECTS)
async def test_nothing_for_slack_follows_a_redirect_elsewhere(elsewhere: Tripwire, status: int) -> None:
    async with tripwire(away(elsewhere.url, status)) as slack, new_session() as session:
        client = new_client(session, token="xoxb-not-for-others", base_url=f"{slack.url}/api/")

        await refused(
            lambda: call(client.auth_test, idempotent=True),
            lambda: call(client.chat_postMessage, idempotent=False, channel="C1", text="confidential"),
            lambda: call_response_url(client, f"{slack.url}/hook", {"text": "confidential"}),
        )

    assert len(slack.asked) == 3
    assert elsewhere.asked == []
