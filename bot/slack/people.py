"""Who people are in Slack: asked once, remembered for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.identifiers import SlackUserId, UserGroupId
from bot.ports.clock import Clock
from bot.ports.failures import Temporary
from bot.slack.installation import Installation
from bot.slack.mrkdwn import one_line
from bot.slack.web_client import call

PATIENCE_SECONDS = 0.7
"""
How long anybody waits for Slack to say who somebody is. A modal that has to open within three seconds comes
after it. The question goes on, so that the next one who asks finds the answer.
"""

PERSON_LIFETIME = timedelta(hours=4)
RIGHTS_LIFETIME = timedelta(minutes=5)
"""How long somebody may go on doing what they just lost the right to; decisions are not taken by it."""
MOST_REMEMBERED = 10_000
SLACKBOT = "USLACKBOT"

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Person:
    """A member of the workspace. `locale` is Slack's tag, such as `zh-TW`; `timezone` an IANA name."""

    id: SlackUserId
    name: str
    locale: str
    timezone: str
    is_full_member: bool
    """False for bots, guests, people who left, and people of other organisations in shared channels."""


class Remembered(Generic[Key, Value]):
    """
    Values asked for once and kept.

    Several who ask at the same time wait for one answer. While Slack is throttling or away, an old value is
    better than none.
    """

    def __init__(
        self, ask: Callable[[Key], Awaitable[Value]], *, clock: Clock, patience_seconds: float
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._known: dict[Key, tuple[datetime, Value]] = {}
        self._asking: dict[Key, asyncio.Future[Value]] = {}

    async def get(self, key: Key, *, within: timedelta) -> Value:
        """Return a value that was asked for no longer ago than `within`."""
        known = self._known.get(key)
        if known and self._clock.now() - known[0] < within:
            return known[1]
        try:
            return await self._asked(key)
        except Temporary:
            if known is None:
                raise
            return known[1]

    async def _asked(self, key: Key) -> Value:
        if key not in self._asking:
            asking = asyncio.ensure_future(self._ask(key))
            asking.add_done_callback(lambda done: self._answered(key, done))
            self._asking[key] = asking
        # One who stops waiting must not take the answer from the others.
        waiting = asyncio.shield(self._asking[key])
        try:
            return await asyncio.wait_for(waiting, self._patience_seconds)
        except TimeoutError:
            raise Temporary("Slack takes long to say who somebody is") from None

    def _answered(self, key: Key, done: asyncio.Future[Value]) -> None:
        del self._asking[key]
        if done.cancelled() or done.exception():
            return
        if len(self._known) >= MOST_REMEMBERED:
            self._known.pop(next(iter(self._known)))
        self._known.pop(key, None)
        self._known[key] = (self._clock.now(), done.result())


class People:
    """The people and user groups of one workspace."""

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        installation: Installation,
        clock: Clock,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._client = client
        self._installation = installation
        self._persons = Remembered(self._ask_person, clock=clock, patience_seconds=patience_seconds)
        self._groups = Remembered(self._ask_members, clock=clock, patience_seconds=patience_seconds)

    async def person(self, user_id: SlackUserId, *, within: timedelta = PERSON_LIFETIME) -> Person:
        """Return who this is. Raises `Temporary`, and `Permanent` for somebody Slack does not show us."""
        return await self._persons.get(user_id, within=within)

    async def members(
        self, group_id: UserGroupId, *, within: timedelta = RIGHTS_LIFETIME
    ) -> frozenset[SlackUserId]:
        """Return the members of a user group. Raises `Temporary`, `Permanent`."""
        return await self._groups.get(group_id, within=within)

    async def _ask_person(self, user_id: SlackUserId) -> Person:
        answer = await call(self._client.users_info, idempotent=True, user=user_id, include_locale=True)
        return self._person(user_id, answer.get("user") or {})

    def _person(self, user_id: SlackUserId, user: dict[str, Any]) -> Person:
        profile = user.get("profile") or {}
        names = (profile.get("display_name"), profile.get("real_name"), user.get("name"), user_id)
        return Person(
            id=user_id,
            name=next(filter(None, map(one_line, names)), ""),
            locale=user.get("locale") or "en-US",
            timezone=user.get("tz") or "UTC",
            is_full_member=self._is_full_member(user),
        )

    def _is_full_member(self, user: dict[str, Any]) -> bool:
        lesser = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
        return (
            not any(user.get(flag) for flag in lesser) and user.get("id") != SLACKBOT and self._is_ours(user)
        )

    def _is_ours(self, user: dict[str, Any]) -> bool:
        """Somebody from another company in a shared channel is not a stranger to Slack, but is to us."""
        if "team_id" not in user:
            # Not among what Slack promises of a person; `is_stranger` is, and is looked at beside this.
            return True
        organisation = (user.get("enterprise_user") or {}).get("enterprise_id")
        return self._installation.owns(team_id=user["team_id"], enterprise_id=organisation)

    async def _ask_members(self, group_id: UserGroupId) -> frozenset[SlackUserId]:
        answer = await call(
            self._client.usergroups_users_list,
            idempotent=True,
            usergroup=group_id,
            team_id=self._installation.team_id,
        )
        return frozenset(map(SlackUserId, answer.get("users") or ()))
