"""Fresh, migrated databases of both kinds."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from storage.migrations import migrate

POSTGRES = os.environ.get("OVERTURE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A server on which databases may be created and dropped."""

KINDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))
"""What a fixture is parametrized with."""


class Templates:
    """One migrated database of each kind per test session; every test gets a copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sqlite: Path | None = None
        self._postgres: str | None = None

    async def sqlite(self) -> Path:
        if self._sqlite is None:
            path = self.folder / "template.db"
            await migrate(f"sqlite:///{path}")
            self._sqlite = path
        return self._sqlite

    async def postgres(self) -> str:
        if self._postgres is None:
            name = await create_database()
            await migrate(url_of(name))
            self._postgres = name
        return self._postgres

    async def close(self) -> None:
        if self._postgres is not None:
            await drop_database(self._postgres)


@contextmanager
def templates(folder: Path) -> Iterator[Templates]:
    made = Templates(folder)
    try:
        yield made
    finally:
        asyncio.run(made.close())


@asynccontextmanager
async def migrated(kind: str, made: Templates, folder: Path) -> AsyncIterator[str]:
    """Yield the URL of a fresh, migrated database; skip the test where its server cannot be reached."""
    if kind == "sqlite":
        path = folder / f"{uuid4().hex}.db"
        shutil.copyfile(await made.sqlite(), path)
        yield f"sqlite:///{path}"
        return
    await require_postgres()
    name = await create_database(template=await made.postgres())
    try:
        yield url_of(name)
    finally:
        await drop_database(name)


@asynccontextmanager
async def empty(kind: str, folder: Path) -> AsyncIterator[str]:
    """Yield the URL of a database without a single table; a SQLite file does not even exist."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / uuid4().hex}.db"
        return
    await require_postgres()
    name = await create_database()
    try:
        yield url_of(name)
    finally:
        await drop_database(name)


async def require_postgres() -> None:
    try:
        connection = await asyncpg.connect(POSTGRES, timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        problem = f"no PostgreSQL at OVERTURE_TEST_POSTGRES ({type(error).__name__})"
        if os.environ.get("OVERTURE_TEST_REQUIRE_ALL") == "1":
            pytest.fail(problem)
        pytest.skip(problem)
    await connection.close()


def url_of(name: str) -> str:
    return urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()


async def create_database(template: str = "template1") -> str:
    name = f"overture_test_{uuid4().hex}"
    await _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return name


async def drop_database(name: str) -> None:
    await _on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _on_server(statement: str) -> None:
    connection = await asyncpg.connect(POSTGRES)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
