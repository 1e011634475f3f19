"""What Slack says about our tokens and our channels, for whoever checks an installation."""

from collections.abc import Mapping
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.identifiers import SlackChannelId
from bot.ports.failures import Temporary
from bot.slack.installation import Installation
from bot.slack.web_client import answered, call

NEEDED_SCOPES = frozenset(
    {
        "commands",
        "chat:write",
        "im:write",
        "users:read",
        "usergroups:read",
        "channels:read",
        "groups:read",
    }
)
"""What `manifest.yml` asks for, without what is optional there."""

_SCOPES = "x-oauth-scopes"


@dataclass(frozen=True)
class Introduction:
    """`scopes` are those of the token; None where the answer did not name them."""

    installation: Installation
    workspace_name: str
    bot_name: str
    scopes: frozenset[str] | None


@dataclass(frozen=True)
class Channel:
    name: str
    is_member: bool
    """Whether the bot is in it."""
    is_archived: bool


async def introduction(client: AsyncWebClient, token: str) -> Introduction:
    """
    Return who the token is. Raises `Temporary`, `Refusal`.

    Wire: auth.test; its `x-oauth-scopes` header lists the scopes with commas.
    """
    response = await answered(client.auth_test, idempotent=True)
    answer = response.data if isinstance(response.data, dict) else {}
    try:
        installation = Installation.from_auth_test(answer, token)
    except KeyError as error:
        raise Temporary("auth_test: unreadable answer") from error
    return Introduction(
        installation=installation,
        workspace_name=str(answer.get("team") or ""),
        bot_name=str(answer.get("user") or ""),
        scopes=_scopes(response.headers),
    )


async def channel(client: AsyncWebClient, channel_id: SlackChannelId) -> Channel:
    """Return the channel. Raises `Temporary`, `Refusal`: also for a private one the bot is not in."""
    answer = await call(client.conversations_info, idempotent=True, channel=channel_id)
    found = answer.get("channel") or {}
    return Channel(
        name=str(found.get("name") or ""),
        is_member=bool(found.get("is_member")),
        is_archived=bool(found.get("is_archived")),
    )


async def check_app_token(client: AsyncWebClient, app_token: str) -> None:
    """
    Return if Socket Mode can be begun with this token; nothing is connected. Raises `Temporary`, `Refusal`.

    Wire: apps.connections.open, which only hands out an address.
    """
    await call(client.apps_connections_open, idempotent=True, app_token=app_token)


def _scopes(headers: Mapping[str, str]) -> frozenset[str] | None:
    named = next((value for name, value in headers.items() if name.lower() == _SCOPES), None)
    if named is None:
        return None
    return frozenset(scope.strip() for scope in named.split(",") if scope.strip())
