"""Sentences on a terminal: results on standard output, what went wrong on standard error."""

import sys
from typing import Any

import click

from bot.microsoft.redaction import redacted
from bot.ports.failures import Permanent
from bot.terminal.language import words_here
from bot.terminal.layout import columns_of, fitted

MARGIN = "  "


def denial(error: Permanent) -> str:
    """Return why somebody refused, what to do about it, and how they said it."""
    words = words_here()
    detail = redacted(error.detail or error.reason)
    return words.plain("terminal/refusals/denied", why=words(f"reasons/{error.reason}"), detail=detail)


def say(name: str, /, **values: Any) -> None:
    """Print `templates/words/<name>.txt.j2`, which may have several lines."""
    click.echo(fitted(words_here().plain(name, **values), columns_of(sys.stdout)))


def complain(name: str, /, **values: Any) -> None:
    """Print what is wrong, the first line of a template, and the next step, its second."""
    what, _, step = words_here().plain(name, **values).partition("\n")
    complain_of(what, step=step.strip())


def complain_of(what: str, *, where: str = "", step: str = "") -> None:
    """Print what is wrong, where, and the next step."""
    words, columns = words_here(), columns_of(sys.stderr)
    click.echo(fitted(what, columns), err=True)
    if where:
        click.echo(fitted(words.plain("doctor/where", where=where), columns, MARGIN), err=True)
    if step:
        click.echo(fitted(words.plain("doctor/next", step=step), columns, MARGIN), err=True)
