"""What the `overture` command says to whoever typed it: in which language, how wide, and where to."""

from bot.terminal.language import language_of, words_here
from bot.terminal.printing import complain, complain_of, denial, say

__all__ = ["complain", "complain_of", "denial", "language_of", "say", "words_here"]
