"""`overture serve` and `overture migrate` as an administrator runs them: a process and its environment."""

import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import storage
from bot.sandbox.fake_microsoft import Slow
from bot.sandbox.story import Story, links
from storage.migrations import migrations_pending
from tests import databases
from tests.scenario.microsoft_side import MAIL, calls
from tests.scenario.overture_process import World, run_overture, world

SECRETS = ("ENCRYPTION_KEYS", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "CLIENT_SECRET", "REFRESH_TOKEN")


@pytest.fixture
async def url(kind: str, tmp_path: Path) -> AsyncIterator[str]:
    """A database without a single table."""
    async with databases.empty(kind, tmp_path) as found:
        yield found


async def tells_the_main_story(here: World) -> None:
    story = Story(here.box)
    await story.ana_invites(admin_access="helpdesk")
    await story.ben_approves()
    mail = await story.mail()
    await story.accepts(mail)
    await story.hears("Fabrikam", "accepted us as a reseller")
    await story.ana_hears("Fabrikam", "accepted us as a reseller")
    await story.hears("Admin access to", "no security group")
    (relationship,) = here.box.microsoft.gdap.relationships
    here.box.microsoft.assign_group(relationship)
    await story.hears("can be used now")
    assert len(links(mail)) == 2


async def test_the_main_story_by_settings_alone(url: str) -> None:
    async with world(url) as here:
        await here.bot.start()
        await tells_the_main_story(here)

        assert await here.bot.stop() == 0
    assert await migrations_pending(url) == []


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_secrets_may_be_in_files(url: str, tmp_path: Path) -> None:
    async with world(url) as here:
        env = dict(here.bot.env)
        for name in SECRETS:
            (tmp_path / name).write_text(env.pop(f"OVERTURE_{name}") + "\n")
            env[f"OVERTURE_{name}_FILE"] = str(tmp_path / name)
        here.bot.env = env
        await here.bot.start()

        await tells_the_main_story(here)


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_with_an_app_token_slack_needs_no_address_of_ours(url: str) -> None:
    async with world(url, SLACK_SIGNING_SECRET="") as here:
        here.bot.env = {**here.bot.env, "OVERTURE_SLACK_APP_TOKEN": here.box.slack.app_token}
        here.box.slack.deliver_to("http://127.0.0.1:9/nowhere")
        await here.bot.start()
        await Story(here.box).until(lambda: here.box.slack.sockets.is_connected, "the socket opens")

        await tells_the_main_story(here)
        assert await here.bot.stop() == 0


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_without_encryption_keys_one_is_made_beside_the_database(url: str, tmp_path: Path) -> None:
    async with world(url, ENCRYPTION_KEYS="") as here:
        await here.bot.start()
        await here.bot.stop()
        (key,) = (tmp_path / name for name in os.listdir(tmp_path) if name.endswith(".key"))
        await here.bot.start()

        assert key.stat().st_mode & 0o077 == 0
        assert here.box.microsoft.refresh_token not in here.bot.log.read_text()


async def test_migrate_says_what_it_applied_and_may_be_repeated(url: str, tmp_path: Path) -> None:
    async with world(url) as here:
        first = await run_overture("migrate", cwd=tmp_path, env=here.bot.env)
        second = await run_overture("migrate", cwd=tmp_path, env=here.bot.env)

    assert (first.status, first.out) == (0, "Applied: 0001\n")
    assert (second.status, second.out) == (0, "The database is up to date.\n")


