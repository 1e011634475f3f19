"""
Commands that speak the terminal's language: their help, and what they say of a line they cannot follow.

Click's own texts are English alone and are not used. Ours are read when they are said, and not before:
`templates/words/terminal/help/<command>`, its first line for the list of commands; `options/<option>`;
`misuses/<misuse>`.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError, NoSuchCommand

from bot.terminal.language import words_here
from bot.terminal.layout import columns_of, fitted, padded, width
from bot.terminal.printing import MARGIN, complain_of

UNTERMINAL_COLUMNS = 80
WIDEST_FIRST_COLUMN = 24


class Misused(click.UsageError):
    """`facts` are what the words of this misuse need."""

    def __init__(self, misuse: str, /, **facts: str) -> None:
        super().__init__(misuse)
        self.misuse = misuse
        self.facts = facts


class OneOf(click.ParamType[str]):
    """One of some names; which there are is looked up only when one is asked for."""

    name = "name"

    def __init__(self, names: Callable[[], Sequence[str]]) -> None:
        self._names = names

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002 - click's signature
        names = self._names()
        if value not in names:
            raise Misused("one_of", option=_spelled(param), value=value, names=", ".join(names))
        return str(value)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 - click's signature
        return f"[{' | '.join(self._names())}]"


class Port(click.ParamType[int]):
    """A port of this machine; 0 leaves the choice to the system."""

    name = "port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ARG002 - click's signature
        if not str(value).isdecimal() or int(value) > 65_535:
            raise Misused("port", option=_spelled(param), value=str(value))
        return int(value)


class Command(click.Command):
    """A command without words of its own."""

    allow_extra_args = True
    """So that they are refused in our words."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            rest = super().parse_args(ctx, args)
            if rest and not isinstance(self, click.Group):
                raise Misused("extra", arguments=" ".join(rest))
        except click.UsageError as error:
            error.ctx = ctx
            raise
        return rest

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        line = " ".join([ctx.command_path, *self.collect_usage_pieces(ctx)])
        formatter.write(f"{words_here().plain('terminal/help_usage', line=line)}\n")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        formatter.write(f"\n{fitted(_about(self), _columns(), MARGIN)}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        words = words_here()
        rows = [
            (record[0], words.plain(f"terminal/options/{key_of(param.opts[-1])}", default=param.default))
            for param in self.get_params(ctx)
            if (record := param.get_help_record(ctx))
        ]
        _write_table(formatter, words.plain("terminal/help_options"), rows)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run what the command line says, and end with its status."""
        try:
            return super().main(*args, **extra | {"standalone_mode": False})
        except click.UsageError as error:
            _tell(error)
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(1)


class Group(Command, click.Group):
    """Commands of ours under one name."""

    command_class = Command
    group_class = type

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        rows = [(name, _about(self.commands[name]).partition("\n")[0]) for name in self.list_commands(ctx)]
        _write_table(formatter, words_here().plain("terminal/help_commands"), rows)


def _about(command: click.Command) -> str:
    """Return what a command does: a line that is enough for a list, and what else there is to say."""
    return words_here().plain(f"terminal/help/{key_of(command.name or '')}")


def _tell(error: click.UsageError) -> None:
    if isinstance(error, NoArgsIsHelpError):
        error.show()
        return
    misused = _in_our_terms(error)
    said = words_here().plain(f"terminal/misuses/{misused.misuse}", **misused.facts)
    complain_of(said, step=" ".join([error.ctx.command_path, "--help"]) if error.ctx else "")


def _in_our_terms(error: click.UsageError) -> Misused:
    match error:
        case Misused():
            return error
        case click.NoSuchOption():
            near = ", ".join(error.possibilities or ())
            return Misused("no_such_option", option=error.option_name, near=near)
        case NoSuchCommand():
            near = ", ".join(error.possibilities or ())
            return Misused("no_such_command", command=error.command_name, near=near)
        case click.BadOptionUsage():
            return Misused("value", option=error.option_name)
    return Misused("other", detail=error.format_message())


def _write_table(formatter: click.HelpFormatter, title: str, rows: Iterable[tuple[str, str]]) -> None:
    known = list(rows)
    first = min(max(width(name) for name, _ in known), WIDEST_FIRST_COLUMN)
    indent = " " * (first + 2 * len(MARGIN))
    formatter.write(f"\n{title}\n")
    for name, about in known:
        said = fitted(about, _columns(), indent)
        if width(name) <= first:
            formatter.write(f"{MARGIN}{padded(name, first)}{MARGIN}{said.removeprefix(indent)}\n")
        else:
            formatter.write(f"{fitted(name, _columns(), MARGIN)}\n{said}\n")


def _columns() -> int:
    return columns_of(sys.stdout) or UNTERMINAL_COLUMNS


def key_of(name: str) -> str:
    """Return what the template of a command or an option is called."""
    return name.lstrip("-").replace("-", "_")


def _spelled(param: click.Parameter | None) -> str:
    return param.opts[-1] if param else ""
