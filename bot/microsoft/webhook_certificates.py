"""Fetches the certificates webhooks are signed with, from the hosts allowed and from nowhere inside."""

import re
import socket
import ssl
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiolimiter import AsyncLimiter
from cryptography import x509
from yarl import URL

from bot.microsoft.clouds import is_loopback
from bot.microsoft.single_flight import SingleFlight
from bot.microsoft.webhook_chain import parse_certificate
from bot.ports.clock import Clock
from bot.ports.webhooks import CertificateUnavailable

LIFETIME = timedelta(hours=6)
REFETCH_EVERY = timedelta(hours=1)
LARGEST = 64 * 1024
MOST_KEPT = 32
UNKNOWN_PER_MINUTE = 30

_PATH = re.compile(r"/cert/[A-Za-z0-9._-]+\.cer")
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,500}")
_EMBEDDING = tuple(IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
"""IPv6 ranges that carry an IPv4 address inside, which may be a private one."""

_Address = IPv4Address | IPv6Address


class UnusableAddress(Exception):
    """The certificate's address is not of the only shape we fetch."""


@dataclass(frozen=True)
class Held:
    """A certificate; `just_fetched`: by this very request."""

    certificate: x509.Certificate
    just_fetched: bool


@dataclass(frozen=True)
class _Entry:
    certificate: x509.Certificate
    fetched_at: datetime


class Certificates:
    """Certificates by address, kept for hours; however many deliveries ask, one fetch at a time for each."""

    def __init__(
        self,
        *,
        hosts: Iterable[str],
        clock: Clock,
        tls: ssl.SSLContext,
        timeout: timedelta,
        resolver: AbstractResolver | None,
    ) -> None:
        self._hosts = frozenset(_host_and_port(host) for host in hosts)
        self._clock = clock
        self._tls = tls
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())
        self._resolver = resolver
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._refetched_at: dict[str, datetime] = {}
        self._flights: SingleFlight[str, _Entry] = SingleFlight()
        self._unknown = AsyncLimiter(UNKNOWN_PER_MINUTE, 60)

    async def get(self, url: str) -> Held:
        """Return the certificate at `url`. Raises `UnusableAddress`, `CertificateUnavailable`."""
        self._check(url)
        entry = self._entries.get(url)
        if entry is not None and self._clock.now() - entry.fetched_at < LIFETIME:
            return Held(entry.certificate, just_fetched=False)
        try:
            fetched = await self._flights.run(url, lambda: self._fetch(url))
        except CertificateUnavailable:
            if entry is None:
                raise
            return Held(entry.certificate, just_fetched=False)  # its own validity still counts
        return Held(fetched.certificate, just_fetched=True)

    async def newer(self, url: str, *, than: x509.Certificate) -> x509.Certificate | None:
        """Return what took the certificate's place at `url`, or None: we look at most once an hour."""
        entry = self._entries.get(url)
        if entry is not None and entry.certificate != than:
            return entry.certificate
        if not self._flights.is_running(url) and not self._may_look_again(url):
            return None
        try:
            fetched = await self._flights.run(url, lambda: self._fetch(url))
        except CertificateUnavailable:
            return None
        return None if fetched.certificate == than else fetched.certificate

    def _may_look_again(self, url: str) -> bool:
        now = self._clock.now()
        last = self._refetched_at.get(url)
        if last is not None and now - last < REFETCH_EVERY:
            return False
        self._refetched_at[url] = now
        return True

    def _check(self, url: str) -> None:
        if not _PRINTABLE.fullmatch(url):
            raise UnusableAddress("the certificate's address cannot be read")
        try:
            parts = urlsplit(url)
            place = (parts.hostname or "", parts.port or 443)
        except ValueError:
            raise UnusableAddress("the certificate's address cannot be read") from None
        if parts.scheme != "https" or "@" in parts.netloc or "?" in url or "#" in url:
            raise UnusableAddress("the certificate's address is not plain https")
        if place not in self._hosts:
            raise CertificateUnavailable(f"certificate host {place[0]!r} is not allowed", host_allowed=False)
        if not _PATH.fullmatch(parts.path) or ".." in parts.path:
            raise UnusableAddress("the certificate's path is not /cert/<name>.cer")

    async def _fetch(self, url: str) -> _Entry:
        if url not in self._entries:
            if not self._unknown.has_capacity():
                raise CertificateUnavailable("too many unknown certificates were asked for")
            await self._unknown.acquire()
        try:
            certificate = parse_certificate(await self._download(URL(url, encoded=True)))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise CertificateUnavailable(f"certificate not fetched: {type(error).__name__}") from error
        entry = _Entry(certificate, self._clock.now())
        self._keep(url, entry)
        return entry

    def _keep(self, url: str, entry: _Entry) -> None:
        self._entries[url] = entry
        self._entries.move_to_end(url)
        while len(self._entries) > MOST_KEPT:
            oldest, _ = self._entries.popitem(last=False)
            self._refetched_at.pop(oldest, None)

    async def _download(self, url: URL) -> bytes:
        host = url.host or ""
        guard = _Guard(self._resolver or aiohttp.ThreadedResolver(), loopback=is_loopback(host))
        guard.check_literal(host)
        connector = aiohttp.TCPConnector(resolver=guard, ssl=self._tls, force_close=True, use_dns_cache=False)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=self._timeout) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise CertificateUnavailable(f"the certificate's host answered HTTP {response.status}")
            return await _at_most(LARGEST, response.content)


class _Guard(AbstractResolver):
    """Lets through only the addresses that may be fetched; the connection goes to exactly these."""

    def __init__(self, inner: AbstractResolver, *, loopback: bool) -> None:
        self._inner = inner
        self._loopback = loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = [each for each in found if self._permits(ip_address(each["host"]))]
        if not allowed:
            raise OSError("the host has no address that may be fetched")
        return allowed

    async def close(self) -> None:
        await self._inner.close()

    def check_literal(self, host: str) -> None:
        """An address written out never reaches `resolve`. Raises `OSError`."""
        try:
            address = ip_address(host)
        except ValueError:
            return
        if not self._permits(address):
            raise OSError("this address may not be fetched")

    def _permits(self, address: _Address) -> bool:
        plain = (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
        if self._loopback:
            return plain.is_loopback
        return plain.is_global and not plain.is_multicast and not any(plain in net for net in _EMBEDDING)


async def _at_most(limit: int, content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_chunked(8192):
        body += chunk
        if len(body) > limit:
            raise CertificateUnavailable(f"the certificate has more than {limit} bytes")
    return bytes(body)


def _host_and_port(entry: str) -> tuple[str, int]:
    """`host` means port 443, `host:port` exactly that one; IPv6 in brackets. Raises `ValueError`."""
    parts = urlsplit(f"//{entry.strip()}")
    if not parts.hostname or parts.path or parts.query or parts.username:
        raise ValueError(f"{entry!r} is neither host nor host:port")
    return parts.hostname, parts.port or 443
