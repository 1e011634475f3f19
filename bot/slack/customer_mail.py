"""The mail to the customer: the draft people start from, and its HTML form when it is sent."""

import re

from bot.domain.invitation import AdminAccess
from bot.domain.mail import SUBJECT_LIMIT
from bot.domain.roles import ROLES
from bot.slack.limits import shorten_plain
from bot.slack.words import MailWords

_BRACES = str.maketrans("{}", "()")
# Chinese text goes on after an address without a space.
_ADDRESS = re.compile(r"https://[^\s<>\"\u2014-\u2026\u3000-\u9fff\uff00-\uffef]+")
_AFTER_AN_ADDRESS = ".,;:!?)]}'"

Line = list[tuple[str, bool]]


def default_mail(
    words: MailWords,
    *,
    contact_name: str,
    partner_name: str,
    reseller: bool,
    admin_access: AdminAccess | None,
    agreement: bool = True,
) -> tuple[str, str]:
    """
    Return subject and text in the language of `words`, for the requester to start from.

    `agreement` says whether accepting a reseller there includes the Microsoft Customer Agreement.
    The text holds `{reseller_link}` and `{admin_access_link}` exactly once each where that half is asked for.
    """
    partner, contact = partner_name.translate(_BRACES), contact_name.translate(_BRACES)
    both = reseller and admin_access is not None
    parts = [
        words.text("invitation/greeting", contact=contact),
        words.text(
            "invitation/opening", partner=partner, reseller=reseller, admin_access=admin_access is not None
        ),
    ]
    if reseller:
        parts.append(words.text("invitation/reseller", partner=partner, both=both, agreement=agreement))
    if admin_access is not None:
        parts.append(_admin_access_part(words, admin_access, both=both))
    parts.append(words.text("invitation/closing", partner=partner))
    subject = words.text("invitation/subject", partner=partner, reseller=reseller)
    return shorten_plain(subject, SUBJECT_LIMIT), "\n\n".join(parts)


def _admin_access_part(words: MailWords, access: AdminAccess, *, both: bool) -> str:
    return words.text(
        "invitation/admin_access",
        both=both,
        days=access.duration_days,
        auto_extend=access.auto_extend,
        roles=words.formats.listing([words.plain(f"role_names/{ROLES[role].key}") for role in access.roles]),
    )


def mail_html(words: MailWords, subject: str, text: str) -> str:
    """Return the text, its links already in it, as a mail's HTML part. Only https addresses become links."""
    paragraphs = [
        [_line(line) for line in part.split("\n")] for part in re.split(r"\n{2,}", text.strip("\n"))
    ]
    language = words.locale.replace("_", "-")
    # Markup would escape whatever is joined to it later.
    return str(words.html("html", language=language, subject=subject, paragraphs=paragraphs))


def _line(text: str) -> Line:
    pieces: Line = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = found.group().rstrip(_AFTER_AN_ADDRESS)
        pieces += [(text[end : found.start()], False), (address, True)]
        end = found.start() + len(address)
    return [*pieces, (text[end:], False)]
