"""A scripted HTTPS server and the parts a client is made of."""

import asyncio
import base64
import datetime as dt
import json
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from inspect import isawaitable
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from multidict import CIMultiDict

from bot.domain.clouds import Cloud
from bot.domain.identifiers import TenantId
from bot.microsoft.auth import Tokens
from bot.microsoft.client_credential import ClientCredential
from bot.microsoft.clouds import Endpoints, endpoints
from bot.microsoft.transport import Transport, tls_context

NOON = dt.datetime(2026, 1, 31, 12, 0, tzinfo=dt.UTC)
PARTNER = TenantId("11111111-1111-4111-8111-111111111111")
CUSTOMER = TenantId("22222222-2222-4222-8222-222222222222")
CLIENT_ID = "44444444-4444-4444-8444-444444444444"
SECRET = "a-secret-nobody-may-read"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class HandClock:
    """A clock that stands until it is moved."""

    moment: dt.datetime = NOON

    def now(self) -> dt.datetime:
        return self.moment

    def forward(self, **delta: float) -> None:
        self.moment += dt.timedelta(**delta)


@dataclass
class Memory:
    """A refresh token store that keeps everything it was given."""

    tokens: list[str] = field(default_factory=list)

    async def load(self) -> str | None:
        return self.tokens[-1] if self.tokens else None

    async def save(self, token: str) -> None:
        self.tokens.append(token)


@dataclass(frozen=True)
class Seen:
    """A request that arrived. `target` is as it was sent; headers sent twice are joined by a comma."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def jwt(**claims: object) -> str:
    """An unsigned token: the client never verifies one."""
    parts = [{"alg": "none"}, claims]
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        + ".x"
    )


def lost(request: web.Request) -> web.StreamResponse:
    """Break the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def never(request: web.Request) -> web.StreamResponse:
    """Answer nothing for as long as anybody waits."""
    await asyncio.Event().wait()
    return web.Response()


class Stub:
    """Answers from a script: per `METHOD /path` a list whose last entry repeats. Unknown routes are 404."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[Seen] = []
        self.sockets: list[Any] = []
        self._answers: dict[str, list[Any]] = defaultdict(list)

    def on(self, route: str, *answers: Any) -> None:
        """An answer is JSON (200), (status, JSON), a `web.Response` maker or an async handler."""
        self._answers[route] = list(answers)

    def asked(self, route: str) -> list[Seen]:
        return [each for each in self.seen if f"{each.method} {each.target.split('?')[0]}" == route]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            self.sockets.append(request.transport.get_extra_info("socket"))
        body = await request.read()
        headers = CIMultiDict({name: ", ".join(request.headers.getall(name)) for name in request.headers})
        self.seen.append(Seen(request.method, request.raw_path, headers, body))
        script = self._answers.get(f"{request.method} {request.raw_path.split('?')[0]}")
        if not script:
            return web.json_response({"code": 1000, "description": "not found"}, status=404)
        answer = script.pop(0) if len(script) > 1 else script[0]
        if callable(answer):
            made = answer(request)
            answered: web.StreamResponse = await made if isawaitable(made) else made
            return answered
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        if isinstance(content, bytes):
            return web.Response(body=content, status=status)
        return web.json_response(content, status=status)


@asynccontextmanager
async def serving(stub: Stub, tls: ssl.SSLContext | None = None) -> AsyncIterator[Stub]:
    runner = web.AppRunner(_app(stub), handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    stub.url = f"{'https' if tls else 'http'}://localhost:{port}"
    try:
        yield stub
    finally:
        await runner.cleanup()
        for _ in range(2000):  # asyncio takes some turns of the loop to close a TLS connection
            await asyncio.sleep(0)
            if all(each.fileno() == -1 for each in stub.sockets):
                break


def _app(stub: Stub) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stub.handle)
    return app


class Certificates:
    """A CA made for the test run, and a certificate of it for localhost."""

    def __init__(self, folder: Path) -> None:
        self.ca_file = folder / "ca.pem"
        self._chain = folder / "localhost.pem"
        ca_key, ca = _certificate("Test CA", None, None)
        key, leaf = _certificate("localhost", ca_key, ca)
        self.ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        self._chain.write_bytes(_pem(key) + leaf.public_bytes(serialization.Encoding.PEM))

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._chain)
        return context


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate(
    name: str, issuer_key: rsa.RSAPrivateKey | None, issuer: x509.Certificate | None
) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
        )
    return key, builder.sign(issuer_key or key, hashes.SHA256())


@dataclass
class Microsoft:
    """An Entra, a Partner Center and a Graph, each a stub, and the client's parts pointed at them."""

    entra: Stub
    partner_center: Stub
    graph: Stub
    clock: HandClock
    memory: Memory
    tokens: Tokens
    transport: Transport
    endpoints: Endpoints

    @property
    def token_requests(self) -> list[Seen]:
        return self.entra.asked(f"POST /{PARTNER}/oauth2/v2.0/token")

    def on_token(self, *answers: Any) -> None:
        self.entra.on(f"POST /{PARTNER}/oauth2/v2.0/token", *answers)


def granted(token: str = "", **extra: object) -> dict[str, object]:
    return {
        "token_type": "Bearer",
        "expires_in": 3600,
        "access_token": token or jwt(amr=["pwd", "mfa"]),
    } | extra


def discovery(entra: Stub) -> dict[str, str]:
    base = f"{entra.url}/{PARTNER}"
    return {
        "issuer": f"{base}/v2.0",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
    }


@asynccontextmanager
async def running_microsoft(certificates: Certificates, **cloud: Any) -> AsyncIterator[Microsoft]:
    clock, memory = HandClock(), Memory(["first-refresh-token"])
    async with (
        serving(Stub(), certificates.server()) as entra,
        serving(Stub()) as partner_center,
        serving(Stub()) as graph,
        aiohttp.ClientSession() as session,
    ):
        where = endpoints(
            cloud.get("cloud", Cloud.PUBLIC),
            authority=entra.url,
            partner_center=partner_center.url,
            graph=graph.url,
        )
        tokens = Tokens(
            authority=where.authority,
            tenant_id=PARTNER,
            credential=ClientCredential(CLIENT_ID, secret=SECRET),
            clock=clock,
            refresh_tokens=memory,
            ca_file=certificates.ca_file,
            timeout=dt.timedelta(seconds=5),
        )
        transport = Transport(
            session,
            bases=(where.authority, where.partner_center, where.graph),
            clock=clock,
            tls=tls_context(certificates.ca_file),
            timeout=dt.timedelta(seconds=2),
            largest_answer=200_000,
        )
        entra.on(f"GET /{PARTNER}/v2.0/.well-known/openid-configuration", discovery(entra))
        microsoft = Microsoft(entra, partner_center, graph, clock, memory, tokens, transport, where)
        microsoft.on_token(granted())
        try:
            yield microsoft
        finally:
            tokens.close()
