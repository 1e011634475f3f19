"""
A Slack to talk to without Slack: real HTTP and WebSockets, real rules, no shared code with the client.

It refuses what Slack refuses (Block Kit limits, scopes, membership, triggers, hashes, stale response URLs),
breaks on demand (`faults`), and is used as people use Slack (`person`).
"""

from bot.sandbox.fake_slack.errors import NotOnScreen
from bot.sandbox.fake_slack.faults import Fault, Faults
from bot.sandbox.fake_slack.feed import Feed, Seen
from bot.sandbox.fake_slack.manifest import Manifest
from bot.sandbox.fake_slack.people import Person
from bot.sandbox.fake_slack.server import FakeSlack
from bot.sandbox.fake_slack.state import Channel, Message, Toast, User, UserGroup, View, Workspace
from bot.sandbox.fake_slack.traffic import Call, Delivery, Traffic

__all__ = [
    "Call",
    "Channel",
    "Delivery",
    "FakeSlack",
    "Fault",
    "Faults",
    "Feed",
    "Manifest",
    "Message",
    "NotOnScreen",
    "Person",
    "Seen",
    "Toast",
    "Traffic",
    "User",
    "UserGroup",
    "View",
    "Workspace",
]
