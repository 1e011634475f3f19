"""What a person sees in a terminal: colours where they are wanted, and what is waited for."""

import asyncio
import fcntl
import os
import re
import struct
import termios

from tests.doctor.surroundings import Surroundings
from tests.scenario.overture_process import OVERTURE, environment

ROWS, COLUMNS = 40, 80
COLOUR = re.compile(r"\x1b\[\d+m")


async def in_a_terminal(here: Surroundings, **extra: str) -> str:
    """Return all that a terminal of our size is sent."""
    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    env = environment({name: value for name, value in here.env.items() if value})
    process = await asyncio.create_subprocess_exec(
        OVERTURE,
        "doctor",
        cwd=here.folder,
        env=env | {"TERM": "xterm"} | extra,
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    sent, _ = await asyncio.gather(asyncio.to_thread(_everything, ours), process.wait())
    os.close(ours)
    return sent.decode()


def _everything(terminal: int) -> bytes:
    found = b""
    while True:
        try:
            found += os.read(terminal, 65_536)
        except OSError:  # the other side is closed
            return found


async def test_states_have_colours_in_a_terminal_and_lines_fit_into_it(here: Surroundings) -> None:
    here.set(APPROVERS="U0NOBODY")
    here.microsoft.world.partner.service_principals.clear()
    sent = await in_a_terminal(here)

    assert set(COLOUR.findall(sent)) == {"\x1b[32m", "\x1b[31m", "\x1b[90m", "\x1b[0m"}
    assert max(len(COLOUR.sub("", line)) for line in sent.splitlines()) <= COLUMNS


async def test_who_wants_no_colours_gets_none(here: Surroundings) -> None:
    assert COLOUR.findall(await in_a_terminal(here, NO_COLOR="1")) == []


async def test_a_terminal_shows_what_is_waited_for_until_it_is_known(here: Surroundings) -> None:
    here.slack.faults.slow("auth.test", seconds=2)
    sent = await in_a_terminal(here, NO_COLOR="1")

    assert re.search(r" {13}Slack bot token \.\.\.\r\x1b\[Kok +Slack bot token +Contoso", sent)
