"""Whatever keeps a command from its work is told in the terminal's language, with the next step."""

from collections.abc import Mapping

import pytest

from bot.operations.refusals import tell_pending, tell_refusal
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.ports.unfit import Fault, PortUnusable, SettingWrong
from bot.slack.locales import LANGUAGES
from storage.alone import NotAlone
from storage.database import OutOfReach
from storage.newest import NewerDatabase

NEXT = {"en": "Next: ", "zh_Hans": "下一步：", "zh_Hant": "下一步："}

TOLD: Mapping[Exception, tuple[str, str, str]] = {
    NotAlone("/data/overture.db"): (
        "Another Overture already works on /data/overture.db.",
        "已有另一个 Overture 在使用 /data/overture.db。",
        "已有另一個 Overture 在使用 /data/overture.db。",
    ),
    NewerDatabase("0007"): (
        "A newer Overture has brought the database to step 0007.",
        "更新版本的 Overture 已将数据库升级到步骤 0007。",
        "較新版本的 Overture 已將資料庫升級到步驟 0007。",
    ),
    PortUnusable(8400): (
        "Port 8400 of this machine cannot be used: it is taken, or needs further rights.",
        "无法使用本机的端口 8400：已被占用，或需要更多权限。",
        "無法使用本機的連接埠 8400：已被占用，或需要更多權限。",
    ),
    OutOfReach("refused"): (
        "The database is out of reach (refused).",
        "无法连接数据库（refused）。",
        "無法連線到資料庫（refused）。",
    ),
    Temporary("HTTP 503"): (
        "There was no useful answer (HTTP 503). What was asked for last did not happen; "
        "what was done before it stays.",
        "没有得到有效的答复（HTTP 503）。最后要求的操作没有执行；之前已完成的会保留。",
        "沒有得到有效的回應（HTTP 503）。最後要求的操作沒有執行；之前已完成的會保留。",
    ),
    OutcomeUnknown("HTTP 502"): (
        "The answer was lost (HTTP 502). Nobody can tell yet whether what was asked for happened.",
        "没有收到答复（HTTP 502）。目前无法确定所要求的操作是否已经执行。",
        "沒有收到回應（HTTP 502）。目前無法確定所要求的操作是否已經執行。",
    ),
    SettingWrong(Fault.TRUST_ROOTS): (
        "This is not right yet: the file holds no root certificate.",
        "这里还不对：文件中没有根证书。",
        "這裡還不對：檔案中沒有根憑證。",
    ),
    ValueError("of a library"): (
        "This is not right yet: of a library",
        "这里还不对：of a library",
        "這裡還不對：of a library",
    ),
}


@pytest.mark.parametrize("error", TOLD, ids=lambda error: type(error).__name__)
def test_a_refusal_says_what_is_so_and_the_next_step(
    terminal_language: str, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_refusal(error)

    said = capsys.readouterr()
    first, *others = said.err.splitlines()
    assert said.out == ""
    assert first == TOLD[error][LANGUAGES.index(terminal_language)]
    assert others[-1].startswith(f"  {NEXT[terminal_language]}")


def test_a_denial_says_why_that_nothing_was_done_and_how_it_was_put(
    terminal_language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_refusal(Permanent(Reason.ACCESS_DENIED, "HTTP 403"))

    why, details = capsys.readouterr().err.splitlines()
    assert NEXT[terminal_language].strip() in why
    assert (
        details
        == {
            "en": "What was asked for was not done. Details: HTTP 403",
            "zh_Hans": "所要求的操作没有执行。详细信息：HTTP 403",
            "zh_Hant": "所要求的操作沒有執行。詳細資料：HTTP 403",
        }[terminal_language]
    )


def test_steps_that_the_database_lacks_are_named(
    terminal_language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_pending(["0002", "0003"])

    what, where, step = capsys.readouterr().err.splitlines()
    assert "0002, 0003" in what
    assert "OVERTURE_DATABASE_URL" in where
    assert step.endswith("overture migrate")


def test_a_token_in_what_somebody_answered_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    tell_refusal(Temporary("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln"))

    assert "eyJ" not in capsys.readouterr().err
