"""What everything else stands on."""

import ssl
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.app.microsoft import Microsoft
from bot.domain.partner import Partner
from bot.ports.clock import Clock
from bot.settings import Settings
from bot.slack.installation import Installation
from bot.slack.messenger import SlackMessenger
from bot.slack.people import People
from bot.slack.words import Templates
from storage.store import WorkspaceStore


@dataclass(frozen=True)
class Slack:
    """Everything of Slack's."""

    client: AsyncWebClient
    installation: Installation
    people: People
    messenger: SlackMessenger


@dataclass(frozen=True)
class Foundation:
    """Settings, time, store, both outsides, words and who we are."""

    settings: Settings
    clock: Clock
    store: WorkspaceStore
    slack: Slack
    microsoft: Microsoft
    templates: Templates
    tls: ssl.SSLContext
    partner: Partner
