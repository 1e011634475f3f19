import asyncio
import socket
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bot.microsoft.mail import GraphMail, SmtpMail, SmtpServer
from bot.microsoft.transport import tls_context
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.ports.microsoft import OutgoingMail
from tests.integration.microsoft.stub import Certificates, HandClock, Microsoft, lost

LINK = "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId=1&DAP=false#/x"
MAIL = OutgoingMail(
    to_name="Fabrikam Admin",
    to_address="admin@fabrikam.example",
    subject="Grüße from Contoso",
    text=f"Please open\n{LINK}\n你好",
    html=f'<p>Please open <a href="{LINK}">this</a></p>',
)
SEND = "POST /v1.0/users/partners%40contoso.example/sendMail"


@pytest.fixture
def graph_mail(microsoft: Microsoft) -> GraphMail:
    return GraphMail(
        transport=microsoft.transport,
        tokens=microsoft.tokens,
        endpoints=microsoft.endpoints,
        mail_from="partners@contoso.example",
    )


async def test_graph_is_sent_the_documented_message(microsoft: Microsoft, graph_mail: GraphMail) -> None:
    microsoft.graph.on(SEND, (202, b""))
    await graph_mail.send(MAIL)

    assert microsoft.graph.seen[0].json == {
        "message": {
            "subject": MAIL.subject,
            "body": {"contentType": "HTML", "content": MAIL.html},
            "toRecipients": [{"emailAddress": {"address": MAIL.to_address, "name": MAIL.to_name}}],
        },
        "saveToSentItems": True,
    }


@pytest.mark.parametrize("answer", [lost, (500, b""), (502, b""), (504, b""), (200, {"id": "1"})])
async def test_a_mail_whose_fate_is_unclear_is_not_sent_again(
    microsoft: Microsoft, graph_mail: GraphMail, answer: Any
) -> None:
    microsoft.graph.on(SEND, answer)

    with pytest.raises(OutcomeUnknown):
        await graph_mail.send(MAIL)

    assert len(microsoft.graph.seen) == 1


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (403, "ErrorAccessDenied", Reason.MAIL_DENIED),
        (403, "Forbidden", Reason.MAIL_DENIED),
        (400, "ErrorInvalidRecipients", Reason.RECIPIENT_REFUSED),
        (404, "MailboxNotEnabledForRESTAPI", Reason.MAILBOX_MISSING),
        (404, "ErrorItemNotFound", Reason.MAILBOX_MISSING),
        (404, "Request_ResourceNotFound", Reason.MAILBOX_MISSING),
        (400, "ErrorInvalidRequest", Reason.REQUEST_REFUSED),
    ],
)
async def test_a_refused_mail_says_why(
    microsoft: Microsoft, graph_mail: GraphMail, status: int, code: str, reason: Reason
) -> None:
    microsoft.graph.on(SEND, (status, {"error": {"code": code, "message": f"about {MAIL.to_address}"}}))

    with pytest.raises(Permanent) as caught:
        await graph_mail.send(MAIL)

    assert caught.value.reason is reason
    assert MAIL.to_address not in str(caught.value)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_mailbox_is_temporary(microsoft: Microsoft, graph_mail: GraphMail, status: int) -> None:
    microsoft.graph.on(SEND, (status, b""))

    with pytest.raises(Temporary):
        await graph_mail.send(MAIL)


class Mailbox:
    """An SMTP server's handler that keeps what it got and answers as told."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.after_rcpt = "250 OK"
        self.after_data: str | None = "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.after_rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - see above
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        if self.after_data is None:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return "250 never arrives"
        return self.after_data


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


class OneController(Controller):
    """Serves with STARTTLS and one account."""

    def __init__(self, mailbox: Mailbox, tls: ssl.SSLContext) -> None:
        super().__init__(
            mailbox,
            hostname="127.0.0.1",
            port=0,
            tls_context=tls,
            auth_required=False,
            authenticator=_authenticate,
        )

    def _trigger_server(self) -> None:
        """The parent connects to the port it was given; by now there is a real one."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd leaves it untyped


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"partners", b"p@ss word")
    return AuthResult(success=good, handled=False)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp_port(mailbox: Mailbox, certificates: Certificates) -> Iterator[int]:
    controller = OneController(mailbox, certificates.server())
    controller.start()
    try:
        assert controller.server is not None
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture
def smtp_mail(smtp_port: int, certificates: Certificates) -> SmtpMail:
    return an_smtp_mail(f"smtp://partners:p%40ss%20word@localhost:{smtp_port}?starttls=1", certificates)


def an_smtp_mail(url: str, certificates: Certificates) -> SmtpMail:
    return SmtpMail(
        server=SmtpServer.from_url(url),
        mail_from="Contoso Partners <partners@contoso.example>",
        clock=HandClock(),
        tls=tls_context(certificates.ca_file),
    )


