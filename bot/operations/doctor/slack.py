"""The Slack app: its tokens, its secret and its channels."""

import asyncio
import re

from bot.app.secrets import revealed
from bot.domain.identifiers import SlackChannelId
from bot.operations.doctor.findings import Kind, Place, Result, wrong
from bot.operations.doctor.site import Site
from bot.ports.failures import Reason
from bot.slack.api_errors import Refusal
from bot.slack.introduction import NEEDED_SCOPES, channel, check_app_token

TOKEN, APP_TOKEN, SIGNING_SECRET = (
    "OVERTURE_SLACK_BOT_TOKEN",
    "OVERTURE_SLACK_APP_TOKEN",
    "OVERTURE_SLACK_SIGNING_SECRET",
)
BOT_TOKENS = ("xoxb-", "xoxe.xoxb-")
_SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")


async def token(site: Site) -> Result:
    if not site.settings.slack_bot_token.get_secret_value().startswith(BOT_TOKENS):
        return wrong(Kind.NOT_A_BOT_TOKEN, TOKEN, at=Place.SLACK_SCOPES)
    try:
        found = await site.introduction()
    except Refusal as refusal:
        return wrong(Kind.TOKEN_REFUSED, TOKEN, at=Place.SLACK_SCOPES, error=refusal.code)
    return Result(fact=found.workspace_name)


async def scopes(site: Site) -> Result:
    granted = (await site.introduction()).scopes
    if granted is None:
        return wrong(Kind.SCOPES_UNTOLD, TOKEN)
    if missing := sorted(NEEDED_SCOPES - granted):
        return wrong(Kind.SCOPES_MISSING, at=Place.SLACK_SCOPES, scopes=", ".join(missing))
    return Result()


async def signing_secret(site: Site) -> Result:
    """Whether it is the right one shows with the first request; a client secret looks the same."""
    if all(_SIGNING_SECRET.fullmatch(one) for one in site.settings.slack_signing_secrets):
        return Result()
    return wrong(Kind.SIGNING_SECRET_SHAPE, SIGNING_SECRET, at=Place.SLACK_BASICS)


async def socket_mode(site: Site) -> Result:
    try:
        await check_app_token(site.slack, revealed(site.settings.slack_app_token) or "")
    except Refusal as refusal:
        return wrong(Kind.APP_TOKEN_REFUSED, APP_TOKEN, at=Place.SLACK_BASICS, error=refusal.code)
    return Result()


async def channels(site: Site) -> Result:
    """`conversations.info` hides private channels that the bot is not in."""
    team, approvals = site.settings.channels
    named = {"OVERTURE_DEFAULT_CHANNEL": team, "OVERTURE_APPROVALS_CHANNEL": approvals}
    results = await asyncio.gather(*(_channel(site, setting, one) for setting, one in named.items()))
    problems = tuple(problem for result in results for problem in result.problems)
    return Result(problems, ", ".join(dict.fromkeys(result.fact for result in results if result.fact)))


async def _channel(site: Site, setting: str, channel_id: SlackChannelId) -> Result:
    bot = (await site.introduction()).bot_name
    try:
        found = await channel(site.slack, channel_id)
    except Refusal as refusal:
        if refusal.reason is not Reason.CHANNEL_NOT_FOUND:
            raise
        return wrong(Kind.CHANNEL_UNKNOWN, setting, channel=channel_id, bot=bot)
    if found.is_archived:
        return wrong(Kind.CHANNEL_ARCHIVED, setting, channel=found.name)
    if not found.is_member:
        return wrong(Kind.NOT_IN_CHANNEL, setting, channel=found.name, bot=bot)
    return Result(fact=f"#{found.name}")
