"""What the settings keep secret, and the keys for what is kept secret at rest."""

from pathlib import Path

from pydantic import SecretStr

from bot.ports.unfit import Fault, SettingWrong
from bot.settings import Settings
from storage.crypto import Cipher
from storage.database import kind_of, sqlite_path
from storage.key_file import kept_key, key_beside, key_path


def encryption_keys(settings: Settings) -> list[str]:
    """
    Return the keys for secrets at rest; beside a SQLite database one is made at the first start.

    Raises `SettingWrong` where there is none and no place to keep one, or where its file cannot be used.
    """
    if settings.encryption_keys:
        return [key.get_secret_value() for key in settings.encryption_keys]
    if kind_of(settings.database_url) == "sqlite":
        return [_beside(Path(sqlite_path(settings.database_url)))]
    raise SettingWrong(Fault.ENCRYPTION_KEYS_MISSING)


def _beside(database: Path) -> str:
    try:
        key = key_beside(database)
        Cipher([key])
    except (OSError, ValueError):
        raise SettingWrong(Fault.KEY_FILE, file=str(key_path(database))) from None
    return key


def known_keys(settings: Settings) -> list[str]:
    """Return the keys there are, and make none. Raises `OSError`, `ValueError` for an unreadable file."""
    if settings.encryption_keys or kind_of(settings.database_url) != "sqlite":
        return [key.get_secret_value() for key in settings.encryption_keys]
    path = key_path(Path(sqlite_path(settings.database_url)))
    return [kept_key(path)] if path.exists() else []


def revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
