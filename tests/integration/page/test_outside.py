from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientError

from bot.sandbox.fake_microsoft import FakeMicrosoft, Mode, WebhookAttempt
from bot.sandbox.fake_microsoft.delivery import Registration
from bot.sandbox.fake_microsoft.events import EVENT_NAMES
from bot.sandbox.fake_microsoft.roles import GLOBAL_READER
from bot.sandbox.fake_microsoft.sample import FABRIKAM, HELPDESK_GROUP
from bot.sandbox.fake_slack import FakeSlack
from bot.sandbox.page.signatures import of_slack
from tests.integration.fake_slack.tools import Api, TinyApp
from tests.integration.page.served import Script
from tests.integration.page.stage import BareStage

DOMAIN = "fabrikam.com"
Json = dict[str, Any]


def reseller_link(microsoft: FakeMicrosoft) -> str:
    partner = microsoft.partner_tenant_id
    query = f"invType=ResellerRelationship&partnerId={partner}&msppId=0"
    return f"{microsoft.world.portal_url}/Adminportal/Home?{query}#/BillingAccounts/partner-invitation"


async def waiting_relationship(microsoft: FakeMicrosoft) -> str:
    body = {
        "displayName": "Fabrikam",
        "duration": "P730D",
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": GLOBAL_READER}]},
    }
    relationship = microsoft.gdap.create(body)
    microsoft.gdap.request(relationship, "lockForApproval")
    await microsoft.settle()
    return relationship.id


async def tenant(script: Script) -> Json:
    return next(each for each in (await script.get("/api/world"))["tenants"] if each["domain"] == DOMAIN)


async def relationship(script: Script) -> Json:
    [only] = (await script.get("/api/world"))["relationships"]
    return dict(only)


async def test_a_customer_accepts_the_partner(script: Script, microsoft: FakeMicrosoft) -> None:
    link = reseller_link(microsoft)

    page = await script.act("/api/microsoft", act="follow", domain=DOMAIN, link=link)
    await script.act("/api/microsoft", act="accept_reseller", domain=DOMAIN, link=link)
    await script.act("/api/microsoft", act="sign_agreement", domain=DOMAIN)

    assert (page["kind"], page["partner"]) == ("reseller", "Contoso")
    assert FABRIKAM.id in microsoft.world.customers
    assert (await tenant(script))["is_customer"]
    assert (await tenant(script))["agreement_signed"]


async def test_a_customer_declines_and_nothing_changes(script: Script, microsoft: FakeMicrosoft) -> None:
    await script.act("/api/microsoft", act="decline", domain=DOMAIN, link=reseller_link(microsoft))

    assert not (await tenant(script))["is_customer"]


async def test_admin_access_is_approved_used_and_taken_away(script: Script, microsoft: FakeMicrosoft) -> None:
    link = microsoft.admin_access_link(await waiting_relationship(microsoft))

    page = await script.act("/api/microsoft", act="follow", domain=DOMAIN, link=link)
    assert (page["roles"], page["duration"]) == (["Global Reader"], "P730D")

    await script.act("/api/microsoft", act="approve_admin_access", domain=DOMAIN, link=link)
    await microsoft.settle()
    held = await relationship(script)
    assert held["status"] == "active"

    assign: Json = {"act": "assign_group", "relationship_id": held["id"], "group_id": HELPDESK_GROUP}
    await script.act("/api/microsoft", **assign)
    await microsoft.settle()
    assert (await relationship(script))["assignments"] == [{"group": "GDAP Helpdesk", "status": "active"}]
    assert (await script.refused("/api/microsoft", **assign))["kind"] == "microsoft"

    await script.act("/api/microsoft", act="remove_roles", domain=DOMAIN, relationship_id=held["id"])
    await microsoft.settle()
    assert (await relationship(script))["status"] == "terminated"


async def test_the_customer_ends_the_reseller_relationship(script: Script, microsoft: FakeMicrosoft) -> None:
    microsoft.add_customer(DOMAIN)
    await script.act("/api/microsoft", act="remove_reseller_relationship", domain=DOMAIN)

    assert not (await tenant(script))["is_customer"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"link": "https://admin.microsoft.com/elsewhere"}, "does not lead to an invitation"),
        ({"role": "user"}, "may not do this"),
        ({"domain": "tailspintoys.com"}, "cannot sell in your country"),
        ({"domain": "nobody.example"}, "Nobody here belongs to nobody.example"),
    ],
)
async def test_the_portal_refuses_in_words(
    script: Script, microsoft: FakeMicrosoft, changes: Json, words: str
) -> None:
    body: Json = {"act": "accept_reseller", "domain": DOMAIN, "link": reseller_link(microsoft)} | changes

    refusal = await script.refused("/api/microsoft", **body)

    assert refusal["kind"] == "portal"
    assert words in refusal["text"]


