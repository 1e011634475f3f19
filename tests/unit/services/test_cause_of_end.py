"""Who is said to have ended admin access, by what the activity log names."""

import pytest

from bot.domain.identifiers import TenantId
from bot.domain.relationship import EndCause
from bot.ports.microsoft import ActivityRecord
from bot.services.read_back import OwnSide, cause_of_end
from tests.builders import FABRIKAM, NOON, RELATIONSHIP

OWN = OwnSide("aaaaaaaa-0000-4000-8000-000000000001", frozenset({"contoso.com"}))
THEIRS = frozenset({"fabrikam.com", "fabrikam.onmicrosoft.com"})


def ended(user: str | None = None, application: str | None = None, how: str = "terminated") -> ActivityRecord:
    operation = f"granular_admin_relationship_{how}"
    return ActivityRecord(operation, FABRIKAM, RELATIONSHIP, user, NOON, application)


@pytest.mark.parametrize(
    ("record", "cause"),
    [
        (ended("admin@fabrikam.com"), EndCause.CUSTOMER_ENDED),
        (ended("Admin@FABRIKAM.onmicrosoft.com"), EndCause.CUSTOMER_ENDED),
        (ended("ben@contoso.com"), EndCause.WE_ENDED),
        (ended("somebody@elsewhere.example"), EndCause.UNKNOWN),
        (ended(application=OWN.application_id.upper()), EndCause.WE_ENDED),
        (ended(application="bbbbbbbb-0000-4000-8000-000000000002"), EndCause.UNKNOWN),
        (ended("admin@fabrikam.com", application=OWN.application_id), EndCause.CUSTOMER_ENDED),
        (ended("not an address"), EndCause.CUSTOMER_ENDED),
        (ended(), EndCause.CUSTOMER_ENDED),
        (ended("ben@contoso.com", how="terminated_by_microsoft"), EndCause.INACTIVITY),
        (ended("ben@contoso.com", how="approved"), EndCause.UNKNOWN),
    ],
)
def test_whoever_is_named_is_told(record: ActivityRecord, cause: EndCause) -> None:
    assert cause_of_end([record], theirs=THEIRS, own=OWN) is cause


def test_a_request_of_ours_says_more_than_an_end_that_names_nobody() -> None:
    records = [ended("ben@contoso.com", how="termination_requested"), ended()]

    assert cause_of_end(records, theirs=THEIRS, own=OWN) is EndCause.WE_ENDED


def test_without_any_record_nobody_can_say() -> None:
    assert cause_of_end([], theirs=THEIRS, own=OWN) is EndCause.UNKNOWN


def test_whoever_acts_on_another_customer_is_one_of_us() -> None:
    elsewhere = ActivityRecord("add_customer", TenantId("x"), None, "ana@wingtip.example", NOON)

    own = OWN.also([elsewhere.user_domain, ended().user_domain])

    assert own.domains == {"contoso.com", "wingtip.example"}
