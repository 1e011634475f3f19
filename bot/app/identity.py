"""Who we are in Slack."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.ports.failures import Temporary
from bot.slack.installation import Installation
from bot.slack.web_client import call
from storage.database import Database
from storage.installations import Installation as Recorded
from storage.installations import Installations, fingerprint_of


async def identified(client: AsyncWebClient, database: Database, token: str) -> tuple[Installation, str]:
    """Return our installation and the workspace's name, as Slack says, or said last while it is away."""
    installations = Installations(database)
    fingerprint = fingerprint_of(token)
    try:
        answer: Mapping[str, Any] = await call(client.auth_test, idempotent=True)
    except Temporary:
        known = await installations.find(fingerprint)
        if known is None:
            raise
        answer = known.answer
    installation = Installation.from_auth_test(answer, token)
    await installations.record(Recorded(fingerprint, installation.workspace_id, _plain(answer)))
    return installation, str(answer.get("team") or "")


def _plain(answer: Mapping[str, Any]) -> dict[str, object]:
    """Return the ids and names of an answer, without anything else Slack may send along."""
    kept = ("team_id", "team", "user_id", "bot_id", "enterprise_id", "is_enterprise_install")
    return {name: answer.get(name) for name in kept}
