"""The method table: token, scope and existence are checked here, the rest where the method lives."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.fake_slack import chat, conversations, directory, views
from bot.sandbox.fake_slack.arguments import Arguments
from bot.sandbox.fake_slack.errors import SlackError
from bot.sandbox.fake_slack.state import Json, Token, Workspace

Handler = Callable[[Workspace, Token, Arguments], Json]


@dataclass(frozen=True)
class Method:
    """One Web API method; `scopes` are alternatives, any of them lets the call in."""

    handler: Handler
    scopes: tuple[str, ...] = ()


def _any_kind(right: str) -> tuple[str, ...]:
    return tuple(f"{kind}:{right}" for kind in ("channels", "groups", "mpim", "im"))


METHODS: dict[str, Method] = {
    "auth.test": Method(directory.auth_test),
    "chat.delete": Method(chat.delete, ("chat:write",)),
    "chat.getPermalink": Method(chat.get_permalink),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, ("chat:write",)),
    "chat.update": Method(chat.update, ("chat:write",)),
    "conversations.history": Method(conversations.history, _any_kind("history")),
    "conversations.info": Method(conversations.info, _any_kind("read")),
    "conversations.open": Method(conversations.open_conversation, ("im:write", "mpim:write")),
    "conversations.replies": Method(conversations.replies, _any_kind("history")),
    "usergroups.users.list": Method(directory.usergroup_users, ("usergroups:read",)),
    "users.info": Method(directory.users_info, ("users:read",)),
    "views.open": Method(views.open_view),
    "views.publish": Method(views.publish_view),
    "views.push": Method(views.push_view),
    "views.update": Method(views.update_view),
}
APP_LEVEL = "apps.connections.open"


def call_method(workspace: Workspace, method: str, token: str | None, call: Arguments) -> Json:
    """Return the body of an answer with `ok: true`. Raises SlackError or RateLimitedError."""
    if method not in METHODS:
        raise SlackError("unknown_method", req_method=method)
    bearer = authenticate(workspace, token, kind="bot")
    _require_scope(bearer, METHODS[method].scopes)
    return METHODS[method].handler(workspace, bearer, call)


def authenticate(workspace: Workspace, token: str | None, *, kind: str) -> Token:
    """Return the token's rights. Raises `not_authed`, `invalid_auth`, `token_revoked` and their kin."""
    if not token:
        raise SlackError("not_authed")
    if token not in workspace.tokens:
        raise SlackError("invalid_auth")
    bearer = workspace.tokens[token]
    if bearer.refused_with:
        raise SlackError(bearer.refused_with)
    if bearer.kind != kind:
        raise SlackError("not_allowed_token_type")
    return bearer


def require_app_scope(bearer: Token) -> None:
    """Raise `missing_scope` unless an app-level token may open connections."""
    _require_scope(bearer, ("connections:write",))


def _require_scope(bearer: Token, alternatives: tuple[str, ...]) -> None:
    if alternatives and not bearer.scopes.intersection(alternatives):
        provided = ",".join(sorted(bearer.scopes))
        raise SlackError("missing_scope", needed=",".join(alternatives), provided=provided)
