import base64

import pytest

from bot.ports.store import SecretUnreadable
from storage.crypto import Cipher
from storage.database import Database
from storage.store import WorkspaceStore
from storage.writes import Write
from tests.integration.storage.samples import CIPHER, HERE, THERE

NEW_KEY = base64.b64encode(b"n" * 32).decode()
OLD_KEY = base64.b64encode(b"k" * 32).decode()

COPY = """
    INSERT INTO secrets SELECT CAST(:to_workspace AS TEXT), CAST(:name AS TEXT), key_id, value
      FROM secrets WHERE name = :from_name LIMIT 1
"""


async def test_a_secret_comes_back_and_is_not_in_the_table(store: WorkspaceStore, database: Database) -> None:
    await store.commit(store.secrets.setting("refresh_token", "0.AXoA-secret"))

    assert await store.secrets.get("refresh_token") == "0.AXoA-secret"
    assert await store.secrets.get("other") is None
    (row,) = await database.fetch("SELECT value FROM secrets")
    assert b"secret" not in base64.b64decode(row["value"])


async def test_a_secret_moved_to_another_name_or_workspace_is_unreadable(
    store: WorkspaceStore, other_store: WorkspaceStore, database: Database
) -> None:
    await store.commit(store.secrets.setting("refresh_token", "theirs"))
    for workspace, name in ((HERE, "client_secret"), (THERE, "refresh_token")):
        params = {"workspace_id": HERE, "to_workspace": workspace, "name": name, "from_name": "refresh_token"}
        await database.apply([Write(COPY, params, summary="copy")])

    with pytest.raises(SecretUnreadable):
        await store.secrets.get("client_secret")
    with pytest.raises(SecretUnreadable):
        await other_store.secrets.get("refresh_token")


async def test_after_a_rotation_the_old_key_still_reads_and_the_new_one_writes(database: Database) -> None:
    before = WorkspaceStore(database, HERE, CIPHER)
    rotated = WorkspaceStore(database, HERE, Cipher([NEW_KEY, OLD_KEY]))
    after = WorkspaceStore(database, HERE, Cipher([NEW_KEY]))
    await before.commit(before.secrets.setting("refresh_token", "value"))

    assert await rotated.secrets.get("refresh_token") == "value"
    with pytest.raises(SecretUnreadable):
        await after.secrets.get("refresh_token")
    await rotated.commit(rotated.secrets.setting("refresh_token", "value"))
    assert await after.secrets.get("refresh_token") == "value"
