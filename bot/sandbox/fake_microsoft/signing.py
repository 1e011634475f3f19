"""Signed callbacks: the genuine kind and every forgery a receiver must refuse."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bot.sandbox.fake_microsoft.events import Event
from bot.sandbox.fake_microsoft.pki import DISPATCH_NAME, DispatchAuthority, Signed


class Mode(StrEnum):
    """How a callback is delivered, or what is wrong with it."""

    NORMAL = "normal"
    MS_SIGNATURE_HEADER = "x-ms-signature"
    DUPLICATED = "duplicated"
    LOST = "lost"
    HELD = "held"
    REORDERED = "reordered"
    BAD_SIGNATURE = "bad signature"
    SHA1 = "rsa-sha1"
    FOREIGN_HOST = "foreign certificate host"
    EXPIRED_LEAF = "expired leaf"
    SELF_SIGNED = "self-signed"
    WRONG_ORGANISATION = "wrong organisation"
    INTERMEDIATE_AS_LEAF = "intermediate as leaf"
    TAMPERED_BODY = "tampered body"
    RESERIALISED_BODY = "re-serialised body"


FORGERIES = frozenset(Mode) - {
    Mode.NORMAL,
    Mode.MS_SIGNATURE_HEADER,
    Mode.DUPLICATED,
    Mode.LOST,
    Mode.HELD,
    Mode.REORDERED,
}

_FORGED_LEAF = {
    Mode.EXPIRED_LEAF: "expired",
    Mode.SELF_SIGNED: "self-signed",
    Mode.WRONG_ORGANISATION: "wrong-organisation",
    Mode.INTERMEDIATE_AS_LEAF: "intermediate",
}


@dataclass(frozen=True)
class SignedDelivery:
    """Headers and body of one callback, ready to POST."""

    headers: Mapping[str, str]
    body: bytes


class Signer:
    """
    Signs bodies with RSA PKCS#1 v1.5 over their bytes, nothing else being signed.

    `certificate_host` and `foreign_host` (`localhost:PORT`) are known once the servers listen.
    Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks
    """

    def __init__(self, authority: DispatchAuthority) -> None:
        self._authority = authority
        self.certificate_host = ""
        self.foreign_host = ""

    def delivery(self, event: Event | bytes, mode: Mode = Mode.NORMAL) -> SignedDelivery:
        signed = event if isinstance(event, bytes) else body_bytes(event)
        leaf, file_name = self._leaf(mode)
        signature = self._signature(signed, leaf, mode)
        name = "x-ms-signature" if mode is Mode.MS_SIGNATURE_HEADER else "Authorization"
        host = self.foreign_host if mode is Mode.FOREIGN_HOST else self.certificate_host
        headers = {
            "Content-Type": "application/json",
            name: f"Signature {signature}",
            "X-MS-Certificate-Url": f"https://{host}/cert/{file_name}",
            "X-MS-Signature-Algorithm": "rsa-sha1" if mode is Mode.SHA1 else "rsa-sha256",
        }
        return SignedDelivery(headers, _sent(signed, mode))

    def _leaf(self, mode: Mode) -> tuple[Signed, str]:
        kind = _FORGED_LEAF.get(mode)
        if kind is None:
            return self._authority.leaf, f"{DISPATCH_NAME}.cer"
        return self._authority.forge(kind), f"{kind}.cer"

    def _signature(self, body: bytes, leaf: Signed, mode: Mode) -> str:
        if not isinstance(leaf.key, rsa.RSAPrivateKey):
            raise TypeError("callbacks are signed with RSA keys")
        # The forgery is an honest SHA-1 signature: only the algorithm is at fault.
        digest = hashes.SHA1() if mode is Mode.SHA1 else hashes.SHA256()  # noqa: S303 - see above
        signature = bytearray(leaf.key.sign(body, padding.PKCS1v15(), digest))
        if mode is Mode.BAD_SIGNATURE:
            signature[0] ^= 1
        return base64.b64encode(signature).decode()


def body_bytes(event: Event) -> bytes:
    return json.dumps(event.body(), separators=(",", ":"), ensure_ascii=False).encode()


def _sent(signed: bytes, mode: Mode) -> bytes:
    if mode is Mode.TAMPERED_BODY:
        changed = json.loads(signed)
        changed["ResourceUri"] = "https://api.partnercenter.microsoft.com/v1/customers/" + "9" * 8
        return json.dumps(changed, separators=(",", ":")).encode()
    if mode is Mode.RESERIALISED_BODY:
        return json.dumps(json.loads(signed), indent=2, sort_keys=True).encode()
    return signed
