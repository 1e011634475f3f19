"""What MSAL sends through."""

import ssl
from datetime import timedelta
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from bot.microsoft.retry_after import http_date, retry_after
from bot.ports.clock import Clock
from bot.ports.failures import Temporary


class _TrustingAdapter(HTTPAdapter):
    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._tls)

    def close(self) -> None:
        """Close connections now; urllib3 would wait until nothing refers to their answers any more."""
        pools = self.poolmanager.pools
        for pool in [pools.get(key) for key in pools.keys()]:  # noqa: SIM118 - it cannot be iterated otherwise
            if pool is not None:
                pool.close()
        super().close()


class EntraSession(requests.Session):
    """
    Reads no trust, proxy or password from the environment, where REQUESTS_CA_BUNDLE would win over `tls`,
    and raises `Temporary` for throttling and outages before MSAL can remember them.
    """

    def __init__(self, tls: ssl.SSLContext, timeout: timedelta, clock: Clock) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("https://", _TrustingAdapter(tls))
        self._seconds = timeout.total_seconds()
        self._clock = clock

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        limits = {"timeout": self._seconds, "allow_redirects": False}
        try:
            response = super().request(method, url, *args, **(kwargs | limits))
        except requests.RequestException as error:
            raise Temporary(f"Entra not reached: {type(error).__name__}") from None
        if response.status_code == 429 or response.status_code >= 500:
            now = http_date(response.headers.get("Date")) or self._clock.now()
            wait = retry_after(response.headers.get("Retry-After"), now=now)
            raise Temporary(f"Entra answered HTTP {response.status_code}", retry_after=wait)
        return response
