"""The backup that the README describes, taken while people work, holds what they did."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from bot.sandbox.story import Story
from tests.scenario.overture_process import World, world

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def backup_command() -> str:
    (command,) = re.findall(r"^\.venv/bin/python (-c .*VACUUM INTO.*)$", README, re.MULTILINE)
    return f"{sys.executable} {command}"


async def backed_up(here: World) -> None:
    process = await asyncio.create_subprocess_shell(backup_command(), cwd=here.bot.cwd)

    assert await process.wait() == 0


def restore(here: World) -> None:
    for name in ("overture.db", "overture.db-wal", "overture.db-shm"):
        (here.bot.cwd / name).unlink(missing_ok=True)
    (here.bot.cwd / "backup.db").rename(here.bot.cwd / "overture.db")


@pytest.mark.parametrize("ending", ["stop", "kill"])
async def test_what_was_asked_before_the_backup_can_be_approved_after_it_is_restored(ending: str) -> None:
    async with world("sqlite:///overture.db", ENCRYPTION_KEYS="") as here:
        story = Story(here.box)
        await here.bot.start()
        await story.ana_invites()
        await backed_up(here)
        await getattr(here.bot, ending)()
        restore(here)
        await here.bot.start()

        await story.ben_approves()
        await story.mail()
