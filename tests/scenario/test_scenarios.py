"""Every story the sandbox can tell ends as it says, on both databases."""

import pytest

from bot.sandbox.fake_microsoft import Mode, Throttle
from bot.sandbox.run import sandbox
from bot.sandbox.scenarios import SCENARIOS
from bot.sandbox.story import Story
from tests.scenario.microsoft_side import RELATIONSHIPS, before_the_start, calls


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_story_ends_as_it_says(name: str, url: str) -> None:
    scenario = SCENARIOS[name]
    async with sandbox(database_url=url, webhooks=scenario.webhooks) as box:
        await scenario.tell(Story(box))


async def test_a_comparison_that_is_under_way_is_not_the_one_a_story_asks_for() -> None:
    """It has read the customers already, and would not find the one who comes now."""
    async with before_the_start() as box:
        box.microsoft.faults.plan("graph", "GET", RELATIONSHIPS, Throttle(1))
        box.microsoft.deliveries.mode = Mode.LOST
        await box.start()
        story = Story(box)
        await story.until(lambda: bool(calls(box.microsoft, "GET", RELATIONSHIPS)), "the customers are read")
        box.microsoft.add_customer("wingtiptoys.com")

        await story.reconciles()

        assert story.count("Wingtip Toys", "accepted us as a reseller") == 1


async def test_a_story_asks_again_for_a_form_that_came_too_late_for_slack(story: Story) -> None:
    slack = story.box.slack
    slack.faults.refuse("views.open", "expired_trigger_id")
    slack.deadline_seconds = 0.01

    await story.opens(story.ana, "invite_customer", lambda: story.ana.command("/invite-customer"))

    assert [call.response["ok"] for call in slack.traffic.called("views.open")][:2] == [False, True]
