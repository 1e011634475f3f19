"""Requests an attacker might send to any route, one after the other from a seed."""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import urlsplit

from bot.sandbox.fake_microsoft import FakeMicrosoft, Mode
from bot.sandbox.fake_slack import FakeSlack
from tests.attacks.bodies import MARK, for_microsoft, for_slack
from tests.attacks.wire import request

SLACK, WEBHOOK = "/slack/events", "/webhooks/partner-center"
ROUTES = (SLACK, WEBHOOK, "/healthz", "/readyz", "/metrics")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH")
REFUSED = frozenset({400, 401, 404, 405, 408, 413})
HUNG_UP = 0


@dataclass(frozen=True)
class Attack:
    """
    `allowed`: the statuses it may get; 0 for no answer at all. `stores`: whether an event may be kept.
    `answers_people`: whether the answer may repeat what somebody wrote, to that person.
    """

    kind: str
    raw: bytes
    allowed: frozenset[int]
    then_leave: bool = False
    stores: bool = False
    answers_people: bool = False


class Attacker:
    """Knows every address, and the keys too where the point is what lies behind the door."""

    def __init__(self, seed: int, slack: FakeSlack, microsoft: FakeMicrosoft, elsewhere: str) -> None:
        self.random = Random(seed)
        self._team_id = slack.workspace.team_id
        self._secret = slack.signing_secret.encode()
        self._microsoft = microsoft
        self._elsewhere = elsewhere
        self._shares: dict[Callable[[], Attack], int] = {
            self.signed_for_slack: 30,
            self.unsigned_for_slack: 20,
            self.signed_by_microsoft: 10,
            self.forged_event: 20,
            self.elsewhere: 10,
            self.no_http: 10,
        }

    def next(self) -> Attack:
        (make,) = self.random.choices(list(self._shares), list(self._shares.values()))
        return make()

    def signed_for_slack(self) -> Attack:
        """Signed as Slack signs: what is wrong is inside."""
        body, content_type = for_slack(self.random, self._team_id)
        at = str(int(time.time()))
        digest = hmac.new(self._secret, f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
        headers: dict[str, str | bytes] = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={digest}",
        }
        if self.random.random() < 0.1:
            headers["X-Slack-Retry-Num"] = self._odd_text()
        raw = request("POST", SLACK, headers, body)
        return Attack("signed for Slack", raw, frozenset({200, 400, 401, 422}), answers_people=True)

    def unsigned_for_slack(self) -> Attack:
        """Signed by nobody, by somebody else, long ago, tomorrow, twice, or in no alphabet."""
        body, content_type = for_slack(self.random, self._team_id)
        now = int(time.time())
        stamps = (str(now), str(now - 301), str(now + 600), "0", "9" * 12, "-1", "1e9", "", "now")
        at = self.random.choice(stamps)
        digest = hmac.new(b"not the secret", f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
        signature = self.random.choice((f"v0={digest}", f"v1={digest}", digest, "v0=", "v0=" + "0" * 64))
        headers: list[tuple[str, str | bytes]] = [("Content-Type", content_type)]
        headers += [("X-Slack-Request-Timestamp", self._sometimes_odd(at))] * self.random.choice(
            (0, 1, 1, 1, 2)
        )
        headers += [("X-Slack-Signature", self._sometimes_odd(signature))] * self.random.choice(
            (0, 1, 1, 1, 2)
        )
        return Attack("unsigned for Slack", request("POST", SLACK, headers, body), REFUSED)

    def signed_by_microsoft(self) -> Attack:
        """Signed as Microsoft signs: what is wrong is inside."""
        delivery = self._microsoft.signed_delivery(for_microsoft(self.random, self._elsewhere))
        raw = request("POST", WEBHOOK, dict(delivery.headers), delivery.body)
        return Attack("signed by Microsoft", raw, frozenset({200, 400}), stores=True)

    def forged_event(self) -> Attack:
        """Signed wrongly, with a certificate from anywhere."""
        body = for_microsoft(self.random, self._elsewhere)
        genuine = self._microsoft.signed_delivery(b"something else", Mode.NORMAL).headers
        host = urlsplit(genuine["X-MS-Certificate-Url"]).netloc
        headers: dict[str, str | bytes] = dict(genuine)
        for name in self.random.sample(sorted(headers), self.random.randint(1, 3)):
            headers[name] = self._odd_text()
        if self.random.random() < 0.5:
            headers["X-MS-Certificate-Url"] = self._address(host)
        pairs = list(headers.items())
        if self.random.random() < 0.1:
            pairs.append(self.random.choice(pairs))
        return Attack("forged event", request("POST", WEBHOOK, pairs, body), REFUSED)

    def elsewhere(self) -> Attack:
        """Any method on any path."""
        path = self.random.choice(ROUTES) if self.random.random() < 0.6 else self._path()
        method = self.random.choice(METHODS)
        raw = request(
            method, path, {"Content-Type": self._odd_text()}, MARK.encode() * self.random.randint(0, 9)
        )
        if method == "HEAD":
            # What a HEAD announces never comes; the connection ends instead.
            raw = raw.replace(b"HEAD ", b"OPTIONS ", 1)
        return Attack("elsewhere", raw, REFUSED | {200, 307})

    def no_http(self) -> Attack:
        """Something that is not quite HTTP, then silence."""
        raw = self.random.choice(
            (
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + self.random.randbytes(200),
                self.random.randbytes(self.random.randint(1, 400)),
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                b"GET /healthz\r\n\r\n",
                b"CONNECT localhost:443 HTTP/1.1\r\nHost: x\r\n\r\n",
                b"POST * HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
                _post(b"Content-Length: -1"),
                _post(b"Content-Length: 5, 5"),
                _post(b"Content-Length: 99999999999999999999"),
                _post(b"Content-Length: 5\r\nContent-Length: 6"),
                _post(b"Content-Length: 5\r\nTransfer-Encoding: chunked"),
                _post(b"Transfer-Encoding: chunked", b"zz\r\n" + MARK.encode()),
                _post(b"Transfer-Encoding: chunked", b"ffffffffffffffffff\r\n" + MARK.encode()),
                _post(b"Transfer-Encoding: gzip, chunked", b"0\r\n\r\n"),
                _post(b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x"),
                _post(b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings"),
                _post(b"Expect: 100-continue\r\nContent-Length: 10"),
                _post(b"X-Slack-Signature : v0=0"),
                _post(b"X\x00Y: " + MARK.encode()),
                _post(b"X: a\r\n b"),
                _post(b"X: " + b"a" * 20_000),
                b"".join(b"X%d: a\r\n" % number for number in range(200)),
            )
        )
        return Attack("no HTTP", raw, REFUSED | {HUNG_UP, 200, 431}, then_leave=True)

    def _sometimes_odd(self, value: str) -> str | bytes:
        return value if self.random.random() < 0.8 else self._odd_text()

    def _odd_text(self) -> bytes:
        odd = self.random.choice(
            (b"\xff\xfe" + MARK.encode(), "ü≠".encode(), b"", b"\t \t", b"0" * 300, b"\x80")
        )
        return (
            odd
            if self.random.random() < 0.7
            else self.random.randbytes(12).translate(None, b"\r\n\0" + _CONTROLS)
        )

    def _path(self) -> str:
        return self.random.choice(
            (
                f"/{MARK}",
                "/slack/events/",
                "/slack/events/..%2f..%2fetc/passwd",
                "//slack/events",
                "/Slack/Events",
                "/webhooks/partner-center%00",
                "/webhooks/partner-center/../../metrics",
                "/healthz?" + "a=1&" * 500,
                "/%ff%fe",
                "/metrics;jsessionid=1",
                "/.env",
                "/" + "a" * 5000,
                "http://localhost/readyz",
                "http://contoso.example/slack/events",
            )
        )

    def _address(self, host: str) -> str:
        name, _, port = host.partition(":")
        return self.random.choice(
            (
                f"https://{host}/cert/made-up-{self.random.randint(0, 5)}.cer",
                f"http://{host}/cert/a.cer",
                f"https://u:p@{host}/cert/a.cer",
                f"https://{name}.contoso.example:{port}/cert/a.cer",
                f"https://{name}:1/cert/a.cer",
                f"https://{host}/cert/../cert/a.cer",
                f"https://{host}/cert/a.cer?{MARK}",
                "https://169.254.169.254/cert/a.cer",
                "https://[::1]/cert/a.cer",
                "file:///cert/a.cer",
                f"{self._elsewhere}/cert/a.cer",
                f"https://{host}\\@contoso.example/cert/a.cer",
                MARK,
            )
        )


_CONTROLS = bytes(range(0x20)) + b"\x7f"


def _post(headers: bytes, rest: bytes = b"") -> bytes:
    return b"POST /slack/events HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n" + rest
