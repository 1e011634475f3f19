"""The settings, or what keeps them from being read."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from bot.microsoft.redaction import redacted
from bot.operations.doctor.findings import CheckName, Finding, Kind, Place, Problem, State, problem
from bot.settings import Settings

Error = Mapping[str, Any]

STAND_INS = {
    "slack_bot_token": "-",
    "default_channel": "C",
    "approvals_channel": "C",
    "approvers": "U",
    "partner_tenant_id": "00000000-0000-0000-0000-000000000000",
    "client_id": "-",
}
"""For settings that have to be set: only with all of them is it seen what else is lacking."""

OF_MICROSOFT = frozenset({"partner_tenant_id", "client_id"})


def read_settings() -> Settings | Finding:
    """Return the settings, or the finding that says what to set first."""
    try:
        found, missing = _read({}), []
        if not isinstance(found, Settings):
            missing = [str(error["loc"][0]) for error in found if error["type"] == "missing"]
            found = _read({name: STAND_INS[name] for name in missing})
    except ValueError as error:
        return unfit(error)
    if isinstance(found, Settings):
        return _unreadable(_missing(missing)) if missing else found
    return _unreadable([*_missing(missing), *map(_wrong, found)])


def _read(stand_ins: Mapping[str, str]) -> Settings | list[Error]:
    try:
        return Settings(**stand_ins)  # type: ignore[arg-type]  # as the environment has them
    except ValidationError as error:
        return list(error.errors(include_url=False, include_input=False))


def unfit(error: ValueError) -> Finding:
    """Return the finding for settings that can be read, and that nothing can be built from."""
    return _unreadable([problem(Kind.SETTING_WRONG, at=Place.ENVIRONMENT, detail=redacted(str(error)))])


def _unreadable(problems: Iterable[Problem]) -> Finding:
    return Finding(CheckName.SETTINGS, State.PROBLEM, tuple(problems))


def _missing(names: Iterable[str]) -> Iterable[Problem]:
    of_slack = [variable(name) for name in names if name not in OF_MICROSOFT]
    of_microsoft = [variable(name) for name in names if name in OF_MICROSOFT]
    for kind, those in (
        (Kind.SLACK_SETTINGS_MISSING, of_slack),
        (Kind.MICROSOFT_SETTINGS_MISSING, of_microsoft),
    ):
        if those:
            yield problem(kind, at=Place.ENVIRONMENT, settings=", ".join(those))


def _wrong(error: Error) -> Problem:
    names = [variable(part) for part in error["loc"][:1] if isinstance(part, str)]
    detail = error.get("ctx", {}).get("error") or error["msg"]
    return problem(Kind.SETTING_WRONG, *names, at=Place.ENVIRONMENT, detail=redacted(str(detail)))


def variable(name: str) -> str:
    return f"OVERTURE_{name.upper()}"
