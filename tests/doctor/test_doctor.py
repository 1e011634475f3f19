"""What the doctor says when all is well, and what it leaves as it was."""

import os
import time
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bot.operations.doctor import ILL, UNREADABLE, WELL, examine
from bot.operations.doctor.examination import Patience
from bot.operations.doctor.findings import CheckName, State
from bot.operations.doctor.report import Printed
from bot.operations.doctor.site import look_at
from bot.sandbox.fake_microsoft import Slow
from bot.sandbox.run import Sandbox, sandbox
from bot.sandbox.waiting import at_rest
from tests import databases
from tests.doctor.surroundings import WORDS, Row, Surroundings, kinds, listing, rows
from tests.scenario.overture_process import Bot
from tests.scenario.test_serve_by_settings import next_release

READS_OF_SLACK = {
    "auth.test",
    "conversations.info",
    "users.info",
    "usergroups.users.list",
    "apps.connections.open",
}


async def test_a_healthy_sandbox_has_only_good_lines(capsys: pytest.CaptureFixture[str]) -> None:
    async with sandbox() as box, look_at(box.settings, box.clock) as site:
        findings = await examine(site, WORDS)
    capsys.readouterr()  # the bot's log
    page = Printed(WORDS)
    for finding in findings:
        page.one(finding)
    page.sum(findings)

    *lines, empty, last = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CheckName)
    assert [line for line in lines if not line.startswith(("ok ", "not used "))] == []
    assert [line[13:].strip() for line in lines if line.startswith("not used")] == [
        "Slack Socket Mode",
        "Requesters",
    ]
    assert (empty, last) == ("", "No problem was found.")


async def test_a_sandbox_that_has_been_moved_in_time_is_healthy_too() -> None:
    async with sandbox() as box:
        await box.move(timedelta(days=60))
        async with look_at(box.settings, box.clock) as site:
            assert kinds(await examine(site, WORDS)) == {}


async def test_a_sign_in_stays_good_for_the_bot_that_keeps_it() -> None:
    """Here Microsoft takes every refresh token once."""
    async with sandbox() as box:
        box.microsoft.behaviour.old_refresh_tokens_refused = True
        await signs_in_again(box)
        for _ in range(2):
            async with look_at(box.settings, box.clock) as site:
                assert kinds(await examine(site, WORDS)) == {}
            await signs_in_again(box)


async def signs_in_again(box: Sandbox) -> None:
    """The bot fetches the link for customers, after an hour that made its tokens useless."""
    await box.move(timedelta(hours=1))
    await at_rest(box)
    assert await box.app.microsoft.partner_center.relationship_request_url()


