from typing import Any

import pytest

from bot.sandbox.fake_microsoft import MailSent, ServerError, Throttle
from bot.sandbox.fake_microsoft.sample import FABRIKAM, SENDER
from tests.integration.fake_microsoft.client import Client
from tests.integration.fake_microsoft.conftest import MovableClock

SEND = f"/v1.0/users/{SENDER}/sendMail"


def recipient(address: str) -> dict[str, Any]:
    return {"emailAddress": {"address": address}}


def a_mail(save: object = True, **changes: Any) -> dict[str, Any]:
    message = {
        "subject": "Contoso would like to work with you",
        "body": {"contentType": "HTML", "content": "<p>Hello</p>"},
        "toRecipients": [recipient("admin@fabrikam.com")],
    }
    return {"message": message | changes, "saveToSentItems": save}


def tenant_path(domain: str) -> str:
    return f"/v1.0/tenantRelationships/findTenantInformationByDomainName(domainName='{domain}')"


async def test_a_domain_leads_to_its_tenant(client: Client) -> None:
    answer = await client.graph("GET", tenant_path("Fabrikam.com"))
    encoded = await client.graph("GET", tenant_path("fabrikam.com").replace("'", "%27"))

    assert answer.json["tenantId"] == FABRIKAM.id
    assert (answer.json["displayName"], answer.json["defaultDomainName"]) == ("Fabrikam", "fabrikam.com")
    assert encoded.json["tenantId"] == FABRIKAM.id


@pytest.mark.parametrize("domain", ["nobody.example", "proseware.com", FABRIKAM.id])
async def test_domains_nobody_holds_here_are_404(client: Client, domain: str) -> None:
    assert (await client.graph("GET", tenant_path(domain))).status == 404


async def test_tenant_information_needs_its_permission(client: Client) -> None:
    client.microsoft.world.partner.app_permissions = frozenset({"Mail.Send"})

    answer = await client.graph("GET", tenant_path("fabrikam.com"))

    assert (answer.status, answer.graph_code) == (403, "Authorization_RequestDenied")


@pytest.mark.parametrize(("kind", "content_type"), [("HTML", "html"), ("Text", "text"), ("text", "text")])
async def test_a_mail_is_accepted_with_an_empty_202(client: Client, kind: str, content_type: str) -> None:
    body = {"contentType": kind, "content": "Hello"}
    more = {"body": body, "replyTo": [recipient("ana@contoso.com")]}

    answer = await client.graph("POST", SEND, json=a_mail(**more))

    entry = await client.microsoft.wait_for(lambda entry: isinstance(entry, MailSent))
    assert isinstance(entry, MailSent)
    assert (answer.status, answer.content) == (202, b"")
    assert (entry.sender, entry.to, entry.reply_to) == (SENDER, ("admin@fabrikam.com",), ("ana@contoso.com",))
    assert (entry.content_type, entry.body) == (content_type, "Hello")
    assert client.microsoft.mailbox == [entry]


@pytest.mark.parametrize(("save", "status"), [(False, 202), ("false", 202), ("no", 400)])
async def test_saving_to_sent_items_is_a_choice(client: Client, save: object, status: int) -> None:
    assert (await client.graph("POST", SEND, json=a_mail(save))).status == status


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"toRecipients": []}, "ErrorInvalidRecipients"),
        ({"toRecipients": [recipient("nobody")]}, "ErrorInvalidRecipients"),
        ({"toRecipients": [recipient("a@b.example, c@d.example")]}, "ErrorInvalidRecipients"),
        ({"toRecipients": recipient("a@b.example")}, "BadRequest"),
        ({"toRecipients": [{"address": "a@b.example"}]}, "BadRequest"),
        ({"body": {"contentType": "Markdown", "content": "x"}}, "BadRequest"),
        ({"body": "x"}, "BadRequest"),
        ({"subject": None}, "BadRequest"),
        ({"recipients": []}, "BadRequest"),
    ],
)
async def test_messages_are_checked(client: Client, change: dict[str, Any], code: str) -> None:
    answer = await client.graph("POST", SEND, json=a_mail(**change))

    assert (answer.status, answer.graph_code) == (400, code)
    assert client.microsoft.mailbox == []


@pytest.mark.parametrize(
    ("mailbox", "status", "code"),
    [
        ("denied@contoso.com", 403, "ErrorAccessDenied"),
        ("nobody@contoso.com", 404, "ErrorInvalidUser"),
        ("old@contoso.com", 404, "MailboxNotEnabledForRESTAPI"),
    ],
)
async def test_each_mailbox_decides(client: Client, mailbox: str, status: int, code: str) -> None:
    client.microsoft.world.partner.mailboxes["old@contoso.com"] = "not_enabled"

    answer = await client.graph("POST", f"/v1.0/users/{mailbox}/sendMail", json=a_mail())

    assert (answer.status, answer.graph_code) == (status, code)


async def test_sending_needs_its_permission(client: Client) -> None:
    client.microsoft.world.partner.app_permissions = frozenset()

    assert (await client.graph("POST", SEND, json=a_mail())).status == 403


async def test_me_is_a_user(client: Client) -> None:
    user = await client.graph("POST", "/v1.0/me/sendMail", kind="user", json=a_mail())
    app = await client.graph("POST", "/v1.0/me/sendMail", kind="app", json=a_mail())

    assert (user.status, app.status) == (202, 400)
    assert client.microsoft.mailbox[0].sender == "admin@contoso.com"


async def test_a_mailbox_sends_so_many_a_minute(client: Client, clock: MovableClock) -> None:
    client.microsoft.behaviour.mails_per_minute = 2
    statuses = [(await client.graph("POST", SEND, json=a_mail())).status for _ in range(3)]
    clock.move(minutes=1)

    assert statuses == [202, 202, 429]
    assert (await client.graph("POST", SEND, json=a_mail())).status == 202


async def test_graph_throttles_and_fails_in_its_shape(client: Client) -> None:
    client.microsoft.faults.plan("graph", "POST", "*/sendMail", Throttle(10))
    client.microsoft.faults.plan("graph", "POST", "*/sendMail", ServerError(503, retry_after_seconds=4))

    throttled = await client.graph("POST", SEND, json=a_mail())
    failed = await client.graph("POST", SEND, json=a_mail())

    assert (throttled.status, throttled.headers["Retry-After"], throttled.graph_code) == (
        429,
        "10",
        "TooManyRequests",
    )
    assert (failed.status, failed.headers["Retry-After"]) == (503, "4")
    assert client.microsoft.mailbox == []
