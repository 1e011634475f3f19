"""Many people at once, who do not give up: they invite, decide, accept and take access away."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from bot.sandbox.fake_slack import Message, Person
from bot.sandbox.fake_slack.errors import NotOnScreen
from bot.sandbox.story import DETAILS, links
from tests.faults.screens import APPROVERS, REQUESTERS, Screens, domain_of, name_of

Course = Literal["revoke", "leave", "reject", "withdraw", "cancel"]
_COURSES: tuple[Course, ...] = ("revoke", "leave", "reject", "withdraw", "cancel")
_WEIGHTS = (5, 2, 1, 1, 1)

_LOOK_SECONDS = 0.05
_ANSWER_SECONDS = 2.5
_TRY_AGAIN_SECONDS = 4.0


class Unanswered(Exception):
    """What somebody did was not answered as done; they look, and try again."""


@dataclass(frozen=True)
class Answered:
    """Something that the bot said it has done."""

    number: int
    action: str


@dataclass
class Crowd:
    """
    Everybody. `answered` is what was answered as done and therefore must never be lost.

    Whoever waits longer than `patience_seconds` for what has to come gives up: it is lost.
    """

    screens: Screens
    random: random.Random
    patience_seconds: float
    answered: set[Answered] = field(default_factory=set)
    courses: dict[int, Course] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    most: int = 1_000_000

    async def live(self, at_once: int) -> None:
        """Keep this many invitations going until `stopping`; then see those that began to their end."""
        numbers = itertools.count(1)
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._one_after_another(numbers))

    async def _one_after_another(self, numbers: "itertools.count[int]") -> None:
        while not self.stopping.is_set() and (number := next(numbers)) <= self.most:
            self.courses[number] = self._course(number)
            await self._goes(number, self.courses[number])

    def _course(self, number: int) -> Course:
        """Return how a story goes: at first each way once, then as chance has it."""
        if number <= len(_COURSES):
            return _COURSES[number - 1]
        return self.random.choices(_COURSES, _WEIGHTS)[0]

    async def _goes(self, number: int, course: Course) -> None:
        self.screens.box.microsoft.add_tenant(name_of(number), domain_of(number))
        await self._is_invited(number)
        if course == "withdraw":
            await self._ends(number, "withdraw", "Withdrawn")
            return
        await self._is_decided(number, "reject" if course == "reject" else "approve")
        if course == "reject":
            return
        await self._is_mailed(number)
        if course == "cancel":
            await self._ends(number, "cancel", "Cancelled")
            return
        await self._accepts(number)
        await (self._revokes(number) if course == "revoke" else self._leaves(number))

    async def _is_invited(self, number: int) -> None:
        await self._insists(
            lambda: self._fills_in(number),
            lambda: self.screens.card(number) is not None,
            Answered(number, "request"),
        )

    async def _fills_in(self, number: int) -> None:
        async with self._at_desk(self._requester(number)) as person:
            await person.command("/invite-customer", domain_of(number))
            await self._sees(lambda: shows(person, "invite_customer"))
            for field_name, value in DETAILS.items():
                person.fill(field_name, value)
            person.fill("contact_email", f"admin@{domain_of(number)}")
            person.fill("customer_name", name_of(number))
            person.fill("include_admin_access", ["yes"])
            person.fill("role_template", "helpdesk")
            await person.submit()
            await self._sees(lambda: shows(person, "invite_customer_draft"))
            person.fill("delivery", "send_for_me")
            await person.submit()
            _require_closed(person)

    async def _is_decided(self, number: int, action: Literal["approve", "reject"]) -> None:
        await self._insists(
            lambda: self._decides(number, action),
            lambda: not self.screens.offers(number, "review_invitation"),
            Answered(number, action),
        )

    async def _decides(self, number: int, action: str) -> None:
        async with self._at_desk(self.random.choice(APPROVERS)) as person:
            await person.click("review_invitation", message=self._card(number))
            await self._sees(lambda: shows(person, "review_invitation"))
            if action == "reject":
                await person.click("reject_invitation")
                await self._sees(lambda: shows(person, "reject_invitation"))
                person.fill("comment", "Not this year")
            await person.submit()
            _require_closed(person)

    async def _is_mailed(self, number: int) -> None:
        """Where nobody can tell whether the mail went out, the requester looks and decides."""
        requester = self._requester(number)

        async def looks() -> None:
            doubtful = self.screens.told(number, requester, "cannot tell")
            if not doubtful:
                raise Unanswered
            button = "mark_sent" if self.screens.mails_to(number) else "retry_invitation"
            async with self._at_desk(requester) as person:
                await person.click(button, message=doubtful[-1])
            raise Unanswered

        is_sent = lambda: bool(self.screens.told(number, requester, "has gone out"))  # noqa: E731 - a condition
        await self._insists(looks, is_sent, None)

    async def _accepts(self, number: int) -> None:
        customer = self.screens.box.microsoft.customer(domain_of(number))
        for link in links(self.screens.mails_to(number)[0]):
            page = await customer.follow(link)
            if page.kind == "reseller":
                await customer.accept_reseller(link)
            else:
                await customer.approve_admin_access(link)
        await self._hears(number, "accepted us as a reseller")
        await self._hears(number, "no security group")
        self.screens.box.microsoft.assign_group(self._relationship(number))
        await self._hears(number, "can be used now")

    async def _revokes(self, number: int) -> None:
        await self.screens.box.microsoft.customer(domain_of(number)).remove_roles()
        await self._hears(number, "no longer have admin access")

    async def _leaves(self, number: int) -> None:
        await self.screens.box.microsoft.customer(domain_of(number)).remove_reseller_relationship()
        await self._hears(number, "reseller relationship", "has ended")

    async def _ends(self, number: int, action: str, status: str) -> None:
        """Press the button until the card shows it. A card that does not offer it yet shows nothing of it."""

        async def clicks() -> None:
            async with self._at_desk(self._requester(number)) as person:
                await person.click(f"{action}_invitation", message=self._card(number), confirm=True)
            raise Unanswered

        def is_so() -> bool:
            card = self.screens.card(number)
            return card is not None and f"*{status}*" in card.text

        await self._insists(clicks, is_so, Answered(number, action))

    def _card(self, number: int) -> Message:
        card = self.screens.card(number)
        if card is None:
            raise NotOnScreen(f"there is no card of {name_of(number)}")
        return card

    def _relationship(self, number: int) -> str:
        tenant = self.screens.box.microsoft.world.tenant_anywhere(domain_of(number))
        (found,) = self.screens.box.microsoft.gdap.active_with(tenant.id)
        return found.id

    def _requester(self, number: int) -> str:
        return REQUESTERS[number % len(REQUESTERS)]

    @asynccontextmanager
    async def _at_desk(self, user_id: str) -> AsyncIterator[Person]:
        """Somebody's screen, to oneself and with nothing open on it."""
        desk = self.screens.desks[user_id]
        async with desk.free:
            if desk.person.views:
                await desk.person.close(everything=True)
            yield desk.person

    async def _insists(
        self, act: Callable[[], Awaitable[None]], is_so: Callable[[], bool], answer: Answered | None
    ) -> None:
        """Act until it is so. What was answered as done is not done again, but waited for."""
        end = self._end()
        why: Exception | None = None
        while not is_so():
            if asyncio.get_running_loop().time() > end:
                raise AssertionError(f"never so: {answer or act}, at last {why!r}")
            try:
                await act()
            except (Unanswered, NotOnScreen) as error:
                why = error
                await self._waits(is_so, _TRY_AGAIN_SECONDS)
            else:
                await self._waits(is_so, self.patience_seconds)
        if answer is not None:
            self.answered.add(answer)

    async def _hears(self, number: int, *fragments: str) -> None:
        await self._waits(lambda: self.screens.heard(number, *fragments), self.patience_seconds)
        if not self.screens.heard(number, *fragments):
            raise AssertionError(f"never said of {name_of(number)}: {fragments}")

    def _end(self) -> float:
        return asyncio.get_running_loop().time() + self.patience_seconds

    async def _sees(self, is_so: Callable[[], bool]) -> None:
        await self._waits(is_so, _ANSWER_SECONDS)
        if not is_so():
            raise Unanswered

    async def _waits(self, is_so: Callable[[], bool], seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while not is_so() and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 - screens wake nobody
            await asyncio.sleep(_LOOK_SECONDS)


def shows(person: Person, callback_id: str) -> bool:
    return person.view is not None and person.view.body.get("callback_id") == callback_id


def _require_closed(person: Person) -> None:
    if person.views:
        raise Unanswered
