"""
A bare server for events, served as ours is: it verifies each RSA signature with a key it was given, and
commits all events that wait at the moment together. It judges no certificate and reads no event.

Arguments: port, a PEM file with the public key, the database.
"""

import asyncio
import base64
import sqlite3
import sys
from pathlib import Path

import uvicorn
import uvloop
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class Inbox:
    """One table; whatever waits is written with one commit."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, body BLOB)")
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, body: bytes) -> None:
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await stored

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            await asyncio.to_thread(self._commit, [body for body, _ in group])
            for _, stored in group:
                stored.set_result(None)

    def _commit(self, bodies: list[bytes]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        for body in bodies:
            self._database.execute("INSERT INTO events (body) VALUES (?)", (body,))
        self._database.execute("COMMIT")


def main() -> None:
    port, key_file, path = sys.argv[1:]
    key = load_pem_public_key(Path(key_file).read_bytes())
    assert isinstance(key, RSAPublicKey)
    inbox = Inbox(path)

    async def receive(request: Request) -> Response:
        body = await request.body()
        signature = base64.b64decode(request.headers["authorization"].removeprefix("Signature "))
        key.verify(signature, body, PKCS1v15(), SHA256())
        await inbox.add(body)
        return JSONResponse({"status": "stored"})

    web = Starlette(routes=[Route("/webhooks/partner-center", receive, methods=["POST"])])
    config = uvicorn.Config(
        web, port=int(port), lifespan="off", log_config=None, access_log=False, server_header=False
    )
    uvloop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
