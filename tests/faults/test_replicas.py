"""Two to four processes on one PostgreSQL. They are killed, and the server is, every few seconds."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.microsoft.webhook_registration import RELATIONSHIP_EVENTS
from bot.sandbox.fake_microsoft.delivery import Registration
from tests.faults.balancer import Balancer
from tests.faults.cluster import Cluster, own_cluster
from tests.faults.replicas import Replicas
from tests.faults.stage import Stage, account_of, first_broken_of_the_audit, settled, stage
from tests.faults.verdict import judge
from tests.scenario.overture_process import Bot, lasting_port

KILLS = int(os.environ.get("OVERTURE_TEST_REPLICA_KILLS", "6"))
SEED = int(os.environ.get("OVERTURE_TEST_SEED", "20261126"))
OVERDUE_SECONDS = 2.0

# The short form has the fewest replicas that can take each other's work; the long form has all of it.
FORMS = [(2, "http")] if KILLS < 50 else [(2, "http"), (3, "http"), (4, "http"), (2, "socket"), (4, "socket")]

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(("number", "transport"), FORMS)
@pytest.mark.timeout(3 * 3600)
async def test_replicas_and_a_server_that_fall_lose_and_double_nothing(number: int, transport: str) -> None:
    async with own_cluster() as cluster, stage(cluster.url, SEED, **settings_for(transport)) as on:
        on.crowd.most = 3 if KILLS < 50 else 1_000
        async with replicas(on, cluster, number) as fallen:
            living = asyncio.create_task(on.crowd.live(at_once=4))
            await fallen.suffer(lambda: fallen.kills >= KILLS)
            on.crowd.stopping.set()
            watching = asyncio.create_task(fallen.watch())
            await living
            await settled(on.records)
            watching.cancel()
        verdict = await judge(on.here.box, on.records, on.crowd)
        broken = await first_broken_of_the_audit(cluster.url, on.here)
        print(
            f"{number} replicas by {transport}: kills {fallen.kills}, restarts {fallen.restarts}, "
            f"{account_of(on)}; longest overdue {fallen.overdue_seconds:.2f} s"
        )
        print(verdict)

    assert verdict.is_clean
    assert broken is None
    assert fallen.restarts > 0
    assert fallen.overdue_seconds <= OVERDUE_SECONDS


def settings_for(transport: str) -> dict[str, str]:
    """Return what is known before there is a Slack: in Socket Mode nothing comes in by HTTP."""
    return {"SLACK_SIGNING_SECRET": ""} if transport == "socket" else {}


@asynccontextmanager
async def replicas(on: Stage, cluster: Cluster, number: int) -> AsyncIterator[Replicas]:
    """Yield replicas behind one address, none of them started."""
    ports = [lasting_port() for _ in range(number)]
    async with Balancer(ports) as balancer:
        on.here.box.slack.deliver_to(f"{balancer.url}/slack/events")
        webhook = f"{balancer.url}/webhooks/partner-center"
        on.here.box.microsoft.deliveries.registration = Registration(
            webhook, tuple(RELATIONSHIP_EVENTS), False, on.here.box.clock.now()
        )
        bots = [replica(on, port, webhook) for port in ports]
        try:
            yield Replicas(bots, cluster, on.records, random.Random(SEED), on.here.box.clock)
        finally:
            await asyncio.gather(*(bot.kill() for bot in bots))


def replica(on: Stage, port: int, webhook: str) -> Bot:
    ours = {"OVERTURE_LISTEN": f"127.0.0.1:{port}", "OVERTURE_WEBHOOK_URL": webhook}
    if "OVERTURE_SLACK_SIGNING_SECRET" not in on.here.bot.env:
        ours["OVERTURE_SLACK_APP_TOKEN"] = on.here.box.slack.app_token
    return replace(on.here.bot, env={**on.here.bot.env, **ours}, port=port)
