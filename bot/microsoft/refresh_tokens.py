"""The newest refresh token, kept where every replica finds it."""

import hashlib
import json

import structlog

from bot.ports.store import SecretUnreadable, Store

logger = structlog.get_logger(__name__)

NAME = "microsoft_refresh_token"


class StoredRefreshToken:
    """
    Starts from the token in the settings and keeps what Microsoft gave since.

    A token set anew, after somebody consented again, wins over the one kept for the former.
    """

    def __init__(self, store: Store, given: str | None) -> None:
        self._store = store
        self._given = given
        self._origin = hashlib.sha256((given or "").encode()).hexdigest()

    async def load(self) -> str | None:
        try:
            kept = await self._store.secrets.get(NAME)
        except SecretUnreadable as error:
            logger.error("kept refresh token is unreadable, the one in the settings is used", why=str(error))
            return self._given
        if kept is not None:
            values: dict[str, str] = json.loads(kept)
            if values["origin"] == self._origin:
                return values["token"]
        return self._given

    async def save(self, token: str) -> None:
        value = json.dumps({"origin": self._origin, "token": token})
        await self._store.commit(self._store.secrets.setting(NAME, value))
