"""Who somebody is, as the policy needs to know it."""

from bot.domain.identifiers import SlackUserId, UserGroupId
from bot.domain.policy import Member, Policy
from bot.slack.people import People


class SlackMembers:
    """Asks Slack about a person and about the user groups that the policy names."""

    def __init__(self, people: People, policy: Policy) -> None:
        self._people = people
        named = (policy.requesters, policy.approvers, policy.administrators)
        self._groups = sorted({group for who in named for group in who.groups})

    async def member(self, user_id: SlackUserId) -> Member:
        """Return the person. Raises `Temporary`, and `Permanent` for somebody Slack does not show us."""
        person = await self._people.person(user_id)
        groups = frozenset([group for group in self._groups if await self._is_in(user_id, group)])
        return Member(user_id, person.is_full_member, groups)

    async def _is_in(self, user_id: SlackUserId, group: UserGroupId) -> bool:
        return user_id in await self._people.members(group)
