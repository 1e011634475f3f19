"""What commands say of themselves, and of a line they cannot follow, in each language."""

import re
from collections.abc import Iterator

import click
import pytest

from bot.cli import main
from bot.slack.locales import LANGUAGES
from bot.slack.words import Templates
from bot.terminal.layout import width

WORDS = {language: Templates().words(language) for language in LANGUAGES}
IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")


def every_command() -> Iterator[tuple[str, click.Command]]:
    yield "overture", main
    for name, command in main.commands.items():
        yield f"overture {name}", command
        for below, one in getattr(command, "commands", {}).items():
            yield f"overture {name} {below}", one


COMMANDS = dict(every_command())


def help_of(path: str) -> str:
    command = COMMANDS[path]
    return command.get_help(click.Context(command, info_name=path))


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("path", COMMANDS)
def test_help_is_in_the_terminals_language(terminal_language: str, path: str) -> None:
    key = (COMMANDS[path].name or "").replace("-", "_")
    said = help_of(path)

    assert squeezed(WORDS[terminal_language].plain(f"terminal/help/{key}")) in squeezed(said)
    assert WORDS[terminal_language].plain("terminal/options/help") in said
    assert bool(IDEOGRAPH.search(said)) == (terminal_language != "en")


@pytest.mark.parametrize("path", COMMANDS)
def test_help_fits_into_80_columns(terminal_language: str, path: str) -> None:
    """But for the names there are to choose from, which stay as they are typed."""
    lines = [line for line in help_of(path).splitlines() if not line.lstrip().startswith("-")]

    assert [line for line in lines if width(line) > 80] == []


def test_the_list_of_commands_says_what_each_is_for(terminal_language: str) -> None:
    said = squeezed(help_of("overture"))

    assert [name for name in main.commands if name not in said] == []
    assert squeezed(WORDS[terminal_language].plain("terminal/help/serve")) in said


MISUSES = {
    ("sign-in", "--por", "1"): {
        "en": "There is no option --por. Perhaps you mean --port.",
        "zh_Hans": "没有选项 --por。也许你指的是 --port。",
        "zh_Hant": "沒有選項 --por。您指的可能是 --port。",
    },
    ("sign-in", "--port", "x"): {
        "en": "--port takes a port from 0 to 65535, not x.",
        "zh_Hans": "--port 应为 0 到 65535 之间的端口，而不是 x。",
        "zh_Hant": "--port 應為 0 到 65535 之間的連接埠，而不是 x。",
    },
    ("sign-in", "--port", "65536"): {
        "en": "--port takes a port from 0 to 65535, not 65536.",
        "zh_Hans": "--port 应为 0 到 65535 之间的端口，而不是 65536。",
        "zh_Hant": "--port 應為 0 到 65535 之間的連接埠，而不是 65536。",
    },
    ("sign-in", "--port"): {
        "en": "--port lacks its value, or takes none.",
        "zh_Hans": "--port 缺少值，或不需要值。",
        "zh_Hant": "--port 缺少值，或不需要值。",
    },
    ("serve", "now"): {
        "en": "There is no use for: now",
        "zh_Hans": "用不到：now",
        "zh_Hant": "用不到：now",
    },
    ("sandbox", "--exit"): {
        "en": "--exit needs --scenario.",
        "zh_Hans": "--exit 需要 --scenario。",
        "zh_Hant": "--exit 需要 --scenario。",
    },
    ("doctor", "--language", "de"): {
        "en": "--language takes one of en, zh_Hans, zh_Hant, not de.",
        "zh_Hans": "--language 只能是下列之一：en, zh_Hans, zh_Hant，而不是 de。",
        "zh_Hant": "--language 只能是下列其中之一：en, zh_Hans, zh_Hant，而不是 de。",
    },
}


@pytest.mark.parametrize("line", MISUSES, ids=" ".join)
def test_a_line_that_cannot_be_followed_is_told_with_the_way_to_help_and_status_2(
    terminal_language: str, line: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    name, *arguments = line
    with pytest.raises(SystemExit) as ended:
        main.commands[name].main(arguments, prog_name=f"overture {name}")

    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    step = WORDS[terminal_language].plain("doctor/next", step=f"overture {name} --help")
    assert said.err.splitlines() == [MISUSES[line][terminal_language], f"  {step}"]


def test_a_command_that_does_not_exist_is_told_with_what_is_near(
    terminal_language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.commands["webhook"].main(["registr"], prog_name="overture webhook")

    words = WORDS[terminal_language].plain(
        "terminal/misuses/no_such_command", command="registr", near="register"
    )
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_a_group_without_a_command_shows_its_help(
    terminal_language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.commands["webhook"].main([], prog_name="overture webhook")

    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.strip() == help_of("overture webhook")
    assert WORDS[terminal_language].plain("terminal/help_commands") in said