async def test_a_mail_sent_by_hand_is_in_the_mailbox_with_its_links(script: Script) -> None:
    mail: Json = {
        "to": "admin@fabrikam.com",
        "subject": "Hello",
        "text": "Open https://admin.microsoft.com/x.",
    }
    await script.act("/api/microsoft", act="send_mail", person="U0ANA", **mail)

    [sent] = (await script.get("/api/world"))["mails"]
    assert (sent["sender"], sent["to"]) == ("ana@contoso.com", ["admin@fabrikam.com"])
    link = "https://admin.microsoft.com/x"
    assert sent["parts"] == [{"text": "Open "}, {"text": link, "href": link}, {"text": "."}]


async def test_a_long_time_passes_in_short_steps(script: Script, stage: BareStage) -> None:
    await script.act("/api/clock", by="quarter")

    assert stage.moves == [timedelta(days=10)] * 9
    assert (await script.get("/api/world"))["ahead_seconds"] == timedelta(days=90).total_seconds()


async def test_an_hour_is_one_step(script: Script, stage: BareStage) -> None:
    await script.act("/api/clock", by="hour")

    assert stage.moves == [timedelta(hours=1)]


async def test_slack_refuses_while_the_switch_is_on(script: Script, api: Api) -> None:
    await script.act("/api/troubles", slack="rate_limited")
    async with api.post("auth.test", {}) as limited, api.post("auth.test", {}) as again:
        assert (limited.status, again.status) == (429, 429)

    await script.act("/api/troubles", slack="none")
    assert (await api("auth.test"))["ok"]


@pytest.mark.parametrize(("trouble", "status"), [("throttled", 429), ("server_error", 500), ("none", 401)])
async def test_microsoft_fails_as_the_switch_says(
    script: Script, microsoft: FakeMicrosoft, trouble: str, status: int
) -> None:
    await script.act("/api/troubles", microsoft=trouble)

    async with script.session.get(f"{microsoft.partner_center_url}/v1/customers") as response:
        assert response.status == status
    assert (await script.get("/api/world"))["troubles"]["microsoft"] == trouble


async def test_a_lost_answer_is_lost_after_the_work_and_reading_goes_on(
    script: Script, microsoft: FakeMicrosoft
) -> None:
    await script.act("/api/troubles", microsoft="answer_lost")
    customers = f"{microsoft.partner_center_url}/v1/customers"

    async with script.session.get(customers) as response:
        assert response.status == 401
    with pytest.raises(ClientError):
        await script.session.post(customers)


@pytest.mark.parametrize(
    ("trouble", "mode"),
    [
        ("lost", Mode.LOST),
        ("doubled", Mode.DUPLICATED),
        ("reordered", Mode.HELD),
        ("forged", Mode.SELF_SIGNED),
        ("arrive", Mode.NORMAL),
    ],
)
async def test_webhooks_go_the_way_the_switch_says(
    script: Script, microsoft: FakeMicrosoft, trouble: str, mode: Mode
) -> None:
    await script.act("/api/troubles", webhooks=trouble)

    assert microsoft.deliveries.mode is mode
    assert (await script.get("/api/world"))["troubles"]["webhooks"] == trouble


async def test_what_is_held_back_goes_out_the_newest_first(
    script: Script, microsoft: FakeMicrosoft, bot: TinyApp
) -> None:
    microsoft.deliveries.registration = registration(bot.url)
    await script.act("/api/troubles", webhooks="reordered")
    for domain in (DOMAIN, "adatum.com"):
        link: Json = {"act": "accept_reseller", "domain": domain, "link": reseller_link(microsoft)}
        await script.act("/api/microsoft", **link)
    assert attempts(microsoft) == ["held", "held"]

    await script.act("/api/troubles", webhooks="arrive")
    await microsoft.deliveries.idle()

    assert attempts(microsoft)[2:] == ["delivered", "delivered"]
    held, sent = events(microsoft)[:2], events(microsoft)[2:]
    assert sent == held[::-1]


