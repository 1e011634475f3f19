"""The door for Partner Center's events: verify, store, answer. Everything else happens later."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import structlog
from pydantic import BaseModel, Field, ValidationError, model_validator
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.ports.clock import Clock
from bot.ports.failures import OutcomeUnknown, Temporary
from bot.ports.store import Store
from bot.ports.webhooks import CertificateUnavailable, DeliveryVerifier, ForgedDelivery, MalformedDelivery
from bot.ports.work import Queue, Work
from bot.services.changes import new_work_id
from bot.services.webhook_events import PartnerEvent

BODY_LIMIT = 256 * 1024

_log = structlog.get_logger(__name__)


class TooLarge(Exception):
    """The body is larger than any event."""


class Delivery(BaseModel):
    """
    The body of an event: Microsoft documents PascalCase keys, and one sample spells `AuditUrl`.

    Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks
    """

    eventname: str = Field(min_length=1, max_length=200)
    resourceuri: str | None = Field(None, max_length=2000)
    audituri: str | None = Field(None, max_length=2000)
    auditurl: str | None = Field(None, max_length=2000)
    resourcechangeutcdate: str | None = Field(None, max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _any_casing(cls, body: Any) -> Any:
        return {str(key).lower(): value for key, value in body.items()} if isinstance(body, dict) else body

    def event(self) -> PartnerEvent:
        return PartnerEvent(
            name=self.eventname,
            resource_uri=self.resourceuri or "",
            audit_uri=self.audituri or self.auditurl or "",
            changed_at=_moment(self.resourcechangeutcdate),
        )


class PartnerCenterWebhook:
    """200 once an event is stored; 4xx to whatever is not Microsoft's; 503 while nothing can be stored."""

    def __init__(self, *, verifier: DeliveryVerifier, store: Store, clock: Clock) -> None:
        self.verifier = verifier
        self.store = store
        self.clock = clock

    async def receive(self, request: Request) -> Response:
        try:
            body = await _read(request)
            await self.verifier.verify(request.headers, body)
            event = Delivery.model_validate_json(body.removeprefix(b"\xef\xbb\xbf")).event()
            await self._store(event, body)
        except TooLarge:
            return _refused(413, "too large")
        except (MalformedDelivery, ValidationError, ClientDisconnect):
            return _refused(400, "malformed")
        except (ForgedDelivery, CertificateUnavailable) as error:
            _log.warning("webhook_refused", why=type(error).__name__)
            return _refused(401, "not signed by Microsoft")
        except (Temporary, OutcomeUnknown):
            # Microsoft delivers again, and the same event is kept once; a 200 here could lose it.
            return _refused(503, "cannot store now")
        return JSONResponse({"status": "stored"})

    async def _store(self, event: PartnerEvent, body: bytes) -> None:
        """Keep the event once: Microsoft repeats the very same bytes."""
        work = Work(
            new_work_id(),
            Queue.WEBHOOKS,
            event.to_payload(),
            self.clock.now(),
            key=hashlib.sha256(body).hexdigest(),
        )
        await self.store.commit(self.store.work.adding(work))


async def _read(request: Request) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_LIMIT:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refused(status: int, error: str) -> Response:
    return JSONResponse({"error": error}, status_code=status)
