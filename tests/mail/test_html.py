"""HTML bodies: what is left of them, what they say, and how long that may take."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail import html

TEXTS = [
    ("<p>one</p><p>two</p>", "one\n\ntwo"),
    ("<div>one</div><div>two<br>three</div>", "one\ntwo\nthree"),
    ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
    ("one\n   two&nbsp;three", "one two three"),
    ("a<b>b</b> <i>c</i>", "ab c"),
    ("<style>p{}</style><script>x<1</script><title>t</title>text", "text"),
    ("<!-- <p>no</p> -->yes<!-- open", "yes"),
    ("1 < 2 &amp; 3 > 2", "1 < 2 & 3 > 2"),
    ('<a href="http://x.example/a?b&amp;c">here</a>.', "here <http://x.example/a?b&c>."),
    ('<a href="http://x.example/">x.example</a>', "x.example"),
    ('<a href="mailto:a@x.example">a@x.example</a>', "a@x.example"),
    ('<a href="javascript:alert(1)">here</a>', "here"),
    ('<a title="a>b" href=http://y.example>here</a>', "here <http://y.example>"),
    ("<ul><li>one<li><p>two</p></ul>", "* one\n* two"),
    ("<ol><li>one</li><li>two<ul><li>deep</ul></li></ol>end", "1. one\n2. two\n  * deep\n\nend"),
    ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n>\n>> b\n\nc"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    ("<pre>a\n  b</pre>", "a\n  b"),
    ('<img alt="logo" src="cid:a">', "logo"),
    ("", ""),
]


@pytest.mark.parametrize(("page", "text"), TEXTS)
def test_a_page_reads_as_text(page: str, text: str) -> None:
    assert html.to_text(page) == (text, None)


DANGEROUS = [
    "<script>alert(1)</script>",
    "<style>@import url(http://evil.example)</style>",
    '<link rel=stylesheet href="http://evil.example">',
    "<iframe src=http://evil.example></iframe>",
    "<form action=http://evil.example><input name=a></form>",
    "<img src=http://evil.example/pixel.gif>",
    "<img src='//evil.example/pixel.gif'>",
    "<img src='data:text/html,evil'>",
    "<p onclick=alert(1)>",
    '<p style="background:url(http://evil.example)">',
    "<table background=http://evil.example>",
    "<a href=javascript:alert(1)>",
    "<a href='java\nscript:alert(1)'>",
    "<a href='&#106;avascript:alert(1)'>",
    "<a href='data:text/html,alert(1)'>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    "<math><mtext><table><style><!--</style><a title='--&gt;&lt;img src=1 onerror=a&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<base href=http://evil.example><meta http-equiv=refresh content='0;http://evil.example'>",
    "<object data=http://evil.example></object><embed src=http://evil.example>",
    "<noembed><img src=x onerror=a></noembed>",
]


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def dangers(page: str) -> list[str]:
    found = []
    for tag, attributes in Elements(page).found:
        if tag in ("script", "style", "svg", "math", "form", "input", "iframe", "link", "meta"):
            found.append(tag)
        for name, value in attributes.items():
            plain = "".join(value.split()).lower()
            if name.startswith("on") or name in ("style", "background", "srcset"):
                found.append(name)
            if name == "src" and not plain.startswith(("cid:", "data:image/")):
                found.append(value)
            if name == "href" and plain.startswith(("javascript:", "data:", "vbscript:")):
                found.append(value)
    return found


@pytest.mark.parametrize("page", DANGEROUS)
def test_nothing_that_acts_or_calls_home_is_left(page: str) -> None:
    clean, _ = html.sanitise(page + "text")
    assert dangers(clean) == []


def test_what_mail_needs_is_kept() -> None:
    page = '<p>Hi <b>you</b></p><img src="cid:a@b" alt="x"><a href="https://x.example/">y</a>'
    clean, defect = html.sanitise(page)
    assert defect is None
    assert clean == (
        '<p>Hi <b>you</b></p><img src="cid:a@b" alt="x">'
        '<a href="https://x.example/" rel="noopener noreferrer nofollow">y</a>'
    )
    assert "data:image/png" in html.sanitise('<img src="data:image/png;base64,AAAA">')[0]


def test_deep_nesting_leaves_only_the_text() -> None:
    clean, defect = html.sanitise("<div>" * 20_000 + "a < b")
    assert clean == "<pre>a &lt; b</pre>"
    assert defect == "html-too-deep"


@pytest.mark.parametrize("trick", ["<div><!--</div>-->", "<div></b>", "<div a='</div>'>"])
def test_nesting_cannot_be_hidden(trick: str) -> None:
    assert html.sanitise(trick * 20_000 + "a")[1] == "html-too-deep"


def test_a_long_page_is_cut() -> None:
    assert html.to_text("a" * 2_000_000)[1] == "html-truncated"
    assert html.sanitise("a" * 2_000_000)[1] == "html-truncated"


PIECES = ["<!--", "<!", "<![CDATA[", "<a ", '<a "', "<a href='", "<", "</", "<p>", "<script>", "&"]


@pytest.mark.parametrize("piece", PIECES)
def test_a_quarter_megabyte_of_broken_markup_takes_little_time(piece: str) -> None:
    page = piece * (250_000 // len(piece))
    start = time.process_time()
    html.to_text(page)
    html.sanitise(page)
    assert time.process_time() - start < 6


markup = st.lists(
    st.one_of(
        st.sampled_from(["<p>", "</p>", "<a href='", "'>", "<script>", "</script>", "<!--", "-->"]),
        st.sampled_from(["<img src=x onerror=a>", "<svg>", "<style>", "&lt;", "<pre>", "<li>"]),
        st.text(st.characters(codec="utf-8"), max_size=8),
    ),
    max_size=30,
).map("".join)


@given(markup)
def test_any_page_gives_text_and_clean_html(page: str) -> None:
    html.to_text(page)[0].encode()
    assert dangers(html.sanitise(page)[0]) == []
