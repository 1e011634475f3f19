"""How people answered the question which invitation a customer accepted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.identifiers import SlackUserId
from bot.domain.invitation import Invitation


class Answer(StrEnum):
    """Each has words in `templates/words/which_invitation/settled/`."""

    LINK = "link"
    ADOPT = "adopt"
    NOT_AN_INVITATION = "not_an_invitation"


@dataclass(frozen=True)
class Settlement:
    """Who answered what, and when. `invitation` is the one that was recognised."""

    answer: Answer
    by: SlackUserId
    at: datetime
    invitation: Invitation | None = None
