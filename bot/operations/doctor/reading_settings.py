"""The settings, or what keeps them from being read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from bot.microsoft.redaction import redacted
from bot.operations.doctor.findings import CheckName, Finding, Kind, Place, Problem, State, problem
from bot.ports.unfit import Fault, SettingsLacking, SettingWrong
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
        return Settings()
    except ValueError as error:
        return unfit(error)


def unfit(error: ValueError) -> Finding:
    """Return the finding for settings that cannot be read, or that nothing can be built from."""
    return Finding(CheckName.SETTINGS, State.PROBLEM, tuple(_problems(error)))


def _problems(error: ValueError) -> Iterator[Problem]:
    if not isinstance(error, ValidationError):
        yield _problem(error)
        return
    found = error.errors(include_url=False, include_input=False)
    if missing := [str(one["loc"][0]) for one in found if one["type"] == "missing"]:
        yield from _missing(missing)
        yield from _besides(missing)
        return
    for one in found:
        yield from _wrong(one)


def _besides(missing: Iterable[str]) -> Iterator[Problem]:
    """Yield what would still be wrong if these were set."""
    try:
        Settings(**{name: STAND_INS[name] for name in missing})  # type: ignore[arg-type]  # as the environment has them
    except ValueError as error:
        yield from _problems(error)


def _missing(names: Iterable[str]) -> Iterator[Problem]:
    of_slack = [variable(name) for name in names if name not in OF_MICROSOFT]
    of_microsoft = [variable(name) for name in names if name in OF_MICROSOFT]
    for kind, those in (
        (Kind.SLACK_SETTINGS_MISSING, of_slack),
        (Kind.MICROSOFT_SETTINGS_MISSING, of_microsoft),
    ):
        if those:
            yield problem(kind, at=Place.ENVIRONMENT, settings=", ".join(those))


def _wrong(found: Error) -> Iterator[Problem]:
    """Yield the problems of what pydantic found: ours is the cause of nearly all."""
    names = [variable(part) for part in found["loc"][:1] if isinstance(part, str)]
    cause = found.get("ctx", {}).get("error") or ValueError(found["msg"])
    if isinstance(cause, SettingsLacking):
        yield from (_problem(SettingWrong(fault)) for fault in cause.faults)
    else:
        yield _problem(cause, *names)


def _problem(error: ValueError, *names: str) -> Problem:
    if not isinstance(error, SettingWrong):
        error = SettingWrong(Fault.OTHER, detail=str(error))
    settings = (error.setting,) if error.setting else names
    facts = {name: redacted(value) for name, value in error.facts.items()}
    detail = SettingWrong(error.fault, **facts)
    return problem(Kind.SETTING_WRONG, *settings, at=Place.ENVIRONMENT, detail=detail)


def variable(name: str) -> str:
    return f"OVERTURE_{name.upper()}"
