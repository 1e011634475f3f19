"""Every story the sandbox can tell ends as it says, on both databases."""

import pytest

from bot.sandbox.run import sandbox
from bot.sandbox.scenarios import SCENARIOS
from bot.sandbox.story import Story


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_story_ends_as_it_says(name: str, url: str) -> None:
    scenario = SCENARIOS[name]
    async with sandbox(database_url=url, webhooks=scenario.webhooks) as box:
        await scenario.tell(Story(box))
