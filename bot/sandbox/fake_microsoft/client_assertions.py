"""How an application proves itself with a certificate instead of a secret."""

import hashlib
import json
import time
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bot.sandbox.fake_microsoft.tokens import b64, unb64


class ClientAssertions:
    """The application's certificates, and the signed assertions made with their keys."""

    def __init__(self) -> None:
        self._certificates: list[x509.Certificate] = []

    def accept(self, pem: str) -> None:
        self._certificates.append(x509.load_pem_x509_certificate(pem.encode()))

    def check(self, assertion: str, *, client_id: str, authority: str) -> None:
        """Raise `ValueError` for an assertion that proves nothing."""
        try:
            head, body, signature = assertion.split(".")
            header, claims = json.loads(unb64(head)), json.loads(unb64(body))
            self._check_signature(header, f"{head}.{body}".encode(), unb64(signature))
            # MSAL reads the machine's clock for assertions; the injected one need not agree.
            fresh = claims["exp"] > time.time()
            ours = str(claims["aud"]).startswith(f"{authority}/")
            proves = fresh and ours and claims["iss"] == claims["sub"] == client_id
        except (KeyError, InvalidSignature) as error:
            raise ValueError("the assertion does not hold") from error
        if not proves:
            raise ValueError("the assertion is about something else")

    def _check_signature(self, header: dict[str, Any], signed: bytes, signature: bytes) -> None:
        key = self._certificate(header).public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise ValueError("not an RSA key")
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        schemes: dict[str, padding.PSS | padding.PKCS1v15] = {"RS256": padding.PKCS1v15(), "PS256": pss}
        key.verify(signature, signed, schemes[header["alg"]], hashes.SHA256())

    def _certificate(self, header: dict[str, Any]) -> x509.Certificate:
        for certificate in self._certificates:
            der = certificate.public_bytes(serialization.Encoding.DER)
            sha1 = hashlib.sha1(der, usedforsecurity=False).digest()
            thumbprints = (b64(hashlib.sha256(der).digest()), b64(sha1))
            # MSAL pads its thumbprints, which the JWS standard does not.
            given = (str(header.get(name, "")).rstrip("=") for name in ("x5t#S256", "x5t"))
            if any(one == other for one, other in zip(thumbprints, given, strict=True)):
                return certificate
        raise KeyError("x5t")
