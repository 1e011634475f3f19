"""Messages: cards that are edited in place, and notices that are said once."""
