import pytest
from aiohttp import web

from bot.sandbox.fake_slack import FakeSlack
from tests.integration.fake_slack.tools import Api, Json, TinyApp, answering

RETRY_NUM, RETRY_REASON = "X-Slack-Retry-Num", "X-Slack-Retry-Reason"


async def test_an_event_comes_in_an_envelope_with_a_unique_id(slack: FakeSlack, app: TinyApp) -> None:
    await slack.person("U0ANA").open_home()
    await slack.person("U0ANA").open_home(tab="messages")

    first, second = (received.payload for received in app.received)
    assert first["type"] == "event_callback"
    assert first["team_id"] == "T0CONTOSO"
    assert first["event"]["user"] == "U0ANA"
    assert first["event"]["channel"].startswith("D")
    assert second["event"]["tab"] == "messages"
    assert first["event_id"] != second["event_id"]


async def test_an_event_refused_comes_three_more_times(slack: FakeSlack, app: TinyApp) -> None:
    app.answer = answering("", status=500)

    await slack.person("U0ANA").open_home()
    await slack.events.retries_done()

    numbers = [received.headers.get(RETRY_NUM) for received in app.received]
    assert numbers == [None, "1", "2", "3"]
    assert {received.headers[RETRY_REASON] for received in app.received[1:]} == {"http_error"}
    assert len({received.payload["event_id"] for received in app.received}) == 1


async def test_retries_end_with_the_first_success(slack: FakeSlack, app: TinyApp) -> None:
    app.answer = answering("", status=500)
    await slack.person("U0ANA").open_home()
    app.answer = answering("", status=202)
    await slack.events.retries_done()

    assert len(app.received) == 2


async def test_the_app_can_ask_not_to_be_retried(slack: FakeSlack, app: TinyApp) -> None:
    app.answer = answering("", status=500, headers={"X-Slack-No-Retry": "1"})

    await slack.person("U0ANA").open_home()
    await slack.events.retries_done()

    assert len(app.received) == 1


async def test_an_app_that_is_down_gets_the_reason_told_later(slack: FakeSlack, app: TinyApp) -> None:
    slack.deliver_to("http://127.0.0.1:9/")
    await slack.person("U0ANA").open_home()
    slack.deliver_to(app.url)
    await slack.events.retries_done()

    assert app.received[0].headers[RETRY_REASON] == "connection_failed"


async def test_an_event_nobody_subscribed_to_is_not_sent(slack: FakeSlack, app: TinyApp) -> None:
    assert await slack.events.send({"type": "team_join"}) is None
    assert app.received == []


async def test_uninstalling_ends_the_token_and_tells_twice(slack: FakeSlack, app: TinyApp, api: Api) -> None:
    await slack.uninstall()

    kinds = {received.payload["event"]["type"] for received in app.received}
    assert kinds == {"app_uninstalled", "tokens_revoked"}
    assert (await api("auth.test"))["error"] == "account_inactive"


async def test_an_event_can_be_delivered_twice(slack: FakeSlack, app: TinyApp) -> None:
    delivery = await slack.person("U0ANA").open_home()
    assert delivery is not None

    await slack.replay(delivery)

    assert app.received[0].payload["event_id"] == app.received[1].payload["event_id"]


@pytest.mark.parametrize(("gives_back", "verified"), [(True, True), (False, False)])
async def test_the_address_is_verified_by_a_challenge(
    slack: FakeSlack, app: TinyApp, gives_back: bool, verified: bool
) -> None:
    async def answer(payload: Json) -> web.StreamResponse:
        return web.Response(text=payload["challenge"] if gives_back else "hello")

    app.answer = answer

    assert await slack.verify_url() is verified
    assert app.last["type"] == "url_verification"


async def test_the_certificate_check_is_a_small_form(slack: FakeSlack, app: TinyApp) -> None:
    assert (await slack.ssl_check()).status == 200
    assert app.last["ssl_check"] == "1"