WRONG = {
    "SLACK_BOT_TOKEN": ("", "These settings are missing: OVERTURE_SLACK_BOT_TOKEN."),
    "SLACK_SIGNING_SECRET": ("", "set OVERTURE_SLACK_SIGNING_SECRET, or OVERTURE_SLACK_APP_TOKEN"),
    "CLIENT_SECRET": ("", "set OVERTURE_CLIENT_SECRET or OVERTURE_CLIENT_CERTIFICATE"),
    "CLIENT_CERTIFICATE": (
        "/etc/overture/app.pem",
        "it has to be the PEM text of a certificate and its private key",
    ),
    "DEFAULT_CHANNEL": ("#general", "it has to be the id of a Slack channel (C...), not #general."),
    "APPROVERS": ("ben", "it takes ids of Slack users (U...) or user groups (S...), not ben."),
    "CHANNEL_LANGUAGE": ("zh", "it has to be one of en, zh_Hans, zh_Hant, not zh."),
    "PARTNER_TENANT_ID": ("contoso.com", "it has to be a tenant id"),
    "CLOUD": ("germany", "it has to be one of public, us_gov, china, not germany."),
    "LISTEN": ("3000x", "it has to be an address and a port"),
    "MAIL": ("smtp", "set OVERTURE_SMTP_URL"),
    "AUTHORITY_URL": (
        "http://login.contoso.example",
        "http://login.contoso.example has to begin with https://",
    ),
    "DATABASE_URL": (
        "mysql://localhost/overture",
        "OVERTURE_DATABASE_URL has to begin with sqlite:/// or postgresql://",
    ),
    "CA_FILE": ("/nowhere/ca.pem", "there is no file /nowhere/ca.pem."),
    "WEBHOOK_TRUST_ROOTS": ("/nowhere/roots.pem", "there is no file /nowhere/roots.pem."),
    "REFRESH_TOKEN_FILE": ("/nowhere/token", "there is no file /nowhere/token."),
    "ENCRYPTION_KEYS": ("c2hvcnQ=", "each key has to be what this prints: openssl rand -base64 32"),
    "SMTP_URL": ("http://mail.contoso.example", "it has to be smtp://host:port or smtps://host:port"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_setting_is_a_plain_sentence_that_says_where_and_status_1(
    name: str, tmp_path: Path
) -> None:
    value, words = WRONG[name]
    async with world(f"sqlite:///{tmp_path / 'new.db'}") as here:
        env = {**here.bot.env, f"OVERTURE_{name}": value}
        ended = await run_overture("serve", cwd=tmp_path, env={key: one for key, one in env.items() if one})

    assert ended.status == 1
    assert words in ended.err
    assert "  Where: " in ended.err
    assert f"OVERTURE_{name}" in ended.err or name in {"AUTHORITY_URL", "MAIL"}
    assert "  Next: " in ended.err
    assert "Traceback" not in ended.err
    assert here.box.microsoft.client_secret not in ended.err


@pytest.mark.parametrize("command", ["serve", "migrate"])
@pytest.mark.parametrize(
    "database", ["postgresql://overture@127.0.0.1:9/overture", "sqlite:////nowhere/a.db"]
)
async def test_a_database_out_of_reach_is_a_plain_sentence(
    command: str, database: str, tmp_path: Path
) -> None:
    async with world(database) as here:
        ended = await run_overture(command, cwd=tmp_path, env=here.bot.env)

    assert ended.status == 1
    assert "Traceback" not in ended.err
    assert "The database is out of reach" in ended.err


async def test_serve_refuses_settings_in_the_words_of_the_doctor(tmp_path: Path) -> None:
    async with world(f"sqlite:///{tmp_path / 'new.db'}", DEFAULT_CHANNEL="#general") as here:
        env = {**here.bot.env, "LC_ALL": "zh_TW.UTF-8"}
        refused = await run_overture("serve", cwd=tmp_path, env=env)
        examined = await run_overture("doctor", cwd=tmp_path, env=env)

    told = [line.strip() for line in refused.err.splitlines()]
    assert [line.strip() for line in examined.out.splitlines()][1:4] == told
    assert told[0] == "這裡還不對：必須是 Slack 頻道的 ID（C...），而不是 #general。"


def next_release(folder: Path) -> dict[str, str]:
    """Return what makes Python find our storage with one migration more."""
    release = folder / "next"
    shutil.copytree(Path(storage.__file__).parent, release / "storage")
    (release / "storage/migrations/versions/v0002_next_release.py").write_text(
        'from alembic import op\n\nrevision = "0002"\ndown_revision = "0001"\n\n\n'
        'def upgrade() -> None:\n    op.execute("CREATE TABLE later (id INTEGER)")\n'
    )
    return {"PYTHONPATH": os.pathsep.join([str(release), os.environ.get("PYTHONPATH", "")])}


async def test_a_database_that_lags_behind_is_not_touched_until_somebody_says_so(
    url: str, tmp_path: Path
) -> None:
    async with world(url) as here:
        await run_overture("migrate", cwd=tmp_path, env=here.bot.env)
        newer = {**here.bot.env, **next_release(tmp_path)}
        refused = await run_overture("serve", cwd=tmp_path, env=newer)
        assert refused.status == 1
        assert "The database lacks steps of this release: 0002." in refused.err
        assert "Next: Back it up, then run: overture migrate" in refused.err

        applied = await run_overture("migrate", cwd=tmp_path, env=newer)
        assert applied.out == "Applied: 0002\n"
        here.bot.env = newer
        await here.bot.start()
        assert await here.bot.stop() == 0


async def test_a_database_of_a_newer_release_is_left_alone(url: str, tmp_path: Path) -> None:
    async with world(url) as here:
        newer = {**here.bot.env, **next_release(tmp_path)}
        await run_overture("migrate", cwd=tmp_path, env=newer)
        for command in ("serve", "migrate"):
            refused = await run_overture(command, cwd=tmp_path, env=here.bot.env)

            assert refused.status == 1
            assert "Traceback" not in refused.err
            assert "newer" in refused.err


async def test_sigterm_ends_within_ten_seconds_and_loses_nothing(url: str) -> None:
    """Microsoft is slow to take the mail: what has begun ends, or is looked at again by the next start."""
    async with world(url) as here:
        story = Story(here.box)
        here.box.microsoft.faults.plan("graph", "POST", MAIL, Slow(2))
        await here.bot.start()
        await story.ana_invites(admin_access="helpdesk")
        await story.ben_approves()
        await story.until(lambda: bool(here.box.microsoft.mailbox), "the mail is on its way")
        began = time.monotonic()
        assert await here.bot.stop() == 0
        assert time.monotonic() - began < 10

        await here.bot.start()
        await story.hears("The mail to", "Fabrikam", "has gone out")
        await story.accepts(await story.mail())
        await story.hears("Fabrikam", "accepted us as a reseller")
        assert len(here.box.microsoft.mailbox) == 1
        assert len(calls(here.box.microsoft, "POST", MAIL)) == 1


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_sigterm_does_not_wait_for_an_answer_that_never_comes(url: str) -> None:
    async with world(url) as here:
        story = Story(here.box)
        here.box.microsoft.faults.plan("graph", "POST", MAIL, Slow(19))
        await here.bot.start()
        await story.ana_invites()
        await story.ben_approves()
        await story.until(lambda: bool(here.box.microsoft.mailbox), "the mail is on its way")
        began = time.monotonic()

        assert await here.bot.stop() == 0
        assert time.monotonic() - began < 10
        assert "Traceback" not in here.bot.log.read_text()


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_ctrl_c_ends_like_sigterm(url: str) -> None:
    async with world(url) as here:
        await here.bot.start()
        assert here.bot.process is not None
        here.bot.process.send_signal(signal.SIGINT)

        assert await here.bot.process.wait() in (0, 130)
        assert "Traceback" not in here.bot.log.read_text()
