"""What an administrator does by hand."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.microsoft.webhook_registration import RELATIONSHIP_EVENTS
from bot.operations import reconcile, set_webhook, show_webhook, verify_audit
from bot.sandbox.fake_microsoft.delivery import Registration
from bot.sandbox.run import APPROVALS_CHANNEL, Sandbox, sandbox
from bot.sandbox.story import Story
from storage.database import open_database
from storage.writes import Write

ELSEWHERE = Registration("https://elsewhere.example/events", ("invoice-ready",), False, datetime.now(UTC))

Said = Mapping[str, str]
"""What is said in each language."""


async def test_our_events_are_added_to_those_registered_before(box: Sandbox) -> None:
    ours = box.settings.webhook_url or ""
    box.microsoft.deliveries.registration = replace(ELSEWHERE, url=ours)

    assert await set_webhook(box.settings, force=False) == 0

    registration = box.microsoft.deliveries.registration
    assert registration is not None
    assert registration.url == ours
    assert {"invoice-ready", *RELATIONSHIP_EVENTS} == set(registration.events)


async def test_another_address_is_never_taken_over_silently(
    box: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    box.microsoft.deliveries.registration = ELSEWHERE

    assert await set_webhook(box.settings, force=False) == 1

    assert box.microsoft.deliveries.registration == ELSEWHERE
    assert "overture webhook register --force" in capsys.readouterr().err


async def test_another_address_is_taken_over_when_told_to(
    box: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    box.microsoft.deliveries.registration = ELSEWHERE

    assert await set_webhook(box.settings, force=True) == 0

    registration = box.microsoft.deliveries.registration
    assert registration is not None
    assert registration.url == box.settings.webhook_url
    assert "invoice-ready" in registration.events
    assert ELSEWHERE.url in capsys.readouterr().out


async def test_approvers_read_that_events_go_elsewhere_and_that_changes_are_found_all_the_same(
    box: Sandbox, story: Story
) -> None:
    box.microsoft.deliveries.registration = ELSEWHERE

    await box.move(timedelta(days=1, minutes=1))

    told = await story.hears("to another address", "--force", where=APPROVALS_CHANNEL)
    assert "every 15 minutes I compare" in told.text
    assert "I cannot read from Microsoft" not in told.text
    assert "elsewhere.example" in told.text


async def test_what_is_registered_is_shown(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert await show_webhook(box.settings) == 0

    assert "This is our address." in capsys.readouterr().out


async def test_nothing_registered_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    async with sandbox(webhooks=False, webhook_url=None) as box:
        assert await show_webhook(box.settings) == 1

    assert "overture webhook register" in capsys.readouterr().out


async def test_reconciling_by_hand_finds_an_acceptance(capsys: pytest.CaptureFixture[str]) -> None:
    async with sandbox(webhooks=False) as box:
        story = Story(box)
        await story.ana_invites()
        await story.ben_approves()
        await story.accepts(await story.mail())
        await box.stop()

        assert await reconcile(box.settings) == 0

        await box.start()
        await story.hears("Fabrikam", "accepted")
    assert "customers are known" in capsys.readouterr().out


async def test_a_whole_audit_log_is_said_to_be_whole(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    await story.ana_invites()

    assert await verify_audit(story.box.settings) == 0
    assert "whole" in capsys.readouterr().out


LOGGED = re.compile(r"^\d{4}-\d\d-\d\d .*\n", re.MULTILINE)


def printed(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Return standard output and error since the last time, without the log of the sandbox's own bot."""
    told = capsys.readouterr()
    return LOGGED.sub("", told.out), LOGGED.sub("", told.err)


