"""What every kind of row shares: a database and the one workspace it is about."""

from collections.abc import Sequence

from bot.domain.identifiers import WorkspaceId
from storage.database import Database
from storage.rows import Row
from storage.writes import Params, Value


class Table:
    """The rows of one workspace. Raises `ValueError` without one."""

    def __init__(self, database: Database, workspace_id: WorkspaceId) -> None:
        if not workspace_id:
            raise ValueError("a table is read and written for one workspace")
        self._database = database
        self._workspace_id = workspace_id

    async def _rows(self, sql: str, **params: Value) -> Sequence[Row]:
        return await self._database.fetch(sql, self._here(params))

    async def _row(self, sql: str, **params: Value) -> Row | None:
        return next(iter(await self._rows(sql, **params)), None)

    def _here(self, params: Params) -> dict[str, Value]:
        return {**params, "workspace_id": self._workspace_id}
