"""Who somebody is, and how seldom Slack is asked."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.identifiers import SlackUserId, UserGroupId
from bot.ports.failures import Permanent, Reason, Temporary
from bot.slack.installation import Installation
from bot.slack.people import PERSON_LIFETIME, RIGHTS_LIFETIME, People, Person
from tests.integration.slack.conftest import SlackServer
from tests.unit.slack.support import StandingClock

OURS = Installation(team_id="T1", bot_user_id=SlackUserId("UBOT"), bot_token="xoxb-synthetic")
ANA, APPROVERS = SlackUserId("UANA"), UserGroupId("S1")
USER: dict[str, Any] = {
    "id": "UANA",
    "team_id": "T1",
    "name": "ana",
    "tz": "Asia/Taipei",
    "locale": "zh-TW",
    "profile": {"display_name": "", "real_name": "Ana\nTaylor"},
}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def people(client: AsyncWebClient, clock: StandingClock) -> People:
    return People(client, installation=OURS, clock=clock)


def pass_by(clock: StandingClock, length: timedelta) -> None:
    clock.seconds += length.total_seconds()


async def test_a_person_has_a_name_a_language_and_a_time_zone(slack: SlackServer, people: People) -> None:
    slack.answer("users.info", {"ok": True, "user": USER})

    assert await people.person(ANA) == Person(ANA, "Ana Taylor", "zh-TW", "Asia/Taipei", is_full_member=True)
    assert slack.calls == [("users.info", {"user": "UANA", "include_locale": "1"})]


@pytest.mark.parametrize(
    "difference",
    [
        {"deleted": True},
        {"is_bot": True},
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"id": "USLACKBOT"},
        {"team_id": "T2"},
        {"team_id": None},
    ],
)
async def test_bots_guests_and_people_from_elsewhere_are_not_full_members(
    slack: SlackServer, people: People, difference: dict[str, Any]
) -> None:
    slack.answer("users.info", {"ok": True, "user": USER | difference})

    assert not (await people.person(ANA)).is_full_member


async def test_somebody_whose_team_slack_does_not_name_is_ours(slack: SlackServer, people: People) -> None:
    unnamed = {name: value for name, value in USER.items() if name != "team_id"}
    slack.answer("users.info", {"ok": True, "user": unnamed})

    assert (await people.person(ANA)).is_full_member


async def test_slack_is_asked_once_by_many_and_again_after_some_hours(
    slack: SlackServer, people: People, clock: StandingClock
) -> None:
    slack.answer("users.info", {"ok": True, "user": USER}, {"ok": True, "user": USER | {"locale": "en-GB"}})

    await asyncio.gather(*(people.person(ANA) for _ in range(20)))
    await people.person(ANA)
    assert len(slack.calls) == 1

    pass_by(clock, PERSON_LIFETIME)
    assert (await people.person(ANA)).locale == "en-GB"


async def test_one_who_stops_waiting_takes_the_answer_from_nobody(slack: SlackServer, people: People) -> None:
    slack.answer("users.info", {"ok": True, "user": USER})
    first, second = asyncio.create_task(people.person(ANA)), asyncio.create_task(people.person(ANA))
    await asyncio.sleep(0)
    first.cancel()

    assert (await second).name == "Ana Taylor"
    assert len(slack.calls) == 1


async def test_an_old_answer_serves_while_slack_throttles(
    slack: SlackServer, people: People, clock: StandingClock
) -> None:
    slack.answer("users.info", {"ok": True, "user": USER}, {"ok": False, "error": "ratelimited"})
    known = await people.person(ANA)
    pass_by(clock, PERSON_LIFETIME)

    assert await people.person(ANA) == known
    assert len(slack.calls) == 2


async def test_without_an_old_answer_a_failure_is_a_failure(slack: SlackServer, people: People) -> None:
    slack.answer(
        "users.info", {"ok": False, "error": "ratelimited"}, {"ok": False, "error": "user_not_found"}
    )

    with pytest.raises(Temporary):
        await people.person(ANA)
    with pytest.raises(Permanent) as caught:
        await people.person(ANA)
    assert caught.value.reason is Reason.USER_UNREACHABLE


async def test_who_was_removed_is_not_kept_alive_by_an_old_answer(
    slack: SlackServer, people: People, clock: StandingClock
) -> None:
    slack.answer("users.info", {"ok": True, "user": USER}, {"ok": False, "error": "user_not_found"})
    await people.person(ANA)
    pass_by(clock, PERSON_LIFETIME)

    with pytest.raises(Permanent):
        await people.person(ANA)


async def test_the_members_of_a_group_are_remembered_for_minutes(
    slack: SlackServer, people: People, clock: StandingClock
) -> None:
    slack.answer("usergroups.users.list", {"ok": True, "users": ["UANA"]}, {"ok": True, "users": []})

    assert await people.members(APPROVERS) == {"UANA"}
    assert await people.members(APPROVERS) == {"UANA"}
    assert slack.calls == [("usergroups.users.list", {"usergroup": "S1", "team_id": "T1"})]

    pass_by(clock, RIGHTS_LIFETIME)
    assert await people.members(APPROVERS) == frozenset()
