"""What the bot has not got done: nobody sees it in Slack."""

from datetime import timedelta

from bot.microsoft.redaction import redacted
from bot.operations.doctor.findings import Kind, Place, Problem, Result, problem
from bot.operations.doctor.site import Site
from bot.ports.work import Queue
from storage.work import WorkQueue, workspaces_with_work

LOOKED_BACK = timedelta(days=7)
LATE = timedelta(minutes=15)
"""Whatever can be done is done in seconds; what cannot be done yet is not due."""
MOST = 100


async def work(site: Site) -> Result:
    if await site.database.revision() is None:
        return Result()
    database, problems = site.database.onlooker, list[Problem]()
    for workspace_id in await workspaces_with_work(database):
        waiting = WorkQueue(database, workspace_id, site.clock)
        for queue in Queue:
            problems += [*await _given_up(site, waiting, queue), *await _late(site, waiting, queue)]
    return Result(tuple(problems))


async def _given_up(site: Site, waiting: WorkQueue, queue: Queue) -> list[Problem]:
    since = site.clock.now() - LOOKED_BACK
    recent = [one for one in await waiting.abandoned(queue, limit=MOST) if one.ended_at > since]
    if not recent:
        return []
    why = redacted(recent[0].outcome)
    return [problem(Kind.WORK_GIVEN_UP, at=Place.LOG, queue=queue, count=len(recent), why=why)]


async def _late(site: Site, waiting: WorkQueue, queue: Queue) -> list[Problem]:
    now = site.clock.now()
    oldest = (await waiting.backlog(queue, now=now)).oldest_due_at
    if oldest is None or now - oldest < LATE:
        return []
    minutes = (now - oldest) // timedelta(minutes=1)
    return [problem(Kind.WORK_LATE, at=Place.LOG, queue=queue, minutes=minutes)]
