import pytest

from bot.ports.store import Stale
from storage.postgres import translate
from storage.writes import Unstorable, Write, statements


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "ok \udfff"])
def test_a_text_no_database_keeps_is_refused_by_name_and_not_repeated(text: str) -> None:
    with pytest.raises(Unstorable) as refused:
        Write("", {"workspace_id": "T1", "subject": text}, summary="")

    assert refused.value.name == "subject"
    assert text not in str(refused.value)


def test_any_other_text_is_taken() -> None:
    Write(
        "", {"workspace_id": "T1", "subject": "å 漢字 😀 \u202e \x01", "empty": "", "none": None}, summary=""
    )


def test_touching_another_number_of_rows_raises_what_the_write_says() -> None:
    refusal = Stale("mine")
    write = Write("", {}, summary="a write", must_touch=1, otherwise=refusal)

    write.require_touched(1)
    with pytest.raises(Stale, match="mine"):
        write.require_touched(0)
    with pytest.raises(Stale, match="a write"):
        Write("", {}, summary="a write", must_touch=1).require_touched(2)


def test_audit_comes_last_and_what_follows_a_write_comes_right_after_it() -> None:
    after = Write("after", {}, summary="")
    audit, first = Write("audit", {}, summary="", chained=True), Write("first", {}, summary="", then=(after,))
    second = Write("second", {}, summary="")

    assert [one.sql for one in statements([audit, first, second])] == ["first", "after", "second", "audit"]


def test_a_parameter_used_twice_has_one_number_in_postgresql() -> None:
    sql = "SELECT value FROM json_each(:ids) WHERE a = :a AND b > :b AND c = :a"

    native, names = translate(sql)

    assert native == (
        "SELECT value FROM json_array_elements_text(CAST($1 AS json)) WHERE a = $2 AND b > $3 AND c = $2"
    )
    assert names == ("ids", "a", "b")
