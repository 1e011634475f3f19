"""Every word people read is in a template, and every template is fit to be read."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest
from jinja2 import Environment, meta

import bot.domain.errors as errors
from bot.cli import main
from bot.domain.clouds import CLOSED_CLOUDS, Cloud
from bot.domain.customer import ResellerState
from bot.domain.invitation import Delivery, Status
from bot.domain.mail import MailProblem
from bot.domain.markets import MARKET_OF
from bot.domain.notifications import Notice
from bot.domain.proposal import Difference
from bot.domain.relationship import EndCause
from bot.domain.roles import ROLE_TEMPLATES, ROLES, Risk
from bot.domain.settlement import Answer
from bot.operations.doctor.findings import CheckName, Kind, Place, State
from bot.ports.failures import Reason
from bot.ports.unfit import Fault
from bot.slack.locales import LANGUAGES
from bot.slack.parts import MICROSOFT_STATUSES
from bot.slack.views.invite_fields import market_key
from bot.slack.words import Templates
from bot.terminal.commands import key_of

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "templates" / "words"
TEMPLATES = sorted([*WORDS.rglob("*.j2"), *(ROOT / "templates" / "mail").rglob("*.j2")])
SOURCES = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")])
FOR_MACHINES = frozenset({"partner_center_webhook"})
WORDLESS = sorted(
    [
        *(ROOT / "bot/slack/views").glob("*.py"),
        *(ROOT / "bot/slack/messages").glob("*.py"),
        *(path for path in (ROOT / "handlers").glob("*.py") if path.stem not in FOR_MACHINES),
        *(ROOT / "bot/operations").rglob("*.py"),
        *(ROOT / "bot/terminal").glob("*.py"),
        ROOT / "bot/cli.py",
        ROOT / "bot/sandbox/playing.py",
        ROOT / "bot/slack/parts.py",
        ROOT / "bot/slack/customer_mail.py",
    ]
)

SUPPLIED = frozenset({"gettext", "ngettext", "mention", "group_mention", "link", "date", "code", "one_line"})
SAYING = frozenset({"words", "say", "complain"})
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"])


def commands(command: click.Command) -> Iterator[click.Command]:
    """Yield a command and every one below it."""
    yield command
    if isinstance(command, click.Group):
        for one in command.commands.values():
            yield from commands(one)


def name_of(path: Path) -> str:
    """Return what the code calls a template: its path without the notation."""
    return str(path.relative_to(WORDS)).removesuffix(".j2").rsplit(".", 1)[0]


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def refusals() -> list[str]:
    found = (one for one in vars(errors).values() if isinstance(one, type))
    return sorted(snake(one.__name__) for one in found if issubclass(one, errors.DomainError))


def needed() -> Iterator[str]:
    """Yield the file of every word that a value of the domain may ask for."""
    yield from (f"notices/{one}.mrkdwn" for one in Notice)
    yield from (f"statuses/{one}.txt" for one in Status)
    yield from (f"card/status/{one}.mrkdwn" for one in Status if one is not Status.READY)
    yield from (f"card/status/{one}_delayed.mrkdwn" for one in (Status.PREPARING, Status.READY))
    yield from (f"home/{one}_delayed.mrkdwn" for one in (Status.PREPARING, Status.READY))
    yield from (f"reasons/{one}.mrkdwn" for one in Reason)
    yield from (f"refusals/{one}.mrkdwn" for one in refusals() if one != "domain_error")
    yield from (f"{folder}/{role.key}.txt" for role in ROLES.values() for folder in ("roles", "role_names"))
    yield from (f"risks/{one}.txt" for one in Risk)
    yield from (f"role_templates/{one}.txt" for one in ROLE_TEMPLATES)
    yield from (f"role_templates/about_{one}.txt" for one in ROLE_TEMPLATES)
    yield from (f"markets/{market_key(one)}.txt" for one in MARKET_OF.values())
    yield from (f"clouds/{one}.txt" for one in Cloud)
    yield from (f"languages/{one}.txt" for one in LANGUAGES)
    yield from (f"deliveries/{one}.txt" for one in Delivery)
    yield from (f"deliveries/about_{one}.txt" for one in Delivery)
    yield from (f"causes/{one}.txt" for one in EndCause)
    yield from (f"differences/{one}.txt" for one in Difference)
    yield from (f"which_invitation/settled/{one}.mrkdwn" for one in Answer)
    yield from (f"admin_access_statuses/{one}.txt" for one in MICROSOFT_STATUSES)
    yield from (f"customer_record/reseller/{one}.mrkdwn" for one in ResellerState)
    yield from (f"home/customer/reseller_{one}.mrkdwn" for one in ResellerState)
    yield from (f"invite_customer/errors/{one}.txt" for one in MailProblem if one is not MailProblem.TOO_LONG)
    yield "invite_customer/errors/too_long.txt"
    yield from (f"doctor/checks/{one}.txt" for one in CheckName)
    yield from (f"doctor/states/{one}.txt" for one in State)
    yield from (f"doctor/problems/{one}.txt" for one in Kind)
    yield from (f"doctor/places/{one}.txt" for one in Place)
    yield from (f"settings/{one}.txt" for one in Fault)
    for command in commands(main):
        yield f"terminal/help/{key_of(command.name or '')}.txt"
        yield from (f"terminal/options/{key_of(one.opts[-1])}.txt" for one in command.params)


def test_whatever_can_happen_has_words() -> None:
    missing = [name for name in needed() if not (WORDS / f"{name}.j2").is_file()]

    assert missing == []


def test_in_english_a_role_has_the_name_that_microsoft_gave_it() -> None:
    words = Templates().words("en")

    assert [words.plain(f"role_names/{role.key}") for role in ROLES.values()] == [
        role.name for role in ROLES.values()
    ]


def test_the_reason_for_a_closed_cloud_names_it() -> None:
    said = (WORDS / "invite_customer/errors/cloud_closed.txt.j2").read_text()

    assert {"germany"} == CLOSED_CLOUDS
    assert "Germany" in said


def test_a_template_says_what_it_needs() -> None:
    wrong = [str(path) for path in TEMPLATES if uses(path.read_text()) != says_it_needs(path.read_text())]

    assert wrong == []


def test_every_word_can_be_translated() -> None:
    left = {str(path): outside_trans(path.read_text()) for path in TEMPLATES}

    assert {path: words for path, words in left.items() if re.search(r"\w", words)} == {}


def test_nobody_is_shouted_at() -> None:
    loud = re.compile(r"!(?!DOCTYPE)|\boops\b|\bunfortunately\b|@(channel|here|everyone)", re.I)

    assert [str(path) for path in TEMPLATES if loud.search(path.read_text())] == []


def test_no_template_is_left_that_nobody_says() -> None:
    exact, beginnings = literals(SOURCES)
    unsaid = [
        name
        for name in map(name_of, WORDS.rglob("*.j2"))
        if name not in exact and not any(name.startswith(one) for one in beginnings)
    ]

    assert unsaid == []


def test_every_fixed_name_in_the_code_is_a_template() -> None:
    asked = {name for path in SOURCES for name in words_called(ast.parse(path.read_text()))}
    known = set(map(name_of, WORDS.rglob("*.j2")))

    assert asked - known == set()


@pytest.mark.parametrize("path", WORDLESS, ids=lambda path: str(path.relative_to(ROOT)))
def test_python_holds_structure_and_no_words(path: Path) -> None:
    tree = ast.parse(path.read_text())
    spared = set(map(id, [*docstrings(tree), *for_the_log(tree)]))
    said = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spared
    ]

    assert [text for text in said if " " in text and re.search(r"[A-Za-z]{2}", text)] == []


def uses(source: str) -> set[str]:
    return meta.find_undeclared_variables(ENVIRONMENT.parse(source)) - SUPPLIED


def says_it_needs(source: str) -> set[str]:
    declared = re.match(r"\{# Needs: ([^#:]*)[:.]", source)
    return {name.strip() for name in declared[1].split(",")} if declared else set()


def outside_trans(source: str) -> str:
    """Return what is left of a template without tags, values, placeholders, HTML and translated text."""
    for part in (
        r"\{#.*?#\}",
        r"\{% trans.*?endtrans \+?%\}",
        r"\{\{.*?\}\}",
        r"\{%.*?%\}",
        r"\{(reseller|admin_access)_link\}",
        r"<[^>]*>",
    ):
        source = re.sub(part, "", source, flags=re.S)
    return source


def literals(paths: Iterable[Path]) -> tuple[set[str], set[str]]:
    """Return every whole string of the code, and what every computed one with a folder in it begins with."""
    exact: set[str] = set()
    beginnings: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                exact.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginning = str(node.values[0].value)
                beginnings |= {beginning} if "/" in beginning else set()
    return exact, beginnings


def words_called(tree: ast.AST) -> Iterator[str]:
    """Yield the fixed names given to `words(...)`, `words.plain(...)`, `say(...)` and `complain(...)`."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
            continue
        called = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        method = node.func.attr if isinstance(node.func, ast.Attribute) else "plain"
        if isinstance(called, ast.Name) and called.id in SAYING and method == "plain":
            yield str(node.args[0].value)


def docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the strings that stand alone: docstrings, and those under constants and fields."""
    yield from (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))


def for_the_log(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what only the log says: errors that are raised, and what `_log` is given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and "_log" in ast.unparse(node.func)):
            yield from ast.walk(node)
