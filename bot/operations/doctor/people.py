"""Those whom the settings name: whether they exist, and whether they can do what they are named for."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.errors import NotAllowed
from bot.domain.identifiers import SlackUserId, UserGroupId
from bot.domain.policy import Policy, Who
from bot.operations.doctor.findings import Kind, Problem, Result, problem, wrong
from bot.operations.doctor.site import Site
from bot.ports.failures import Reason
from bot.slack.api_errors import Refusal
from bot.slack.members import SlackMembers
from bot.slack.people import People

MOST_ASKED = 20
"""Of a group's members; Slack allows a hundred questions of this kind a minute."""


@dataclass(frozen=True)
class Found:
    """The full members that were found, two at most of each group, and what is wrong with the others."""

    members: frozenset[SlackUserId] = frozenset()
    problems: tuple[Problem, ...] = ()


async def approvers(site: Site) -> Result:
    """One person alone cannot decide about what they asked for themselves."""
    policy = site.settings.policy
    found = await _found(site, "OVERTURE_APPROVERS", policy.approvers)
    if not found.problems and len(found.members) == 1 and await _may_request(site, policy, *found.members):
        return wrong(Kind.LONE_APPROVER, "OVERTURE_APPROVERS", person=next(iter(found.members)))
    return Result(found.problems)


async def requesters(site: Site) -> Result:
    return Result((await _found(site, "OVERTURE_REQUESTERS", site.settings.policy.requesters)).problems)


async def administrators(site: Site) -> Result:
    found = await _found(site, "OVERTURE_ADMINISTRATORS", site.settings.policy.administrators)
    return Result(found.problems)


async def _found(site: Site, setting: str, who: Who) -> Found:
    people = await site.people()
    looked_up = [_look_up(people, user_id, setting) for user_id in sorted(who.users)]
    looked_into = [_look_into(people, group_id, setting) for group_id in sorted(who.groups)]
    each = await asyncio.gather(*looked_up, *looked_into)
    members = frozenset(member for found in each for member in found.members)
    problems = tuple(one for found in each for one in found.problems)
    return Found(members, problems if members or problems else (problem(Kind.NOBODY, setting),))


async def _look_up(people: People, user_id: SlackUserId, setting: str) -> Found:
    try:
        person = await people.person(user_id)
    except Refusal as refusal:
        if refusal.reason is not Reason.USER_UNREACHABLE:
            raise
        return Found(problems=(problem(Kind.PERSON_UNKNOWN, setting, person=user_id),))
    if person.is_full_member:
        return Found(frozenset({user_id}))
    return Found(problems=(problem(Kind.PERSON_NOT_MEMBER, setting, person=user_id),))


async def _look_into(people: People, group_id: UserGroupId, setting: str) -> Found:
    try:
        members = await people.members(group_id)
    except Refusal as refusal:
        if (kind := _GROUP_PROBLEMS.get(refusal.code)) is None:
            raise
        return Found(problems=(problem(kind, setting, group=group_id),))
    return Found(await _two_full_members(people, sorted(members)[:MOST_ASKED]))


async def _two_full_members(people: People, user_ids: Iterable[SlackUserId]) -> frozenset[SlackUserId]:
    full: set[SlackUserId] = set()
    for user_id in user_ids:
        if len(full) < 2 and (await people.person(user_id)).is_full_member:
            full.add(user_id)
    return frozenset(full)


async def _may_request(site: Site, policy: Policy, user_id: SlackUserId) -> bool:
    member = await SlackMembers(await site.people(), policy).member(user_id)
    try:
        policy.require_requester(member)
    except NotAllowed:
        return False
    return True


_GROUP_PROBLEMS = {
    "no_such_subteam": Kind.GROUP_UNKNOWN,
    "subteam_not_found": Kind.GROUP_UNKNOWN,
    "plan_upgrade_required": Kind.GROUPS_UNAVAILABLE,
}
"""Source: docs.slack.dev/reference/methods/usergroups.users.list"""
