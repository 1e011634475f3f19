"""Mailboxes of the partner that may send, and what Graph refuses in a message."""

import re
from collections import deque
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.sandbox.fake_microsoft.feed import Feed, MailSent
from bot.sandbox.fake_microsoft.state import World
from bot.sandbox.fake_microsoft.wire import Refused

_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_MESSAGE = frozenset(
    {
        "subject",
        "body",
        "toRecipients",
        "ccRecipients",
        "bccRecipients",
        "replyTo",
        "importance",
        "internetMessageHeaders",
        "attachments",
    }
)
_MINUTE = timedelta(minutes=1)


class Mailboxes:
    """Source: learn.microsoft.com/graph/api/user-sendmail, graph/throttling-limits"""

    def __init__(self, world: World, feed: Feed) -> None:
        self._world = world
        self._feed = feed
        self._sent: dict[str, deque[datetime]] = {}

    def exhausted(self, sender: str) -> int | None:
        """Seconds to wait when the mailbox has sent its messages of this minute, else None."""
        budget = self._world.behaviour.mails_per_minute
        now = self._world.clock()
        sent = self._sent.setdefault(sender.lower(), deque())
        while sent and not now - _MINUTE < sent[0] <= now:
            sent.popleft()
        if budget is None or len(sent) < budget:
            return None
        return 1 + int((sent[0] + _MINUTE - now).total_seconds())

    def send(self, sender: str, body: dict[str, Any]) -> None:
        """Accept the message into the feed. Raises `Refused` in Graph's words."""
        self._check_mailbox(sender)
        mail = self._read(sender, body)
        self._sent.setdefault(sender.lower(), deque()).append(mail.at)
        self._feed.publish(mail)

    def _check_mailbox(self, sender: str) -> None:
        state = self._world.partner.mailboxes.get(sender.lower())
        if state is None:
            raise Refused(404, "ErrorInvalidUser", f"The requested user '{sender}' is invalid.")
        if state == "denied":
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if state == "not_enabled":
            text = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
            raise Refused(404, "MailboxNotEnabledForRESTAPI", text)

    def _read(self, sender: str, body: dict[str, Any]) -> MailSent:
        message = body.get("message")
        if not isinstance(message, dict) or not body.keys() <= {"message", "saveToSentItems"}:
            raise _bad("The parameter message is required and only saveToSentItems may accompany it.")
        unknown = message.keys() - _MESSAGE
        if unknown:
            raise _bad(f"The property '{min(unknown)}' does not exist on type 'microsoft.graph.message'.")
        to, cc, bcc, reply_to = (
            _addresses(message.get(name, []))
            for name in ("toRecipients", "ccRecipients", "bccRecipients", "replyTo")
        )
        if not to + cc + bcc:
            raise Refused(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
        kind, content = _content(message.get("body"))
        return MailSent(
            self._world.clock(),
            sender,
            to,
            cc,
            bcc,
            reply_to,
            _subject(message),
            kind,
            content,
            _saved(body.get("saveToSentItems", True)),
        )


def _bad(text: str) -> Refused:
    return Refused(400, "BadRequest", text)


def _addresses(recipients: object) -> tuple[str, ...]:
    if not isinstance(recipients, list):
        raise _bad("Recipients must be an array.")
    return tuple(_address(recipient) for recipient in recipients)


def _address(recipient: object) -> str:
    inner = recipient.get("emailAddress") if isinstance(recipient, dict) else None
    if not isinstance(inner, dict) or not inner.keys() <= {"address", "name"}:
        raise _bad("A recipient must have an emailAddress with address and name.")
    address = inner.get("address")
    if not isinstance(address, str) or _ADDRESS.fullmatch(address) is None:
        raise Refused(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
    return address


def _subject(message: dict[str, Any]) -> str:
    subject = message.get("subject", "")
    if not isinstance(subject, str):
        raise _bad("subject must be a string.")
    return subject


def _content(body: object) -> tuple[Literal["text", "html"], str]:
    if not isinstance(body, dict) or not isinstance(body.get("content"), str):
        raise _bad("body must have contentType and content.")
    match str(body.get("contentType", "")).lower():
        case "html":
            return "html", body["content"]
        case "text":
            return "text", body["content"]
    raise _bad("body.contentType must be Text or HTML.")


def _saved(value: object) -> bool:
    """The documentation's sample sends the string `"false"`; both kinds are taken."""
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise _bad("saveToSentItems must be true or false.")
