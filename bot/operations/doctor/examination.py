"""Runs the checks: at once where they can be, and never for long."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.microsoft.redaction import redacted
from bot.operations.doctor.checks import Check, checks, unused
from bot.operations.doctor.findings import CheckName, Finding, Kind, Result, State, wrong
from bot.operations.doctor.site import Site
from bot.ports.failures import OutcomeUnknown, Permanent, Temporary
from storage.onlooker import NotADatabase

FAILED = frozenset({State.PROBLEM, State.UNCHECKED})


@dataclass(frozen=True)
class Patience:
    """Seconds, for one check and for all of them, of which up to five wait for each other."""

    one: float = 7.0
    all: float = 24.0


def examination(site: Site, patience: Patience) -> Mapping[CheckName, asyncio.Task[Finding]]:
    """Begin every check; the tasks come in the order they are to be told in."""
    end = asyncio.get_running_loop().time() + patience.all
    running: dict[CheckName, asyncio.Task[Finding]] = {}
    left_out = unused(site.settings)
    for check in checks(site.settings):
        earlier = [running[name] for name in check.after]
        finding = (
            _left_out(check) if check.name in left_out else _found(check, site, earlier, patience.one, end)
        )
        running[check.name] = asyncio.create_task(finding)
    return running


async def _left_out(check: Check) -> Finding:
    return Finding(check.name, State.UNUSED)


async def _found(
    check: Check, site: Site, earlier: Sequence[asyncio.Task[Finding]], seconds: float, end: float
) -> Finding:
    for one in earlier:
        found = await one
        if found.state in FAILED:
            return Finding(check.name, State.UNCHECKED, because=found.because or found.check)
    until = min(asyncio.get_running_loop().time() + seconds, end)
    result = await _examined(check, site, until)
    return Finding(check.name, result.state, result.problems, result.fact)


async def _examined(check: Check, site: Site, until: float) -> Result:
    host = site.host(check.peer)
    try:
        async with asyncio.timeout_at(until):
            return await check.examine(site)
    except TimeoutError:
        return wrong(Kind.OVERDUE, check.peer, host=host)
    except (Temporary, OutcomeUnknown) as error:
        return wrong(Kind.UNREACHABLE, check.peer, host=host, detail=redacted(str(error)))
    except Permanent as error:
        detail = redacted(error.detail or error.reason)
        return wrong(Kind.REFUSED, check.peer, host=host, detail=detail)
    except NotADatabase as error:
        return wrong(Kind.DATABASE_UNREADABLE, check.peer, detail=redacted(str(error)))
