from bot.sandbox.page.mail_text import mail_parts


def test_html_reads_as_lines_with_links() -> None:
    html = """<html><head><title>x</title><style>p {color: red}</style></head><body>
      <p>Hello <b>Dana</b>,</p><p>open <a href="https://admin.microsoft.com/?a=1&amp;b=2">this&nbsp;page</a>.</p>
      <ul><li>one</li><li>two</li></ul></body></html>"""

    assert mail_parts("html", html) == [
        {"text": "Hello Dana,\n\nopen "},
        {"text": "this page", "href": "https://admin.microsoft.com/?a=1&b=2"},
        {"text": ".\n\n• one\n• two"},
    ]


def test_a_script_in_a_mail_is_not_text() -> None:
    assert mail_parts("html", "<script>alert(1)</script><p>Hello</p>") == [{"text": "Hello"}]


def test_text_keeps_its_lines_and_a_links_fragment() -> None:
    link = (
        "https://admin.microsoft.com/Adminportal/Home?invType=R&msppId=0#/BillingAccounts/partner-invitation"
    )

    assert mail_parts("text", f"Hello\n\n{link}\n\nBye") == [
        {"text": "Hello\n\n"},
        {"text": link, "href": link},
        {"text": "\n\nBye"},
    ]


def test_chinese_text_ends_a_link() -> None:
    assert mail_parts("text", "请打开 https://fabrikam.com/a，谢谢。") == [
        {"text": "请打开 "},
        {"text": "https://fabrikam.com/a", "href": "https://fabrikam.com/a"},
        {"text": "，谢谢。"},
    ]


def test_an_empty_mail_has_no_parts() -> None:
    assert mail_parts("html", "") == mail_parts("text", " \n") == []
