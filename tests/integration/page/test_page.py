import re
from pathlib import Path

import pytest

from bot.domain.roles import ROLES
from bot.sandbox import page
from bot.sandbox.clock import SandboxClock
from bot.sandbox.fake_microsoft import FakeMicrosoft
from bot.sandbox.fake_slack import FakeSlack
from bot.sandbox.page import page_app
from tests.integration.page.conftest import Restarts
from tests.integration.page.served import Script, served

STATIC = Path(page.__file__).parent / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))


async def html(script: Script, path: str = "/", **headers: str) -> str:
    async with script.session.get(script.url + path, headers=headers) as response:
        assert response.status == 200
        return await response.text()


@pytest.mark.parametrize(
    ("path", "start"),
    [("/", "U0ANA"), ("/?as=ben", "U0BEN"), ("/?as=customer", "customer"), ("/?as=nobody", "U0ANA")],
)
async def test_the_address_says_who_one_starts_as(script: Script, path: str, start: str) -> None:
    assert f'data-start="{start}"' in await html(script, path)


async def test_the_page_has_no_inline_script_or_style(script: Script) -> None:
    text = await html(script)

    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", text)


async def test_nothing_is_loaded_from_anywhere_else(script: Script) -> None:
    texts = [await html(script), *(path.read_text() for path in STATIC.iterdir())]

    loaded = re.compile(
        r"""(?:src|href)=["']?https?:|url\(|@import|import\s[^;]*["']https?:|fetch\(["'`]https?:"""
    )
    assert not [match[0] for text in texts for match in loaded.finditer(text)]


async def test_no_data_becomes_markup() -> None:
    dangerous = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"
    )

    assert not [path.name for path in SCRIPTS if dangerous.search(path.read_text())]


async def test_every_word_of_the_script_is_in_the_template(script: Script) -> None:
    known = set(re.findall(r'data-word="(\w+)"', await html(script)))
    sources = "\n".join(path.read_text() for path in SCRIPTS)
    wanted = set(re.findall(r'\bword\("(\w+)"', sources))
    beginnings = set(re.findall(r"\bword\(`(\w+)\$", sources))

    assert wanted
    assert wanted <= known
    assert all(any(word.startswith(beginning) for word in known) for beginning in beginnings)


@pytest.mark.parametrize(
    ("path", "headers", "tag", "word"),
    [
        ("/?lang=zh_Hans", {}, "zh-Hans", "合作伙伴中心"),
        ("/?lang=zh-TW", {"Accept-Language": "en-GB"}, "zh-Hant", "合作夥伴中心"),
        ("/?lang=en", {"Accept-Language": "zh-CN"}, "en", "Partner Center"),
        ("/", {"Accept-Language": "zh-HK,en;q=0.5"}, "zh-Hant", "合作夥伴中心"),
    ],
)
async def test_the_address_or_else_the_browser_says_the_language(
    script: Script, path: str, headers: dict[str, str], tag: str, word: str
) -> None:
    text = await html(script, path, **headers)

    assert f'<html lang="{tag}">' in text
    assert f">{word}<" in text


async def test_roles_have_words_of_the_pages_language(script: Script) -> None:
    text = await html(script, "/?lang=zh_Hans")

    assert '<p data-word="role_helpdesk_administrator">支持管理员</p>' in text
    assert all(f'data-word="role_{role.key}"' in text for role in ROLES.values())


async def test_an_unknown_language_reads_english(script: Script) -> None:
    assert '<html lang="en">' in await html(script, **{"Accept-Language": "tlh-KX,fr;q=0.5"})


async def test_the_app_is_restarted_on_request(script: Script, restarts: Restarts) -> None:
    await script.act("/api/restart")

    assert restarts.count == 1
    assert 'id="restart"' in await html(script)


async def test_there_is_no_restart_without_somebody_who_does_it(
    slack: FakeSlack, microsoft: FakeMicrosoft, clock: SandboxClock, script: Script
) -> None:
    async with served(page_app(slack, microsoft, clock)) as url:
        bare = Script(script.session, url)

        assert 'id="restart"' not in await html(bare)
        assert (await bare.refused("/api/restart"))["kind"] == "http"
