"""Encryption at rest: AES-GCM, bound to the workspace and to the name of what is encrypted."""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.ports.store import SecretUnreadable

_NONCE_BYTES = 12
"""What NIST SP 800-38D recommends for GCM."""


@dataclass(frozen=True)
class Sealed:
    """An encrypted value as it is stored. `value` is base64 of nonce and ciphertext."""

    key_id: str
    value: str


class Cipher:
    """
    `keys` are base64 of 32 bytes each: the first encrypts, every one decrypts.

    Raises `ValueError` for no key or for one of another size, without repeating it.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one encryption key is needed")
        raw = [_decoded(key) for key in keys]
        self._ciphers = {_key_id(key): AESGCM(key) for key in raw}
        self._current = _key_id(raw[0])

    def seal(self, text: str, *, workspace_id: str, name: str) -> Sealed:
        nonce = os.urandom(_NONCE_BYTES)
        bound = _bound(workspace_id, name)
        ciphertext = self._ciphers[self._current].encrypt(nonce, text.encode(), bound)
        return Sealed(self._current, base64.b64encode(nonce + ciphertext).decode())

    def open(self, sealed: Sealed, *, workspace_id: str, name: str) -> str:
        """Return the text. Raises `SecretUnreadable`."""
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise SecretUnreadable(f"{name}: key {sealed.key_id} is not among the encryption keys")
        try:
            stored = base64.b64decode(sealed.value, validate=True)
            text = cipher.decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], _bound(workspace_id, name))
        except (InvalidTag, ValueError):
            raise SecretUnreadable(f"{name}: the stored value was altered or moved") from None
        return text.decode()


def _decoded(key: str) -> bytes:
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32:
        raise ValueError("an encryption key is base64 of exactly 32 bytes")
    return raw


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"overture key id\n" + key).hexdigest()[:16]


def _bound(workspace_id: str, name: str) -> bytes:
    """Length first, so that no two pairs run together into the same bytes."""
    return f"{len(workspace_id)}:{workspace_id}:{name}".encode()
