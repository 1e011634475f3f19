"""What every test stands on: an environment of its own, and an honest last line about what was skipped."""

import os

import pytest
from hypothesis import settings

# Speed differs from machine to machine; how long one example takes says nothing about our promises.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

_SKIPPED = pytest.StashKey[dict[str, int]]()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and tokens of whoever runs the tests stay out of them."""
    for name in list(os.environ):
        if name.startswith(("SLACK_", "OVERTURE_")) and not name.startswith("OVERTURE_TEST_"):
            monkeypatch.delenv(name)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_SKIPPED] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]  # pluggy's generator
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        reasons = item.config.stash[_SKIPPED]
        reason = report.longrepr[2].removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say last what was not run, and why."""
    reasons = config.stash.get(_SKIPPED, {})
    if hasattr(config, "workerinput"):
        return
    print("Skipped: nothing." if not reasons else "Skipped:")
    for reason, count in sorted(reasons.items()):
        print(f"  {count} x {reason}")
