"""The workspace or organisation the bot is installed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from bot.domain.identifiers import SlackUserId, WorkspaceId


@dataclass(frozen=True)
class Installation:
    """One installation of the bot, as `auth.test` describes it."""

    team_id: str
    bot_user_id: SlackUserId
    bot_token: str = field(repr=False)
    bot_id: str = ""
    enterprise_id: str | None = None
    is_enterprise_install: bool = False

    @classmethod
    def from_auth_test(cls, answer: Mapping[str, Any], token: str) -> Self:
        """Return the installation `auth.test` describes. Raises `KeyError` for an answer of another shape."""
        return cls(
            team_id=answer["team_id"],
            bot_user_id=SlackUserId(answer["user_id"]),
            bot_token=token,
            bot_id=answer.get("bot_id") or "",
            enterprise_id=answer.get("enterprise_id"),
            is_enterprise_install=bool(answer.get("is_enterprise_install")),
        )

    @property
    def workspace_id(self) -> WorkspaceId:
        """The id everything is stored under: the organisation's for an organisation-wide installation."""
        wide = self.is_enterprise_install and self.enterprise_id
        return WorkspaceId(wide or self.team_id)

    def owns(self, *, team_id: str | None, enterprise_id: str | None) -> bool:
        """Return whether a request from this team and organisation is meant for us."""
        if self.is_enterprise_install and self.enterprise_id:
            return enterprise_id == self.enterprise_id
        return team_id == self.team_id
