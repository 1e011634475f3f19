"""users.*, usergroups.* and auth.test: who is who."""

from datetime import datetime

from bot.sandbox.fake_slack.arguments import Arguments
from bot.sandbox.fake_slack.errors import SlackError
from bot.sandbox.fake_slack.state import Json, Token, User, Workspace


def auth_test(workspace: Workspace, token: Token, call: Arguments) -> Json:  # noqa: ARG001 - one signature for all methods
    """auth.test for the bot token."""
    return {
        "ok": True,
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.team_name,
        "user": workspace.users[workspace.bot_user_id].name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def users_info(workspace: Workspace, token: Token, call: Arguments) -> Json:
    """users.info; `locale` only on request, the address only with `users:read.email`."""
    user = workspace.user(call.required("user"))
    body = _wire(workspace, user, workspace.now())
    if call.flag("include_locale"):
        body["locale"] = user.locale
    if "users:read.email" in token.scopes and user.email:
        body["profile"]["email"] = user.email
    return {"ok": True, "user": body}


def usergroup_users(workspace: Workspace, token: Token, call: Arguments) -> Json:  # noqa: ARG001 - one signature for all methods
    """usergroups.users.list; user groups exist on paid plans only."""
    if not workspace.paid_plan:
        raise SlackError("plan_upgrade_required")
    group = workspace.usergroups.get(call.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"ok": True, "users": list(group.users)}


def _wire(workspace: Workspace, user: User, now: datetime) -> Json:
    body: Json = {
        "id": user.id,
        "team_id": workspace.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "is_bot": user.is_bot,
        "is_stranger": user.is_stranger,
        "profile": {"real_name": user.real_name, "display_name": user.name},
    }
    if user.deleted:
        return body
    return body | {
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": user.utc_offset_seconds(now),
        "is_admin": user.is_admin,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
    }
