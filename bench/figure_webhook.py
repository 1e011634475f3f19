"""Events at Partner Center's door, 16 callers: verified and durable before they are answered."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from load import load
from microsoft_events import irrelevant
from processes import floor, ours
from run_with import Effort
from table import Row, Samples, at_least

WHAT = ("event verified and durable, 16 callers",)
CALLERS = 16
EACH_ROUND = 2000


async def measure(effort: Effort) -> list[Row]:
    """Return events a second."""
    number = effort.times(EACH_ROUND)
    mine: list[float] = []
    bare: list[float] = []
    with TemporaryDirectory() as folder:
        key, database = Path(folder, "key.pem"), Path(folder, "floor.db")
        async with ours() as here:
            public = here.microsoft.dispatch.leaf.key.public_key()
            pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            await asyncio.to_thread(key.write_bytes, pem)
            async with floor("floor_webhook.py", str(key), str(database)) as server:
                for port in (here.port, server):
                    await load(port, irrelevant(here.microsoft, 200), callers=CALLERS)
                for _ in range(effort.rounds):
                    for port, rates in ((here.port, mine), (server, bare)):
                        requests = list(irrelevant(here.microsoft, number))
                        rates.append((await load(port, iter(requests), callers=CALLERS)).rate)
    return [
        Row(
            WHAT[0],
            Samples(mine, "/s"),
            "at least 0.6",
            at_least(0.6),
            Samples(bare, "/s"),
            "bare server: RSA, group commit",
        )
    ]
