"""Where cards and notices were posted."""

from collections.abc import Sequence

from bot.domain.identifiers import SlackChannelId
from bot.ports.store import PostedMessage
from storage.rows import Row
from storage.table import Table
from storage.writes import Value, Write

_ALL = "SELECT * FROM messages WHERE workspace_id = :workspace_id"


class PostedMessages(Table):
    async def find(self, subject: str, channel: SlackChannelId) -> PostedMessage | None:
        found = await self._many(
            f"{_ALL} AND subject = :subject AND channel = :channel", subject=subject, channel=channel
        )
        return found[0] if found else None

    async def of(self, subject: str) -> Sequence[PostedMessage]:
        return await self._many(f"{_ALL} AND subject = :subject ORDER BY channel", subject=subject)

    def recording(self, message: PostedMessage) -> Write:
        row: dict[str, Value] = {
            "subject": message.subject,
            "channel": message.channel,
            "ts": message.ts,
            "digest": message.digest,
        }
        return Write(_RECORD, self._here(row), summary=f"message of {message.subject}")

    async def _many(self, sql: str, **params: Value) -> list[PostedMessage]:
        return [_to_message(row) for row in await self._rows(sql, **params)]


def _to_message(row: Row) -> PostedMessage:
    return PostedMessage(subject=row["subject"], channel=row["channel"], ts=row["ts"], digest=row["digest"])


_RECORD = """
    INSERT INTO messages (workspace_id, subject, channel, ts, digest)
    VALUES (:workspace_id, :subject, :channel, :ts, :digest)
        ON CONFLICT (workspace_id, subject, channel) DO UPDATE
       SET ts = excluded.ts, digest = excluded.digest
"""
