"""The page of settings and the example of a `.env` say what `bot/settings/__init__.py` says."""

from pathlib import Path

import pytest

from bot.settings import Settings
from tests.rules.settings_documents import (
    FIELDS,
    PART_BEGINS,
    WRITTEN,
    example,
    is_needed,
    is_secret,
    name_of,
)

NEEDED = {
    "SLACK_BOT_TOKEN": "xoxb-synthetic",
    "DEFAULT_CHANNEL": "C0TEAM0001",
    "APPROVALS_CHANNEL": "C0APPROVAL",
    "APPROVERS": "U0BEN00001",
    "PARTNER_TENANT_ID": "11111111-1111-4111-8111-111111111111",
    "CLIENT_ID": "55555555-5555-4555-8555-555555555555",
}
EITHER_OR = {"SLACK_SIGNING_SECRET": "synthetic", "CLIENT_SECRET": "synthetic"}


def lines_of_example() -> list[str]:
    """Return every line with a variable, without the mark that leaves it to its default."""
    lines = (line.removeprefix("# ") for line in example().splitlines())
    return [
        line for line in lines if line.startswith("OVERTURE_") and "_FILE=" not in line.replace("CA_FILE", "")
    ]


def settings_from(folder: Path, lines: list[str]) -> Settings:
    given = [f"OVERTURE_{name}={value}" for name, value in (NEEDED | EITHER_OR).items()]
    (folder / ".env").write_text("\n".join([*lines, *given]), encoding="utf-8")
    return Settings(_env_file=folder / ".env")


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_a_document_of_settings_is_what_make_settings_writes(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == WRITTEN[path]()


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in FIELDS.items() if not field.description] == []


def test_every_part_begins_with_a_setting() -> None:
    assert set(PART_BEGINS) <= set(FIELDS)


def test_the_example_names_every_setting_and_no_other() -> None:
    named = [line.partition("=")[0] for line in lines_of_example()]

    assert named == [name_of(name) for name in FIELDS]


def test_the_example_has_no_secret_in_it() -> None:
    given = dict(line.split("=", 1) for line in lines_of_example())

    assert [name for name, field in FIELDS.items() if is_secret(field) and given[name_of(name)]] == []


def test_only_what_is_needed_is_left_to_be_filled_in() -> None:
    blank = [line for line in example().splitlines() if line.startswith("OVERTURE_")]

    assert blank == [f"{name_of(name)}=" for name, field in FIELDS.items() if is_needed(field)]
    assert set(blank) == {f"OVERTURE_{name}=" for name in NEEDED}


def test_a_default_that_is_no_longer_commented_out_changes_nothing(tmp_path: Path) -> None:
    assert settings_from(tmp_path, lines_of_example()) == settings_from(tmp_path, [])
