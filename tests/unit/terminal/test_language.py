"""Which language a terminal speaks."""

import pytest

from bot.terminal import language_of, words_here


@pytest.mark.parametrize(
    ("environment", "tag"),
    [
        ({}, ""),
        ({"LANG": "C"}, "C"),
        ({"LANG": "zh_TW.UTF-8"}, "zh_TW"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.GB18030"}, "zh_CN"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_HK.UTF-8"}, "zh_HK"),
        ({"LC_ALL": "", "LANG": "de_DE@euro"}, "de_DE"),
    ],
)
def test_the_language_is_the_environments(environment: dict[str, str], tag: str) -> None:
    assert language_of(environment) == tag


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("C.UTF-8", "en"),
        ("POSIX", "en"),
        ("en_GB.UTF-8", "en"),
        ("de_DE.UTF-8", "en"),
        ("zh_CN.UTF-8", "zh_Hans"),
        ("zh_SG.UTF-8", "zh_Hans"),
        ("zh_TW.UTF-8", "zh_Hant"),
        ("zh_HK.UTF-8", "zh_Hant"),
        ("zh_MO.UTF-8", "zh_Hant"),
    ],
)
def test_each_place_reads_its_own_chinese_and_others_english(
    monkeypatch: pytest.MonkeyPatch, tag: str, locale: str
) -> None:
    monkeypatch.setenv("LC_ALL", tag)

    assert words_here().locale == locale
