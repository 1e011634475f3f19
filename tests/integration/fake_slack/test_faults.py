import asyncio
import time

import aiohttp
import pytest

from tests.integration.fake_slack.tools import Api, TinyApp

CHANNEL = "C0APPROVALS"
HELLO = {"channel": CHANNEL, "text": "Hello"}


def posted(api: Api) -> int:
    return len(api.slack.person("U0ANA").channel_messages(CHANNEL))


async def test_a_rate_limit_says_how_long_to_wait_and_posts_nothing(api: Api) -> None:
    api.slack.faults.rate_limit("chat.postMessage", retry_after=7)

    async with api.post("chat.postMessage", HELLO) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "7"
        assert (await response.json())["error"] == "ratelimited"
    assert posted(api) == 0


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_has_an_html_body(api: Api, status: int) -> None:
    api.slack.faults.server_error("chat.postMessage", status=status)

    async with api.post("chat.postMessage", HELLO) as response:
        assert response.status == status
        assert response.content_type == "text/html"
    assert posted(api) == 0


@pytest.mark.parametrize(("after_commit", "messages"), [(False, 0), (True, 1)])
async def test_a_dropped_connection_leaves_the_caller_guessing(
    api: Api, after_commit: bool, messages: int
) -> None:
    api.slack.faults.drop("chat.postMessage", after_commit=after_commit)

    with pytest.raises(aiohttp.ClientError):
        await api("chat.postMessage", **HELLO)
    assert posted(api) == messages
    assert api.slack.traffic.calls[-1].status is None


async def test_a_slow_answer_comes_after_the_effect(api: Api) -> None:
    api.slack.faults.slow("chat.postMessage", seconds=0.2)
    started = time.perf_counter()
    answer = asyncio.create_task(api("chat.postMessage", **HELLO))

    await api.slack.wait_for(lambda seen: seen.kind == "message", timeout=0.15)
    assert not answer.done()
    assert (await answer)["ok"]
    assert time.perf_counter() - started >= 0.2


async def test_a_refusal_can_be_any_code(api: Api) -> None:
    api.slack.faults.refuse("chat.postMessage", "fatal_error")

    assert await api("chat.postMessage", **HELLO) == {"ok": False, "error": "fatal_error"}
    assert posted(api) == 0


async def test_a_fault_hits_its_channel_only_and_as_often_as_planned(api: Api) -> None:
    api.slack.faults.refuse("chat.postMessage", "internal_error", channel=CHANNEL, count=2)

    assert (await api("chat.postMessage", channel="C0PARTNERS", text="x"))["ok"]
    codes = [(await api("chat.postMessage", **HELLO)).get("error") for _ in range(3)]
    assert codes == ["internal_error", "internal_error", None]
    assert api.slack.faults.planned == []


async def test_a_fault_can_hit_every_method_and_be_called_off(api: Api) -> None:
    api.slack.faults.refuse("*", "service_unavailable", count=5)
    assert (await api("auth.test"))["error"] == "service_unavailable"
    api.slack.faults.clear()

    assert (await api("auth.test"))["ok"]


async def test_response_urls_can_fail_too(api: Api, app: TinyApp) -> None:
    await api.slack.person("U0ANA").command("/customers", channel=CHANNEL)
    api.slack.faults.server_error("response_url")

    assert (await api.hook(app.last["response_url"], text="x"))[0] == 503
    assert api.slack.person("U0ANA").ephemerals == []
