"""What Microsoft's documentation leaves open, as switches."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

LINK_FRAGMENTS = ("/BillingAccounts/partner-invitation", "/partners/invitation")


@dataclass
class Behaviour:
    """
    How this Microsoft behaves where the documentation is silent or contradicts itself.

    Defaults follow the documentation's own samples. Change a field while the servers run;
    the next request sees it.
    """

    app_only_refusal_status: Literal[401, 403] = 401
    unknown_customer_status: Literal[403, 404] = 403
    removal_refusal_status: int = 400
    numeric_error_codes: bool = False
    pascal_case: bool = False
    byte_order_mark: bool = False
    support_contact_byte_order_mark: bool = True
    registration_pascal_case: bool = True
    link_uris_with_version: bool = False
    page_size: int = 100
    max_page_size: int = 500
    customer_requests_per_minute: int | None = 500
    retry_after_as_date: bool = False

    link_fragment: str = LINK_FRAGMENTS[0]
    link_carries_dap: bool = True
    agreement_signed_on_acceptance: bool = False

    old_refresh_tokens_refused: bool = False
    access_tokens_expire: bool = True
    access_tokens_opaque: bool = False
    """Tokens are for the API they name and for nobody else to read; Microsoft promises no form."""

    step_delay: timedelta = timedelta(0)
    unset_date: Literal[""] | None = None
    inner_error_key: Literal["innerError", "innererror"] = "innerError"
    duplicate_name_status: int = 409
    pending_ends_as: Literal["expired", "terminated", "removed"] = "expired"
    terminate_while_pending: bool = False
    graph_page_size: int = 100
    outside_admin_agents: Literal["empty", "forbidden"] = "empty"
    customer_names_missing: bool = False
    mails_per_minute: int | None = 30

    webhook_attempts: int = 10
    webhook_retry_seconds: float = 0.2
    webhook_timeout_seconds: float = 10.0
    event_resource_base: str | None = None
    """Base of `ResourceUri` and `AuditUri` in events; the cloud's published base when None."""
