"""What Graph refuses in the body of a relationship or an assignment."""

from typing import Any

from bot.sandbox.fake_microsoft.relationships import days_of
from bot.sandbox.fake_microsoft.roles import BUILT_IN_ROLES, GLOBAL_ADMINISTRATOR
from bot.sandbox.fake_microsoft.wire import Refused, is_guid

WRITABLE = frozenset({"displayName", "duration", "customer", "accessDetails", "autoExtendDuration"})
AUTO_EXTEND = frozenset({"P0D", "PT0S", "P180D"})
LONGEST_NAME = 50
LONGEST_DAYS = 730
BAD_RELATIONSHIP_ID = "The passed in delegatedAdminRelationshipId is invalid."


def bad_request(message: str) -> Refused:
    return Refused(400, "badRequest", message)


def only(body: dict[str, Any], allowed: frozenset[str]) -> None:
    """Refuse read-only and unknown properties; annotations (`@odata.…`) pass."""
    for name in body:
        if not name.startswith("@") and name not in allowed:
            raise bad_request(f"The property '{name}' does not exist or cannot be set.")


def display_name(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_NAME:
        raise bad_request(f"displayName must have 1 to {LONGEST_NAME} characters.")
    if not all(character.isalnum() or character in " _-" for character in value):
        raise bad_request("displayName contains characters that are not allowed.")
    return value


def duration(value: object) -> str:
    days = days_of(value) if isinstance(value, str) else None
    if days is None or not 1 <= days <= LONGEST_DAYS:
        raise bad_request("duration must be between P1D and P2Y.")
    return str(value)


def auto_extend(value: object) -> str:
    if value not in AUTO_EXTEND:
        raise bad_request("autoExtendDuration must be P0D, PT0S or P180D.")
    return str(value)


def roles(access_details: object) -> tuple[str, ...]:
    listed = access_details.get("unifiedRoles") if isinstance(access_details, dict) else None
    if not isinstance(listed, list) or not listed:
        raise bad_request("accessDetails.unifiedRoles must not be empty.")
    ids = tuple(str(role.get("roleDefinitionId")) if isinstance(role, dict) else "" for role in listed)
    if len(set(ids)) != len(ids) or not set(ids) <= BUILT_IN_ROLES:
        raise bad_request("accessDetails.unifiedRoles must name each built-in role once.")
    return ids


def customer(value: object) -> tuple[str | None, str | None]:
    if value is None:
        return None, None
    if not isinstance(value, dict) or not is_guid(value.get("tenantId")):
        raise bad_request("customer.tenantId must be a GUID.")
    only(value, frozenset({"tenantId", "displayName"}))
    return str(value["tenantId"]).lower(), value.get("displayName")


def extension_allowed(extend: str, role_ids: tuple[str, ...]) -> None:
    if extend == "P180D" and GLOBAL_ADMINISTRATOR in role_ids:
        raise bad_request("A relationship with Global Administrator cannot be extended automatically.")


def container(body: dict[str, Any], groups: dict[str, str]) -> str:
    """The security group in `accessContainer`, which must live in the partner's tenant."""
    value = body.get("accessContainer")
    if not isinstance(value, dict) or value.get("accessContainerType") != "securityGroup":
        raise bad_request("accessContainer.accessContainerType must be securityGroup.")
    if value.get("accessContainerId") not in groups:
        raise bad_request("accessContainer.accessContainerId is not a security group of the partner tenant.")
    return str(value["accessContainerId"])


def subset(body: dict[str, Any], of: tuple[str, ...]) -> tuple[str, ...]:
    """The roles in `body`, all of which the relationship must have."""
    wanted = roles(body.get("accessDetails"))
    if not set(wanted) <= set(of):
        raise bad_request("The roles must be a subset of the relationship's roles.")
    return wanted
