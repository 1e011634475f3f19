"""What became of everything: the fakes' own records against what was promised."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

from bot.sandbox.fake_slack import Message
from bot.sandbox.run import Sandbox
from bot.slack.messenger import INTENT_EVENT
from tests.faults.crowd import Crowd
from tests.faults.records import Records, payload_of

_TO_BE_SAID = "SELECT id, lane, status, ended_at, payload FROM work WHERE queue = 'outbox'"
_INVITATIONS = "SELECT id, customer_name, contact_email, status, relationship_name FROM invitations"
_AUDIT = "SELECT subject, action, COUNT(*) AS n FROM audit GROUP BY subject, action"
_ON_ITS_WAY = timedelta(seconds=2)
_ONCE = frozenset({"request", "approve", "reject", "withdraw", "cancel", "mark_sent"})
_SENT = frozenset({"sent", "accepted", "cancelled", "lapsed"})
_ENDS_AS = {one: one.title() for one in ("accepted", "cancelled", "rejected", "withdrawn")}
"""How the card begins in each of the statuses in which our stories end."""

_NEVER_APPROVED = frozenset({"awaiting_approval", "rejected", "withdrawn", "changes_requested"})

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """Each list names what is wrong; empty is as it has to be."""

    lost: list[str] = field(default_factory=list)
    """Notices and cards that were to be said and that nobody could read."""
    doubled: list[str] = field(default_factory=list)
    """Notices and cards that were said twice."""
    stale: list[str] = field(default_factory=list)
    """Cards that show another status than the invitation's."""
    forgotten: list[str] = field(default_factory=list)
    """What was answered as done, and is not in the records."""
    repeated: list[str] = field(default_factory=list)
    """Transitions that happened twice."""
    mails: list[str] = field(default_factory=list)
    """Invitations with another number of mails than one, or none where none may be."""
    relationships: list[str] = field(default_factory=list)
    """Invitations with another number of admin relationships than one, or none where none may be."""

    @property
    def is_clean(self) -> bool:
        return not any(getattr(self, one.name) for one in fields(self))


def said(box: Sandbox) -> Counter[str]:
    """Return how often the message of each intent was said."""
    own = box.slack.workspace.bot_user_id
    return Counter(_intent(one) for one in box.slack.workspace.messages.values() if one.user == own)


async def judge(box: Sandbox, records: Records, crowd: Crowd) -> Verdict:
    """Compare. What is still waiting counts as lost, so everything must have come to rest."""
    invitations = await records.rows(_INVITATIONS)
    audit = await records.rows(_AUDIT)
    outbox = await records.rows(_TO_BE_SAID)
    times = said(box)
    return Verdict(
        lost=[*_lost_notices(outbox, times), *_cards(outbox, times, wrong=lambda n: n < 1)],
        doubled=[*_doubled(outbox, times), *_cards(outbox, times, wrong=lambda n: n > 1)],
        stale=list(_stale(box, invitations)),
        forgotten=list(_forgotten(crowd, invitations, audit)),
        repeated=[f"{row['subject']} {row['action']}" for row in audit if _is_repeated(row)],
        mails=list(_wrong_mails(box, invitations)),
        relationships=list(_wrong_relationships(box, invitations)),
    )


async def judge_so_far(box: Sandbox, records: Records) -> Verdict:
    """
    Return what is known at any time: lost is what was recorded as said a while ago and that nobody can read.

    A while, because what a killed process had sent may still be on its way.
    """
    long_ago = (box.clock.now() - _ON_ITS_WAY).timestamp() * 1_000_000
    outbox = await records.rows(_TO_BE_SAID)
    times = said(box)
    return Verdict(
        lost=_lost_notices(
            [row for row in outbox if row["status"] == "done" and row["ended_at"] < long_ago], times
        ),
        doubled=[*_doubled(outbox, times), *_cards(outbox, times, wrong=lambda n: n > 1)],
    )


def _lost_notices(outbox: Iterable[Row], times: Counter[str]) -> list[str]:
    notices = (row for row in outbox if payload_of(row)["kind"] == "notice")
    return [
        f"{row['id']} {payload_of(row)['notice']} {row['status']}" for row in notices if not times[row["id"]]
    ]


def _doubled(outbox: Iterable[Row], times: Counter[str]) -> list[str]:
    return [f"{row['id']} {payload_of(row)['kind']}" for row in outbox if times[row["id"]] > 1]


def _cards(outbox: Iterable[Row], times: Counter[str], *, wrong: Callable[[int], bool]) -> list[str]:
    """Return the cards with a wrong number of messages: whichever intent posted them, it is to be one."""
    shown: Counter[tuple[str, str]] = Counter()
    for row in outbox:
        if payload_of(row)["kind"] == "card":
            shown[payload_of(row)["invitation_id"], row["lane"]] += times[row["id"]]
    return [f"card of {invitation} in {lane}: {n}" for (invitation, lane), n in shown.items() if wrong(n)]


def _stale(box: Sandbox, invitations: Iterable[Row]) -> Iterable[str]:
    own = box.slack.workspace.bot_user_id
    shown = [one for one in box.slack.workspace.messages.values() if one.user == own and not one.thread_ts]
    for row in invitations:
        beginning = f"Invitation to {row['customer_name']}: "
        yield from (
            f"{row['customer_name']} {row['status']}: {one.text}"
            for one in shown
            if one.text.startswith(beginning)
            and not one.text.startswith(f"{beginning}*{_ENDS_AS[row['status']]}*")
        )


def _forgotten(crowd: Crowd, invitations: Iterable[Row], audit: Iterable[Row]) -> Iterable[str]:
    recorded = {(row["subject"], row["action"]) for row in audit}
    subjects = {row["customer_name"]: f"invitation:{row['id']}" for row in invitations}
    for one in crowd.answered:
        subject = subjects.get(f"Fabrikam {one.number:04d}", "")
        if (subject, f"invitation.{one.action}") not in recorded:
            yield f"{one.number} {one.action}"


def _is_repeated(row: Row) -> bool:
    return row["n"] > 1 and row["action"].removeprefix("invitation.") in _ONCE


def _wrong_mails(box: Sandbox, invitations: Iterable[Row]) -> Iterable[str]:
    sent = Counter(mail.to[0] for mail in box.microsoft.mailbox)
    for row in invitations:
        expected = 1 if row["status"] in _SENT else 0
        if sent[row["contact_email"]] != expected:
            yield f"{row['customer_name']} {row['status']}: {sent[row['contact_email']]}"


def _wrong_relationships(box: Sandbox, invitations: Iterable[Row]) -> Iterable[str]:
    named = Counter(one.display_name for one in box.microsoft.gdap.relationships.values())
    meant = Counter(one.customer_id for one in box.microsoft.gdap.relationships.values())
    for row in invitations:
        expected = 0 if row["status"] in _NEVER_APPROVED else 1
        if named[row["relationship_name"]] != expected:
            yield f"{row['customer_name']} {row['status']}: {named[row['relationship_name']]}"
    yield from (f"customer {tenant}: {n}" for tenant, n in meant.items() if n > 1)


def _intent(message: Message) -> str:
    metadata = message.metadata or {}
    if metadata.get("event_type") != INTENT_EVENT:
        return f"without intent: {message.ts}"
    return str(metadata["event_payload"]["intent"])
