"""The life of delegated admin relationships: who may do what in which status, and what happens by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from bot.sandbox.fake_microsoft import gdap_rules as rules
from bot.sandbox.fake_microsoft.assignments import Announce, Assignments
from bot.sandbox.fake_microsoft.audit import AuditLog
from bot.sandbox.fake_microsoft.events import Events
from bot.sandbox.fake_microsoft.relationships import (
    EXTENSION,
    PENDING_LIFETIME,
    ActionRequest,
    Operation,
    Relationship,
    days_of,
    new_etag,
)
from bot.sandbox.fake_microsoft.roles import GLOBAL_ADMINISTRATOR
from bot.sandbox.fake_microsoft.state import Tenant, World
from bot.sandbox.fake_microsoft.steps import Steps
from bot.sandbox.fake_microsoft.wire import Refused

NOBODY = "00000000-0000-0000-0000-000000000000"


class Gdap:
    """
    Relationships of the partner.

    Source: learn.microsoft.com/graph/api/resources/delegatedadminrelationship
    """

    def __init__(self, world: World, audit: AuditLog, events: Events, announce: Announce) -> None:
        self._world = world
        self._audit = audit
        self._events = events
        self._announce = announce
        self._names: set[str] = set()
        self._steps = Steps(world.clock)
        self.assignments = Assignments(world, audit, events, announce, self._steps)
        self.relationships: dict[str, Relationship] = {}
        self.requests: dict[str, ActionRequest] = {}

    def advance(self, *, force: bool = False) -> bool:
        """Let time do its part, one step for each thing; return whether anything changed."""
        ended = [self._end_what_is_due(relationship) for relationship in tuple(self.relationships.values())]
        return self._steps.advance(force=force) or any(ended)

    def get(self, relationship_id: str) -> Relationship:
        relationship = self.relationships.get(relationship_id)
        if relationship is None:
            raise Refused(404, "notFound", "The delegated admin relationship was not found.")
        return relationship

    def create(self, body: dict[str, Any], provider_id: str | None = None) -> Relationship:
        rules.only(body, rules.WRITABLE)
        name = self._unused(rules.display_name(body.get("displayName")))
        extend = rules.auto_extend(body.get("autoExtendDuration", "PT0S"))
        roles = rules.roles(body.get("accessDetails"))
        rules.extension_allowed(extend, roles)
        duration = rules.duration(body.get("duration"))
        customer_id, customer_name = rules.customer(body.get("customer"))
        now = self._world.clock()
        relationship = Relationship(
            name,
            duration,
            extend,
            roles,
            now,
            now,
            customer_id,
            customer_name,
            provider_id=provider_id,
            consent_pending=provider_id is not None,
        )
        self._names.add(name.casefold())
        self.relationships[relationship.id] = relationship
        return relationship

    def update(self, relationship: Relationship, body: dict[str, Any]) -> Relationship | Operation:
        """The changed relationship, or the operation that will remove Global Administrator."""
        rules.only(body, rules.WRITABLE)
        if relationship.status == "active":
            return self._update_active(relationship, body)
        if relationship.status != "created":
            raise rules.bad_request(f"A relationship that is {relationship.status} cannot be updated.")
        return self._update_created(relationship, body)

    def delete(self, relationship: Relationship) -> None:
        if relationship.status != "created":
            raise rules.bad_request("Only a relationship in status created can be deleted.")
        self._steps.drop(relationship.id)
        del self.relationships[relationship.id]

    def request(self, relationship: Relationship, action: str) -> ActionRequest:
        """Accept an action; it takes effect with the next step. Raises `Refused` 400 in the wrong status."""
        acts = {
            "lockForApproval": self._lock,
            "terminate": self._terminate,
            "approve": self._consent,
            "reject": self._reject,
        }
        if action not in acts:
            raise rules.bad_request(f"The action '{action}' is not supported.")
        acts[action](relationship)
        now = self._world.clock()
        request = ActionRequest(relationship.id, action, now, now)
        self.requests[request.id] = request
        self._later(request.id, lambda: self._finish_request(request.id))
        return request

    def approve(self, relationship: Relationship, customer: Tenant) -> None:
        """The customer's administrator approves; activation follows."""
        self._change(relationship.id, status="approved", customer_id=customer.id, customer_name=customer.name)
        self._note(relationship.id, "approved", announced=True)
        self._later(relationship.id, lambda: self._change(relationship.id, status="activating"))
        self._later(relationship.id, lambda: self._activate(relationship.id))

    def terminate(self, relationship: Relationship, *, by_partner: bool) -> None:
        """Start the end of a relationship; `terminated` follows."""
        self._steps.drop(relationship.id)
        self._change(relationship.id, status="terminationRequested")
        self._note(relationship.id, "termination_requested", by_partner=by_partner)
        self._later(relationship.id, lambda: self._change(relationship.id, status="terminating"))
        self._later(relationship.id, lambda: self._end(relationship.id, "terminated"))

    def active_with(self, customer_id: str) -> list[Relationship]:
        return [
            each
            for each in self.relationships.values()
            if each.customer_id == customer_id and each.status == "active"
        ]

    def roles_held(self, customer_id: str) -> frozenset[str]:
        """Roles the partner's users can use in the customer's tenant: active and assigned."""
        given = [self.assignments.roles_given(each.id) for each in self.active_with(customer_id)]
        return frozenset[str]().union(*given)

    def _unused(self, name: str) -> str:
        if name.casefold() in self._names:
            status = self._world.behaviour.duplicate_name_status
            raise Refused(status, "nameAlreadyExists", "A relationship with this displayName already exists.")
        return name

    def _lock(self, relationship: Relationship) -> None:
        if relationship.status != "created" or self._steps.waiting(relationship.id):
            raise rules.bad_request("Only a relationship in status created can be locked for approval.")
        if relationship.consent_pending:
            raise rules.bad_request("The indirect reseller has not approved the relationship.")
        self._later(relationship.id, lambda: self._await_approval(relationship.id))

    def _terminate(self, relationship: Relationship) -> None:
        pending = self._world.behaviour.terminate_while_pending and relationship.status == "approvalPending"
        if relationship.status != "active" and not pending:
            raise rules.bad_request("Only an active relationship can be terminated.")
        self.terminate(relationship, by_partner=True)

    def _consent(self, relationship: Relationship) -> None:
        if not relationship.consent_pending:
            raise rules.bad_request("The relationship does not wait for the partner's consent.")
        self._change(relationship.id, consent_pending=False)

    def _reject(self, relationship: Relationship) -> None:
        if not relationship.consent_pending:
            raise rules.bad_request("The relationship does not wait for the partner's consent.")
        self._later(relationship.id, lambda: self._end(relationship.id, "terminated"))

    def _update_created(self, relationship: Relationship, body: dict[str, Any]) -> Relationship:
        changes: dict[str, Any] = {}
        if body.get("displayName", relationship.display_name) != relationship.display_name:
            changes["display_name"] = self._unused(rules.display_name(body["displayName"]))
        if "duration" in body:
            changes["duration"] = rules.duration(body["duration"])
        if "customer" in body:
            changes["customer_id"], changes["customer_name"] = rules.customer(body["customer"])
        if "accessDetails" in body:
            changes["roles"] = rules.roles(body["accessDetails"])
        if "autoExtendDuration" in body:
            changes["auto_extend"] = rules.auto_extend(body["autoExtendDuration"])
        planned = replace(relationship, **changes)
        rules.extension_allowed(planned.auto_extend, planned.roles)
        self._names.add(planned.display_name.casefold())
        return self._change(relationship.id, **changes)

    def _update_active(self, relationship: Relationship, body: dict[str, Any]) -> Relationship | Operation:
        if set(body) == {"autoExtendDuration"}:
            extend = rules.auto_extend(body["autoExtendDuration"])
            rules.extension_allowed(extend, relationship.roles)
            return self._change(relationship.id, auto_extend=extend)
        roles = rules.subset(body, relationship.roles)
        if set(body) != {"accessDetails"} or set(relationship.roles) - set(roles) != {GLOBAL_ADMINISTRATOR}:
            text = "An active relationship may only change autoExtendDuration or lose Global Administrator."
            raise rules.bad_request(text)

        def lose_role() -> None:
            self._change(relationship.id, roles=roles)

        kind = "delegatedAdminRelationshipUpdate"
        return self.assignments.operations.start(relationship.id, kind, {}, lose_role)

    def _later(self, subject: str, action: Callable[[], object]) -> None:
        self._steps.add(subject, action, self._world.behaviour.step_delay)

    def _change(self, relationship_id: str, **changes: Any) -> Relationship:
        relationship = self.get(relationship_id)
        changed = replace(relationship, **changes, modified_at=self._world.clock(), etag=new_etag())
        self.relationships[relationship_id] = changed
        return changed

    def _await_approval(self, relationship_id: str) -> None:
        self._change(relationship_id, status="approvalPending", locked_at=self._world.clock())

    def _activate(self, relationship_id: str) -> None:
        now = self._world.clock()
        end = now + timedelta(days=days_of(self.get(relationship_id).duration) or 0)
        self._change(relationship_id, status="active", activated_at=now, end_at=end)
        self._note(relationship_id, "activated", announced=True)

    def _end(self, relationship_id: str, status: Literal["terminated", "expired"]) -> None:
        self._change(relationship_id, status=status)
        self.assignments.close(relationship_id)
        self._note(relationship_id, status, announced=True)

    def _end_what_is_due(self, relationship: Relationship) -> bool:
        now = self._world.clock()
        locked, end = relationship.locked_at, relationship.end_at
        if relationship.status == "approvalPending" and locked and locked + PENDING_LIFETIME <= now:
            self._clean_up(relationship)
        elif relationship.status == "active" and end and end <= now:
            self._reach_end(relationship)
        else:
            return False
        return True

    def _clean_up(self, relationship: Relationship) -> None:
        ends_as = self._world.behaviour.pending_ends_as
        self._note(relationship.id, "cleaned_up")
        if ends_as == "removed":
            del self.relationships[relationship.id]
        else:
            self._change(relationship.id, status=ends_as)

    def _reach_end(self, relationship: Relationship) -> None:
        end = relationship.end_at
        if end is None or relationship.auto_extend != "P180D":
            self._change(relationship.id, status="expiring")
            self._later(relationship.id, lambda: self._end(relationship.id, "expired"))
            return
        while end <= self._world.clock():
            end += EXTENSION
        self._change(relationship.id, end_at=end)

    def _finish_request(self, request_id: str) -> None:
        request = self.requests[request_id]
        now = self._world.clock()
        self.requests[request_id] = replace(request, status="succeeded", modified_at=now)

    def _note(
        self, relationship_id: str, what: str, *, announced: bool = False, by_partner: bool = False
    ) -> None:
        relationship = self.get(relationship_id)
        unknown = Tenant(relationship.customer_id or NOBODY, relationship.customer_name or "", "")
        record = self._audit.add(
            self._world.tenants.get(relationship.customer_id or NOBODY, unknown),
            "granular_admin_relationship",
            f"granular_admin_relationship_{what}",
            new=relationship.audit_value(),
            by_partner=by_partner,
        )
        if announced:
            self._announce(self._events.relationship(record, relationship_id))
