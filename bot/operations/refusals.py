"""What keeps a command from its work, told on standard error: what is so, where, and the next step."""

from bot.microsoft.redaction import redacted
from bot.operations.doctor.findings import Kind, Problem, problem
from bot.operations.doctor.reading_settings import unfit
from bot.operations.doctor.report import in_words
from bot.operations.doctor.store import URL
from bot.ports.failures import OutcomeUnknown, Permanent, Temporary
from bot.ports.unfit import PortUnusable
from bot.terminal import complain, complain_of, denial, words_here
from storage.alone import NotAlone
from storage.database import OutOfReach
from storage.newest import NewerDatabase


def tell_refusal(error: Exception) -> None:
    """Say what one of `bot.cli.REFUSALS` means."""
    match error:
        case NewerDatabase():
            _tell(problem(Kind.DATABASE_NEWER, URL, step=error.step))
        case NotAlone():
            complain("terminal/refusals/not_alone", file=error.path)
        case PortUnusable():
            complain("terminal/refusals/port_unusable", port=str(error.port))
        case OutOfReach():
            complain("terminal/refusals/out_of_reach", detail=redacted(str(error)))
        case Temporary():
            complain("terminal/refusals/temporary", detail=redacted(str(error)))
        case OutcomeUnknown():
            complain("terminal/refusals/outcome_unknown", detail=redacted(str(error)))
        case Permanent():
            complain_of(denial(error))
        case ValueError():
            for found in unfit(error).problems:
                _tell(found)


def tell_pending(steps: list[str]) -> None:
    """Say that the database lacks these steps."""
    _tell(problem(Kind.MIGRATIONS_PENDING, URL, steps=", ".join(steps)))


def _tell(found: Problem) -> None:
    said = in_words(found, words_here())
    complain_of(said.what, where=said.where, step=said.next)
