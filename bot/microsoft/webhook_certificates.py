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
FETCH_EVERY = timedelta(hours=1)
LARGEST = 64 * 1024
MOST_KEPT = 32
UNKNOWN_PER_MINUTE = 30
HTTPS = 443

_PATH = re.compile(r"/cert/[A-Za-z0-9._-]+\.cer")


@dataclass(frozen=True)
class Held:
    """A certificate and what else its file holds."""

    certificate: x509.Certificate
    beside: tuple[x509.Certificate, ...]
    fetched_at: datetime


class Certificates:
    """
    Certificates by address, kept for hours.

    However many deliveries ask, and whatever comes back, an address is fetched at most once an hour:
    deliveries name addresses before they have proved anything. Once a certificate has proved an event, its
    address is fetched once more when something else is signed in its name: keys are replaced.
    """

    def __init__(self, downloads: Downloads, clock: Clock) -> None:
        self._downloads = downloads
        self._clock = clock
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._former: dict[str, Held] = {}
        self._proved: dict[str, x509.Certificate] = {}
        self._asked_at: OrderedDict[str, datetime] = OrderedDict()
        self._flights: SingleFlight[str, Held] = SingleFlight()
        self._unknown = AsyncLimiter(UNKNOWN_PER_MINUTE, 60)

    async def get(self, url: str) -> Held:
        """Return the certificate at `url`. Raises `UnusableAddress`, `CertificateUnavailable`."""
        url = self._checked(url)
        held = self._held.get(url)
        if held is not None and self._clock.now() - held.fetched_at < LIFETIME:
            return held
        try:
            return await self._fetched(url)
        except CertificateUnavailable:
            if held is None:
                raise
            return held  # its own validity still counts

    async def newer(self, url: str, *, than: x509.Certificate) -> Held | None:
        """Return what took the certificate's place at `url`, or None."""
        url = self._checked(url)
        held = self._held.get(url)
        if held is not None and held.certificate != than:
            return held
        try:
            fetched = await self._fetched(url)
        except CertificateUnavailable:
            return None
        return None if fetched.certificate == than else fetched

    def former(self, url: str) -> Held | None:
        """Return the certificate that was at `url` before: what it has signed may arrive late."""
        return self._former.get(self._checked(url))

    def has_proved(self, url: str, certificate: x509.Certificate) -> None:
        """Note that an event was signed with the certificate that is at `url` now."""
        url = self._checked(url)
        held = self._held.get(url)
        if held is not None and held.certificate == certificate != self._proved.get(url):
            self._proved[url] = certificate
            self._asked_at.pop(url, None)

    async def _fetched(self, url: str) -> Held:
        if not self._flights.is_running(url) and self._asked_lately(url):
            raise CertificateUnavailable("it was asked for within the hour")
        return await self._flights.run(url, lambda: self._fetch(url))

    def _asked_lately(self, url: str) -> bool:
        while self._asked_at:
            oldest, at = next(iter(self._asked_at.items()))
            if self._clock.now() - at < FETCH_EVERY:
                break
            del self._asked_at[oldest]
        return url in self._asked_at

    def _checked(self, url: str) -> str:
        """Return the address in its one spelling: another case or the usual port makes no other address."""
        self._downloads.check(url)
        parts = urlsplit(url)
        if not _PATH.fullmatch(parts.path) or ".." in parts.path:
            raise UnusableAddress("the certificate's path is not /cert/<name>.cer")
        place = parts.netloc.lower().removesuffix(f":{HTTPS}").removesuffix(":")
        return f"https://{place}{parts.path}"

    async def _fetch(self, url: str) -> Held:
        if url not in self._held:
            if not self._unknown.has_capacity():
                raise CertificateUnavailable("too many unknown certificates were asked for")
            await self._unknown.acquire()
        self._asked_at[url] = self._clock.now()
        try:
            first, *others = parse_certificates(await self._downloads.get(url, largest=LARGEST))
        except (OSError, ValueError) as error:
            raise CertificateUnavailable(
                f"certificate not fetched: {error or type(error).__name__}"
            ) from error
        held = Held(first, tuple(others), self._clock.now())
        if (before := self._held.get(url)) is not None and before.certificate != first:
            self._former[url] = before
        self._held[url] = held
        self._held.move_to_end(url)
        while len(self._held) > MOST_KEPT:
            oldest, _ = self._held.popitem(last=False)
            self._former.pop(oldest, None)
        return held
