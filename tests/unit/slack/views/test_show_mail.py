"""A person gets the approved mail with its links, whole, and the shortest way to send it."""

from urllib.parse import parse_qs, urlsplit

import pytest

from bot.domain.invitation import Contact, Delivery, Status
from bot.domain.mail import with_links
from bot.slack import names
from bot.slack.views.show_mail import mail_view
from bot.slack.words import Templates
from tests.builders import LINKS, an_invitation
from tests.unit.slack.reading import elements, exact_texts, offered, said, small_print

WORDS = Templates().words("en")
READY = an_invitation(status=Status.READY, delivery=Delivery.COPY_TEXT)


def test_the_mail_is_shown_with_its_links_byte_for_byte() -> None:
    to, subject, text = exact_texts(mail_view(WORDS, READY)["blocks"])

    assert to == "Chris Green <chris@fabrikam.com>"
    assert subject == READY.proposal.subject
    assert text == with_links(READY.proposal.text, LINKS)


def test_the_mail_app_opens_with_the_whole_mail() -> None:
    (button,) = elements(mail_view(WORDS, READY)["blocks"])

    address = urlsplit(button["url"])
    filled = parse_qs(address.query)
    assert (address.scheme, address.path) == ("mailto", "chris@fabrikam.com")
    assert filled["body"][0].replace("\r\n", "\n") == with_links(READY.proposal.text, LINKS)


def test_a_text_too_long_for_a_mail_app_is_to_be_copied() -> None:
    text = "We look forward to it.\n" * 100 + READY.proposal.text
    view = mail_view(WORDS, an_invitation(status=Status.READY, text=text))

    assert offered(view["blocks"]) == []
    assert "too long to open in a mail app" in small_print(view["blocks"])
    assert "".join(exact_texts(view["blocks"])[2:]) == with_links(text, LINKS)


def test_an_address_that_is_none_opens_nothing() -> None:
    view = mail_view(WORDS, an_invitation(status=Status.READY, contact=Contact("Chris Green", "chris")))

    assert names.OPEN_MAIL_APP not in offered(view["blocks"])


def test_a_ready_mail_can_be_marked_as_sent() -> None:
    view = mail_view(WORDS, READY)

    assert view["submit"]["text"] == "Mark as sent"
    assert view["private_metadata"] == READY.id


@pytest.mark.parametrize("status", [Status.SENT, Status.ACCEPTED, Status.CANCELLED])
def test_a_mail_that_is_out_can_only_be_read(status: Status) -> None:
    view = mail_view(WORDS, an_invitation(status=status))

    assert "submit" not in view
    assert said(view["blocks"]).startswith("Sent <!date^")


def test_without_links_there_is_no_mail_yet() -> None:
    view = mail_view(WORDS, an_invitation(status=Status.PREPARING))

    assert exact_texts(view["blocks"]) == []
    assert "submit" not in view
