"""Every word people read is there in every language, and does there what it does in English."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.slack.locales import DEFAULT_LOCALE, LANGUAGES
from bot.slack.words import Templates

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
TRANSLATED = tuple(one for one in LANGUAGES if one != DEFAULT_LOCALE)

MARKS = re.compile(r"%\(\w+\)s|\{\w+\}|<[^>]+>|`[^`]+`|[*~•\n]")
"""Values, placeholders, HTML, code, styles and bullets: a translation has as many of each."""

SPAN = re.compile(r"\*[^*\n]+\*|`[^`\n]+`")
IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
LATIN_WORD = re.compile(r"[A-Za-z]+")
TYPED = re.compile(
    r"""/[a-z-]+|[0-9a-f-]{36}|"[^"]+"|\b(?:overture|openssl|az)(?: [a-z0-9-]+)+"""
    r"|\b(?:https?|smtps?|sqlite|postgresql):/+[\w:./-]*|\bOVERTURE_[A-Z_]+|--[a-z]+"
    r"|[\w./]*\.(?:com|md|yml|env)\b|\b[a-z]+[-:][a-z-]*"
)
"""Commands, files, addresses, headings and whatever else is typed or looked for as it stands."""

NAMES = frozenset(
    {
        *("Azure", "DAP", "DoD", "Entra", "Exchange", "GCC", "High", "Intune", "Microsoft", "OneDrive"),
        *("Overture", "SharePoint", "Slack", "Teams", "Vianet"),
        *("Enter", "ID", "JavaScript", "Webhook"),
        *("API", "GDAP", "Graph", "JSON", "LANG", "MFA", "NTP", "PEM", "Proxy", "README", "URI"),
        *("C", "Ctrl", "S", "U", "US", "a", "f", "graph", "https", "manual", "PostgreSQL"),
        *("Administration", "Customer", "Delegated", "Partner"),
        *("Basic", "Bot", "Client", "Information", "Mode", "OAuth", "Permissions", "Scopes", "Secret"),
        *("Signing", "Socket", "Token", "User", "Verification"),
        *("Ana", "Ben", "Chris", "Contoso", "Green", "Fabrikam", "chris", "com", "fabrikam"),
    }
)
"""Latin words that are the same in Chinese: products, terms, labels in English alone, people, examples."""

ROOM = 24
"""Characters any place of Slack has room for: a modal's title has the least."""

TERMS = {
    "admin access": ("管理权限", "管理權限"),
    "Admin agent": ("管理员代理", "系統管理代理人"),
    "administrator": ("管理员", "管理員"),
    "approver": ("审批人", "核准者"),
    "Billing Administrator": ("计费管理员", "計費管理員"),
    "delegated admin access": ("委派管理权限", "委派管理權限"),
    "Global Administrator": ("全局管理员", "全域管理員"),
    "invitation": ("邀请", "邀請"),
    "licence": ("许可证", "授權"),
    "Microsoft 365 admin center": ("Microsoft 365 管理中心", "Microsoft 365 系統管理中心"),
    "Microsoft Customer Agreement": ("Microsoft 客户协议", "Microsoft 客戶合約"),
    "Microsoft Partner Agreement": ("Microsoft 合作伙伴协议", "Microsoft 合作夥伴合約"),
    "Partner Center": ("合作伙伴中心", "合作夥伴中心"),
    "Partner relationships": ("合作伙伴关系", "合作夥伴關係"),
    "reseller relationship": ("经销商关系", "轉銷商關係"),
    "security group": ("安全组", "安全性群組"),
    "service request": ("服务请求", "服務要求"),
    "tenant id": ("租户 ID", "租用戶識別碼"),
    "tenant": ("租户", "租用戶"),
}
"""Microsoft's and our own terms, in zh_Hans and zh_Hant as Microsoft writes them."""

ELSEWHERE = {
    "zh_Hans": re.compile(
        "权杖|网域|伺服器|程式|资讯|连结|预设|设定|储存|使用者|萤幕|讯息|转销商|租用户|核准|全域"
    ),
    "zh_Hant": re.compile(
        "令牌|域名|服務器|程序|信息|鏈接|默認|設置|保存|屏幕|消息|經銷商|租戶|批准|審批|全局|賬"
    ),
}
"""Words of the other side of the strait: converting characters alone leaves them."""

SIMPLIFIED_IN_BIG5 = "与个万号体云后里几听"
TRADITIONAL_IN_GB2312 = "於後裡隻徵乾"