async def test_who_starts_over_has_no_trouble(script: Script, microsoft: FakeMicrosoft) -> None:
    await script.act("/api/troubles", slack="slow", microsoft="throttled")

    await script.act("/api/start")

    assert set((await script.get("/api/world"))["troubles"].values()) == {"none", "arrive"}


async def test_traffic_shows_the_newest_first_and_no_secret(
    script: Script, slack: FakeSlack, api: Api, bot: TinyApp, microsoft: FakeMicrosoft
) -> None:
    for _ in range(60):
        await api("auth.test")
    await script.act("/api/slack", act="say", person="U0ANA", channel="C0RANDOM", text="/customers")

    entries = (await script.get("/api/traffic"))["traffic"]
    text = str(entries)
    assert len(entries) == 60
    assert (entries[0]["way"], entries[0]["title"]) == ("slack>app", "/customers")
    assert entries[1]["title"] == "auth.test"
    hook = next(iter(slack.workspace.hooks))
    secrets = (slack.bot_token, slack.signing_secret, microsoft.client_secret, hook, hook.replace("/", "%2F"))
    assert not [secret for secret in secrets if secret in text]


async def test_a_request_of_slacks_is_shown_as_it_was_with_a_signature_that_holds(
    script: Script, bot: TinyApp
) -> None:
    await script.act("/api/slack", act="say", person="U0ANA", channel="C0RANDOM", text="/customers a b")

    [entry, *_] = (await script.get("/api/traffic"))["traffic"]
    assert "command=%2Fcustomers&text=a+b" in entry["request"]
    assert '"text": "a b"' in entry["decoded"]
    sent = bot.received[-1].headers
    assert entry["signature"]["value"] == sent["X-Slack-Signature"]
    assert entry["signature"]["covers"] == f"v0:{sent['X-Slack-Request-Timestamp']}:<body>"
    assert entry["signature"]["holds"]


async def test_a_signature_does_not_hold_over_other_bytes_or_with_another_secret(
    script: Script, slack: FakeSlack, bot: TinyApp
) -> None:
    await script.act("/api/slack", act="say", person="U0ANA", channel="C0RANDOM", text="/customers")
    sent = slack.traffic.deliveries[-1]

    for delivery, secret in ((replace(sent, body=f"{sent.body}&"), slack.signing_secret), (sent, "another")):
        signature = of_slack(delivery, secret)
        assert signature is not None
        assert not signature["holds"]


@pytest.mark.parametrize(("trouble", "holds"), [("arrive", True), ("forged", False)])
async def test_an_event_shows_its_signature_and_whether_it_is_microsofts(
    script: Script, microsoft: FakeMicrosoft, bot: TinyApp, trouble: str, holds: bool
) -> None:
    microsoft.deliveries.registration = registration(bot.url)
    await script.act("/api/troubles", webhooks=trouble)
    link: Json = {"act": "accept_reseller", "domain": DOMAIN, "link": reseller_link(microsoft)}
    await script.act("/api/microsoft", **link)
    await microsoft.deliveries.idle()

    entries = (await script.get("/api/traffic"))["traffic"]
    [event] = [each for each in entries if each["way"] == "partner_center>app"]
    assert event["signature"]["holds"] is holds
    assert event["signature"]["value"]
    assert "/cert/" in event["signature"]["covers"]


async def test_every_tenant_has_the_portal_of_its_cloud(script: Script) -> None:
    tenants = (await script.get("/api/world"))["tenants"]

    portals = {each["cloud"]: each["portal"] for each in tenants}
    assert portals == {
        "public": "admin.microsoft.com",
        "us_gov": "portal.office365.us",
        "china": "portal.partner.microsoftonline.cn",
    }


def registration(url: str) -> Registration:
    return Registration(url, EVENT_NAMES, signature_in_ms_header=False, modified_at=datetime.now(UTC))


def webhooks(microsoft: FakeMicrosoft) -> list[WebhookAttempt]:
    return [entry for entry in microsoft.feed if isinstance(entry, WebhookAttempt)]


def attempts(microsoft: FakeMicrosoft) -> list[str]:
    return [each.outcome for each in webhooks(microsoft)]


def events(microsoft: FakeMicrosoft) -> list[bytes]:
    return [each.body for each in webhooks(microsoft)]
