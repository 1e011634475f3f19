"""
`overture doctor`: says what is misconfigured, where, and what to do about it. Changes nothing.

No row, no file and no message is written, and no refresh token is replaced: see `Tokens` and `onlooker`.
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from typing import NoReturn

import click

from bot.operations.doctor.examination import Patience, examination
from bot.operations.doctor.findings import CheckName, Finding, Kind, State
from bot.operations.doctor.reading_settings import read_settings, unfit
from bot.operations.doctor.report import Printed, as_json
from bot.operations.doctor.site import Site, look_at
from bot.slack.words import Words
from bot.terminal import words_here

WELL, ILL, UNREADABLE = 0, 1, 2
PATIENCE = Patience()
READABLE = Finding(CheckName.SETTINGS, State.OK)


async def doctor(*, for_machines: bool = False, language: str | None = None) -> int:
    """Examine what the environment describes; return the exit status."""
    words = words_here(language)
    settings = read_settings()
    if isinstance(settings, Finding):
        return _unreadable(settings, words, for_machines=for_machines)
    async with AsyncExitStack() as stack:
        try:
            site = await stack.enter_async_context(look_at(settings))
        except ValueError as error:
            return _unreadable(unfit(error), words, for_machines=for_machines)
        findings = await examine(site, words, for_machines=for_machines)
        status = ILL if any(finding.problems for finding in findings) else WELL
        if any(problem.kind is Kind.OVERDUE for finding in findings for problem in finding.problems):
            _leave(status)
    return status


async def examine(
    site: Site, words: Words, *, for_machines: bool = False, patience: Patience = PATIENCE
) -> list[Finding]:
    """Make every check and tell what was found."""
    running = examination(site, patience)
    if for_machines:
        findings = [READABLE, *await asyncio.gather(*running.values())]
        click.echo(as_json(findings, words))
        return findings
    printed = Printed(words)
    printed.one(READABLE)
    findings = [READABLE, *await printed.all(running)]
    printed.sum(findings)
    return findings


def _unreadable(finding: Finding, words: Words, *, for_machines: bool) -> int:
    if for_machines:
        click.echo(as_json([finding], words))
    else:
        printed = Printed(words)
        printed.one(finding)
        printed.sum([finding])
    return UNREADABLE


def _leave(status: int) -> NoReturn:
    """End at once: a server that never ends its answer would keep a thread, and with it the process."""
    sys.stdout.flush()
    os._exit(status)
