"""A Microsoft that behaves like Microsoft, on loopback, for the sandbox and for tests."""

from bot.sandbox.fake_microsoft.behaviour import Behaviour
from bot.sandbox.fake_microsoft.customer_admin import CustomerAdmin, InvitationPage, PortalRefusal
from bot.sandbox.fake_microsoft.events import Event
from bot.sandbox.fake_microsoft.faults import DropAfter, DropBefore, Half, Refuse, ServerError, Slow, Throttle
from bot.sandbox.fake_microsoft.feed import MailSent, PortalVisit, RequestSeen, WebhookAttempt
from bot.sandbox.fake_microsoft.server import FakeMicrosoft, Ports
from bot.sandbox.fake_microsoft.signing import Mode, SignedDelivery

__all__ = [
    "Behaviour",
    "CustomerAdmin",
    "DropAfter",
    "DropBefore",
    "Event",
    "FakeMicrosoft",
    "Half",
    "InvitationPage",
    "MailSent",
    "Mode",
    "PortalRefusal",
    "PortalVisit",
    "Ports",
    "Refuse",
    "RequestSeen",
    "ServerError",
    "SignedDelivery",
    "Slow",
    "Throttle",
    "WebhookAttempt",
]
