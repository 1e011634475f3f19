"""What the doctor can report is documented, and is brought about in a test."""

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr

from bot.operations.doctor.checks import checks
from bot.operations.doctor.findings import CheckName, Kind, State
from bot.settings import Settings
from tests.doctor.troubles import TROUBLES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS = ROOT / "templates" / "words" / "doctor" / "problems"

GENERAL = {Kind.UNREACHABLE, Kind.OVERDUE, Kind.REFUSED}
"""Any check that asks somebody may find these."""

BY_A_PROCESS = {(CheckName.MIGRATIONS, Kind.MIGRATIONS_PENDING)}
"""Brought about in `test_doctor.py`: it takes a release with a step more."""

BROUGHT_ABOUT = {(trouble.check, trouble.kind) for trouble in TROUBLES} | BY_A_PROCESS


def documented() -> Iterator[tuple[CheckName, Kind]]:
    """Yield each check with each kind of problem that the page says it finds."""
    for check, kinds in re.findall(
        r"^\| `(\w+)` \|[^|]*\|(.*)\|$", PAGE.partition("## Checks")[2], re.MULTILINE
    ):
        for kind in re.findall(r"`(\w+)`", kinds):
            if kind in set(Kind):
                yield CheckName(check), Kind(kind)


SETTINGS = Settings(
    _env_file=None,
    slack_bot_token=SecretStr("xoxb-"),
    slack_signing_secret=SecretStr("secret"),
    default_channel="C1",
    approvals_channel="C1",
    approvers=("U1",),
    partner_tenant_id="11111111-1111-4111-8111-111111111111",
    client_id="app",
    client_secret=SecretStr("secret"),
)


def test_every_kind_of_problem_is_brought_about() -> None:
    assert {kind for _, kind in BROUGHT_ABOUT} == set(Kind)


def test_every_problem_that_is_documented_is_brought_about_by_its_check_and_the_other_way_round() -> None:
    of_others = {CheckName.REQUESTERS, CheckName.ADMINISTRATORS}
    own = {(check, kind) for check, kind in BROUGHT_ABOUT if kind not in GENERAL and check not in of_others}

    assert own == set(documented())


def test_the_page_names_every_check_in_its_order_and_every_state() -> None:
    named = re.findall(r"^\| `(\w+)` \|", PAGE.partition("## Checks")[2], re.MULTILINE)

    assert [name for name in named if name != "check"] == list(CheckName)
    assert all(f"`{state}`" in PAGE for state in State)
    assert all(f"`{kind}`" in PAGE for kind in GENERAL)


def test_every_check_is_made_and_comes_after_those_it_needs() -> None:
    made = checks(SETTINGS)
    told = [check.name for check in made]

    assert [CheckName.SETTINGS, *told] == list(CheckName)
    assert all(told.index(earlier) < told.index(check.name) for check in made for earlier in check.after)


def test_each_problem_says_first_what_is_wrong_and_then_what_to_do() -> None:
    blocks = {path.name: path.read_text().count("{% trans") for path in WORDS.glob("*.j2")}

    assert {name: count for name, count in blocks.items() if count != 2} == {}


def test_the_readme_has_the_places_it_is_quoted_for() -> None:
    words = "".join(path.read_text() for path in WORDS.glob("*.j2"))
    quoted = set(re.findall(r'README,\s+"([^"]+)"', words))

    assert quoted
    assert quoted <= set(re.findall(r"^#+ (?:\d+\. )?(.+)$", README, re.MULTILINE))
