"""Every interactive element of Block Kit, filled in by hand in a real browser."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.integration.fake_slack.tools import answering, modal, option, plain
from tests.scenario.browser import Stage, on_stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ANA, NEWS = "U0ANA", "C0PARTNERS"
Json = dict[str, Any]


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    async with on_stage(browser) as ready:
        yield ready


def one_of_each() -> list[Json]:
    """An input block for every element, its label the element's type."""
    two = [option("a", "Apple"), option("b", "Pear")]
    elements: list[Json] = [
        {"type": "plain_text_input", "multiline": True},
        {"type": "email_text_input"},
        {"type": "url_text_input"},
        {"type": "number_input", "is_decimal_allowed": False},
        *({"type": kind, "options": two} for kind in ("static_select", "multi_static_select")),
        *({"type": kind, "options": two} for kind in ("checkboxes", "radio_buttons")),
        *({"type": f"{kind}_select"} for kind in ("users", "conversations", "channels", "multi_users")),
        *({"type": kind} for kind in ("datepicker", "timepicker", "datetimepicker")),
        {"type": "external_select", "min_query_length": 1},
    ]
    return [
        {
            "type": "input",
            "block_id": each["type"],
            "label": plain(each["type"]),
            "element": each | {"action_id": "x"},
        }
        for each in elements
    ]


async def fill_each(page: Page) -> None:
    for name, typed in {
        "plain_text_input": "two\nlines",
        "email_text_input": "dana@fabrikam.com",
        "url_text_input": "https://fabrikam.com",
        "number_input": "7",
        "datepicker": "2026-12-24",
        "timepicker": "18:30",
        "datetimepicker": "2026-12-24T18:30",
    }.items():
        await page.get_by_label(name, exact=True).fill(typed)
    for name, chosen in {
        "static_select": "b",
        "users_select": "U0BEN",
        "conversations_select": NEWS,
        "channels_select": NEWS,
    }.items():
        await page.get_by_label(name, exact=True).select_option(chosen)
    for name in ("multi_static_select", "checkboxes"):
        await page.get_by_role("group", name=name, exact=True).get_by_label("Pear").check()
    await page.get_by_role("group", name="multi_users_select").get_by_label("Chris Green").check()
    await page.get_by_role("radiogroup", name="radio_buttons").get_by_label("Apple").check()
    await page.get_by_label("external_select").fill("fabr")
    await page.get_by_role("button", name="Fabrikam", exact=True).click()
    await expect(page.get_by_role("button", name="Fabrikam ×")).to_be_visible()


async def test_every_element_holds_what_a_person_chooses(stage: Stage) -> None:
    await stage.go("ana")
    stage.bot.answer = answering({"options": [option("t1", "Fabrikam")]})
    opened = await stage.api("views.open", trigger_id=stage.api.trigger(ANA), view=modal(*one_of_each()))
    assert opened["ok"], opened
    await fill_each(stage.page)
    stage.bot.answer = answering("")
    await stage.page.get_by_role("button", name="Next").click()
    await expect(stage.page.get_by_role("dialog")).to_be_hidden()

    values = stage.bot.last["view"]["state"]["values"]
    held = {
        block: next(value for name, value in each["x"].items() if name != "type")
        for block, each in values.items()
    }
    berlin_half_past_six = 1798133400
    assert {name: short(value) for name, value in held.items()} == {
        "plain_text_input": "two\nlines",
        "email_text_input": "dana@fabrikam.com",
        "url_text_input": "https://fabrikam.com",
        "number_input": "7",
        "static_select": "b",
        "multi_static_select": ["b"],
        "checkboxes": ["b"],
        "radio_buttons": "a",
        "users_select": "U0BEN",
        "conversations_select": NEWS,
        "channels_select": NEWS,
        "multi_users_select": ["U0CHRIS"],
        "datepicker": "2026-12-24",
        "timepicker": "18:30",
        "datetimepicker": berlin_half_past_six,
        "external_select": "t1",
    }


def short(held: Any) -> Any:
    """Return the values of options instead of the options."""
    if isinstance(held, list):
        return [short(each) for each in held]
    return held["value"] if isinstance(held, dict) else held