OURS: Said = {
    "en": "This is our address.",
    "zh_Hans": "这是我们的地址。",
    "zh_Hant": "這是我們的位址。",
}
NOT_OURS: Said = {
    "en": "This is not the address in OVERTURE_WEBHOOK_URL.",
    "zh_Hans": "这不是 OVERTURE_WEBHOOK_URL 中的地址。",
    "zh_Hant": "這不是 OVERTURE_WEBHOOK_URL 中的位址。",
}
UNREGISTERED: Said = {
    "en": "No address is registered for events.\nRegister it with: overture webhook register\n",
    "zh_Hans": "没有为事件注册地址。\n用此命令注册：overture webhook register\n",
    "zh_Hant": "沒有為事件註冊位址。\n用此命令註冊：overture webhook register\n",
}
MOVED: Said = {
    "en": "Events go to {ours} from now on.\nThey no longer go to {theirs}.\n",
    "zh_Hans": "事件从现在起发往 {ours}。\n不再发往 {theirs}。\n",
    "zh_Hant": "事件從現在起傳送到 {ours}。\n不再傳送到 {theirs}。\n",
}
THERE_ALREADY: Said = {
    "en": "Events went to {ours} already.\n",
    "zh_Hans": "事件之前已经发往 {ours}。\n",
    "zh_Hant": "事件先前已經傳送到 {ours}。\n",
}
TAKEN: Said = {
    "en": "Nothing was changed.\n  Next: If they are to come here, run: overture webhook register --force\n",
    "zh_Hans": "没有任何改动。\n  下一步：如果应该发到这里，请运行：overture webhook register --force\n",
    "zh_Hant": "沒有任何變更。\n  下一步：如果應該傳送到這裡，請執行：overture webhook register --force\n",
}
NO_ADDRESS: Said = {
    "en": "OVERTURE_WEBHOOK_URL is not set, so there is nothing to register.",
    "zh_Hans": "没有设置 OVERTURE_WEBHOOK_URL，因此没有可注册的地址。",
    "zh_Hant": "沒有設定 OVERTURE_WEBHOOK_URL，因此沒有可註冊的位址。",
}
COMPARED: Said = {
    "en": "Everything was compared with Microsoft's lists.",
    "zh_Hans": "已与 Microsoft 的列表全部核对。",
    "zh_Hant": "已與 Microsoft 的清單全部核對。",
}
WHOLE: Said = {
    "en": "The audit log is whole: ",
    "zh_Hans": "审核日志完好：",
    "zh_Hant": "稽核記錄完好：",
}
BROKEN: Said = {
    "en": "Row 1 of the audit log is the first that was altered, dropped, swapped or cut off.\n  Next: ",
    "zh_Hans": "审核日志的第 1 行是第一处被改动、删除、调换或截断的地方。\n  下一步：",
    "zh_Hant": "稽核記錄的第 1 列是第一處遭到更動、刪除、調換或截斷的地方。\n  下一步：",
}


async def test_where_events_go_is_said_in_the_terminals_language(
    box: Sandbox, terminal_language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = box.settings.webhook_url or ""
    await show_webhook(box.settings)
    at_ours = printed(capsys)[0]
    box.microsoft.deliveries.registration = ELSEWHERE
    assert await show_webhook(box.settings) == 1
    elsewhere = printed(capsys)[0]
    box.microsoft.deliveries.registration = None
    await show_webhook(box.settings)
    nowhere = printed(capsys)[0]

    assert ours in at_ours
    assert [f"  {event}" for event in sorted(RELATIONSHIP_EVENTS)] == at_ours.splitlines()[1:-1]
    assert at_ours.splitlines()[-1] == OURS[terminal_language]
    assert elsewhere.splitlines()[1:] == ["  invoice-ready", NOT_OURS[terminal_language]]
    assert nowhere == UNREGISTERED[terminal_language]


async def test_registering_says_in_the_terminals_language_what_it_did(
    box: Sandbox, terminal_language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = box.settings.webhook_url or ""
    box.microsoft.deliveries.registration = ELSEWHERE
    await set_webhook(box.settings, force=False)
    refused = printed(capsys)[1]
    await set_webhook(box.settings, force=True)
    moved = printed(capsys)[0]
    await set_webhook(box.settings, force=False)
    repeated = printed(capsys)[0]
    assert await set_webhook(box.settings.model_copy(update={"webhook_url": None}), force=False) == 1
    without = printed(capsys)[1]

    assert refused.endswith(TAKEN[terminal_language])
    assert moved == MOVED[terminal_language].format(ours=ours, theirs=ELSEWHERE.url)
    assert repeated == THERE_ALREADY[terminal_language].format(ours=ours)
    assert without.startswith(NO_ADDRESS[terminal_language])


async def test_comparing_says_in_the_terminals_language_that_it_is_done(
    box: Sandbox, terminal_language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await reconcile(box.settings)

    assert printed(capsys)[0].startswith(COMPARED[terminal_language])


async def test_the_audit_log_is_judged_in_the_terminals_language(
    story: Story, terminal_language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await story.ana_invites()
    await verify_audit(story.box.settings)
    whole = printed(capsys)[0]
    await story.box.stop()
    await alter_the_first_row(story.box)
    assert await verify_audit(story.box.settings) == 1
    broken = printed(capsys)[1]
    await story.box.start()

    assert whole.startswith(WHOLE[terminal_language])
    assert broken.startswith(BROKEN[terminal_language])


async def alter_the_first_row(box: Sandbox) -> None:
    """What somebody with the database's password could do."""
    database = open_database(box.settings.database_url)
    await database.start()
    for change in (
        "DROP TRIGGER audit_refuses_update",
        "UPDATE audit SET action = 'another' WHERE number = 1",
    ):
        await database.apply([Write(change, {"workspace_id": "-"}, summary="tamper")])
    await database.close()
