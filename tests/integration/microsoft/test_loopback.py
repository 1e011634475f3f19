"""The door a browser comes back to takes one answer, and only the one that is waited for."""

from functools import partial

import aiohttp
import pytest

from bot.microsoft import loopback
from bot.microsoft.loopback import LARGEST_FORM
from bot.ports.unfit import PortUnusable
from bot.sandbox.run import bound_socket, free_port

answer_from_browser = partial(loopback.answer_from_browser, thanks="谢谢", refusal="不是")


def an_address() -> str:
    return f"http://localhost:{free_port()}/signed-in"


async def posted(address: str, **options: object) -> int:
    async with aiohttp.ClientSession() as session, session.post(address, **options) as answer:  # type: ignore[arg-type]  # a test's own options
        return answer.status


async def test_the_form_with_our_state_is_the_answer() -> None:
    address = an_address()
    async with answer_from_browser(address, state="ours") as answer:
        status = await posted(address, data={"state": "ours", "code": "0.AX+/="})

        assert status == 200
        assert answer.result() == {"state": "ours", "code": "0.AX+/="}


async def test_a_second_answer_changes_nothing() -> None:
    address = an_address()
    async with answer_from_browser(address, state="ours") as answer:
        await posted(address, data={"state": "ours", "code": "first"})
        await posted(address, data={"state": "ours", "code": "second"})

        assert answer.result()["code"] == "first"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": {"state": "another's", "code": "theirs"}}, 400),
        ({"data": {"code": "theirs"}}, 400),
        ({"data": b"\xff\xfe=%ff&state=\xc3"}, 400),
        ({"json": {"state": "ours"}}, 400),
        ({"data": b"state=ours&code=" + b"x" * LARGEST_FORM}, 413),
    ],
    ids=["another state", "no state", "not a text", "not a form", "too large"],
)
async def test_anything_else_is_refused_and_the_door_stays_open(
    options: dict[str, object], status: int
) -> None:
    address = an_address()
    async with answer_from_browser(address, state="ours") as answer:
        refused = await posted(address, **options)
        waiting = not answer.done()
        taken = await posted(address, data={"state": "ours", "code": "one"})

    assert (refused, waiting, taken) == (status, True, 200)


async def test_an_address_that_only_was_opened_brings_nothing() -> None:
    address = an_address()
    async with (
        answer_from_browser(address, state="ours") as answer,
        aiohttp.ClientSession() as session,
        session.get(f"{address}?state=ours&code=one") as opened,
    ):
        assert opened.status == 405
        assert not answer.done()


async def test_a_port_in_use_is_refused_by_its_number() -> None:
    with bound_socket() as door:
        port = door.getsockname()[1]
        with pytest.raises(PortUnusable) as refused:
            async with answer_from_browser(f"http://localhost:{port}/signed-in", state="ours"):
                pass

        assert refused.value.port == port


@pytest.mark.parametrize(("state", "shown"), [("ours", "谢谢\n"), ("another's", "不是\n")])
async def test_the_browser_shows_what_it_is_given_for_either_end(state: str, shown: str) -> None:
    address = an_address()
    async with (
        answer_from_browser(address, state="ours"),
        aiohttp.ClientSession() as session,
        session.post(address, data={"state": state, "code": "one"}) as answer,
    ):
        assert await answer.text() == shown
