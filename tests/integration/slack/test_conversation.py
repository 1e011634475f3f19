"""A person in Slack, the gate, the routes, and the way back, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
import uvicorn
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import Route

from bot.domain.identifiers import SlackChannelId, SlackUserId, UserGroupId
from bot.ports.clock import SystemClock
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.sandbox.fake_slack import FakeSlack, Manifest
from bot.slack import blocks
from bot.slack.bolt import build_bolt
from bot.slack.gate import SlackGate
from bot.slack.installation import Installation
from bot.slack.messenger import SlackMessenger
from bot.slack.people import People
from bot.slack.routing import Interaction, Routes
from bot.slack.socket_mode import SocketMode
from bot.slack.web_client import call, new_client

CHANNEL, ANA = SlackChannelId("C0APPROVALS"), SlackUserId("U0ANA")
FORM = blocks.modal(
    "invite_customer", "Invite", [blocks.input_block("Why", blocks.text_input("reason"))], submit="Send"
)


class SlackClock:
    """The real time, and Slack's a little ahead when a test says so: signatures count whole seconds."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def slack_clock() -> SlackClock:
    return SlackClock()


@pytest.fixture
async def slack(slack_clock: SlackClock) -> AsyncIterator[FakeSlack]:
    manifest = Manifest(scopes=Manifest().scopes | {"channels:history", "groups:history"})
    async with FakeSlack.sample(slack_clock, manifest=manifest).serve() as running:
        yield running


@pytest.fixture
def client(slack: FakeSlack, session: aiohttp.ClientSession) -> AsyncWebClient:
    return new_client(session, token=slack.bot_token, base_url=slack.api_url)


@pytest.fixture
async def installation(client: AsyncWebClient) -> Installation:
    return Installation.from_auth_test(await call(client.auth_test, idempotent=True), client.token or "")


@pytest.fixture
def messenger(client: AsyncWebClient, installation: Installation) -> SlackMessenger:
    return SlackMessenger(client, installation=installation)


@pytest.fixture
def routes(client: AsyncWebClient, installation: Installation, messenger: SlackMessenger) -> Routes:
    routes = Routes(installation=installation, client=client)

    async def invite(interaction: Interaction) -> None:
        await messenger.open_view(interaction.trigger_id, FORM)

    async def submitted(interaction: Interaction) -> None:
        await interaction.ack(response_action="clear")
        await messenger.post(CHANNEL, [blocks.section("Contoso")], "Contoso", intent="intent 1")

    async def home_opened(interaction: Interaction) -> None:
        await interaction.ack()
        await messenger.publish_home(interaction.user_id, blocks.home([blocks.header("Customers")]))

    routes.command("/invite-customer", invite)
    routes.view_submitted("invite_customer", submitted)
    routes.event("app_home_opened", home_opened)
    return routes


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/slack/events"
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def bot(
    slack: FakeSlack, client: AsyncWebClient, installation: Installation, routes: Routes
) -> AsyncIterator[None]:
    bolt = build_bolt(client, installation)
    routes.attach(bolt)
    gate = SlackGate(bolt.async_dispatch, signing_secrets=[slack.signing_secret], clock=SystemClock())
    async with listening(Starlette(routes=[Route("/slack/events", gate)])) as url:
        slack.deliver_to(url)
        yield
    assert await routes.drain(timeout_seconds=5) == 0


async def test_a_command_opens_a_form_and_its_submission_posts_a_card(slack: FakeSlack, bot: None) -> None:
    ana = slack.person(ANA)

    await ana.command("/invite-customer")
    ana.fill("reason", "They asked")
    delivery = await ana.submit()
    card = await slack.wait_for(lambda seen: seen.where == CHANNEL)

    assert delivery is not None
    assert (delivery.status, delivery.json) == (200, {"response_action": "clear"})
    assert card.text == "Contoso"


async def test_slacks_checks_of_the_address_are_answered(slack: FakeSlack, bot: None) -> None:
    assert await slack.verify_url()
    assert (await slack.ssl_check()).status == 200


async def test_a_home_opened_is_published(slack: FakeSlack, bot: None) -> None:
    delivery = await slack.person(ANA).open_home()

    assert delivery is not None
    assert delivery.status == 200


async def test_a_delivery_repeated_byte_for_byte_is_refused_and_a_fresh_one_ignored(
    slack: FakeSlack, slack_clock: SlackClock, bot: None
) -> None:
    delivery = await slack.person(ANA).open_home()
    assert delivery is not None

    copied = await slack.replay(delivery, fresh_signature=False)
    slack_clock.ahead = timedelta(seconds=2)
    retried = await slack.replay(delivery)

    assert (copied.status, retried.status) == (401, 200)
    await slack.wait_for(lambda seen: "Customers" in seen.text)
    assert [call.method for call in slack.traffic.calls].count("views.publish") == 1


async def test_the_same_conversation_runs_over_socket_mode(
    slack: FakeSlack, client: AsyncWebClient, installation: Installation, routes: Routes
) -> None:
    bolt, connected = build_bolt(client, installation), asyncio.Event()
    routes.attach(bolt)

    def on_connected(up: bool) -> None:
        if up:
            connected.set()

    mode = SocketMode(bolt, app_token=slack.app_token, client=client, on_connected=on_connected)
    mode.start()
    await connected.wait()

    delivery = await slack.person(ANA).command("/invite-customer")

    assert delivery is not None
    assert delivery.status == 200
    await mode.close()
    await routes.drain(timeout_seconds=1)


async def test_a_post_whose_answer_was_lost_is_found_again(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    since = datetime.now(UTC)
    slack.faults.drop("chat.postMessage", after_commit=True)

    with pytest.raises(OutcomeUnknown):
        await messenger.post(CHANNEL, [blocks.section("Contoso")], "Contoso", intent="intent 2")
    found = await messenger.find("intent 2", CHANNEL, None, since)

    assert found is not None
    await messenger.update(found, [blocks.section("Approved")], "Approved")
    slack.faults.drop("chat.postMessage")
    with pytest.raises(OutcomeUnknown):
        await messenger.post(CHANNEL, [blocks.section("Contoso")], "Contoso", intent="intent 3")
    assert await messenger.find("intent 3", CHANNEL, None, since) is None


async def test_slacks_refusals_have_their_reasons(slack: FakeSlack, messenger: SlackMessenger) -> None:
    card = [blocks.section("Contoso")]
    slack.faults.rate_limit("chat.postMessage", retry_after=7)

    with pytest.raises(Temporary) as throttled:
        await messenger.post(CHANNEL, card, "Contoso", intent="intent 4")
    with pytest.raises(Permanent) as elsewhere:
        await messenger.post(SlackChannelId("C0NOWHERE"), card, "Contoso", intent="intent 5")
    with pytest.raises(Permanent) as late:
        await messenger.open_view("1.2.abc", FORM)

    assert throttled.value.retry_after is not None
    assert throttled.value.retry_after.total_seconds() == 7
    assert elsewhere.value.reason is Reason.CHANNEL_NOT_FOUND
    assert late.value.reason is Reason.TRIGGER_EXPIRED


async def test_people_and_groups_are_known(
    slack: FakeSlack, client: AsyncWebClient, installation: Installation, messenger: SlackMessenger
) -> None:
    people = People(client, installation=installation, clock=SystemClock())

    person = await people.person(ANA)

    assert person.is_full_member
    assert not (await people.person(installation.bot_user_id)).is_full_member
    assert await people.members(UserGroupId("S0APPROVERS"))
    assert (await messenger.direct_channel(ANA)).startswith("D")
