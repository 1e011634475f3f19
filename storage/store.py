"""Everything of one workspace."""

from collections.abc import Callable, Sequence

from bot.domain.identifiers import WorkspaceId
from bot.ports import store as ports
from bot.ports.clock import Clock, SystemClock
from bot.ports.work import Queue
from storage.audit import AuditLog
from storage.crypto import Cipher
from storage.customers import Customers
from storage.database import Database
from storage.drafts import Drafts
from storage.invitations import Invitations
from storage.messages import PostedMessages
from storage.notes import Notes
from storage.secrets import Secrets
from storage.work import WorkQueue
from storage.writes import Write

OnCommit = Callable[[frozenset[Queue]], None]


class WorkspaceStore:
    """
    The `Store` of one workspace. `on_commit` hears which queues have something to look at, after each commit
    that touched any. Raises `ValueError` without a workspace.
    """

    def __init__(
        self,
        database: Database,
        workspace_id: WorkspaceId,
        cipher: Cipher,
        *,
        clock: Clock | None = None,
        on_commit: OnCommit | None = None,
    ) -> None:
        self._database = database
        self._workspace_id = workspace_id
        self.on_commit = on_commit
        self.invitations = Invitations(database, workspace_id)
        self.customers = Customers(database, workspace_id)
        self.work = WorkQueue(database, workspace_id, clock or SystemClock())
        self.audit = AuditLog(database, workspace_id, cipher)
        self.messages = PostedMessages(database, workspace_id)
        self.drafts = Drafts(database, workspace_id)
        self.secrets = Secrets(database, workspace_id, cipher)
        self.notes = Notes(database, workspace_id)

    async def commit(self, *writes: ports.Write) -> None:
        batch = [self._ours(write) for write in writes]
        if not batch:
            return
        await self._database.apply(batch)
        self._wake(batch)

    def _ours(self, write: ports.Write) -> Write:
        if not isinstance(write, Write) or write.params["workspace_id"] != self._workspace_id:
            raise ValueError(f"not a write of this workspace: {write.summary}")
        return write

    def _wake(self, batch: Sequence[Write]) -> None:
        queues = frozenset(queue for write in batch for queue in write.wakes)
        if queues and self.on_commit is not None:
            self.on_commit(queues)
