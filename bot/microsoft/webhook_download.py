"""Fetches small files from the hosts allowed, and from nothing that lies inside our own network."""

import re
import socket
import ssl
from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.microsoft.clouds import is_loopback
from bot.ports.unfit import Fault, SettingWrong
from bot.ports.webhooks import CertificateUnavailable

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,500}")
_EMBEDDING = tuple(IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
"""IPv6 ranges that carry an IPv4 address inside, which may be a private one."""
_PLAIN = {"Accept-Encoding": "identity"}

_Address = IPv4Address | IPv6Address


class UnusableAddress(Exception):
    """The address is not of the only shape we fetch."""


class Downloads:
    """Fetches from the hosts allowed. Redirects, proxies of the environment and cookies count for nothing."""

    def __init__(
        self,
        *,
        hosts: Iterable[str],
        tls: ssl.SSLContext,
        timeout: timedelta,
        resolver: AbstractResolver | None,
        schemes: frozenset[str] = frozenset({"https"}),
    ) -> None:
        """
        `hosts`: `host` (the scheme's own port) or `host:port`, exactly that one; IPv6 in brackets. An entry
        that names a loopback host itself is the only way a private address is reached.

        Raises `ValueError` for an entry that is neither.
        """
        self._hosts = frozenset(_host_and_port(entry) for entry in hosts)
        self._tls = tls
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())
        self._resolver = resolver
        self._schemes = schemes

    def check(self, url: str) -> URL:
        """
        Return the address as it is asked.

        Raises `UnusableAddress`; `CertificateUnavailable` (not `host_allowed`) for a host that is not listed.
        """
        if not _PRINTABLE.fullmatch(url):
            raise UnusableAddress("the address cannot be read")
        try:
            parts, asked = urlsplit(url), URL(url, encoded=True)
            default = _DEFAULT_PORTS.get(parts.scheme, 0)
            host, port = parts.hostname or "", parts.port or default
        except ValueError:
            raise UnusableAddress("the address cannot be read") from None
        if parts.scheme not in self._schemes or "@" in parts.netloc or "?" in url or "#" in url:
            raise UnusableAddress(f"the address is not plain {' or '.join(sorted(self._schemes))}")
        if (asked.host, asked.port) != (host, port):
            raise UnusableAddress("the address can be read in two ways")
        if (host, port) not in self._hosts and not (port == default and (host, None) in self._hosts):
            raise CertificateUnavailable(f"certificate host {host!r} is not allowed", host_allowed=False)
        return asked

    async def get(self, url: str, *, largest: int) -> bytes:
        """Return what is at `url`, of at most `largest` bytes. Raises what `check` raises, and `OSError`."""
        return await self._send("GET", self.check(url), None, _PLAIN, largest)

    async def post(self, url: str, body: bytes, *, content_type: str, largest: int) -> bytes:
        """Return the answer to `body`. Raises what `check` raises, and `OSError`."""
        headers = _PLAIN | {"Content-Type": content_type}
        return await self._send("POST", self.check(url), body, headers, largest)

    async def _send(
        self, method: str, url: URL, body: bytes | None, headers: Mapping[str, str], largest: int
    ) -> bytes:
        host = url.host or ""
        guard = _Guard(self._resolver or aiohttp.ThreadedResolver(), loopback=is_loopback(host))
        guard.check_literal(host)
        connector = aiohttp.TCPConnector(resolver=guard, ssl=self._tls, force_close=True, use_dns_cache=False)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=self._timeout) as session,
                session.request(method, url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    raise OSError(f"the host answered HTTP {response.status}")
                return await _at_most(largest, response.content)
        except (aiohttp.ClientError, ValueError) as error:
            raise OSError(type(error).__name__) from error


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
            raise OSError(f"more than {limit} bytes")
    return bytes(body)


def _host_and_port(entry: str) -> tuple[str, int | None]:
    parts = urlsplit(f"//{entry.strip()}")
    if not parts.hostname or parts.path or parts.query or parts.username:
        raise SettingWrong(Fault.HOST, value=entry)
    return parts.hostname, parts.port
