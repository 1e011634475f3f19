"""The https host that serves the signing certificate, and a foreign one nobody should trust."""

from aiohttp import web

from bot.sandbox.fake_microsoft.hosting import Shape
from bot.sandbox.fake_microsoft.pki import DispatchAuthority
from bot.sandbox.fake_microsoft.wire import Refused


class PlainShape(Shape):
    """Storage answers errors with plain text."""

    def error(self, refused: Refused) -> web.Response:
        return web.Response(status=refused.status, text=refused.message, headers=refused.headers)

    def throttled(self, seconds: int, header: str) -> web.Response:  # noqa: ARG002 - the header says it
        return web.Response(status=429, text="Server is busy.", headers={"Retry-After": header})


class CertificateFiles:
    """`/cert/{name}.cer`, in DER, leaf only."""

    def __init__(self, authority: DispatchAuthority) -> None:
        self._authority = authority

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/cert/{file}", self.get, allow_head=False)]

    async def get(self, request: web.Request) -> web.Response:
        served = self._authority.served(request.match_info["file"])
        if served is None:
            raise Refused(404, "", "The specified resource does not exist.")
        return web.Response(body=served.der, content_type="application/pkix-cert")
