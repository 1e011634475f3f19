"""Secrets are looked for wherever the bot leaves something behind, after a whole story and a crash."""

import base64
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from bot.sandbox.story import Story
from tests.scenario.overture_process import Bot, Ended, World, run_overture, world

LOOKS_LIKE_A_TOKEN = re.compile(
    rb"eyJ[\w-]{10,}\.[\w-]+\.|0\.AX[\w-]{20,}|xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}|Bearer [\w.-]+"
)
"""Access tokens, the sandbox's refresh tokens, Slack's tokens."""

CONFIDENTIAL = "theconfidentialreason"
"""What colleagues write belongs into the database, and never into a log."""

SMTP_PASSWORD = "Canary-smtp-password-1"
DATABASE_PASSWORD = "Canary-database-password-2"


def canaries(here: World) -> dict[str, str]:
    """Return every secret the bot was given."""
    slack, microsoft = here.box.slack, here.box.microsoft
    return {
        "bot token": slack.bot_token,
        "signing secret": slack.signing_secret,
        "client secret": microsoft.client_secret,
        "first refresh token": microsoft.refresh_token,
        "encryption key": here.bot.env["OVERTURE_ENCRYPTION_KEYS"],
        "password of the mail server": SMTP_PASSWORD,
        "password of the database": DATABASE_PASSWORD,
    }


def leaks(left: dict[str, bytes], secrets: dict[str, str]) -> list[tuple[str, str]]:
    """Return where which secret was found: as it is, encoded, or by its look."""
    found = []
    for place, content in left.items():
        for name, secret in secrets.items():
            encoded = base64.b64encode(secret.encode()).rstrip(b"=")
            if any(one in content for one in (secret.encode(), encoded, secret.encode().hex().encode())):
                found.append((place, name))
        found += [(place, hit.decode()) for hit in LOOKS_LIKE_A_TOKEN.findall(content)]
    return found


async def database_and_backups(url: str, folder: Path) -> dict[str, bytes]:
    """Return the bytes of the database, of what lies beside it, and of a backup."""
    if not url.startswith("sqlite"):
        return {"database": await every_row(url)}
    path = Path(url.removeprefix("sqlite:///"))
    copy, vacuumed = folder / "copied.db", folder / "vacuumed.db"
    shutil.copyfile(path, copy)
    with closing(sqlite3.connect(path)) as database:
        database.execute("VACUUM INTO ?", (str(vacuumed),))
    return {one.name: one.read_bytes() for one in (*path.parent.glob(f"{path.stem}.*"), copy, vacuumed)}


async def every_row(url: str) -> bytes:
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [
            row[0]
            for table in tables
            for row in await connection.fetch(f"SELECT t::text FROM {table['tablename']} t")
        ]
        return "\n".join(rows).encode()
    finally:
        await connection.close()


async def the_story_is_told(here: World) -> None:
    """Ana asks, Ben approves, the customer accepts: every kind of token is used, and one is replaced."""
    story = Story(here.box)
    await story.ana.command("/invite-customer", "fabrikam.com")
    await story.until(lambda: story.shows("invite_customer"), "the form opens")
    story.fill_details("fabrikam.com", admin_access="helpdesk")
    story.ana.fill("reason", CONFIDENTIAL)
    await story.ana.submit()
    await story.ana_asks()
    await story.ben_approves()
    await story.accepts(await story.mail())
    await story.hears("Fabrikam", "accepted us as a reseller")


async def everything_goes_wrong(here: World) -> None:
    """Slack revokes the token, Microsoft the secret, the mail server is away: each is said in the log."""
    story = Story(here.box)
    await story.ana_invites("wingtiptoys.com")
    await story.ben_approves()
    await story.ana_hears("Wingtip")
    here.box.slack.revoke_bot_token("invalid_auth")
    await story.ana.command("/invite-customer", "contoso.com")


async def break_the_database(url: str) -> None:
    """Take a table away under the running bot, which is a fault it has no sentence for."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            database.execute("DROP TABLE work")
        return
    connection = await asyncpg.connect(url)
    await connection.execute("DROP TABLE work CASCADE")
    await connection.close()


async def test_no_secret_is_found_in_database_logs_backups_or_what_a_crash_prints(
    url: str, tmp_path: Path
) -> None:
    async with world(url) as here:
        await here.bot.start()
        await the_story_is_told(here)
        left = await database_and_backups(url, tmp_path)
        await here.bot.kill()
        smtp = {"MAIL": "smtp", "SMTP_URL": f"smtp://overture:{SMTP_PASSWORD}@127.0.0.1:9"}
        env = {**here.bot.env, **{f"OVERTURE_{name}": value for name, value in smtp.items()}}
        again = Bot(here.bot.cwd, env, here.bot.port)
        try:
            await again.start()
            await everything_goes_wrong(here)
            await break_the_database(url)
            assert again.process is not None
            crashed = await again.process.wait()
        finally:
            await again.kill()
        left |= {"log": here.bot.log.read_bytes()}

    assert crashed == 1
    assert b"workers_crashed" in left["log"]
    assert b"Traceback" in left["log"]
    assert leaks(left, canaries(here)) == []
    assert CONFIDENTIAL.encode() not in left["log"]
    assert any(CONFIDENTIAL.encode() in content for content in left.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"ENCRYPTION_KEYS": "Canary-smtp-password-1"},
        {"SMTP_URL": f"http://overture:{SMTP_PASSWORD}@mail.contoso.example"},
        {"SMTP_URL": f"smtp://overture:{SMTP_PASSWORD}@[mail"},
        {"DATABASE_URL": f"postgresql://overture:{DATABASE_PASSWORD}@127.0.0.1:9/overture"},
        {"DATABASE_URL": f"postgresql://overture:{DATABASE_PASSWORD}@127.0.0.1:none/overture"},
        {"DATABASE_URL": f"mysql://overture:{DATABASE_PASSWORD}@127.0.0.1/overture"},
        {"CLIENT_CERTIFICATE": "-----BEGIN PRIVATE KEY-----\nCanary-smtp-password-1", "CLIENT_SECRET": ""},
        {"SLACK_BOT_TOKEN": "Canary-smtp-password-1\n"},
        {"SLACK_BOT_TOKEN": "Canary-smtp-password-1-\u00fc"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_a_secret_that_is_set_wrongly_is_not_repeated(wrong: dict[str, str], tmp_path: Path) -> None:
    async with world(f"sqlite:///{tmp_path / 'new.db'}") as here:
        env = {**here.bot.env, **{f"OVERTURE_{name}": value for name, value in wrong.items()}}
        ended: Ended = await run_overture("serve", cwd=tmp_path, env=env)

    assert ended.status == 1, ended
    assert leaks({"out": (ended.out + ended.err).encode()}, canaries(here)) == []
    assert "Traceback" not in ended.err
