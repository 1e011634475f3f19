"""`overture sign-in` as an administrator runs it: a process, an address it prints, and a browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Literal

import aiohttp
import pytest
from playwright.async_api import async_playwright, expect

from bot.microsoft.refresh_tokens import NAME
from bot.microsoft.transport import tls_context
from bot.operations import sign_in
from bot.operations.doctor import microsoft as doctor
from bot.operations.doctor.findings import Kind, Result
from bot.operations.doctor.site import look_at
from bot.sandbox.fake_microsoft import FakeMicrosoft, Refuse
from bot.sandbox.run import Sandbox, free_port, sandbox
from bot.sandbox.story import Story
from tests import databases
from tests.integration.fake_microsoft.signing_in import sent_on
from tests.scenario.browser import QUIET, chromium
from tests.scenario.microsoft_side import LINK
from tests.scenario.overture_process import OVERTURE, World, environment, world

ADDRESS = re.compile(r"^https://localhost:\S+/authorize\?\S+$", re.MULTILINE)


@pytest.fixture
async def url(kind: str, tmp_path: Path) -> AsyncIterator[str]:
    """A database without a single table."""
    async with databases.empty(kind, tmp_path) as found:
        yield found


@dataclass
class SignInCommand:
    """`overture sign-in` while it runs. `said` grows."""

    process: asyncio.subprocess.Process
    said: str = ""

    async def address(self) -> str:
        """Return what it asks to open."""
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            while (found := ADDRESS.search(self.said)) is None:
                line = await self.process.stdout.readline()
                assert line, self.said
                self.said += line.decode()
        return found[0]

    async def ended(self) -> int:
        async with asyncio.timeout(30):
            out, _ = await self.process.communicate()
        self.said += out.decode()
        return self.process.returncode or 0


@asynccontextmanager
async def signing_in(here: World) -> AsyncIterator[SignInCommand]:
    process = await asyncio.create_subprocess_exec(
        OVERTURE,
        "sign-in",
        "--port",
        str(free_port()),
        cwd=here.bot.cwd,
        env=environment(here.bot.env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield SignInCommand(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def signs_in(microsoft: FakeMicrosoft, address: str) -> None:
    """What a browser does: open the address, and send the form it finds on."""
    async with aiohttp.ClientSession() as session:
        async with session.get(address, ssl=tls_context(microsoft.ca_path)) as page:
            action, fields = sent_on(await page.text())
        async with session.post(action, data=fields) as back:
            assert back.status == 200


async def test_after_a_sign_in_invitations_go_out(url: str) -> None:
    async with world(url, REFRESH_TOKEN="") as here:
        async with signing_in(here) as command:
            await signs_in(here.box.microsoft, await command.address())

            assert await command.ended() == 0
        assert "admin@contoso.com signed in, and Partner Center answers." in command.said

        story = Story(here.box)
        await here.bot.start()
        await story.ana_invites()
        await story.ben_approves()
        await story.mail()


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_the_token_is_never_said(url: str) -> None:
    async with world(url, REFRESH_TOKEN="") as here, signing_in(here) as command:
        await signs_in(here.box.microsoft, await command.address())
        await command.ended()

        assert "0.AX" not in command.said
        assert here.box.microsoft.client_secret not in command.said


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_a_bot_that_runs_uses_the_new_sign_in_without_a_restart(url: str) -> None:
    async with world(url, REFRESH_TOKEN="0.AXnobodyeverissuedthis") as here:
        story = Story(here.box)
        await here.bot.start()
        await story.ana_invites()
        await story.ben_approves()
        told = await story.ana_hears("could not prepare", "`overture sign-in`")

        async with signing_in(here) as command:
            await signs_in(here.box.microsoft, await command.address())
            assert await command.ended() == 0
        await story.ana.click("retry_invitation", message=told)
        await story.mail()


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_real_browser_finds_its_way_back(url: str) -> None:
    executable = chromium()
    async with (
        world(url, REFRESH_TOKEN="") as here,
        signing_in(here) as command,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=executable, args=QUIET)
        page = await browser.new_page(ignore_https_errors=True)
        await page.goto(await command.address())
        await expect(page.locator("body")).to_contain_text("the terminal says whether it worked")
        await browser.close()

        assert await command.ended() == 0


class Terminal(StringIO):
    """What a command says, for one that waits for the address in it."""

    def __init__(self) -> None:
        super().__init__()
        self.address: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def write(self, text: str) -> int:
        if (found := ADDRESS.search(text)) and not self.address.done():
            self.address.set_result(found[0])
        return super().write(text)


async def signed_in(box: Sandbox) -> tuple[int, str]:
    """Run the command in this process, and sign in at the address it says; return status and output."""
    with redirect_stdout(Terminal()) as terminal:
        running = asyncio.create_task(sign_in(box.settings, port=free_port()))
        await signs_in(box.microsoft, await asyncio.wait_for(terminal.address, 30))
        return await running, terminal.getvalue()


async def opened(box: Sandbox) -> int:
    return (await signed_in(box))[0]


async def kept(box: Sandbox) -> str | None:
    return await box.app.store.secrets.get(NAME)


OPEN = {
    "en": "sign in with a second factor as an Admin agent or Sales agent:",
    "zh_Hans": "以管理员代理或销售代理身份登录，并完成第二重验证：",
    "zh_Hant": "以系統管理代理人或銷售代理人身分登入，並完成第二重驗證：",
}
KEPT = {
    "en": "admin@contoso.com signed in, and Partner Center answers.",
    "zh_Hans": "admin@contoso.com 已登录，合作伙伴中心有响应。",
    "zh_Hant": "admin@contoso.com 已登入，合作夥伴中心有回應。",
}
UNCHANGED = {
    "en": "Nothing was changed. What was kept before is still there.",
    "zh_Hans": "没有任何改动。原有的登录保持不变。",
    "zh_Hant": "沒有任何變更。原有的登入維持不變。",
}


async def test_signing_in_speaks_the_terminals_language(
    box: Sandbox, terminal_language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = await signed_in(box)
    box.microsoft.world.partner.user_signs_in = "without_mfa"
    assert await opened(box) == 1

    assert status == 0
    assert OPEN[terminal_language] in said
    assert KEPT[terminal_language] in said
    assert capsys.readouterr().err.splitlines()[-1] == UNCHANGED[terminal_language]


async def test_a_sign_in_without_a_second_factor_replaces_nothing(
    box: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    box.microsoft.world.partner.user_signs_in = "without_mfa"
    await box.app.microsoft.partner_center.relationship_request_url()
    before = await kept(box)

    assert await opened(box) == 1
    said = capsys.readouterr().err
    assert "ours was made without" in said
    assert "Nothing was changed." in said
    assert await kept(box) == before


@pytest.mark.parametrize("refusals", [(403,), (401, 401)], ids=str)
async def test_an_account_that_partner_center_refuses_replaces_nothing(
    box: Sandbox, capsys: pytest.CaptureFixture[str], refusals: tuple[Literal[401, 403], ...]
) -> None:
    await box.app.microsoft.partner_center.relationship_request_url()
    before = await kept(box)
    for status in refusals:
        box.microsoft.faults.plan("partner_center", "GET", LINK, Refuse(status))

    assert await opened(box) == 1
    assert "Admin agent" in capsys.readouterr().err
    assert await kept(box) == before


async def test_a_sign_in_by_command_is_kept_alive_like_one_from_the_settings() -> None:
    async with sandbox(refresh_token=None) as box:
        assert await opened(box) == 0
        story = Story(box)
        await box.move(timedelta(days=120))

        await story.ana_invites()
        await story.ben_approves()
        await story.mail()


async def test_the_doctor_knows_of_a_sign_in_by_command() -> None:
    async with sandbox(refresh_token=None) as box:
        async with look_at(box.settings, box.clock) as site:
            before = await doctor.sign_in(site)
        await opened(box)
        async with look_at(box.settings, box.clock) as site:
            after = await doctor.sign_in(site)

    assert [problem.kind for problem in before.problems] == [Kind.SIGN_IN_MISSING]
    assert after == Result()
