"""Who somebody is in Slack at this moment."""

from typing import Protocol

from bot.domain.identifiers import SlackUserId
from bot.domain.policy import Member


class Members(Protocol):
    async def member(self, user_id: SlackUserId) -> Member:
        """Return the person with the user groups the policy names. Raises `Temporary`, `Permanent`."""
