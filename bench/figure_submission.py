"""
The form's second step, submitted by 64 at once: the invitation is stored, with its audit entry and all that
is to be told, before Slack is answered.
"""

import itertools
from collections.abc import Iterator
from datetime import datetime

from bot.domain.identifiers import SlackUserId, WorkspaceId
from bot.ports.clock import SystemClock
from bot.ports.store import Draft
from bot.slack.views.invite_form import InviteForm
from load import load
from processes import floor, ours
from run_with import Effort
from slack_requests import ANA, TEAM, submissions
from storage.database import open_database
from storage.drafts import Drafts
from table import Row, Samples, at_least

WHAT = (
    "submission stored durably and acknowledged, 64 callers",
    "submission, beside a small Bolt",
)
CALLERS = 64
EACH_ROUND = 2000
WARM_UP = 256


async def measure(effort: Effort) -> list[Row]:
    """Return submissions a second, beside two forms of Bolt."""
    number = effort.times(EACH_ROUND)
    rates: dict[str, list[float]] = {"ours": [], "all": [], "two": []}
    async with (
        ours() as here,
        floor("floor_bolt.py", "all", here.slack.url, here.signing_secret) as every,
        floor("floor_bolt.py", "open_link,invite_customer_draft", here.slack.url, here.signing_secret) as two,
    ):
        ids = await drafts(here.database_url, effort.rounds * number + WARM_UP)
        ports = {"ours": here.port, "all": every, "two": two}
        for name, port in ports.items():
            await load(
                port, _some(here.signing_secret, ids if name == "ours" else None, WARM_UP), callers=CALLERS
            )
        for _ in range(effort.rounds):
            for name, port in ports.items():
                requests = _some(here.signing_secret, ids if name == "ours" else None, number)
                served = await load(port, iter(list(requests)), callers=CALLERS)
                rates[name].append(served.rate)
    mine = Samples(rates["ours"], "/s")
    return [
        Row(
            WHAT[0],
            mine,
            "at least 2",
            at_least(2),
            Samples(rates["all"], "/s"),
            "Bolt with as many listeners",
        ),
        Row(
            WHAT[1],
            mine,
            "at least 0.6",
            at_least(0.6),
            Samples(rates["two"], "/s"),
            "Bolt with two listeners",
        ),
    ]


def _some(secret: str, ids: Iterator[str] | None, number: int) -> Iterator[bytes]:
    return submissions(secret, itertools.islice(ids, number) if ids else itertools.repeat("none", number))


async def drafts(database_url: str, number: int) -> Iterator[str]:
    """Store drafts as the form's first step leaves them, each for another customer; return their ids."""
    database = open_database(database_url)
    await database.start()
    table, now = Drafts(database, WorkspaceId(TEAM)), SystemClock().now()
    ids = [f"{count:024x}" for count in range(number)]
    for some in _batched(ids, 200):
        await database.apply([table.saving(_draft(one, now)) for one in some])
    await database.close()
    return iter(ids)


def _batched(ids: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _draft(draft_id: str, now: datetime) -> Draft:
    domain = f"c{draft_id}.example.com"
    return Draft(draft_id, SlackUserId(ANA), _stored(domain), now, domain)


def _stored(domain: str) -> dict[str, object]:
    form = InviteForm(
        customer_name="Fabrikam",
        customer_domain=domain,
        contact_name="Chris Green",
        contact_email="chris@fabrikam.com",
        country="US",
        cloud="public",
        mail_language="en",
        reason="They buy their licences from us from January on.",
    )
    return {"form": form.model_dump(), "changes": "", "again_from": "", "tenant_id": "", "reseller": True}
