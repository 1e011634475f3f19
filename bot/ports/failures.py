"""The three ways the outside can fail, named by what the caller can do next."""

from datetime import timedelta
from enum import StrEnum


class Reason(StrEnum):
    """Why something outside cannot work; each has a sentence for people in `templates/words/reasons/`."""

    # Microsoft
    CONSENT_NEEDED = "consent_needed"
    MFA_NEEDED = "mfa_needed"
    CLIENT_REJECTED = "client_rejected"
    ACCESS_DENIED = "access_denied"
    PARTNER_NOT_READY = "partner_not_ready"
    AGREEMENT_MISSING = "agreement_missing"
    REQUEST_REFUSED = "request_refused"
    NOT_FOUND = "not_found"
    UNREADABLE_ANSWER = "unreadable_answer"
    UNTRUSTED_LINK = "untrusted_link"
    UNAVAILABLE = "unavailable"
    WEBHOOK_TAKEN = "webhook_taken"
    # Mail
    SENDING_UNCERTAIN = "sending_uncertain"
    NOT_APPROVED = "not_approved"
    MAIL_NOT_CONFIGURED = "mail_not_configured"
    MAIL_DENIED = "mail_denied"
    MAILBOX_MISSING = "mailbox_missing"
    RECIPIENT_REFUSED = "recipient_refused"
    # Slack
    NOT_IN_CHANNEL = "not_in_channel"
    CHANNEL_NOT_FOUND = "channel_not_found"
    CHANNEL_ARCHIVED = "channel_archived"
    MESSAGE_GONE = "message_gone"
    SCOPE_MISSING = "scope_missing"
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - a reason, not a token
    USER_UNREACHABLE = "user_unreachable"
    MESSAGE_REFUSED = "message_refused"
    TRIGGER_EXPIRED = "trigger_expired"
    VIEW_GONE = "view_gone"


class Temporary(Exception):
    """It did not happen and may work later: throttled, unavailable, or never reached."""

    def __init__(self, detail: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Permanent(Exception):
    """It did not happen and will not until a person changes something."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class OutcomeUnknown(Exception):
    """The answer was lost: it may have happened. Look before sending again."""


class NotShown(OutcomeUnknown):
    """A view may or may not be on somebody's screen; nothing else was at stake."""
