"""Runs Bolt's listeners, and answers Slack the moment one of them acknowledges."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.listener.async_listener import AsyncListener
from slack_bolt.listener.asyncio_runner import AsyncioListenerRunner
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.ports.failures import OutcomeUnknown
from bot.slack.background import BackgroundTasks
from bot.slack.limits import ensure_valid

ACK_SECONDS = 2.8
"""Slack gives up after 3 s; the rest is for the way back."""

LATE_SECONDS = 0.4
"""How long before that the person is told that we cannot say yet: looking up their language may take time."""

OnListenerError = Callable[[Exception, AsyncBoltRequest], Awaitable[None]]

logger = logging.getLogger(__name__)


def not_handled() -> BoltResponse:
    """
    Return the answer to what we failed to handle.

    Any status but 200 makes Slack tell the person, keep the modal with what was typed, and repeat an event.
    """
    return BoltResponse(status=422, body={"error": "not_handled"})


def ensure_answer_valid(answer: dict[str, Any]) -> None:
    """Raise `InvalidPayload` if the view or the message in an answer breaks Slack's limits."""
    if answer.get("view"):
        ensure_valid(answer["view"], "modal")
    if answer.get("blocks"):
        ensure_valid({"text": answer.get("text"), "blocks": answer["blocks"]}, "message")


class WakingAck(AsyncAck):
    """Bolt's `ack`, which wakes whoever waits for the answer. The first call decides, later ones do not."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
        self._answer: asyncio.Future[BoltResponse] = asyncio.get_running_loop().create_future()

    @property
    def acked(self) -> bool:
        """Whether Slack has its answer."""
        return self._answer.done()

    async def __call__(self, *args: Any, **kwargs: Any) -> BoltResponse:
        """Answer Slack. Raises `InvalidPayload` if a view or message in the answer breaks Slack's limits."""
        if not self.acked:
            ensure_answer_valid(kwargs)
            self.settle(await super().__call__(*args, **kwargs))
        return self.response or not_handled()

    def settle(self, response: BoltResponse) -> None:
        """Answer with `response` unless there was an answer before."""
        if not self._answer.done():
            self.response = response
            self._answer.set_result(response)

    async def answer(self, timeout_seconds: float) -> BoltResponse:
        """Return the answer as soon as there is one."""
        timer = asyncio.get_running_loop().call_later(timeout_seconds, self._too_late)
        try:
            return await self._answer
        finally:
            timer.cancel()

    def _too_late(self) -> None:
        logger.warning("a listener did not acknowledge in time")
        self.settle(not_handled())


class WakingListenerRunner(AsyncioListenerRunner):
    """
    Bolt's runner without its polling: `ack` itself ends the wait, and nothing takes an `ack` back.

    An error goes to `on_error`, which may still acknowledge; so does `OutcomeUnknown` when a listener takes
    too long, and it goes on meanwhile. A listener that returns without acknowledging is acknowledged with an
    empty 200.
    """

    def __init__(
        self,
        replaced: AsyncioListenerRunner,
        *,
        tasks: BackgroundTasks,
        on_error: OnListenerError,
        ack_seconds: float = ACK_SECONDS,
    ) -> None:
        super().__init__(
            logger=replaced.logger,
            process_before_response=False,
            listener_error_handler=replaced.listener_error_handler,
            listener_start_handler=replaced.listener_start_handler,
            listener_completion_handler=replaced.listener_completion_handler,
            lazy_listener_runner=replaced.lazy_listener_runner,
        )
        self._tasks = tasks
        self._on_error = on_error
        self._ack_seconds = ack_seconds

    async def run(
        self,
        request: AsyncBoltRequest,
        response: BoltResponse,
        listener_name: str,  # noqa: ARG002 - Bolt's signature
        listener: AsyncListener,
        starting_time: float | None = None,  # noqa: ARG002 - Bolt's signature
    ) -> BoltResponse:
        request.context["ack"] = ack = WakingAck()
        work = listener.run_ack_function(request=request, response=response)
        task = self._tasks.start(work, report=lambda error: self._failed(error, request, ack))
        task.add_done_callback(lambda done: self._returned(done, ack))
        late = asyncio.get_running_loop().call_later(
            self._ack_seconds - LATE_SECONDS, lambda: self._late(request, ack)
        )
        try:
            return await ack.answer(self._ack_seconds)
        finally:
            late.cancel()

    def _late(self, request: AsyncBoltRequest, ack: WakingAck) -> None:
        """Say what is true: it goes on, and nobody knows yet how it ends. An event has nobody to tell."""
        if not ack.acked and "event" not in request.body:
            self._failed(OutcomeUnknown("the listener is still at it"), request, ack)

    def _failed(self, error: Exception, request: AsyncBoltRequest, ack: WakingAck) -> None:
        task = self._tasks.start(self._on_error(error, request))
        task.add_done_callback(lambda _: ack.settle(not_handled()))

    @staticmethod
    def _returned(task: asyncio.Future[Any], ack: WakingAck) -> None:
        if task.cancelled():
            ack.settle(not_handled())
        elif task.exception() is None:
            ack.settle(BoltResponse(status=200))
