from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.doctor.surroundings import Surroundings, surroundings


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Surroundings]:
    async with surroundings(tmp_path) as prepared:
        yield prepared
