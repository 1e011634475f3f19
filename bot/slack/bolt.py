"""Bolt, told everything it needs, so that it neither asks Slack nor reads the environment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.installation import Installation
from bot.slack.web_client import quiet_logger


class InstalledWorkspace(AsyncAuthorize):
    """Answers Bolt's question for the token from memory."""

    def __init__(self, installation: Installation) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
        self._result = AuthorizeResult(
            enterprise_id=installation.enterprise_id,
            team_id=installation.team_id,
            bot_token=installation.bot_token,
            bot_id=installation.bot_id,
            bot_user_id=installation.bot_user_id,
        )

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,  # noqa: ARG002 - Bolt's signature
        enterprise_id: str | None,  # noqa: ARG002 - Bolt's signature
        team_id: str | None,  # noqa: ARG002 - Bolt's signature
        user_id: str | None,  # noqa: ARG002 - Bolt's signature
        actor_enterprise_id: str | None = None,  # noqa: ARG002 - Bolt's signature
        actor_team_id: str | None = None,  # noqa: ARG002 - Bolt's signature
        actor_user_id: str | None = None,  # noqa: ARG002 - Bolt's signature
    ) -> AuthorizeResult:
        return self._result


def build_bolt(client: AsyncWebClient, installation: Installation) -> AsyncApp:
    """
    Return an app without listeners; attach `Routes`.

    Only for requests that the gate has verified or that came over Socket Mode: Bolt itself verifies nothing.
    Its middleware for single-purpose requests is off, because the gate and the routes do that work.
    """
    with without_slack_variables():
        return AsyncApp(
            name="bot.slack.bolt",
            logger=quiet_logger(),
            client=_without_token(client),
            signing_secret="",
            authorize=InstalledWorkspace(installation),
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )


@contextmanager
def without_slack_variables() -> Iterator[None]:
    """
    Hide `SLACK_...` from Bolt's constructor.

    With `SLACK_CLIENT_ID` and `SLACK_CLIENT_SECRET` set it would turn to OAuth with stores in files.
    """
    hidden = {name: value for name, value in os.environ.items() if name.startswith("SLACK_")}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)


def _without_token(client: AsyncWebClient) -> AsyncWebClient:
    """Bolt warns when it is given a token beside `authorize`, and then takes it from `authorize`."""
    return AsyncWebClient(
        base_url=client.base_url,
        timeout=client.timeout,
        session=client.session,
        proxy=client.proxy,
        ssl=client.ssl,
        logger=client.logger,
        retry_handlers=[],
    )
