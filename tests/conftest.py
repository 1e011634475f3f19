"""What every test stands on: an environment of its own, and an honest last line about what was skipped."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from storage.database import Database, open_database
from tests import databases
from tests.databases import Templates

# Speed differs from machine to machine; how long one example takes says nothing about our promises.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

ROOT = Path(__file__).parent
HEAVY = frozenset({"attacks", "faults"})


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, tokens and language of whoever runs the tests stay out of them."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in list(os.environ):
        if name.startswith(("SLACK_", "OVERTURE_")) and not name.startswith("OVERTURE_TEST_"):
            monkeypatch.delenv(name)


TERMINALS = {"en": "en_US.UTF-8", "zh_Hans": "zh_CN.UTF-8", "zh_Hant": "zh_TW.UTF-8"}


@pytest.fixture(params=TERMINALS)
def terminal_language(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _clean_environment: None
) -> str:
    """Each language there is, set as whoever sits at a terminal would have it."""
    monkeypatch.setenv("LC_ALL", TERMINALS[request.param])
    return str(request.param)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    with databases.templates(tmp_path_factory.mktemp("templates")) as made:
        yield made


@pytest.fixture(params=databases.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def url(kind: str, templates: Templates, tmp_path: Path) -> AsyncIterator[str]:
    """A fresh, migrated database of each kind."""
    async with databases.migrated(kind, templates, tmp_path) as found:
        yield found


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = open_database(url)
    await opened.start()
    yield opened
    await opened.close()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkippedAtTheEnd(), "skipped-at-the-end")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one process, and those that load the whole machine in the same one."""
    for item in items:
        folder = item.path.relative_to(ROOT).parts[0]
        item.add_marker(pytest.mark.xdist_group("heavy" if folder in HEAVY else str(item.path)))


class SkippedAtTheEnd:
    """Says last what was not run, and why; where tests run in several processes, for all of them."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            self.reasons[report.longrepr[2].removeprefix("Skipped: ")] += 1

    def pytest_unconfigure(self) -> None:
        print("Skipped:" if self.reasons else "Skipped: nothing.")
        for reason, count in sorted(self.reasons.items()):
            print(f"  {count} x {reason}")
