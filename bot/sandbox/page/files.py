"""The page's own files, under an address that changes with them, so that a browser asks for each once."""

import hashlib
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
MODULES = tuple(sorted(path.name for path in STATIC.glob("*.js")))
"""Every script, so that a browser need not find them one after the other."""

KEPT = "max-age=31536000, immutable"
LETTERS = 12


def address() -> str:
    """Return the path the files stand under, without a slash at its end."""
    contents = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        contents.update(path.read_bytes())
    return f"/static/{contents.hexdigest()[:LETTERS]}"


class KeptFiles(StaticFiles):
    """Files that never change under their address."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = KEPT
        return response
