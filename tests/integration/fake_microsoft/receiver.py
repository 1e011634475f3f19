"""A callback address, and Microsoft's documented signature check written from the documentation."""

import base64
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from bot.sandbox.fake_microsoft import FakeMicrosoft, SignedDelivery


class Receiver:
    """Answers callbacks with the statuses it is told, then 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.received: list[SignedDelivery] = []
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        app = web.Application()
        app.add_routes([web.post("/callback", self._callback)])
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/callback?secret=1"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(delivery.body) for delivery in self.received]

    @property
    def names(self) -> list[str]:
        return [body["EventName"] for body in self.bodies]

    async def _callback(self, request: web.Request) -> web.Response:
        self.received.append(SignedDelivery(request.headers.copy(), await request.read()))
        status = self.statuses.pop(0) if self.statuses else 200
        headers = {"Location": "/elsewhere"} if status == 302 else {}
        return web.Response(status=status, headers=headers)


@dataclass(frozen=True)
class Judge:
    """Says what is wrong with a delivery, or "" when it is genuine."""

    microsoft: FakeMicrosoft
    session: aiohttp.ClientSession
    now: datetime

    async def verdict(self, delivery: SignedDelivery) -> str:
        headers = {name.lower(): value for name, value in delivery.headers.items()}
        url = headers["x-ms-certificate-url"]
        if urlsplit(url).netloc != self.microsoft.certificate_host:
            return "foreign host"
        if headers["x-ms-signature-algorithm"].lower() != "rsa-sha256":
            return "algorithm"
        leaf = await self._fetch(url)
        return self._chain(leaf) or self._signature(leaf, headers, delivery.body)

    async def _fetch(self, url: str) -> x509.Certificate:
        trust = ssl.create_default_context(cadata=self.microsoft.ca_pem)
        async with self.session.get(url, ssl=trust) as response:
            assert response.status == 200
            return x509.load_der_x509_certificate(await response.read())

    def _chain(self, leaf: x509.Certificate) -> str:
        bundle = x509.load_pem_x509_certificates(self.microsoft.webhook_trust_roots_pem.encode())
        issuers = [issuer for issuer in bundle if issuer.subject == leaf.issuer]
        if not issuers:
            return "untrusted"
        leaf.verify_directly_issued_by(issuers[0])
        organisations = leaf.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        if [each.value for each in organisations] != ["Microsoft Corporation"]:
            return "organisation"
        if leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return "authority"
        if not leaf.not_valid_before_utc <= self.now < leaf.not_valid_after_utc:
            return "validity"
        return ""

    def _signature(self, leaf: x509.Certificate, headers: Mapping[str, str], body: bytes) -> str:
        given = headers.get("authorization") or headers["x-ms-signature"]
        key = leaf.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        try:
            signature = base64.b64decode(given.removeprefix("Signature "))
            key.verify(signature, body, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return "signature"
        return ""
