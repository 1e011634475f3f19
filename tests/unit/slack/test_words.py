"""Templates, translations, and what becomes of the values in them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateNotFound, UndefinedError

from bot.slack.locales import choose_locale, zone
from bot.slack.words import Mrkdwn, Templates, Words, escape, mention

FILES = {
    "words/asked.mrkdwn.j2": (
        "{# Needs: requester, customer. #}\n"
        "{% trans %}{{ requester }} asks to invite *{{ customer }}*{% endtrans %}\n"
    ),
    "words/asked.txt.j2": "{% trans %}{{ requester }} asks to invite {{ customer }}{% endtrans %}",
    # The same, but for a condition that the engine has to look at.
    "words/asked_with_care.mrkdwn.j2": (
        "{% if true %}{% trans %}{{ requester }} asks to invite *{{ customer }}*{% endtrans %}{% endif %}"
    ),
    "words/asked_with_care.txt.j2": (
        "{% if true %}{% trans %}{{ requester }} asks to invite {{ customer }}{% endtrans %}{% endif %}"
    ),
    "words/plain_value.mrkdwn.j2": "{{ value }}",
    "words/waiting.mrkdwn.j2": (
        "{% trans count=count, customer=customer %}{{ customer }}: {{ count }} person waits"
        "{% pluralize %}{{ customer }}: {{ count }} people wait{% endtrans %}"
    ),
    "words/linked.mrkdwn.j2": "{{ link(url, label) }} {{ date(when) }} {{ code(label) }} {{ mention('U1') }}",
    "words/listed.mrkdwn.j2": "{{ listing(who) }}",
    "words/percent.mrkdwn.j2": "{% trans %}100% of {{ value }}{% endtrans %}",
    "words/lines.mrkdwn.j2": "{% trans %}One{% endtrans %}\n{% trans %}Two{% endtrans %}\n",
    "words/formats.txt.j2": (
        "{{ day(when, zone) }}; {{ moment(when, zone) }}; {{ number(1234) }}; {{ duration(long) }}"
    ),
    "mail/invite.html.j2": '{% trans %}<p>Dear {{ name }}</p>{% endtrans %}<a href="{{ url }}">{{ url }}</a>',
    "mail/invite.txt.j2": "{% trans %}Dear {{ name }}{% endtrans %}",
}
CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "%(requester)s asks to invite *%(customer)s*"
msgstr "%(requester)s请求邀请*%(customer)s*"

#, fuzzy
msgid "%(requester)s asks to invite %(customer)s"
msgstr "nobody checked this"

msgid "%(customer)s: %(count)s person waits"
msgid_plural "%(customer)s: %(count)s people wait"
msgstr[0] "%(customer)s：%(count)s人等待"
"""
WHEN = datetime(2026, 3, 9, 18, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    root = tmp_path_factory.mktemp("templates")
    for name, content in FILES.items():
        _write(root / name, content)
    _write(root / "locales/zh_Hans/LC_MESSAGES/overture.po", CATALOGUE)
    return Templates(root)


@pytest.fixture(scope="module")
def words(templates: Templates) -> Words:
    return templates.words("en-US")


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def test_values_are_escaped_and_mentions_are_not(words: Words) -> None:
    asked = words("asked", requester=mention("U1"), customer="<!channel> & Söhne")

    assert asked == "<@U1> asks to invite *&lt;!channel&gt; &amp; Söhne*"
    assert isinstance(asked, Mrkdwn)


def test_plain_text_is_not_escaped_for_slack(words: Words) -> None:
    plain = words.plain("asked", requester="Ana\x00", customer="A & B <C>")

    assert plain == "Ana asks to invite A & B <C>"
    assert not isinstance(plain, Mrkdwn)


@given(value=st.text())
def test_any_value_stays_a_value_in_a_template_and_in_its_translation(
    templates: Templates, value: str
) -> None:
    for tag in ("en", "zh-CN"):
        words = templates.words(tag)
        assert words("plain_value", value=value) == escape(value).strip()
        assert words("percent", value=value) == f"100% of {escape(value)}".strip()
        assert words("waiting", customer=value, count=2).count("<") == 0


@given(value=st.text(max_size=40))
def test_a_sentence_reads_as_the_template_engine_writes_it(templates: Templates, value: str) -> None:
    for locale in templates.locales:
        words = templates.words(locale)
        values = {"requester": mention("U0ANA"), "customer": value}
        assert words("asked", **values) == words("asked_with_care", **values)
        assert words.plain("asked", **values) == words.plain("asked_with_care", **values)


def test_translations_are_found_and_their_values_escaped(templates: Templates) -> None:
    words = templates.words("zh-CN")

    assert words("asked", requester=mention("U1"), customer="<A>") == "<@U1>请求邀请*&lt;A&gt;*"
    assert words("waiting", customer="<A>", count=2) == "&lt;A&gt;：2人等待"


def test_a_fuzzy_translation_is_not_used(templates: Templates) -> None:
    assert templates.words("zh-CN").plain("asked", requester="Ana", customer="B") == "Ana asks to invite B"


@pytest.mark.parametrize(("count", "shown"), [(1, "B: 1 person waits"), (2, "B: 2 people wait")])
def test_plurals_follow_the_number(words: Words, count: int, shown: str) -> None:
    assert words("waiting", customer="B", count=count) == shown


def test_templates_have_links_dates_and_code(words: Words) -> None:
    made = words("linked", url="https://contoso.com/?a&b", label="A|b *C*", when=WHEN)

    assert made.startswith("<https://contoso.com/?a&amp;b|Ab *\u200bC*\u200b> <!date^1773081000^")
    assert made.endswith("`A|b *C*` <@U1>")


def test_a_list_of_people_reads_as_one(words: Words, templates: Templates) -> None:
    who = [mention("U1"), "<B>", mention("U3")]

    assert words("listed", who=who) == "<@U1>, &lt;B&gt;, and <@U3>"
    assert templates.words("zh-CN")("listed", who=who) == "<@U1>、&lt;B&gt;和<@U3>"


def test_lines_stay_lines(words: Words) -> None:
    assert words("lines") == "One\nTwo"


def test_dates_and_numbers_follow_the_language(words: Words, templates: Templates) -> None:
    values = {"when": WHEN, "zone": "Asia/Shanghai", "long": timedelta(days=3)}

    assert words.plain("formats", **values) == (
        "March 10, 2026; Mar 10, 2026, 2:30:00\u202fAM CST; 1,234; 3 days"
    )
    assert (
        templates.words("zh-CN")
        .plain("formats", **values)
        .startswith("2026年3月10日; 2026年3月10日 02:30:00 CST")
    )


def test_a_missing_value_or_template_is_an_error(words: Words) -> None:
    with pytest.raises(UndefinedError):
        words("asked", requester="Ana")
    with pytest.raises(TemplateNotFound):
        words("nowhere")


def test_mail_is_escaped_for_html(templates: Templates) -> None:
    mail = templates.mail_words("en-GB")

    html = mail.html("invite", name='<b>"A"', url="https://contoso.com/?a&b")

    assert html == (
        "<p>Dear &lt;b&gt;&#34;A&#34;</p>"
        '<a href="https://contoso.com/?a&amp;b">https://contoso.com/?a&amp;b</a>'
    )
    assert mail.text("invite", name="<b>") == "Dear <b>"


def test_loopback_links_work_only_where_they_are_allowed(tmp_path: Path) -> None:
    _write(tmp_path / "words/linked.mrkdwn.j2", "{{ link('http://localhost:8400/') }}")

    words = Templates(tmp_path, allow_loopback_links=True).words()
    assert words("linked") == words.link("http://localhost:8400/") == "<http://localhost:8400/>"
    with pytest.raises(ValueError, match="link"):
        Templates(tmp_path).words()("linked")


@pytest.mark.parametrize(
    ("tag", "chosen"),
    [
        ("zh-TW", "zh_Hant"),
        ("zh-HK", "zh_Hant"),
        ("zh_Hant", "zh_Hant"),
        ("zh-Hant-TW", "zh_Hant"),
        ("zh-CN", "zh_Hans"),
        ("zh-Hans", "zh_Hans"),
        ("zh", "zh_Hans"),
        ("en-GB", "en"),
        ("es-LA", "en"),
        ("de-DE", "de"),
        ("pt-BR", "pt_BR"),
        ("", "en"),
        (None, "en"),
        ("???", "en"),
    ],
)
def test_slacks_locales_find_their_words(tag: str | None, chosen: str) -> None:
    assert choose_locale(tag, ["en", "de", "pt_BR", "zh_Hans", "zh_Hant"]) == chosen


@pytest.mark.parametrize("name", [None, "", "Nowhere/Nothing", "../etc/passwd", "\x00"])
def test_an_unknown_time_zone_is_utc(name: str | None) -> None:
    assert WHEN.astimezone(zone(name)).tzname() == "UTC"
