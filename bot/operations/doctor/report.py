"""The findings, for people in a terminal and for machines."""

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import click
import orjson

from bot.operations.doctor.findings import CheckName, Finding, Problem, State
from bot.ports.unfit import SettingWrong
from bot.slack.words import Words, one_line
from bot.terminal.layout import columns_of, fitted, padded, width

SLOW_SECONDS = 0.3
"""From then on a terminal shows what is waited for."""

COLOURS = {State.OK: "green", State.PROBLEM: "red", State.UNCHECKED: "yellow", State.UNUSED: "bright_black"}


@dataclass(frozen=True)
class Said:
    """A problem in words."""

    kind: str
    what: str
    where: str
    next: str


def in_words(problem: Problem, words: Words) -> Said:
    """The template's first line says what is wrong, its second what to do."""
    facts = {name: _said(value, words) for name, value in problem.facts.items()}
    what, _, step = words.plain(f"doctor/problems/{problem.kind}", **facts).partition("\n")
    place = words.plain(f"doctor/places/{problem.at}") if problem.at else ""
    return Said(problem.kind, what, ", ".join(filter(None, [*problem.settings, place])), step.strip())


def _said(fact: object, words: Words) -> str:
    """A setting that is wrong is told in the reader's words; whatever else is known stands as it is."""
    if not isinstance(fact, SettingWrong):
        return one_line(fact)
    return words.plain(f"settings/{fact.fault}", **{name: one_line(one) for name, one in fact.facts.items()})


def as_json(findings: Iterable[Finding], words: Words) -> str:
    """Return the list that docs/doctor.md describes."""
    rows = [
        {
            "check": finding.check,
            "state": finding.state,
            "found": finding.fact,
            "because": finding.because,
            "problems": [vars(in_words(problem, words)) for problem in finding.problems],
        }
        for finding in findings
    ]
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode()


class Printed:
    """Writes to standard output: a line for each check, and under it what is wrong."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._is_terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._in_colour = self._is_terminal and not os.environ.get("NO_COLOR")
        self._states = {state: words.plain(f"doctor/states/{state}") for state in State}
        self._names = {name: words.plain(f"doctor/checks/{name}") for name in CheckName}
        self._state_width = max(map(width, self._states.values()))
        self._name_width = max(map(width, self._names.values()))

    async def all(self, findings: Mapping[CheckName, asyncio.Task[Finding]]) -> list[Finding]:
        """Print each as soon as it and those before it are known."""
        told = []
        for name, task in findings.items():
            await self._awaited(name, task)
            told.append(task.result())
            self.one(task.result())
        return told

    def one(self, finding: Finding) -> None:
        beside = finding.fact
        if finding.because is not None:
            beside = self._words.plain("doctor/first", check=self._names[finding.because])
        state = padded(self._states[finding.state], self._state_width)
        name = padded(self._names[finding.check], self._name_width)
        click.echo(f"{self._coloured(state, finding.state)}  {name}  {one_line(beside)}".rstrip(), color=True)
        for problem in finding.problems:
            said = in_words(problem, self._words)
            self._under(said.what)
            if said.where:
                self._under(self._words.plain("doctor/where", where=said.where))
            self._under(self._words.plain("doctor/next", step=said.next))

    def sum(self, findings: Iterable[Finding]) -> None:
        count = sum(len(finding.problems) for finding in findings)
        click.echo(f"\n{self._words.plain('doctor/sum', count=count)}")

    async def _awaited(self, name: CheckName, task: asyncio.Task[Finding]) -> None:
        if self._is_terminal and not (await asyncio.wait({task}, timeout=SLOW_SECONDS))[0]:
            click.echo(f"{' ' * self._state_width}  {self._names[name]} ...", nl=False)
            await asyncio.wait({task})
            click.echo("\r\x1b[K", nl=False, color=True)
        await asyncio.wait({task})

    def _under(self, text: str) -> None:
        margin = " " * (self._state_width + 2)
        click.echo(fitted(text, columns_of(sys.stdout), margin))

    def _coloured(self, text: str, state: State) -> str:
        return click.style(text, fg=COLOURS[state]) if self._in_colour else text
