"""
The ids Slack hands back to us: `callback_id`, `action_id`, `block_id`.

They live on in messages already posted, so none of them ever changes its spelling or its meaning. An input's
`block_id` is also its `action_id`. Values and `private_metadata` hold our opaque ids only, never text.
"""

# Views: `callback_id`. The two that ask for a comment share their names with the buttons that open them.
INVITE_CUSTOMER = "invite_customer"
INVITE_CUSTOMER_LOADING = "invite_customer_loading"
INVITE_CUSTOMER_DRAFT = "invite_customer_draft"
REVIEW_INVITATION = "review_invitation"
REJECT_INVITATION = "reject_invitation"
REQUEST_CHANGES = "request_changes"
SHOW_MAIL = "show_mail"
CUSTOMER_RECORD = "customer_record"
TOLD = "told"

# The global shortcut.
INVITE_CUSTOMER_SHORTCUT = "invite_customer_shortcut"

# Buttons on an invitation: `action_id`; the value is the invitation's id.
EDIT_INVITATION = "edit_invitation"
WITHDRAW_INVITATION = "withdraw_invitation"
RETRY_INVITATION = "retry_invitation"
MARK_SENT = "mark_sent"
CANCEL_INVITATION = "cancel_invitation"
REOPEN_INVITATION = "reopen_invitation"
ASK_AGAIN = "ask_again"
ASK_FOR_FEWER_ROLES = "ask_for_fewer_roles"
LET_IT_GO = "let_it_go"

# Buttons on a customer; the value is the tenant id.
OPEN_CUSTOMER = "open_customer"
LINK_INVITATION = "link_invitation"
ADOPT_CUSTOMER = "adopt_customer"
NOT_AN_INVITATION = "not_an_invitation"

# Other buttons. A button with a URL also sends its action, and has to be acknowledged.
CHECK_CUSTOMER = "check_customer"
BACK_TO_DETAILS = "back_to_details"
BACK_TO_REVIEW = "back_to_review"
HOME_PAGE = "home_page"
OPEN_MAIL_APP = "open_mail_app"
OPEN_LINK = "open_link"

# Inputs: `block_id` and `action_id`.
CUSTOMER_NAME = "customer_name"
CUSTOMER_DOMAIN = "customer_domain"
CONTACT_NAME = "contact_name"
CONTACT_EMAIL = "contact_email"
COUNTRY = "country"
CLOUD = "cloud"
INCLUDE_ADMIN_ACCESS = "include_admin_access"
ROLE_TEMPLATE = "role_template"
DURATION = "duration"
AUTO_EXTEND = "auto_extend"
MAIL_LANGUAGE = "mail_language"
REASON = "reason"
MAIL_SUBJECT = "mail_subject"
MAIL_TEXT = "mail_text"
DELIVERY = "delivery"
COMMENT = "comment"

_BETWEEN = ":"


def two_ids(first: str, second: str) -> str:
    """Return one value that holds two ids."""
    return f"{first}{_BETWEEN}{second}"


def both_ids(value: str) -> tuple[str, str]:
    """Return the ids in a value made by `two_ids`; the second is empty where there is only one."""
    first, _, second = value.partition(_BETWEEN)
    return first, second
