"""Keeps tokens, secrets and addresses of people out of messages."""

import re

_SECRETS = re.compile(
    r"""
      \beyJ[\w-]{8,}(?:\.[\w-]*)+                     # a JWT
    | \b(?:bearer|basic|signature)\s+[\w.~+/=-]{8,}   # an Authorization header
    | \b(?:access_token|refresh_token|id_token|client_secret|client_assertion|assertion|password)
      ["']?\s*[=:]\s*["']?[^\s"'&,;]+
    | [\w.~+/=-]{80,}                                 # a refresh token is opaque and long
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                    # a mail address or user principal name
    """,
    re.VERBOSE | re.IGNORECASE,
)

LONGEST = 600
"""Characters kept of what somebody else wrote."""


def redacted(text: str, *secrets: str | None) -> str:
    """Return `text` on one short line, without `secrets` and what looks like a token or an address."""
    for secret in secrets:
        text = text.replace(secret, "[redacted]") if secret else text
    return _SECRETS.sub("[redacted]", " ".join(text.split()))[:LONGEST]
