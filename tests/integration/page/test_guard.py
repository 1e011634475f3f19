import re
from typing import Any

import pytest

from bot.sandbox.fake_slack import FakeSlack
from tests.integration.page.served import Script

SAY = {"act": "say", "person": "U0ANA", "channel": "C0RANDOM", "text": "hello"}


async def status_of(script: Script, method: str, path: str, **options: Any) -> int:
    async with script.session.request(method, script.url + path, **options) as response:
        await response.read()
        return response.status


@pytest.mark.parametrize(
    "host", ["sandbox.example", "localhost.example:80", "127.0.0.1.example", "10.0.0.1", ""]
)
async def test_a_host_that_is_not_loopback_is_refused(script: Script, host: str) -> None:
    assert await status_of(script, "GET", "/api/world", headers={"Host": host}) == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:8400", "LOCALHOST:1", "127.0.0.1:9", "[::1]:65535"])
async def test_every_name_of_loopback_is_welcome(script: Script, host: str) -> None:
    assert await status_of(script, "GET", "/", headers={"Host": host}) == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null", None])
async def test_another_page_cannot_act(script: Script, slack: FakeSlack, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}

    assert await status_of(script, "POST", "/api/slack", json=SAY, headers=headers) == 403
    assert not slack.workspace.messages


async def test_the_page_itself_can_act(script: Script, slack: FakeSlack) -> None:
    assert await status_of(script, "POST", "/api/slack", json=SAY, headers={"Origin": script.url}) == 200
    assert [message.text for message in slack.workspace.messages.values()] == ["hello"]


async def test_only_json_is_read(script: Script) -> None:
    assert await status_of(script, "POST", "/api/slack", data=b"{}", headers={"Origin": script.url}) == 415


async def test_a_large_body_is_refused_unread(script: Script) -> None:
    body = SAY | {"text": "x" * 300_000}

    assert await status_of(script, "POST", "/api/slack", json=body, headers={"Origin": script.url}) == 413


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/api/world", "/nothing", "/api/screen?as=nobody"])
async def test_every_answer_carries_the_strict_policy(script: Script, path: str) -> None:
    async with script.session.get(script.url + path) as response:
        policy = response.headers["Content-Security-Policy"]

    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


async def test_files_are_kept_and_everything_else_is_asked_for_anew(script: Script) -> None:
    async with script.session.get(script.url) as page:
        [address] = re.findall(r'src="(/static/\w+/main\.js)"', await page.text())
        assert page.headers["Cache-Control"] == "no-store"
    async with script.session.get(script.url + address) as file:
        assert file.status == 200
        assert "immutable" in file.headers["Cache-Control"]
        assert "default-src 'none'" in file.headers["Content-Security-Policy"]
