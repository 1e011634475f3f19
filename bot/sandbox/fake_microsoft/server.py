"""A Microsoft on loopback: token authority, Partner Center, Graph, certificate host, and its people."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from bot.sandbox.fake_microsoft.account import Account
from bot.sandbox.fake_microsoft.certificates import CertificateFiles, PlainShape
from bot.sandbox.fake_microsoft.customer_details import CustomerDetails
from bot.sandbox.fake_microsoft.customers import Customers
from bot.sandbox.fake_microsoft.entra_errors import EntraShape
from bot.sandbox.fake_microsoft.gdap_api import GdapApi
from bot.sandbox.fake_microsoft.graph import GraphDirectory, GraphDoor, GraphShape
from bot.sandbox.fake_microsoft.hosting import Observer, Server, Shape
from bot.sandbox.fake_microsoft.mailbox import Mailboxes
from bot.sandbox.fake_microsoft.partner_center import Door, PartnerCenterShape
from bot.sandbox.fake_microsoft.people import Microsoft
from bot.sandbox.fake_microsoft.pki import TlsAuthority
from bot.sandbox.fake_microsoft.registrations import Registrations
from bot.sandbox.fake_microsoft.sample import sample_world
from bot.sandbox.fake_microsoft.service_requests import ServiceRequests
from bot.sandbox.fake_microsoft.state import Clock, World


@dataclass(frozen=True)
class Ports:
    """Ports to listen on; 0 lets the system choose."""

    authority: int = 0
    partner_center: int = 0
    graph: int = 0
    certificates: int = 0
    foreign_certificates: int = 0


def utc_now() -> datetime:
    return datetime.now(UTC)


class FakeMicrosoft(Microsoft):
    """
    Everything of Microsoft a partner's application meets.

    Addresses and files exist only inside `serve()`. `graph_url` ends at the host, without `/v1.0`;
    `authority_url` carries no tenant.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.tls = TlsAuthority()
        self.ca_path = Path()
        self.trust_roots_path = Path()
        self._servers = self._build()

    @classmethod
    def sample(cls, clock: Clock = utc_now, *, cloud: str = "public") -> Self:
        """Contoso and its prospects, as the sandbox starts."""
        return cls(sample_world(clock, cloud))

    @asynccontextmanager
    async def serve(
        self,
        *,
        ports: Ports = Ports(),
        directory: Path | None = None,
        tick_seconds: float | None = 0.1,
    ) -> AsyncIterator[Self]:
        """
        Listen on 127.0.0.1 until the block ends.

        `directory` receives `ca.pem` and `webhook-trust-roots.pem` (a temporary one otherwise).
        Steps that Microsoft takes by itself are looked at every `tick_seconds` of real time, on every
        request and in `settle()`; None leaves the ticking out.
        """
        async with AsyncExitStack() as stack:
            if directory is None:
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            self._write_files(directory)
            stack.push_async_callback(self._stop)
            await self._start(ports)
            if tick_seconds is not None:
                ticking = asyncio.create_task(self._tick(tick_seconds))
                stack.push_async_callback(_cancelled, ticking)
            yield self

    @property
    def authority_url(self) -> str:
        return self.entra.base_url

    @property
    def partner_center_url(self) -> str:
        return f"http://127.0.0.1:{self._servers['partner_center'].port}"

    @property
    def graph_url(self) -> str:
        return f"http://127.0.0.1:{self._servers['graph'].port}"

    @property
    def certificate_host(self) -> str:
        return self.signer.certificate_host

    @property
    def ca_pem(self) -> str:
        return self.tls.ca_pem

    @property
    def webhook_trust_roots_pem(self) -> str:
        return self.dispatch.trust_roots_pem

    @property
    def client_id(self) -> str:
        return self.world.partner.client_id

    @property
    def client_secret(self) -> str:
        return self.world.partner.client_secret

    @property
    def partner_tenant_id(self) -> str:
        return self.world.partner.tenant.id

    def _build(self) -> dict[str, Server]:
        world, tls = self.world, self.tls.server_context()
        shape, graph_shape = PartnerCenterShape(world), GraphShape(world)
        door = Door(world, self.mint, shape, self.gdap.advance)
        graph_door = GraphDoor(world, self.mint, graph_shape, self.gdap.advance)
        announce = self.deliveries.announce
        partner_center = [
            *Customers(world, door, shape, self.audit, self.events, announce).routes(),
            *CustomerDetails(world, door, shape, self.gdap, self.audit).routes(),
            *ServiceRequests(world, door, shape).routes(),
            *Account(world, door, shape, self.audit).routes(),
            *Registrations(world, door, shape, self.events, self.deliveries).routes(),
        ]
        directory = GraphDirectory(world, graph_door, Mailboxes(world, self.feed))
        graph = [*directory.routes(), *GdapApi(world, graph_door, self.gdap).routes()]
        files = CertificateFiles(self.dispatch).routes()
        return {
            "authority": Server(self._observer("authority", EntraShape(world)), self.entra.routes(), tls),
            "partner_center": Server(self._observer("partner_center", shape), partner_center, None),
            "graph": Server(self._observer("graph", graph_shape), graph, None),
            "certificates": Server(self._observer("certificates", PlainShape()), files, tls),
            "foreign_certificates": Server(self._observer("foreign_certificates", PlainShape()), files, tls),
        }

    def _observer(self, service: str, shape: Shape) -> Observer:
        return Observer(service, shape, self.feed, self.faults, self.world.clock)

    def _write_files(self, directory: Path) -> None:
        self.ca_path = directory / "ca.pem"
        self.trust_roots_path = directory / "webhook-trust-roots.pem"
        self.ca_path.write_text(self.ca_pem)
        self.trust_roots_path.write_text(self.webhook_trust_roots_pem)

    async def _start(self, ports: Ports) -> None:
        for name, server in self._servers.items():
            await server.start("127.0.0.1", getattr(ports, name))
        self.entra.base_url = f"https://localhost:{self._servers['authority'].port}"
        self.signer.certificate_host = f"localhost:{self._servers['certificates'].port}"
        self.signer.foreign_host = f"localhost:{self._servers['foreign_certificates'].port}"
        await self.deliveries.start()

    async def _stop(self) -> None:
        await self.deliveries.stop()
        for server in self._servers.values():
            await server.stop()

    async def _tick(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            self.gdap.advance()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
