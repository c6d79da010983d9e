"""Markup out, words left; and which links may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._text import link, plain


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("Żabka & Co", "Żabka & Co"),
        ("<p>one</p><p>two</p>", "one two"),
        ("w<b>or</b>d", "word"),
        ("a < b > c, I <3 you", "a < b > c, I <3 you"),
        ("<img alt='a > b' src=x>text", "text"),
        ("<a href=it's>text</a> don't", "text don't"),
        ("AT&amp;T&nbsp;&lt;b&gt;", "AT&T <b>"),
        ("x<script>if (a < b) alert('</p>')</script>y<STYLE>p{}</style>z", "x y z"),
        ("<!-- hidden -->seen<!-- never closed", "seen"),
        ("cut in the middle of <a href='http://x", "cut in the middle of"),
        ("&#x110000;&#xD800;&#99999999999;", "��"),
        ("two\n\n lines\t\u2028here", "two lines here"),
        ("it\x92s", "it’s"),
        ("a\x00b\x1b[2Jc\ud800", "ab[2Jc"),
        ("\u202eright\u202c ża\u00adba\u200b", "right żaba"),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
        ("<![CDATA[kept]]>", "kept"),
    ],
)
def test_words_are_what_is_left(html, words):
    assert plain(html) == words


def test_long_texts_are_cut():
    assert plain("word " * 100, limit=12) == "word word wo"
    assert len(plain("<p>" + "x" * 9_000_000)) == 20_000


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        '<a href="x" ',
        "<!--",
        '<a "="',
        "<a ='\"'",
        "&#",
        "&#9",
        "<script",
        "<div>",
        "</script",
        "<b'",
    ],
)
def test_hostile_markup_is_read_in_one_pass(piece):
    assert isinstance(plain(piece * 300_000, limit=1_000_000), str)


@given(st.text())
def test_what_is_left_can_always_be_stored_and_shown(text):
    left = plain(text)
    left.encode()
    assert left == " ".join(left.split())
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in left)


@pytest.mark.parametrize(
    ("url", "base", "found"),
    [
        ("https://x.example/a?b=c&d#e", "", "https://x.example/a?b=c&d#e"),
        (" http://x.example:8080/ ", "", "http://x.example:8080/"),
        ("/a", "https://b.example/d/", "https://b.example/a"),
        ("//c.example/x", "https://b.example/", "https://c.example/x"),
        ("http://żółw.example/ą b", "", "http://xn--w-uga1v8h.example/%C4%85%20b"),
        ("http://[2001:db8::1]:80/", "", "http://[2001:db8::1]:80/"),
    ],
)
def test_a_link_is_absolute_and_plain(url, base, found):
    assert link(url, base) == found


@pytest.mark.parametrize(
    "url",
    [
        "", "/a", "javascript:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)", 
        "data:text/html,x", "file:///etc/passwd", "ftp://x.example/", "http://", "http:///x", "http://[::1",
        "http://x.example:99999/",
        "http://x.example:0/", "http://bank.example@evil.example/", "http://x.example\\@evil.example/",
        "http://x.example/\x00", "http://x.example/\u202e", "http://[1.2]/", 
        "https://x.example/" + "a" * 5000, "https://x.example/" + "ż" * 1000,
    ],
)  # fmt: skip
def test_what_must_not_be_followed_is_no_link(url):
    assert link(url) == ""
    assert link(url, "x:") == ""


@given(st.text(), st.sampled_from(["", "https://b.example/x/"]))
def test_a_link_is_http_and_ascii_or_nothing(url, base):
    found = link(url, base)
    assert found == "" or (
        found.startswith(("http://", "https://")) and found.isascii() and found.isprintable()
    )
