"""Who somebody is, as the policy needs to know it."""

import asyncio
from datetime import timedelta

from bot.domain.identifiers import SlackUserId
from bot.domain.policy import Member, Policy
from bot.slack.people import RIGHTS_LIFETIME, People


class SlackMembers:
    """Asks Slack about a person and about the user groups that the policy names."""

    def __init__(self, people: People, policy: Policy) -> None:
        self._people = people
        named = (policy.requesters, policy.approvers, policy.administrators)
        self._groups = sorted({group for who in named for group in who.groups})

    async def member(self, user_id: SlackUserId, *, anew: bool = False) -> Member:
        """Return the person. Raises `Temporary`, and `Permanent` for somebody Slack does not show us."""
        within = timedelta() if anew else RIGHTS_LIFETIME
        if not self._groups:
            return Member(user_id, (await self._people.person(user_id, within=within)).is_full_member)
        person, memberships = await asyncio.gather(
            self._people.person(user_id, within=within),
            asyncio.gather(*(self._people.members(group, within=within) for group in self._groups)),
        )
        named = zip(self._groups, memberships, strict=True)
        return Member(user_id, person.is_full_member, frozenset(one for one, who in named if user_id in who))
