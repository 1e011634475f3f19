"""The rules of invitations and relationships. No I/O, no clock, no framework."""
