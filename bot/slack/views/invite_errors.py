"""What can be said about a filled-in form without asking anyone."""

import re
from collections.abc import Mapping

from bot.domain.clouds import CAPABILITIES, CLOSED_CLOUDS, Cloud
from bot.domain.identifiers import is_domain_name
from bot.domain.invitation import Delivery
from bot.domain.mail import problems
from bot.domain.markets import MARKET_OF
from bot.domain.partner import Partner
from bot.domain.roles import ROLE_TEMPLATES
from bot.slack import names
from bot.slack.locales import LANGUAGES
from bot.slack.views.invite_form import DURATIONS, LONGEST, InviteForm

_MAIL_ADDRESS = re.compile(r"(?P<local>[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@(?P<domain>[^@\s]+)")


def field_errors(form: InviteForm, partner: Partner, *, reseller: bool = True) -> dict[str, str]:
    """
    Return the name of a plain template per `block_id` of the first step that cannot stay as it is.

    `reseller` is False where the customer already has the reseller relationship with us.
    """
    return _first_of_each(
        _text_errors(form, names.CUSTOMER_NAME, names.CUSTOMER_DOMAIN, names.CONTACT_NAME),
        _text_errors(form, names.CONTACT_EMAIL, names.REASON),
        {
            names.CUSTOMER_DOMAIN: "" if form.domain or form.tenant_id else "not_a_domain",
            names.CONTACT_EMAIL: "" if is_mail_address(form.contact_email) else "not_a_mail_address",
            names.COUNTRY: "" if form.country in MARKET_OF else "not_a_country",
            names.CLOUD: _cloud_error(form.cloud, partner),
            names.MAIL_LANGUAGE: "" if form.mail_language in LANGUAGES else "not_a_language",
            names.INCLUDE_ADMIN_ACCESS: _asking_error(form, reseller=reseller),
        },
        _admin_access_errors(form) if form.include_admin_access else {},
    )


def draft_errors(form: InviteForm, *, reseller: bool = True) -> dict[str, str]:
    """Return the name of a plain template per `block_id` of the second step that cannot stay as it is."""
    wrong = problems(form.mail_text, reseller=reseller, admin_access=form.include_admin_access)
    return _first_of_each(
        _text_errors(form, names.MAIL_SUBJECT, names.MAIL_TEXT),
        {
            names.MAIL_TEXT: wrong[0] if wrong else "",
            names.DELIVERY: "" if form.delivery in set(Delivery) else "not_a_delivery",
        },
    )


def is_mail_address(text: str) -> bool:
    """Return whether `text` is an address every mail system takes: ASCII, unquoted, at a domain name."""
    match = _MAIL_ADDRESS.fullmatch(text)
    return match is not None and len(text) <= 254 and is_domain_name(match["domain"].lower())


def _first_of_each(*found: Mapping[str, str]) -> dict[str, str]:
    first: dict[str, str] = {}
    for errors in found:
        for block_id, error in errors.items():
            if error and block_id not in first:
                first[block_id] = f"invite_customer/errors/{error}"
    return first


def _text_errors(form: InviteForm, *block_ids: str) -> dict[str, str]:
    texts = {block_id: str(getattr(form, block_id)) for block_id in block_ids}
    return {
        block_id: "required" if not text else "too_long" if len(text) > LONGEST[block_id] else ""
        for block_id, text in texts.items()
    }


def _cloud_error(cloud: str, partner: Partner) -> str:
    if cloud in CLOSED_CLOUDS:
        return "cloud_closed"
    if cloud not in set(Cloud):
        return "not_a_cloud"
    return "" if cloud == partner.cloud else "cloud_not_ours"


def _asking_error(form: InviteForm, *, reseller: bool) -> str:
    if not form.include_admin_access:
        return "" if reseller else "nothing_asked_for"
    if form.cloud in set(Cloud) and not CAPABILITIES[Cloud(form.cloud)].admin_access:
        return "no_admin_access_in_cloud"
    return "" if form.role_template else "choose_roles"


def _admin_access_errors(form: InviteForm) -> dict[str, str]:
    known = not form.role_template or form.role_template in ROLE_TEMPLATES
    return {
        names.ROLE_TEMPLATE: "" if known else "not_a_role_template",
        names.DURATION: "" if form.duration in DURATIONS else "not_a_duration",
    }
