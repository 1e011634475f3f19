"""What the app has registered with Slack, as far as it decides what people can use."""

from dataclasses import dataclass

BOT_SCOPES = frozenset(
    {
        "chat:write",
        "commands",
        "im:write",
        "users:read",
        "usergroups:read",
        "channels:read",
        "groups:read",
    }
)
"""The minimum for an app with user-group approvers and validated channels; no history."""
BOT_EVENTS = frozenset({"app_home_opened", "app_uninstalled", "tokens_revoked"})


@dataclass(frozen=True)
class Manifest:
    """Slash commands, shortcuts by `callback_id`, subscribed events and granted bot scopes."""

    commands: frozenset[str] = frozenset({"/invite-customer", "/customers"})
    shortcuts: frozenset[str] = frozenset({"invite_customer"})
    message_shortcuts: frozenset[str] = frozenset()
    events: frozenset[str] = BOT_EVENTS
    scopes: frozenset[str] = BOT_SCOPES
