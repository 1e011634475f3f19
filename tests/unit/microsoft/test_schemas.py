import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.microsoft.schemas import (
    Collection,
    Customer,
    DelegatedAdminRelationship,
    Registration,
    UnreadableAnswer,
    duration_days,
    moment,
    read,
)

CUSTOMER = {
    "id": "22222222-2222-4222-8222-222222222222",
    "companyProfile": {"companyName": "Fabrikam", "domain": "fabrikam.com"},
    "billingProfile": {"defaultAddress": {"country": "US"}},
    "relationshipToPartner": "reseller",
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def recased(value: Any, case: Callable[[str], str]) -> Any:
    return (
        {case(key): recased(each, case) for key, each in value.items()} if isinstance(value, dict) else value
    )


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title, str.swapcase])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_keys_are_read_in_any_case_behind_any_mark(case: Callable[[str], str], mark: bytes) -> None:
    body = mark + json.dumps(recased(CUSTOMER, case)).encode()

    assert read(Customer, body) == read(Customer, json.dumps(CUSTOMER).encode())
    assert read(Customer, body).billing_profile.default_address.country == "US"


@given(
    changes=st.dictionaries(
        st.sampled_from(
            ["id", "companyProfile", "billingProfile", "relationshipToPartner", "links", "extra"]
        ),
        json_values,
    )
)
def test_no_value_in_a_customer_breaks_the_reading(changes: dict[str, Any]) -> None:
    read(Customer, json.dumps(CUSTOMER | changes).encode())


@given(
    changes=st.dictionaries(
        st.sampled_from(
            [
                "status",
                "duration",
                "customer",
                "accessDetails",
                "lastModifiedDateTime",
                "activatedDateTime",
                "endDateTime",
                "@odata.etag",
            ]
        ),
        json_values,
    )
)
def test_no_value_in_a_relationship_breaks_the_reading(changes: dict[str, Any]) -> None:
    read(DelegatedAdminRelationship, json.dumps({"id": "x"} | changes).encode())


@given(json_values)
def test_a_page_of_anything_is_read_or_refused(value: Any) -> None:
    with suppress(UnreadableAnswer):
        read(Collection, json.dumps(value).encode())


@given(st.binary(max_size=50))
def test_bytes_of_any_kind_are_read_or_refused(body: bytes) -> None:
    with suppress(UnreadableAnswer):
        read(Customer, body)


def test_of_two_keys_that_differ_in_case_the_one_that_is_set_wins() -> None:
    assert read(Customer, b'{"Id": null, "id": "a"}').id == "a"


def test_properties_of_a_registration_keep_their_case() -> None:
    registration = read(Registration, b'{"properties": {"KeepMe": 1}, "webhookevents": null}')

    assert registration.properties == {"KeepMe": 1}
    assert registration.webhook_events == ()


@pytest.mark.parametrize(
    "text", [None, "", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "yesterday", 5, {}, "2026-13-01"]
)
def test_not_set_is_no_moment(text: object) -> None:
    assert moment(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00.1234567Z",
        "2026-01-31T12:00:00.1234567",
        "2026-01-31T14:00:00.123456+02:00",
        "2026-01-31T12:00:00.1234567+00:00",
    ],
)
def test_moments_are_utc_to_the_microsecond(text: str) -> None:
    assert moment(text) == datetime(2026, 1, 31, 12, 0, 0, 123456, UTC)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("P730D", 730),
        ("P2Y", 730),
        ("p1d", 1),
        ("PT0S", 0),
        ("P0D", 0),
        ("P180D", 180),
        ("P180DT0H0M0S", 180),
        ("PT48H", 2),
        ("P1Y1M1W1D", 365 + 30 + 7 + 1),
        ("", None),
        ("P", None),
        ("180", None),
        ("forever", None),
    ],
)
def test_durations_are_days(text: str, days: int | None) -> None:
    assert duration_days(text) == days
