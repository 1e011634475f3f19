"""An answer that breaks off."""

from aiohttp import web


async def broken_off(request: web.Request, response: web.Response) -> web.StreamResponse:
    """Send the head and the first half of an answer, then break the connection."""
    body = response.body if isinstance(response.body, bytes) else b""
    half = web.StreamResponse(status=response.status, headers=response.headers)
    half.content_length = len(body)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport is not None:
        # `abort` would throw away what was not sent yet; nobody sends the rest of what `close` ends.
        request.transport.close()
    return half