async def test_nothing_is_changed_by_looking(here: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    here.set(SLACK_APP_TOKEN=here.slack.app_token, ADMINISTRATORS="S0APPROVERS")
    registered, before = here.microsoft.deliveries.registration, listing(here.folder)
    findings = await here.found(monkeypatch)

    assert {finding.state for finding in findings} == {State.OK, State.UNUSED}
    assert listing(here.folder) == before
    assert {call.method for call in here.slack.traffic.calls} == READS_OF_SLACK
    assert here.microsoft.mailbox == []
    assert here.microsoft.deliveries.registration == registered
    asked = {(one.method, one.service) for one in here.microsoft.feed.traffic if one.method != "GET"}
    assert asked == {("POST", "authority"), ("POST", "graph")}
    token = here.microsoft.refresh_tokens.find(here.microsoft.refresh_token)
    assert token is not None
    assert not token.replaced


async def test_a_database_that_does_not_exist_yet_is_not_made(
    here: Surroundings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    here.set(DATABASE_URL=f"sqlite:///{tmp_path / 'new' / 'overture.db'}", ENCRYPTION_KEYS="")

    assert kinds(await here.found(monkeypatch)) == {}
    assert os.listdir(tmp_path / "new") == []


@pytest.mark.postgres
async def test_on_postgres_a_key_has_to_be_set_before_the_first_start(
    here: Surroundings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with databases.empty("postgres", tmp_path) as url:
        here.set(DATABASE_URL=url)
        with_key = kinds(await here.found(monkeypatch))
        here.set(ENCRYPTION_KEYS="")
        without = await here.found(monkeypatch)

    assert with_key == {}
    assert kinds(without) == {CheckName.ENCRYPTION: ["key_missing"]}
    assert rows(without)[CheckName.SIGN_IN]["because"] == CheckName.ENCRYPTION


async def test_who_may_not_request_may_be_the_only_approver(
    here: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.set(APPROVERS="U0BEN", REQUESTERS="U0ANA")

    assert kinds(await here.found(monkeypatch)) == {}


async def test_a_group_of_two_is_enough_to_approve(
    here: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.set(APPROVERS="S0APPROVERS")

    assert kinds(await here.found(monkeypatch)) == {}


async def test_what_depends_on_something_broken_is_not_blamed(
    here: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.slack.revoke_bot_token()
    found = rows(await here.found(monkeypatch))

    assert found[CheckName.CHANNELS] == {
        "check": "channels",
        "state": "unchecked",
        "found": "",
        "because": "slack_token",
        "problems": [],
    }
    assert found[CheckName.SIGN_IN]["state"] == "ok"


async def test_several_problems_are_told_at_once(here: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    here.set(APPROVERS="U0NOBODY, S0NONE", DEFAULT_CHANNEL="C0RANDOM", APPROVALS_CHANNEL="C0NONE")
    here.microsoft.world.partner.service_principals.clear()

    assert kinds(await here.found(monkeypatch)) == {
        CheckName.CHANNELS: ["not_in_channel", "channel_unknown"],
        CheckName.APPROVERS: ["person_unknown", "group_unknown"],
        CheckName.GDAP: ["service_principal_missing"],
    }


async def test_only_what_is_used_is_looked_at(here: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    here.set(WEBHOOK_URL="", MAIL="manual", SLACK_SIGNING_SECRET="", SLACK_APP_TOKEN=here.slack.app_token)
    here.microsoft.world.partner.app_permissions -= {"Mail.Send"}
    here.microsoft.deliveries.registration = None
    found = await here.found(monkeypatch)

    assert kinds(found) == {}
    unused = {"signing_secret", "requesters", "administrators", "webhook", "webhook_certificate", "mail"}
    assert {finding.check for finding in found if finding.state is State.UNUSED} == unused


async def test_tokens_that_only_microsoft_can_read_are_no_problem(
    here: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.microsoft.behaviour.access_tokens_opaque = True

    assert kinds(await here.found(monkeypatch)) == {}


async def test_one_of_several_certificate_hosts_is_enough(
    here: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.set(WEBHOOK_CERTIFICATE_HOSTS=f"localhost:9, {here.env['OVERTURE_WEBHOOK_CERTIFICATE_HOSTS']}")

    assert kinds(await here.found(monkeypatch)) == {}


class OneAccount(Controller):
    """A mail server without encryption and with one account; nobody gets to the text of a mail."""

    def __init__(self) -> None:
        super().__init__(
            self,
            hostname="127.0.0.1",
            port=0,
            auth_require_tls=False,
            auth_required=False,
            authenticator=_authenticate,
        )
        self.senders: list[str] = []

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.senders.append(address)
        return "250 OK" if address.endswith("@contoso.com") else "550 5.7.60 not your address"

    def _trigger_server(self) -> None:
        """The parent connects to the port it was given; by now there is a real one."""
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # asyncio's own Server
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd leaves it untyped


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"partners", b"word"), handled=False)


@pytest.mark.parametrize(
    ("account", "sender", "found"),
    [
        ("partners:word", "partners@contoso.com", {}),
        ("partners:another", "partners@contoso.com", {CheckName.MAIL: ["mail_denied"]}),
        ("partners:word", "partners@fabrikam.com", {CheckName.MAIL: ["mail_denied"]}),
    ],
)
async def test_a_mail_server_is_logged_in_to_and_sent_nothing(
    account: str,
    sender: str,
    found: dict[CheckName, list[str]],
    here: Surroundings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = OneAccount()
    server.start()
    here.stack.callback(server.stop)
    here.set(MAIL="smtp", MAIL_FROM=sender, SMTP_URL=f"smtp://{account}@127.0.0.1:{server.port}")
    here.microsoft.world.partner.app_permissions -= {"Mail.Send"}

    assert kinds(await here.found(monkeypatch)) == found
    assert server.senders in ([], [sender])


async def test_a_database_that_lags_behind_says_which_steps(here: Surroundings) -> None:
    ended = await here.as_process("--json", **next_release(here.folder))

    (problem,) = rows_of(ended.out)[CheckName.MIGRATIONS]["problems"]
    assert ended.status == ILL
    assert problem["kind"] == "migrations_pending"
    assert "0002" in problem["what"]
    assert "overture migrate" in problem["next"]


def rows_of(out: str) -> dict[CheckName, Row]:
    return {CheckName(row["check"]): row for row in orjson.loads(out)}


async def test_the_doctor_may_come_while_the_bot_works(here: Surroundings) -> None:
    here.set(LISTEN="127.0.0.1:0")
    bot = Bot(here.folder, {name: value for name, value in here.env.items() if value}, 0)
    here.stack.push_async_callback(bot.kill)
    await bot.launch()
    await here.microsoft.wait_for(lambda seen: getattr(seen, "path", "").endswith("/oauth2/v2.0/token"), 20)
    ended = await here.as_process()

    assert (ended.status, ended.err) == (WELL, "")
    assert bot.process is not None
    assert bot.process.returncode is None


async def test_with_nothing_set_it_says_what_to_set_first_and_where_that_is_explained(
    here: Surroundings,
) -> None:
    here.env = {}
    ended = await here.as_process()

    assert (ended.status, ended.err) == (UNREADABLE, "")
    assert "OVERTURE_SLACK_BOT_TOKEN" in ended.out
    assert "OVERTURE_PARTNER_TENANT_ID" in ended.out
    assert "OVERTURE_CLIENT_SECRET" in ended.out
    assert 'README, "The Slack app"' in ended.out


async def test_machines_get_a_list_and_people_a_page_without_colours_where_nobody_looks(
    here: Surroundings,
) -> None:
    here.set(DEFAULT_CHANNEL="C0RANDOM")
    machine, person = await here.as_process("--json"), await here.as_process()

    found = rows_of(machine.out)
    assert (machine.status, person.status, machine.err + person.err) == (ILL, ILL, "")
    assert list(found) == list(CheckName)
    assert found[CheckName.CHANNELS]["problems"] == [
        {
            "kind": "not_in_channel",
            "what": "Overture is not in the channel random.",
            "where": "OVERTURE_DEFAULT_CHANNEL",
            "next": "Type in that channel: /invite @overture",
        }
    ]
    assert "\x1b" not in person.out
    assert "Next: Type in that channel: /invite @overture" in person.out


async def test_a_setting_nothing_can_be_built_from_is_status_2(here: Surroundings) -> None:
    here.set(AUTHORITY_URL="http://login.contoso.example")
    ended = await here.as_process()

    assert (ended.status, ended.err) == (UNREADABLE, "")
    assert "has to begin with https://" in ended.out


async def test_it_ends_in_half_a_minute_if_nobody_ever_answers(here: Surroundings) -> None:
    silent = await here.silent_port()
    here.set(
        SLACK_API_URL=f"http://127.0.0.1:{silent}/api/",
        AUTHORITY_URL=f"https://localhost:{silent}",
        DATABASE_URL=f"postgresql://overture@127.0.0.1:{silent}/overture",
        WEBHOOK_CERTIFICATE_HOSTS=f"localhost:{silent}",
        SMTP_URL=f"smtp://127.0.0.1:{silent}",
    )
    began = time.monotonic()
    ended = await here.as_process("--json")

    assert time.monotonic() - began < 30
    assert ended.status == ILL
    states = {row["state"] for row in rows_of(ended.out).values()}
    assert {"problem", "unchecked"} <= states


async def test_all_checks_together_have_a_limit_too(
    here: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.patience = Patience(one=20, all=1.5)
    here.microsoft.faults.plan("graph", "GET", "*/delegatedAdminRelationships", Slow(4))
    began = time.monotonic()
    found = await here.found(monkeypatch)

    assert time.monotonic() - began < 4
    assert kinds(found)[CheckName.GDAP] == ["overdue"]


async def test_a_token_that_never_comes_keeps_nobody(here: Surroundings) -> None:
    """The thread that waits for it cannot be ended, and the process ends without it."""
    here.set(MICROSOFT_TIMEOUT_SECONDS="60")
    here.microsoft.faults.plan("authority", "POST", "*/oauth2/v2.0/token", Slow(60))
    began = time.monotonic()
    ended = await here.as_process("--json")

    assert time.monotonic() - began < 30
    assert rows_of(ended.out)[CheckName.MICROSOFT_APP]["problems"] != []
