"""The certificates webhooks are signed with, from the addresses that deliveries name."""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aiolimiter import AsyncLimiter
from cryptography import x509

from bot.microsoft.single_flight import SingleFlight
from bot.microsoft.webhook_download import Downloads, UnusableAddress
from bot.microsoft.webhook_files import parse_certificates
from bot.ports.clock import Clock
from bot.ports.webhooks import CertificateUnavailable

LIFETIME = timedelta(hours=6)
REFETCH_EVERY = timedelta(hours=1)
LARGEST = 64 * 1024
MOST_KEPT = 32
UNKNOWN_PER_MINUTE = 30

_PATH = re.compile(r"/cert/[A-Za-z0-9._-]+\.cer")


@dataclass(frozen=True)
class Held:
    """A certificate and what else its file holds; `just_fetched`: by this very request."""

    certificate: x509.Certificate
    beside: tuple[x509.Certificate, ...]
    just_fetched: bool


@dataclass(frozen=True)
class _Entry:
    certificate: x509.Certificate
    beside: tuple[x509.Certificate, ...]
    fetched_at: datetime

    def held(self, *, just_fetched: bool) -> Held:
        return Held(self.certificate, self.beside, just_fetched)


class Certificates:
    """Certificates by address, kept for hours; however many deliveries ask, one fetch at a time for each."""

    def __init__(self, downloads: Downloads, clock: Clock) -> None:
        self._downloads = downloads
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._refetched_at: dict[str, datetime] = {}
        self._flights: SingleFlight[str, _Entry] = SingleFlight()
        self._unknown = AsyncLimiter(UNKNOWN_PER_MINUTE, 60)

    async def get(self, url: str) -> Held:
        """Return the certificate at `url`. Raises `UnusableAddress`, `CertificateUnavailable`."""
        entry = self._entries.get(url)
        if entry is not None and self._clock.now() - entry.fetched_at < LIFETIME:
            return entry.held(just_fetched=False)
        self._check(url)
        try:
            fetched = await self._flights.run(url, lambda: self._fetch(url))
        except CertificateUnavailable:
            if entry is None:
                raise
            return entry.held(just_fetched=False)  # its own validity still counts
        return fetched.held(just_fetched=True)

    async def newer(self, url: str, *, than: x509.Certificate) -> Held | None:
        """Return what took the certificate's place at `url`, or None: we look at most once an hour."""
        entry = self._entries.get(url)
        if entry is not None and entry.certificate != than:
            return entry.held(just_fetched=False)
        if not self._flights.is_running(url) and not self._may_look_again(url):
            return None
        try:
            fetched = await self._flights.run(url, lambda: self._fetch(url))
        except CertificateUnavailable:
            return None
        return None if fetched.certificate == than else fetched.held(just_fetched=True)

    def _may_look_again(self, url: str) -> bool:
        now = self._clock.now()
        last = self._refetched_at.get(url)
        if last is not None and now - last < REFETCH_EVERY:
            return False
        self._refetched_at[url] = now
        return True

    def _check(self, url: str) -> None:
        self._downloads.check(url)
        path = urlsplit(url).path
        if not _PATH.fullmatch(path) or ".." in path:
            raise UnusableAddress("the certificate's path is not /cert/<name>.cer")

    async def _fetch(self, url: str) -> _Entry:
        if url not in self._entries:
            if not self._unknown.has_capacity():
                raise CertificateUnavailable("too many unknown certificates were asked for")
            await self._unknown.acquire()
        try:
            first, *others = parse_certificates(await self._downloads.get(url, largest=LARGEST))
        except (OSError, ValueError) as error:
            raise CertificateUnavailable(
                f"certificate not fetched: {error or type(error).__name__}"
            ) from error
        entry = _Entry(first, tuple(others), self._clock.now())
        self._keep(url, entry)
        return entry

    def _keep(self, url: str, entry: _Entry) -> None:
        self._entries[url] = entry
        self._entries.move_to_end(url)
        while len(self._entries) > MOST_KEPT:
            oldest, _ = self._entries.popitem(last=False)
            self._refetched_at.pop(oldest, None)
