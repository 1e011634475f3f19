"""Who somebody is in Slack at this moment."""

from typing import Protocol

from bot.domain.identifiers import SlackUserId
from bot.domain.policy import Member


class Members(Protocol):
    async def member(self, user_id: SlackUserId, *, anew: bool = False) -> Member:
        """
        Return the person with the user groups the policy names, as they were minutes ago at most.

        `anew`: Slack is asked now, and what was remembered counts only where it does not answer. Raises
        `Temporary`, `Permanent`.
        """
