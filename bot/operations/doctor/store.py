"""The database, its shape and the key for the secrets in it."""

import os
from pathlib import Path

from bot.app.secrets import known_keys
from bot.operations.doctor.findings import Kind, Result, wrong
from bot.operations.doctor.site import Site
from storage.crypto import Cipher
from storage.key_file import key_path
from storage.newest import revisions
from storage.secrets import has_any, unreadable

URL, KEYS = "OVERTURE_DATABASE_URL", "OVERTURE_ENCRYPTION_KEYS"


async def database(site: Site) -> Result:
    """A SQLite file that does not exist is made by the first start, if there is a place for it."""
    looked_into = site.database
    if looked_into.file is not None and (folder := _closed_folder(looked_into.file)):
        return wrong(Kind.DATABASE_PLACE, URL, folder=folder)
    if not looked_into.is_absent:
        await looked_into.onlooker.start()
    return Result(fact=looked_into.kind)


async def migrations(site: Site) -> Result:
    applied, known = await site.database.revision(), revisions()
    if applied is None:
        return Result()
    if applied not in known:
        return wrong(Kind.DATABASE_NEWER, URL, step=applied)
    if pending := known[known.index(applied) + 1 :]:
        return wrong(Kind.MIGRATIONS_PENDING, URL, steps=", ".join(pending))
    return Result()


async def encryption(site: Site) -> Result:
    """On SQLite the first start makes a key; a database that keeps secrets already must come with its own."""
    try:
        keys = known_keys(site.settings)
        cipher = Cipher(keys) if keys else None
    except (OSError, ValueError):
        file = site.database.file
        return wrong(Kind.KEY_FILE_UNUSABLE, KEYS, file=key_path(file) if file else "")
    in_use = await site.database.revision() is not None
    if cipher is not None:
        lost = await unreadable(site.database.onlooker, cipher) if in_use else []
        return wrong(Kind.SECRET_UNREADABLE, KEYS) if lost else Result()
    needs_key = site.database.kind != "sqlite"
    if needs_key or (in_use and await has_any(site.database.onlooker)):
        return wrong(Kind.KEY_MISSING, KEYS)
    return Result()


def _closed_folder(file: Path) -> str:
    """Return the folder that is missing, or where nothing can be written; empty where all is well."""
    folder = file.absolute().parent
    closed = not folder.is_dir() or not os.access(folder, os.W_OK)
    return str(folder) if closed or (file.exists() and not os.access(file, os.W_OK)) else ""
