from bot.sandbox.page.mail_html import mail_nodes


def test_a_mail_keeps_its_paragraphs_breaks_and_links() -> None:
    html = "<html><head><title>Hi</title></head><body><p>One<br>\ntwo</p><p><a href='https://x.example'>x</a></p></body>"

    assert mail_nodes(html) == [
        {"tag": "p", "children": ["One", {"tag": "br", "children": []}, " two"]},
        {"tag": "p", "children": [{"tag": "a", "children": ["x"], "href": "https://x.example"}]},
    ]


def test_what_is_not_known_gives_way_to_what_it_holds_and_scripts_to_nothing() -> None:
    html = "<center onclick=alert(1)>a<b>b</b></center><script>alert(1)</script><style>p{}</style><img src=x>"

    assert mail_nodes(html) == ["a", {"tag": "b", "children": ["b"]}]


def test_elements_that_are_never_closed_or_never_opened_do_no_harm() -> None:
    assert mail_nodes("<p><b>a</p></i><p>b") == [
        {"tag": "p", "children": [{"tag": "b", "children": ["a"]}]},
        {"tag": "p", "children": ["b"]},
    ]
