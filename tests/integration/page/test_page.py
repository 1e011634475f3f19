import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.roles import ROLES
from bot.sandbox import page
from bot.sandbox.fake_slack import FakeSlack
from bot.sandbox.page import page_app
from bot.sandbox.scenarios import SCENARIOS
from tests.integration.page.served import Script, served
from tests.integration.page.stage import BareStage

STATIC = Path(page.__file__).parent / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))
CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8"

msgid "Clock"
msgstr "时钟"
"""


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

    assert f'<html lang="{tag}" ' in text
    assert f">{word}<" in text


async def test_roles_have_words_of_the_pages_language(script: Script) -> None:
    text = await html(script, "/?lang=zh_Hans")

    assert '<p data-word="role_helpdesk_administrator">支持管理员</p>' in text
    assert all(f'data-word="role_{role.key}"' in text for role in ROLES.values())


async def test_an_unknown_language_reads_english(script: Script) -> None:
    assert '<html lang="en"' in await html(script, **{"Accept-Language": "tlh-KX,fr;q=0.5"})


async def test_the_app_is_restarted_on_request(script: Script, stage: BareStage) -> None:
    await script.act("/api/restart")

    assert stage.restarts == 1


async def test_a_story_in_the_address_is_for_the_script_to_ask_for(script: Script, stage: BareStage) -> None:
    text = await html(script, "/?scenario=revokes&as=ben")

    assert 'data-scenario="revokes"' in text
    assert 'data-scenarios="accepts revokes"' in text
    assert stage.started == []


@pytest.fixture
async def in_two_languages(stage: BareStage, script: Script, tmp_path: Path) -> AsyncIterator[Script]:
    """A page that also has words in simplified Chinese."""
    catalogue = tmp_path / "zh_Hans" / "LC_MESSAGES" / "overture.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(CATALOGUE)
    async with served(page_app(stage, locales=tmp_path)) as url:
        yield Script(script.session, url)


@pytest.mark.parametrize(
    ("path", "accepts", "lang"),
    [
        ("/?lang=zh_Hans", "en", "zh-Hans"),
        ("/", "zh-CN,en;q=0.5", "zh-Hans"),
        ("/?lang=en", "zh-CN", "en"),
        ("/?lang=tlh", "fr", "en"),
    ],
)
async def test_the_language_is_the_one_chosen_or_the_browsers(
    in_two_languages: Script, path: str, accepts: str, lang: str
) -> None:
    text = await html(in_two_languages, path, **{"Accept-Language": accepts})

    assert f'<html lang="{lang}"' in text
    assert ("时钟" in text) == (lang != "en")


async def test_every_language_there_are_words_in_can_be_chosen(in_two_languages: Script) -> None:
    text = await html(in_two_languages)

    assert re.findall(r'<option value="(\w+)" lang=', text) == ["en", "zh_Hans"]


async def test_people_in_slack_follow_the_language_of_the_page(
    in_two_languages: Script, slack: FakeSlack
) -> None:
    await in_two_languages.act("/api/language", language="zh_Hans")
    assert {user.locale for user in slack.workspace.users.values()} == {"zh-CN"}
    assert (await in_two_languages.get("/api/world"))["language"] == "zh_Hans"

    await in_two_languages.act("/api/language", language="en")
    assert slack.workspace.users["U0BEN"].locale == "en-GB"


async def test_a_language_without_words_is_refused(script: Script, stage: BareStage) -> None:
    await script.refused("/api/language", language="tlh")
    await script.refused("/api/start", language="tlh")

    assert (stage.told.language, stage.started) == ("en", [])


async def test_starting_over_says_what_to_start_with(script: Script, stage: BareStage) -> None:
    await script.act("/api/start")
    await script.act("/api/start", scenario="revokes", language="en")
    await script.act("/api/start", cloud="us_gov")

    assert stage.started == [
        (None, "public", None),
        ("revokes", "public", "en"),
        (None, "us_gov", None),
    ]
    assert (await script.get("/api/world"))["telling"] == 4
    assert (await script.get("/api/screen?as=U0ANA"))["telling"] == 4


@pytest.mark.parametrize("body", [{"scenario": "nobody-knows"}, {"cloud": "germany"}, {"more": 1}])
async def test_what_cannot_be_started_is_refused(
    script: Script, stage: BareStage, body: dict[str, Any]
) -> None:
    await script.refused("/api/start", **body)

    assert stage.started == []


async def test_a_story_that_breaks_says_so(script: Script, stage: BareStage) -> None:
    stage.breaks = "it never happened that the form opens"

    refusal = await script.refused("/api/start", scenario="revokes")

    assert refusal == {"kind": "story", "text": stage.breaks}


async def test_the_tour_knows_how_far_it_is(script: Script, stage: BareStage) -> None:
    stage.done = [True] * 3 + [False] * 6

    assert (await script.get("/api/tour"))["done"] == stage.done


async def test_every_story_has_a_name_and_every_step_words(script: Script) -> None:
    text = await html(script)
    known = set(re.findall(r'data-word="(\w+)"', text))

    names = [name.replace("-", "_") for name in SCENARIOS]
    assert {f"{kind}_{name}" for kind in ("story", "about_story") for name in names} <= known
    steps = text.split('<template id="tour-steps">')[1].split("</template>")[0]
    assert steps.count("<h2>") == steps.count("<p>") == 10
