"""Keys are replaced while people work: nothing is refused, nothing becomes unreadable."""

import asyncio
import base64
import itertools
import os
from collections import Counter
from pathlib import Path

from bot.sandbox.story import Story
from storage.crypto import Cipher
from storage.database import Database
from storage.store import WorkspaceStore
from tests.attacks.commands import a_command
from tests.attacks.wire import Wire
from tests.integration.storage.samples import HERE, an_entry
from tests.scenario.overture_process import Bot, World, world

OLD, NEW = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
STEPS = ([OLD], [OLD, NEW], [NEW, OLD], [NEW])
"""What a replica is given, one restart after the other. Two neighbours run at once during each."""

WRITES = 40
AT_ONCE = 8


async def works(store: WorkspaceStore, name: str) -> int:
    """Write and read secrets that another replica writes and reads too; return how many were read."""
    read = 0
    for number in range(WRITES):
        entry = store.audit.appending(an_entry(f"{name}-{number}"))
        await store.commit(store.secrets.setting(f"token-{number % 5}", f"value-{number % 5}"), entry)
        assert await store.secrets.get(f"token-{number % 5}") == f"value-{number % 5}"
        read += 1
    return read


async def test_two_replicas_one_step_apart_read_whatever_the_other_writes(database: Database) -> None:
    for before, after in itertools.pairwise(STEPS):
        stores = [WorkspaceStore(database, HERE, Cipher(keys)) for keys in (before, after)]
        workers = [works(stores[number % 2], f"replica-{number}") for number in range(AT_ONCE)]

        assert await asyncio.gather(*workers) == [WRITES] * AT_ONCE

    only_new = WorkspaceStore(database, HERE, Cipher([NEW]))
    assert [await only_new.secrets.get(f"token-{number}") for number in range(5)] == [
        f"value-{number}" for number in range(5)
    ]
    assert await only_new.audit.first_broken() is None


async def test_requests_signed_with_either_secret_are_taken_while_it_is_replaced(tmp_path: Path) -> None:
    new = os.urandom(16).hex()
    url = f"sqlite:///{tmp_path / 'overture.db'}"
    async with world(url) as here:
        old = here.box.slack.signing_secret
        both = Bot(
            here.bot.cwd, {**here.bot.env, "OVERTURE_SLACK_SIGNING_SECRET": f"{new}, {old}"}, here.bot.port
        )
        try:
            await both.start()
            got = await asyncio.gather(
                *(signed_with(here, range(first, 300, 8), (old, new, "neither")) for first in range(8))
            )
        finally:
            await both.kill()

    assert sum(got, Counter[tuple[int, int]]()) == {(0, 200): 100, (1, 200): 100, (2, 401): 100}


async def signed_with(here: World, numbers: range, secrets: tuple[str, ...]) -> Counter[tuple[int, int]]:
    """Send a command for each number, signed in turn; count which secret got which status."""
    got = Counter[tuple[int, int]]()
    async with Wire(here.bot.port) as wire:
        for number in numbers:
            which = number % len(secrets)
            answer = await wire.send(a_command(here, number, secret=secrets[which]))
            got[which, answer.status] += 1
    return got


async def test_a_key_that_was_thrown_away_too_early_costs_no_more_than_the_token_kept_with_it(
    url: str,
) -> None:
    """The bot starts with the refresh token of its settings, and says in its log why."""
    async with world(url, ENCRYPTION_KEYS=OLD) as here:
        await here.bot.start()
        await Story(here.box).ana_invites("fabrikam.com")
        await Story(here.box).ben_approves()
        await Story(here.box).mail()
        await here.bot.stop()
        again = Bot(here.bot.cwd, {**here.bot.env, "OVERTURE_ENCRYPTION_KEYS": NEW}, here.bot.port)
        try:
            await again.start()
            await Story(here.box).ana_invites("wingtiptoys.com")
            await Story(here.box).ben_approves()
            await Story(here.box).mail(2)
        finally:
            ended = await again.stop()
        log = again.log.read_text(encoding="utf-8")

    assert ended == 0
    assert "kept refresh token is unreadable" in log
    assert OLD not in log
