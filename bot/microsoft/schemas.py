"""Microsoft's JSON as it comes: any letter case, byte order marks, "not set" in four spellings."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from bot.ports.failures import Permanent, Reason

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DURATION = re.compile(
    r"P(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
)
_HOURS = {"years": 365 * 24, "months": 30 * 24, "weeks": 7 * 24, "days": 24, "hours": 1}

M = TypeVar("M", bound="Wire")


class UnreadableAnswer(Permanent):
    """The answer is not what Microsoft publishes, however generously read."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.UNREADABLE_ANSWER, detail)


def loads(body: bytes) -> Any:
    """Return the JSON in `body`, with or without a byte order mark. Raises `UnreadableAnswer`."""
    try:
        return orjson.loads(body.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError as error:
        raise UnreadableAnswer("the answer is not JSON") from error


def folded(value: dict[str, Any]) -> dict[str, Any]:
    """Return the object with keys in one case; where two keys meet, one that is set wins."""
    result: dict[str, Any] = {}
    for key, item in value.items():
        name = key.casefold()
        if result.get(name) is None:
            result[name] = item
    return result


def duration_days(text: str) -> int | None:
    """Return the whole days in an ISO 8601 duration, `P730D`, `P2Y` and `PT0S` alike, or None."""
    match = _DURATION.fullmatch(text.strip().upper())
    if match is None or not text.strip(" Pp"):
        return None
    return sum(int(match[name] or 0) * hours for name, hours in _HOURS.items()) // 24


def moment(value: object) -> datetime | None:
    """Return the moment, aware and in UTC, or None for null, "", the year 1 and what is no time at all."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if parsed.year <= 1:
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def _flag(value: object) -> bool:
    return value.strip().casefold() == "true" if isinstance(value, str) else value in (True, 1)


def _flag_or_none(value: object) -> bool | None:
    return None if value is None else _flag(value)


def _objects(value: object) -> list[object]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _object_or_none(value: object) -> object:
    return value if isinstance(value, dict) else None


Text = Annotated[str, BeforeValidator(_text)]
Flag = Annotated[bool, BeforeValidator(_flag)]
FlagOrNone = Annotated[bool | None, BeforeValidator(_flag_or_none)]
Moment = Annotated[datetime | None, BeforeValidator(moment)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Objects = BeforeValidator(_objects)
Object = BeforeValidator(_object)
ObjectOrNone = BeforeValidator(_object_or_none)


class Wire(BaseModel):
    """Read by key in any letter case. What is missing has a default; what is unknown is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=lambda name: name.replace("_", ""))

    @model_validator(mode="before")
    @classmethod
    def _fold(cls, value: Any) -> Any:
        return folded(value) if isinstance(value, dict) else value


def read(model: type[M], body: bytes) -> M:
    """Return the answer as `model`. Raises `UnreadableAnswer`, which names fields and holds no values."""
    value = loads(body)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, each["loc"])) or "body" for each in error.errors()}))
        raise UnreadableAnswer(f"{model.__name__}: {fields}") from None


def read_names(body: bytes) -> frozenset[str]:
    """Return the names in a JSON array of them."""
    value = loads(body)
    if not isinstance(value, list):
        raise UnreadableAnswer("a list of names was expected")
    return frozenset(TypeAdapter(Texts).validate_python(value))


class RelationshipRequest(Wire):
    url: str


class Header(Wire):
    key: Text = ""
    value: Text = ""


class Link(Wire):
    uri: Text = ""
    headers: Annotated[tuple[Header, ...], Objects] = ()


class Links(Wire):
    next: Annotated[Link | None, ObjectOrNone] = None


class Collection(Wire):
    """A page of anything. `links` is None where the answer has none at all."""

    items: Annotated[tuple[dict[str, Any], ...], Objects] = ()
    links: Annotated[Links | None, ObjectOrNone] = None
    continuation_token: Text = ""


class CompanyProfile(Wire):
    tenant_id: Text = ""
    domain: Text = ""
    company_name: Text = ""


class Address(Wire):
    country: Text = ""


class BillingProfile(Wire):
    company_name: Text = ""
    default_address: Annotated[Address, Object] = Address()


class Customer(Wire):
    id: Text = ""
    company_profile: Annotated[CompanyProfile, Object] = CompanyProfile()
    billing_profile: Annotated[BillingProfile, Object] = BillingProfile()
    relationship_to_partner: Text = ""


class AgreementStatus(Wire):
    is_signed: FlagOrNone = None


class AuditRecord(Wire):
    customer_id: Text = ""
    operation_type: Text = ""
    operation_date: Moment = None
    user_principal_name: Text = ""
    application_id: Text = ""
    resource_new_value: Any = None
    resource_old_value: Any = None


class Registration(Wire):
    webhook_url: Text = ""
    webhook_events: Texts = ()
    signature_token_to_ms_signature_header: Flag = False
    properties: Annotated[dict[str, object], Object] = Field(default_factory=dict)


class UnifiedRole(Wire):
    role_definition_id: Text = ""


class AccessDetails(Wire):
    unified_roles: Annotated[tuple[UnifiedRole, ...], Objects] = ()


class RelationshipCustomer(Wire):
    tenant_id: Text = ""
    display_name: Text = ""


class DelegatedAdminRelationship(Wire):
    id: Text = ""
    display_name: Text = ""
    status: Text = ""
    duration: Text = ""
    auto_extend_duration: Text = ""
    customer: Annotated[RelationshipCustomer, Object] = RelationshipCustomer()
    access_details: Annotated[AccessDetails, Object] = AccessDetails()
    created_date_time: Moment = None
    last_modified_date_time: Moment = None
    activated_date_time: Moment = None
    end_date_time: Moment = None
    etag: Text = Field(default="", alias="@odata.etag")


class GraphPage(Wire):
    value: Annotated[tuple[dict[str, Any], ...], Objects] = ()
    next_link: Text = Field(default="", alias="@odata.nextlink")


class AccessAssignment(Wire):
    status: Text = ""


class RelationshipAction(Wire):
    action: Text = ""
    status: Text = ""


class TenantInformation(Wire):
    tenant_id: str
    display_name: Text = ""
    federation_brand_name: Text = ""
    default_domain_name: Text = ""


class OpenIdConfiguration(Wire):
    issuer: str
    cloud_instance_name: Text = Field(default="", alias="cloud_instance_name")
