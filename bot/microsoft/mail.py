"""Sends one mail: through Graph as a mailbox of ours, or by SMTP."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from bot.microsoft.api import Api, quoted
from bot.microsoft.auth import Tokens
from bot.microsoft.clouds import Endpoints
from bot.microsoft.errors import Refusal, mail_failure
from bot.microsoft.graph import VERSION, graph_api
from bot.microsoft.redaction import redacted
from bot.microsoft.transport import Answer, Transport, tls_context
from bot.ports.clock import Clock
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.ports.microsoft import OutgoingMail

POLICY = SMTP.clone(cte_type="7bit")
"""Not every server on the way takes eight bits."""


class GraphMail:
    """Implements `bot.ports.microsoft.MailSender` with the application permission `Mail.Send`."""

    def __init__(self, *, transport: Transport, tokens: Tokens, endpoints: Endpoints, mail_from: str) -> None:
        """`mail_from`: address or object id of the mailbox that sends."""
        self._api: Api = graph_api(transport, tokens, endpoints)
        self._path = f"{VERSION}/users/{quoted(mail_from)}/sendMail"

    async def send(self, mail: OutgoingMail) -> None:
        """
        Send `mail`; Graph takes one body, so the HTML.

        Wire: POST /users/{id}/sendMail -> 202, empty. It means accepted, not delivered.
        Raises:
            Permanent: MAIL_DENIED, MAILBOX_MISSING, RECIPIENT_REFUSED.
            OutcomeUnknown: no answer, or one that is neither a 202 nor a refusal.
        Source: learn.microsoft.com/graph/api/user-sendmail
        """
        recipient = {"emailAddress": {"address": mail.to_address, "name": mail.to_name or mail.to_address}}
        message: dict[str, object] = {
            "subject": mail.subject,
            "body": {"contentType": "HTML", "content": mail.html},
            "toRecipients": [recipient],
        }
        answer = await self._post(message)
        if answer.status != 202:
            raise OutcomeUnknown(f"sendMail answered HTTP {answer.status}")

    async def rehearse(self) -> None:
        """
        Return if we may send from the mailbox; nothing is sent.

        Graph looks at permission and mailbox before it refuses a message that has no recipient.
        Raises as `send`, but for RECIPIENT_REFUSED.
        """
        try:
            await self._post(
                {"subject": "", "body": {"contentType": "Text", "content": ""}, "toRecipients": []}
            )
        except Refusal as refusal:
            if refusal.status != 400:
                raise

    async def _post(self, message: dict[str, object]) -> Answer:
        return await self._api.write(
            "POST",
            self._path,
            {"message": message, "saveToSentItems": True},
            accept=tuple(range(200, 300)),
            failure=lambda answer, _: mail_failure(answer),
        )


class ManualMail:
    """No way to send mails is set up: people send them."""

    async def send(self, mail: OutgoingMail) -> None:  # noqa: ARG002 - the port's signature
        raise Permanent(Reason.MAIL_NOT_CONFIGURED)

    async def rehearse(self) -> None:
        raise Permanent(Reason.MAIL_NOT_CONFIGURED)


@dataclass(frozen=True)
class SmtpServer:
    """Where mail goes. `implicit_tls`: from the first byte; `starttls`: required before anything is said."""

    host: str
    port: int
    username: str | None
    password: str | None
    implicit_tls: bool
    starttls: bool

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """Read `smtp://user:password@host:port?starttls=1` or `smtps://...`. Raises `ValueError`."""
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("an SMTP address is smtp://host or smtps://host")
        implicit = parts.scheme == "smtps"
        starttls = parse_qs(parts.query).get("starttls", ["0"])[-1].lower() in {"1", "true", "yes"}
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if implicit else 587 if starttls else 25),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            implicit_tls=implicit,
            starttls=starttls and not implicit,
        )


class SmtpMail:
    """Implements `bot.ports.microsoft.MailSender` by SMTP, one connection per mail."""

    def __init__(
        self,
        *,
        server: SmtpServer,
        mail_from: str,
        clock: Clock,
        tls: ssl.SSLContext | None = None,
        timeout: timedelta = timedelta(seconds=20),
    ) -> None:
        """`mail_from`: an address, or `Name <address>`. Raises `ValueError` for neither."""
        self._server = server
        name, address = parseaddr(mail_from)
        self._sender = _address(name, address)
        self._clock = clock
        self._tls = tls or tls_context()
        self._seconds = timeout.total_seconds()

    async def send(self, mail: OutgoingMail) -> None:
        """
        Send `mail` as text and HTML.

        Raises:
            Permanent: RECIPIENT_REFUSED; MAIL_DENIED for the login, the sender or the content.
            Temporary: the server is out of reach, or asked to come back later.
            OutcomeUnknown: the connection broke after the mail was handed over.
        """
        message = self._message(mail)
        async with self._client() as client:
            await self._introduce(client)
            await self._name_recipient(client, mail)
            await self._hand_over(client, message)

    async def rehearse(self) -> None:
        """Log in, name the sender, leave: nothing is sent. Raises `Temporary`, `Permanent` (MAIL_DENIED)."""
        async with self._client() as client:
            await self._introduce(client)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[aiosmtplib.SMTP]:
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            use_tls=self._server.implicit_tls,
            start_tls=False,
            tls_context=self._tls,
            timeout=self._seconds,
        )
        try:
            yield client
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
        finally:
            await _closed(client)

    def _message(self, mail: OutgoingMail) -> EmailMessage:
        message = EmailMessage(policy=POLICY)
        try:
            message["From"] = self._sender
            message["To"] = _address(mail.to_name, mail.to_address)
        except (ValueError, MessageError):
            raise Permanent(Reason.RECIPIENT_REFUSED, "this is not a mail address") from None
        try:
            message["Subject"] = mail.subject
        except ValueError:
            raise Permanent(Reason.REQUEST_REFUSED, "the subject has more than one line") from None
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = make_msgid(domain=self._sender.domain)
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message

    async def _introduce(self, client: aiosmtplib.SMTP) -> None:
        """Log in and name the sender."""
        try:
            await self._connect(client)
            await client.mail(self._sender.addr_spec)
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error, Reason.MAIL_DENIED, self._server.password) from None
        except OSError as error:  # a broken connection and silence, in aiosmtplib's classes too
            raise Temporary(f"the mail server was not reached: {type(error).__name__}") from error
        except aiosmtplib.SMTPException as error:  # no STARTTLS there, or no way to log in
            raise Permanent(Reason.MAIL_DENIED, redacted(str(error), self._server.password)) from None

    async def _name_recipient(self, client: aiosmtplib.SMTP, mail: OutgoingMail) -> None:
        """The last step before the mail itself: nothing has been sent when this fails."""
        try:
            await client.rcpt(_address("", mail.to_address).addr_spec)
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error, Reason.RECIPIENT_REFUSED, self._server.password) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Temporary(f"the mail server broke off: {type(error).__name__}") from error

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        await client.connect()
        if self._server.starttls:
            await client.starttls(tls_context=self._tls)
        if self._server.username:
            await client.login(self._server.username, self._server.password or "")

    async def _hand_over(self, client: aiosmtplib.SMTP, message: EmailMessage) -> None:
        try:
            await client.data(message.as_bytes())
        except aiosmtplib.SMTPResponseException as error:
            if isinstance(error, aiosmtplib.SMTPConnectResponseError) or error.code < 400:
                raise OutcomeUnknown("the mail server's answer makes no sense") from error
            raise _refused(error, Reason.MAIL_DENIED, self._server.password) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise OutcomeUnknown(f"no answer to the mail: {type(error).__name__}") from error


async def _closed(client: aiosmtplib.SMTP) -> None:
    """Close at once: a server that broke off would keep a TLS farewell waiting."""
    if client.transport is not None:
        cast("asyncio.WriteTransport", client.transport).abort()
    client.close()
    await asyncio.sleep(0)


def _address(name: str, address: str) -> Address:
    """Return the address, its domain in ASCII. Raises `ValueError` for none, or one with a line break."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not domain or not local.isascii():
        raise ValueError("not a mail address")
    parsed = Address(display_name=name, addr_spec=f"{local}@{domain.encode('idna').decode()}")
    if any(character.isspace() for character in parsed.addr_spec):
        raise ValueError("not a mail address")
    return parsed


def _refused(error: aiosmtplib.SMTPResponseException, reason: Reason, password: str | None) -> Exception:
    detail = redacted(f"SMTP {error.code} {error.message}", password)
    return Permanent(reason, detail) if error.code >= 500 else Temporary(detail)
