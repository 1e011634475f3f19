"""Which workspace and which bot a Slack token stands for, so that a restart does not have to ask Slack."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.identifiers import WorkspaceId
from storage.database import Database
from storage.writes import Write


@dataclass(frozen=True)
class Installation:
    """What `auth.test` answered for a token: ids and names, no secret. `fingerprint_of` names the token."""

    token_fingerprint: str
    workspace_id: WorkspaceId
    answer: Mapping[str, object]


def fingerprint_of(token: str) -> str:
    """Return SHA-256 of a token. Slack's tokens are random and long, so nobody guesses them back."""
    return hashlib.sha256(token.encode()).hexdigest()


class Installations:
    """The one table that is asked without a workspace: it is what tells the workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, token_fingerprint: str) -> Installation | None:
        rows = await self._database.fetch(_FIND, {"token_fingerprint": token_fingerprint})
        if not rows:
            return None
        row = rows[0]
        return Installation(
            row["token_fingerprint"], WorkspaceId(row["workspace_id"]), json.loads(row["answer"])
        )

    async def record(self, installation: Installation) -> None:
        values = {**vars(installation), "answer": json.dumps(dict(installation.answer))}
        await self._database.apply([Write(_RECORD, values, summary="record installation")])


_FIND = "SELECT * FROM installations WHERE token_fingerprint = :token_fingerprint"

_RECORD = """
    INSERT INTO installations (token_fingerprint, workspace_id, answer)
    VALUES (:token_fingerprint, :workspace_id, :answer)
        ON CONFLICT (token_fingerprint) DO UPDATE
       SET workspace_id = excluded.workspace_id, answer = excluded.answer
"""
