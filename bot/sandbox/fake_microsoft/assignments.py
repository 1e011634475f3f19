"""Access assignments and the long-running operations that change things."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from bot.sandbox.fake_microsoft import gdap_rules as rules
from bot.sandbox.fake_microsoft.audit import AuditLog
from bot.sandbox.fake_microsoft.events import Event, Events
from bot.sandbox.fake_microsoft.relationships import Assignment, Operation, Relationship, new_etag
from bot.sandbox.fake_microsoft.state import Tenant, World
from bot.sandbox.fake_microsoft.steps import Steps
from bot.sandbox.fake_microsoft.wire import Refused

Announce = Callable[[Event], None]


class Operations:
    """`notStarted`, then `running`, then done: one step each."""

    def __init__(self, world: World, steps: Steps) -> None:
        self._world = world
        self._steps = steps
        self._known: dict[str, Operation] = {}

    def get(self, relationship_id: str, operation_id: str) -> Operation:
        operation = self._known.get(operation_id)
        if operation is None or operation.relationship_id != relationship_id:
            raise Refused(404, "notFound", "The operation was not found.")
        return operation

    def start(
        self, relationship_id: str, kind: str, data: dict[str, Any], act: Callable[[], None]
    ) -> Operation:
        now = self._world.clock()
        operation = Operation(relationship_id, kind, data, now, now)
        self._known[operation.id] = operation

        def finish() -> None:
            act()
            self._move(operation.id, "succeeded")

        delay = self._world.behaviour.step_delay
        self._steps.add(operation.id, lambda: self._move(operation.id, "running"), delay)
        self._steps.add(operation.id, finish, delay)
        return operation

    def _move(self, operation_id: str, status: Literal["running", "succeeded"]) -> None:
        operation = self._known[operation_id]
        now = self._world.clock()
        self._known[operation_id] = replace(operation, status=status, modified_at=now)


class Assignments:
    """Which security groups of the partner hold which roles."""

    def __init__(
        self, world: World, audit: AuditLog, events: Events, announce: Announce, steps: Steps
    ) -> None:
        self._world = world
        self._audit = audit
        self._events = events
        self._announce = announce
        self._steps = steps
        self._known: dict[str, Assignment] = {}
        self.operations = Operations(world, steps)

    def of(self, relationship_id: str) -> list[Assignment]:
        return [each for each in self._known.values() if each.relationship_id == relationship_id]

    def get(self, relationship_id: str, assignment_id: str) -> Assignment:
        assignment = self._known.get(assignment_id)
        if assignment is None or assignment.relationship_id != relationship_id:
            raise Refused(404, "notFound", "The access assignment was not found.")
        return assignment

    def add(self, relationship: Relationship, body: dict[str, Any]) -> Assignment:
        rules.only(body, frozenset({"accessContainer", "accessDetails"}))
        if relationship.status != "active":
            raise rules.bad_request(rules.BAD_RELATIONSHIP_ID)
        group_id = rules.container(body, self._world.partner.groups)
        roles = rules.subset(body, relationship.roles)
        if any(each.group_id == group_id for each in self._living(relationship.id)):
            raise Refused(409, "conflict", "The security group already has an access assignment.")
        now = self._world.clock()
        assignment = Assignment(relationship.id, group_id, roles, now, now)
        self._known[assignment.id] = assignment
        self._note(relationship, assignment.id, "created")
        self._later(assignment.id, lambda: self._activate(relationship, assignment.id))
        return assignment

    def update(
        self, relationship: Relationship, assignment: Assignment, body: dict[str, Any]
    ) -> Operation | None:
        """The operation that changes the roles, or None when nothing changes."""
        rules.only(body, frozenset({"accessDetails"}))
        roles = rules.subset(body, relationship.roles)
        if assignment.status != "active":
            raise rules.bad_request("Only an active access assignment can be updated.")
        if set(roles) == set(assignment.roles):
            return None
        kind = "delegatedAdminAccessAssignmentUpdate"
        data = {"accessAssignmentId": assignment.id}
        return self.operations.start(
            relationship.id, kind, data, lambda: self._give_roles(relationship, assignment.id, roles)
        )

    def delete(self, relationship: Relationship, assignment: Assignment) -> None:
        if assignment.status in ("deleting", "deleted"):
            raise rules.bad_request("The access assignment is already deleted.")
        self._steps.drop(assignment.id)
        self._change(assignment.id, status="deleting")
        self._later(assignment.id, lambda: self._finish_deletion(relationship, assignment.id))

    def close(self, relationship_id: str) -> None:
        """End the assignments of a relationship that has ended; no event tells of it."""
        for assignment in self._living(relationship_id):
            self._steps.drop(assignment.id)
            self._change(assignment.id, status="deleted")

    def roles_given(self, relationship_id: str) -> frozenset[str]:
        active = [each for each in self.of(relationship_id) if each.status == "active"]
        return frozenset(role for each in active for role in each.roles)

    def _living(self, relationship_id: str) -> list[Assignment]:
        return [each for each in self.of(relationship_id) if each.status in ("pending", "active", "deleting")]

    def _activate(self, relationship: Relationship, assignment_id: str) -> None:
        self._change(assignment_id, status="active")
        self._note(relationship, assignment_id, "activated")

    def _give_roles(self, relationship: Relationship, assignment_id: str, roles: tuple[str, ...]) -> None:
        self._change(assignment_id, roles=roles)
        self._note(relationship, assignment_id, "updated")

    def _finish_deletion(self, relationship: Relationship, assignment_id: str) -> None:
        self._change(assignment_id, status="deleted")
        self._note(relationship, assignment_id, "deleted")

    def _later(self, subject: str, action: Callable[[], None]) -> None:
        self._steps.add(subject, action, self._world.behaviour.step_delay)

    def _change(self, assignment_id: str, **changes: Any) -> None:
        assignment = self._known[assignment_id]
        now = self._world.clock()
        self._known[assignment_id] = replace(assignment, **changes, modified_at=now, etag=new_etag())

    def _note(self, relationship: Relationship, assignment_id: str, what: str) -> None:
        nobody = Tenant(relationship.customer_id or "", relationship.customer_name or "", "")
        record = self._audit.add(
            self._world.tenants.get(relationship.customer_id or "", nobody),
            "granular_admin_access_assignment",
            f"granular_admin_access_assignment_{what}",
            new={"Id": assignment_id, "delegatedAdminRelationshipId": relationship.id},
            by_partner=True,
        )
        self._announce(self._events.assignment(record, relationship.id, assignment_id))