@cache
def extracted() -> Catalog:
    """Return what `make messages` finds in the templates."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["babel"][
        "mappings"
    ]
    methods = [(one["pattern"], one["method"]) for one in mappings]
    options = {one["pattern"]: one for one in mappings}
    found = Catalog()
    for file, line, message, comments, context in extract_from_dir(TEMPLATES, methods, options):
        where = [(f"{TEMPLATES.name}/{file}", line)]
        found.add(message, locations=where, auto_comments=comments, context=context)
    return found


@cache
def catalogue(language: str) -> Catalog:
    with (TEMPLATES / "locales" / language / "LC_MESSAGES" / "overture.po").open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def messages(found: Catalog) -> list[Message]:
    return [one for one in found if one.id]


def key(message: Message) -> tuple[str | None, str]:
    return message.context, source_of(message)


def source_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def translated(language: str) -> Iterator[tuple[str, str, Message]]:
    """Yield original, translation and message; of a plural the one form that Chinese has."""
    for message in messages(catalogue(language)):
        text = message.string if isinstance(message.string, str) else (message.string or [""])[0]
        yield source_of(message), text, message


def marks(text: str) -> Counter[str]:
    return Counter(MARKS.findall(text))


def file_of(message: Message) -> list[str]:
    return list(dict.fromkeys(str(file) for file, _ in message.locations))


def test_the_languages_people_choose_from_are_those_there_are_catalogues_of() -> None:
    assert Templates().locales == sorted(LANGUAGES)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_none_is_left_over(language: str) -> None:
    found = catalogue(language)

    assert {key(one) for one in messages(found)} == {key(one) for one in messages(extracted())}
    assert [source for source, text, _ in translated(language) if not text] == []
    assert not found.obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_a_guess(language: str) -> None:
    assert [one.id for one in catalogue(language) if one.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_make_messages_would_change_nothing(language: str) -> None:
    expected = [
        (key(one), file_of(one)) for one in sorted(messages(extracted()), key=lambda it: it.locations)
    ]

    assert [(key(one), file_of(one)) for one in messages(catalogue(language))] == expected


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_every_value_placeholder_and_mark(language: str) -> None:
    lost = [source for source, text, _ in translated(language) if marks(source) != marks(text)]

    assert lost == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_every_number(language: str) -> None:
    def numbers(text: str) -> set[str]:
        return set(re.findall(r"\d+", text))

    assert [text for source, text, _ in translated(language) if not numbers(source) <= numbers(text)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_bold_and_code_stand_where_slack_shows_them_as_such(language: str) -> None:
    """Slack styles only at the edge of a word, and to it Chinese text is one word; a space makes an edge."""
    wrong = [
        text
        for _, text, message in translated(language)
        if any(file.endswith(".mrkdwn.j2") for file in file_of(message))
        for span in SPAN.finditer(text)
        if (text[: span.start()][-1:] + text[span.end() :][:1]).strip()
        or span[0][1:-1] != span[0][1:-1].strip()
    ]

    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_english_is_left(language: str) -> None:
    left = {
        word
        for _, text, _ in translated(language)
        for word in LATIN_WORD.findall(TYPED.sub(" ", MARKS.sub(" ", text)))
    }

    assert left - NAMES == set()


@pytest.mark.parametrize(
    ("language", "characters", "strays"),
    [("zh_Hans", "gb2312", TRADITIONAL_IN_GB2312), ("zh_Hant", "big5", SIMPLIFIED_IN_BIG5)],
    ids=TRANSLATED,
)
def test_each_language_has_its_own_characters(language: str, characters: str, strays: str) -> None:
    used = {one for _, text, _ in translated(language) for one in IDEOGRAPH.findall(text)}

    foreign = {one for one in used if not one.encode(characters, "ignore") or one in strays}
    assert foreign == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_language_has_its_own_words(language: str) -> None:
    foreign = [text for _, text, _ in translated(language) if ELSEWHERE[language].search(text)]

    assert foreign == []


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_always_called_the_same(term: str, language: str) -> None:
    meant = re.compile(rf"(?<!%\()\b{term}s?\b")
    expected = TERMS[term][TRANSLATED.index(language)]

    assert [
        text for source, text, _ in translated(language) if meant.search(source) and expected not in text
    ] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_needs_no_more_room_than_the_original(language: str) -> None:
    def length(text: str) -> int:
        return len(MARKS.sub("", text))

    long = [text for source, text, _ in translated(language) if length(text) > max(ROOM, length(source))]
    assert long == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_chinese_has_chinese_punctuation(language: str) -> None:
    others = {"zh_Hans": "「」『』", "zh_Hant": "“”‘’"}[language]
    halfwidth = re.compile(r"(?<=[\u3400-\u9fff])[,.:;!?()]|[,;!?(](?=[\u3400-\u9fff])")
    wrong = [
        text
        for _, text, _ in translated(language)
        if halfwidth.search(MARKS.sub("", text)) or any(one in text for one in others)
    ]

    assert wrong == []