async def test_a_mail_arrives_in_both_forms_with_its_link_intact(
    mailbox: Mailbox, smtp_mail: SmtpMail
) -> None:
    await smtp_mail.send(MAIL)

    (got,) = mailbox.mails
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None
    assert html is not None
    assert LINK in text.get_content()
    assert "你好" in text.get_content()
    assert LINK in html.get_content()
    assert got["Subject"] == MAIL.subject
    assert got["To"] == "Fabrikam Admin <admin@fabrikam.example>"
    assert got["From"] == "Contoso Partners <partners@contoso.example>"
    assert got["Date"].datetime == HandClock().now()
    assert got["Message-ID"].endswith("@contoso.example>")


async def test_a_rehearsal_logs_in_and_sends_nothing(mailbox: Mailbox, smtp_mail: SmtpMail) -> None:
    mailbox.after_rcpt = "550 nobody is named in a rehearsal"
    await smtp_mail.rehearse()

    assert mailbox.mails == []


async def test_a_refused_recipient_is_permanent(mailbox: Mailbox, smtp_mail: SmtpMail) -> None:
    mailbox.after_rcpt = "550 5.1.1 no such user admin@fabrikam.example"

    with pytest.raises(Permanent) as caught:
        await smtp_mail.send(MAIL)

    assert caught.value.reason is Reason.RECIPIENT_REFUSED
    assert "fabrikam" not in str(caught.value)


async def test_a_greylisted_recipient_is_temporary(mailbox: Mailbox, smtp_mail: SmtpMail) -> None:
    mailbox.after_rcpt = "451 4.7.1 come back later"

    with pytest.raises(Temporary):
        await smtp_mail.send(MAIL)


async def test_a_lost_answer_after_the_mail_is_unknown(mailbox: Mailbox, smtp_mail: SmtpMail) -> None:
    mailbox.after_data = None

    with pytest.raises(OutcomeUnknown):
        await smtp_mail.send(MAIL)


@pytest.mark.parametrize(("answer", "failure"), [("554 spam", Permanent), ("452 full", Temporary)])
async def test_a_mail_refused_after_its_text_was_not_sent(
    mailbox: Mailbox, smtp_mail: SmtpMail, answer: str, failure: type[Exception]
) -> None:
    mailbox.after_data = answer

    with pytest.raises(failure):
        await smtp_mail.send(MAIL)


async def test_a_wrong_password_is_denied_and_not_shown(smtp_port: int, certificates: Certificates) -> None:
    mail = an_smtp_mail(f"smtp://partners:wrong-word@localhost:{smtp_port}?starttls=1", certificates)

    with pytest.raises(Permanent) as caught:
        await mail.send(MAIL)
    with pytest.raises(Permanent):
        await mail.rehearse()

    assert caught.value.reason is Reason.MAIL_DENIED
    assert "wrong-word" not in str(caught.value)


async def test_a_server_without_encryption_is_not_sent_a_password(certificates: Certificates) -> None:
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=unused_port())
    controller.start()
    mail = an_smtp_mail(f"smtp://partners:word@localhost:{controller.port}?starttls=1", certificates)
    try:
        with pytest.raises(Permanent) as caught:
            await mail.send(MAIL)
    finally:
        controller.stop()

    assert caught.value.reason is Reason.MAIL_DENIED


async def test_a_server_nobody_runs_is_temporary(certificates: Certificates) -> None:
    with pytest.raises(Temporary):
        await an_smtp_mail("smtp://localhost:9", certificates).send(MAIL)


@pytest.mark.parametrize(
    "change",
    [
        {"to_address": "admin@fabrikam.example\r\nBcc: all@contoso.example"},
        {"to_address": "admin@fabrikam.example, all@contoso.example"},
        {"to_address": "nobody"},
        {"to_name": "Fabrikam\r\nBcc: all@contoso.example"},
        {"subject": "Hello\r\nBcc: all@contoso.example"},
    ],
)
async def test_no_header_can_be_smuggled_in(
    mailbox: Mailbox, smtp_mail: SmtpMail, change: dict[str, str]
) -> None:
    parts = {"to_name": "A", "to_address": "admin@fabrikam.example", "subject": "S", "text": "t", "html": "h"}

    with pytest.raises(Permanent):
        await smtp_mail.send(OutgoingMail(**(parts | change)))

    assert not mailbox.mails


def test_the_server_is_read_from_its_address() -> None:
    assert SmtpServer.from_url("smtps://mail.contoso.example") == SmtpServer(
        "mail.contoso.example", 465, None, None, implicit_tls=True, starttls=False
    )
    assert SmtpServer.from_url("smtp://u%40x:p%3A@mail.contoso.example?starttls=1") == SmtpServer(
        "mail.contoso.example", 587, "u@x", "p:", implicit_tls=False, starttls=True
    )
    with pytest.raises(ValueError):
        SmtpServer.from_url("http://mail.contoso.example")
