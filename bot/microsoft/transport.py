"""The only file that sends to Partner Center and Graph."""

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import certifi
import stamina
import structlog
from yarl import URL

from bot.ports.clock import Clock
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.ports.unfit import Fault, SettingWrong

ATTEMPTS = 3
LARGEST_ANSWER = 16 * 1024 * 1024
_CHUNK = 64 * 1024

logger = structlog.get_logger(__name__)


def tls_context(ca_file: Path | str | None = None) -> ssl.SSLContext:
    """
    Return a context that trusts the system, certifi and, in addition, the PEM file given.

    Raises `SettingWrong` for a file without a certificate.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except ssl.SSLError:
            raise SettingWrong(Fault.FILE_UNREADABLE, file=str(ca_file)) from None
    return context


@dataclass(frozen=True)
class Request:
    """One call. `repeatable`: sending it twice does no more than sending it once."""

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes | None = None
    repeatable: bool = False

    @property
    def changes_something(self) -> bool:
        return self.method not in {"GET", "HEAD"}


@dataclass(frozen=True)
class Answer:
    """What came back. `reason` is the words after the status; `received_at` is our time."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime

    @property
    def request_id(self) -> str:
        """Microsoft's name for the call, which support asks for."""
        names = ("MS-RequestId", "request-id", "MS-CorrelationId", "client-request-id")
        return next((self.headers[name] for name in names if self.headers.get(name)), "")


class _NotSent(Exception):
    """No connection came about."""


class _Lost(Exception):
    """It was sent, at least in part, and no whole answer came."""


class _ServerError(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Transport:
    """Sends over one shared session, to the bases given and nowhere else, so that no token leaves them."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        bases: Iterable[str],
        clock: Clock,
        tls: ssl.SSLContext | None = None,
        timeout: timedelta = timedelta(seconds=20),
        largest_answer: int = LARGEST_ANSWER,
    ) -> None:
        self._session = session
        self._origins = frozenset(URL(base).origin() for base in bases)
        self._clock = clock
        self._tls = tls or tls_context()
        seconds = timeout.total_seconds()
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=seconds / 2)
        self._largest_answer = largest_answer

    async def send(self, request: Request) -> Answer:
        """
        Return the answer, whatever its status. Redirects are not followed.

        What is repeatable is tried again at once, a few times, after a broken connection or a 5xx that
        names no time; the headers, and so the request id, stay the same.

        Raises:
            Temporary: no connection, or no answer to a read.
            OutcomeUnknown: no answer to a write.
            Permanent: the address is not one of ours, or the answer is too large.
        """
        if request.url.origin() not in self._origins:
            raise Permanent(Reason.UNTRUSTED_LINK, f"{request.url.host} is not where we send")
        try:
            return await (self._repeatedly(request) if request.repeatable else self._once(request))
        except _ServerError as error:
            return error.answer
        except _NotSent as error:
            raise Temporary(f"{request.url.host} not reached: {error}") from error
        except _Lost as error:
            detail = f"{request.method} {request.url.host}: no answer: {error}"
            raise (OutcomeUnknown if request.changes_something else Temporary)(detail) from error

    async def _repeatedly(self, request: Request) -> Answer:
        again = stamina.AsyncRetryingCaller(
            attempts=ATTEMPTS, wait_initial=0.05, wait_max=0.2, wait_jitter=0.05
        )
        return await again((_NotSent, _Lost, _ServerError), self._unless_failing, request)

    async def _unless_failing(self, request: Request) -> Answer:
        answer = await self._once(request)
        if answer.status >= 500 and "Retry-After" not in answer.headers:
            raise _ServerError(answer)
        return answer

    async def _once(self, request: Request) -> Answer:
        try:
            async with self._session.request(
                request.method,
                request.url,
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
                timeout=self._timeout,
                ssl=self._tls,
            ) as response:
                answer = await self._read(request, response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _NotSent(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _Lost(type(error).__name__) from error
        logger.debug(
            "microsoft answered",
            method=request.method,
            host=request.url.host,
            status=answer.status,
            request_id=answer.request_id,
            correlation_id=answer.headers.get("MS-CorrelationId", ""),
        )
        return answer

    async def _read(self, request: Request, response: aiohttp.ClientResponse) -> Answer:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._largest_answer:
                raise self._too_large(request)
        return Answer(
            status=response.status,
            reason=response.reason or "",
            headers=response.headers,
            body=bytes(body),
            received_at=self._clock.now(),
        )

    def _too_large(self, request: Request) -> Exception:
        detail = f"{request.url.host} answered with more than {self._largest_answer} bytes"
        if request.changes_something:
            return OutcomeUnknown(detail)
        return Permanent(Reason.UNREADABLE_ANSWER, detail)
