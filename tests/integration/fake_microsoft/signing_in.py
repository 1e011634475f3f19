"""What a browser does at the authority: open an address, and send the form it finds there."""

import html
import re


def sent_on(page: str) -> tuple[str, dict[str, str]]:
    """Return where the page's form goes, and what it carries."""
    (action,) = re.findall(r'<form method="post" action="([^"]*)">', page)
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return html.unescape(action), {name: html.unescape(value) for name, value in fields}
