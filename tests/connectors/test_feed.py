"""Feeds: what is read, that both readers read the same, and what hostile ones cost."""

import gzip
import io
import re
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import SourceGarbled
from connectors._feed import feedparser_entries, loose_entries, mentions, not_a_feed, parse

FEEDS = Path(__file__).parent.parent / "data" / "feeds"
BASE = "https://base.example/feed"


def read(body, content_type="application/xml"):
    return mentions(parse(body, content_type), BASE)[0]


def rss(*items, head=""):
    return f"<rss version='2.0' {head}><channel><title>t</title>{''.join(items)}</channel></rss>".encode()


def item(number, title="leaks", more=""):
    return f"<item><title>{title} {number}</title><guid isPermaLink='false'>{number}</guid>{more}</item>"


def both(body, content_type="application/xml"):
    quick, slow = parse(body, content_type), feedparser_entries(body, content_type)
    assert quick is not None, "the quick reader was not sure"
    return mentions(quick, BASE), mentions(slow, BASE)


@pytest.mark.parametrize(
    "path", sorted(FEEDS.glob("*.xml")) + sorted(FEEDS.glob("*.atom")), ids=lambda p: p.name
)
@pytest.mark.parametrize("content_type", ["", "application/xml", "text/xml", "application/rss+xml"])
def test_both_readers_give_the_same_mentions(path, content_type):
    quick, slow = both(path.read_bytes(), content_type)
    assert quick == slow
    assert quick[0]


def test_an_rss_feed_is_read_oldest_first_with_its_links_names_and_dates():
    undated, quiet, lid = read((FEEDS / "rss20.xml").read_bytes())
    assert (quiet.title, quiet.author, quiet.id) == (
        "A quiet kettle",
        "Ben Miller",
        "https://kettles.example/quiet",
    )
    assert quiet.published_at == datetime(2026, 3, 3, 2, tzinfo=UTC)
    assert (lid.id, lid.url, lid.author) == ("kettle-3", "https://kettles.example/lid?a=1&b=2", "Ada Nowak")
    assert lid.text == "The lid flew off & hit the ceiling. Nobody’s hurt, though the shop won’t answer."
    assert lid.published_at == datetime(2026, 3, 3, 7, 15, 30, tzinfo=UTC)
    assert (undated.published_at, undated.title, undated.url) == (None, "", "https://kettles.example/notitle")


def test_an_atom_feed_keeps_xhtml_and_obeys_its_base():
    title, plain, lid = read((FEEDS / "atom10.xml").read_bytes())
    assert (lid.title, lid.text) == ("The <lid> again", "Mine too: 3 < 5. Bad seal")
    assert (lid.url, lid.author) == ("https://forum.example/board/7", "Dora")
    assert lid.published_at == datetime(2026, 3, 3, 9, 30, 0, 123000, tzinfo=UTC)
    assert (plain.url, plain.author) == ("https://mirror.example/x/6.html", "Emil")
    assert title.text == ""


def test_a_json_feed_is_read():
    first, second = read((FEEDS / "jsonfeed.json").read_bytes())
    assert (first.id, first.author, first.text) == ("1", "Iga", "1 < 2, says the <lid>")
    assert (second.id, second.author, second.title, second.text) == (
        "2", "Jan", "Leaks & <spills>", "Water everywhere",
    )  # fmt: skip
    assert mentions(parse((FEEDS / "jsonfeed.json").read_bytes()))[1] == 1


@pytest.mark.parametrize("name", ["windows-1250.xml", "iso-8859-2.xml"])
def test_polish_survives_the_old_encodings(name):
    (mention,) = read((FEEDS / name).read_bytes())
    assert "Żółw" in mention.title
    assert "wybucha" in mention.title
    assert mention.text == "Zażółć gęślą jaźń – mówią klienci"
    assert mention.published_at == datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"<!DOCTYPE html><html><body>403</body></html>", "a web page"),
        (
            b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x'><html xmlns='http://www.w3.org/1999/xhtml'/>",
            "a web page",
        ),
        (b'{"error": "no"}', "no list of items"),
        (b"{", "begins like JSON"),
        (b"[" * 100_000, "begins like JSON"),
    ],
)
def test_what_is_no_feed_is_said_to_be_none(body, sentence):
    with pytest.raises(SourceGarbled, match=sentence):
        parse(body, "text/html")


@pytest.mark.parametrize("body", [b"hello", b"<opml><body/></opml>", b"\x00\x01\x02", b"<x/>"])
def test_what_may_be_a_feed_is_left_to_the_patient_reader(body):
    try:
        assert parse(body, "") is None
    except SourceGarbled:
        return
    assert feedparser_entries(body, "") is None


@pytest.mark.parametrize(
    "body",
    [
        rss(item(1)).replace(b"</title>", b"", 1),
        rss("<item><description>x <title>y</title></description></item>"),
        b"<!DOCTYPE rss [<!ENTITY a 'b'>]>" + rss(item(1, "&a;")),
        b"<!DOCTYPE rss SYSTEM 'http://x.example/rss.dtd'>" + rss(item(1, "&eacute;")),
        rss("<item xmlns:dc='http://elsewhere.example/'><dc:title>x</dc:title></item>"),
        rss("<item><foo><title>nested</title></foo></item>"),
        b"<?xml version='1.0' encoding='utf-7'?>" + rss(item(1)),
        b"<?xml version='1.0' encoding='utf-8'?>" + rss(item(1)).replace(b"leaks", b"\xe9"),
        rss(item(1))[:-30],
    ],
)
def test_the_quick_reader_knows_when_it_is_not_sure(body):
    assert parse(body, "application/xml") is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_wide_letters_are_read_with_their_mark_and_without(encoding):
    body = ("<?xml version='1.0' encoding='utf-16'?>" if "16" in encoding else "") + rss(
        item(1, "żółć")
    ).decode()
    (mention,) = read(body.encode(encoding))
    assert mention.title == "żółć 1"


def test_a_packed_body_is_unpacked_to_where_it_breaks_and_never_to_too_much():
    packed = gzip.compress(rss(item(1), item(2)))
    assert len(read(packed)) == 2
    assert loose_entries(packed[:-12]) is not None
    with pytest.raises(SourceGarbled, match="unpacks to more than"):
        parse(gzip.compress(b"<rss>" + b"0" * 20_000_000), "")
    with pytest.raises(SourceGarbled, match="packed, and broken"):
        parse(b"\x1f\x8b" + b"0" * 50, "")


@pytest.mark.parametrize(
    "body",
    [
        rss("<item><title>AT&T & co</title></item>"),
        rss("<item><title>AT&amp;T&nbsp;&amp; co</title></item>"),
        b"Warning: oops<br>" + rss("<item><title>AT&amp;T &amp; co</title></item>") + b"<!-- 0.1 s --> bye",
        b"<!DOCTYPE rss PUBLIC 'x' 'http://x.example/rss.dtd'>"
        + rss("<item><title>AT&amp;T &amp; co</title></item>"),
        rss("<item><title>AT&amp;T <b>&amp;</b> co</title></item>"),
    ],
)
def test_what_is_commonly_broken_is_mended_without_the_patient_reader(body):
    assert [mention.title for mention in read(body)] == ["AT&T & co"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            b"<html><title>Sign in</title><form><input type='password'>",
            "a login page (“Sign in”), not a feed",
        ),
        (b"<html><title>Just a moment...</title>", "asks whether we are human"),
        (b"<html><head><title>403 &lt;Forbidden&gt;</title>", "a web page (“403 <Forbidden>”), not a feed"),
    ],
)
def test_a_page_is_called_what_it_is(body, sentence):
    with pytest.raises(SourceGarbled, match=re.escape(sentence)):
        parse(body, "text/html")


@pytest.mark.parametrize(
    ("body", "what"), [(b"%PDF-1.7", "a PDF file"), (b"<urlset/>", "a sitemap"), (b"hello", "neither RSS")]
)
def test_what_is_no_feed_is_named(body, what):
    assert what in str(not_a_feed(body))


def test_what_overruns_feedparser_is_read_by_its_tags():
    body = rss(item(1), item(2, more=f"<author>x@{'a.' * 40_000}!</author>"), item(3)).replace(b"</rss>", b"")
    assert parse(body, "") is None
    assert [mention.id for mention in mentions(feedparser_entries(body, ""))[0]] == ["3", "2", "1"]


def test_two_encodings_that_contradict_each_other_are_not_guessed_at():
    body = b"<?xml version='1.0' encoding='iso-8859-2'?>" + rss(item(1))
    assert parse(body, "application/xml; charset=utf-8") is None
    assert parse(body, "application/xml; charset=latin2") is not None


@pytest.mark.parametrize(
    "poison", ["&#x110000;", "&#1114112;", "&#xD800;", "\x0b", "&#0;", "&#99999999999999;"]
)
def test_a_character_that_xml_forbids_costs_only_itself(poison):
    body = rss(item(1), item(2, f"bad{poison}word"), item(3))
    assert [m.title for m in mentions(parse(body, ""))[0]] == ["leaks 3", "badword 2", "leaks 1"]


def test_an_item_that_feedparser_stumbles_over_costs_nothing():
    stumbling = "<gml:posList xmlns:gml='http://www.opengis.net/gml'>1 2 3</gml:posList>"
    body = rss(item(1), item(2, more=stumbling), item(3))
    broken = body.replace(b"</rss>", b"")
    assert parse(broken, "") is None
    for feed in (parse(body, ""), feedparser_entries(broken, "")):
        assert [(m.id, m.title) for m in mentions(feed)[0]] == [
            ("3", "leaks 3"),
            ("2", "leaks 2"),
            ("1", "leaks 1"),
        ]


ODD = "<item><title>odd <b>one</b></title><guid isPermaLink='false'>odd</guid></item>"
APART = (  # what looks like an entry in there is none
    "<!-- <item><title>none</title></item> -->",
    "<note><![CDATA[ <item><title>none</title></item> ]]></note>",
    "<?note <item><title>none</title></item> ?>",
)


@pytest.mark.parametrize("apart", [ODD, *APART, "", "words", "\r\n"])
@pytest.mark.parametrize("place", range(4))
def test_entries_of_every_shape_are_read_beside_each_other(apart, place):
    items = [item(n, f"&lt;b&gt;a&lt;/b&gt; &amp;amp; &#{100 + n};") for n in range(3)]
    items.insert(place, apart)
    (quick, spoiled), slow = both(rss(*items))
    assert (quick, spoiled) == slow
    assert {m.id for m in quick} == {"0", "1", "2"} | ({"odd"} if apart == ODD else set())
    assert {m.title for m in quick} >= {"a & d 0", "a & e 1", "a & f 2"}


@pytest.mark.parametrize(
    "more",
    [
        "<source><title>s</title></source>",
        "<author><name>A</name><email>a@b.pl</email></author>",
        "<author><name>A</name><x/></author>",
        "<x><y>1</y></x>",
        "<x y='>'/>",
        "<x xml:base='http://b/'/>",
        "<link rel='self' href='http://b/'/>",
        "<link href='&#104;ttp://b/?a=1&amp;b=2'/>",
        "<link>http://b/</link >",
        "<description type='text'>a</description><description> b </description>",
        "<author/>",
        "<author> </author>",
        "<description>\n<![CDATA[<p>]] a ] &amp; b</p>]]>\n</description>",
        "<x>a<!-- b --></x>",
        "<updated>x</updated>",
        "<description>a <![CDATA[b]]> c</description>",
        "<pubDate>2026-03-02</pubDate><pubDate/>",
        "<x:y/>",
        "<x:y xmlns:x='z'/>",
    ],
)
def test_what_an_entry_may_hold_is_read_as_the_patient_reader_does(more):
    body = rss(item(1, more=more), item(2))
    if (quick := parse(body, "application/xml")) is not None:
        assert mentions(quick, BASE) == mentions(feedparser_entries(body, "application/xml"), BASE)
    else:
        assert "x:y" in more or "xml:base" in more


@pytest.mark.parametrize(
    "broken",
    [
        "<x><y></x></y>",
        "<title>a & b</title>",
        "<x a='1' a='2'/>",
        "<title>a</titel>",
        "<x>&#xD800;</x>",
        "<u:v/>",
    ],
)
def test_an_entry_that_looks_usual_and_is_not_well_formed_is_not_read_quickly_or_is_mended(broken):
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(rss(item(1, more=broken)))
    feed = parse(rss(item(0), item(1, more=broken), item(2)), "")
    assert feed is None or broken in ("<title>a & b</title>", "<x>&#xD800;</x>")


def test_a_body_that_names_a_file_opens_none(tmp_path):
    hidden = tmp_path / "hidden.xml"
    hidden.write_bytes(rss(item(1, "secret")))
    for body in (str(hidden).encode(), f"file://{hidden}".encode()):
        assert parse(body, "") is None
        assert feedparser_entries(body, "") is None


def test_an_entity_is_never_expanded():
    laughs = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 9))
    assert parse(f"<!DOCTYPE rss [<!ENTITY a0 'ha'>{laughs}]>".encode() + rss(item(1, "&a8;")), "") is None


def test_an_entry_without_words_is_kept_and_one_without_anything_is_spoiled():
    found, spoiled = mentions(
        parse(rss("<item><link>http://x.example/</link></item>", item(1), "<item/>"), "")
    )
    assert ([(m.url, m.title) for m in found], spoiled) == (
        [("", ""), ("", "leaks 1"), ("http://x.example/", "")], 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//evil.example/\x7f", "data:x", "http://[::1", "http://u:p@x.example/"]
)
def test_a_link_that_is_not_to_be_followed_is_left_out(link):
    (mention,) = read(rss(f"<item><title>t</title><link>{link}</link></item>"))
    assert mention.url == ""


def test_entries_without_guid_are_known_by_link_and_without_link_by_what_they_say():
    linked, plain = (
        "<item><title>t</title><link>http://x.example/1</link></item>",
        "<item><title>u</title></item>",
    )
    first, again = read(rss(linked, plain)), read(rss(plain, linked))
    assert {m.id for m in first} == {m.id for m in again}
    assert "http://x.example/1" in {m.id for m in first}


def test_a_guid_that_several_entries_share_tells_none_apart():
    same = read(rss(item(1, "a"), item(1, "b"), item(1, "b"), item(2)))
    assert len(same) == 4, "one for each, and the repetition has the id of what it repeats"
    assert len({m.id for m in same}) == len(set(same)) == 3
    assert sum(m.id.startswith("1~") for m in same) == 3
    later = read(rss(item(1, "c"), item(1, "a"), item(1, "b")))
    assert {m.id for m in same} - {"2"} < {m.id for m in later}


def test_more_entries_than_anyone_reads_are_counted_not_kept():
    found, spoiled = mentions(parse(rss("<item><title>x</title></item>" * 10_050), ""))
    assert (len(found), len(set(found)), spoiled) == (10_000, 1, 50)


@pytest.mark.parametrize(
    "body",
    [
        rss(f"<item><author>x@{'a.' * 20_000}!</author><title>t</title></item>"),
        rss("<item>" + "<a>" * 60_000 + "</a>" * 60_000 + "</item>"),
        b"<rss " + b" ".join(b"a%d='1'" % n for n in range(50_000)) + b"><channel/></rss>",
        rss("<item><description><![CDATA[" + "<!--" * 50_000 + "]]></description></item>"),
        rss("<item><description><![CDATA[" + '<a href="x" ' * 50_000 + "]]></description></item>"),
        rss("<item><title><![CDATA[" + "&#" * 200_000 + "9" * 200_000 + "]]></title></item>"),
        rss("<item/>" * 100_000),
        rss("<item></item>" * 100_000),
        rss("<item>" + "<a/>" * 500_000 + "</item>"),
        rss("<item>" + "<a><![CDATA[" * 100_000 + "</item>"),
        rss("<item><title>" + "]" * 1_000_000 + "</item>"),
        rss("<item>" + "<a b='" * 200_000 + "</item>"),
        rss("<item>" * 300_000),
        rss("".join(f"<item><a{n}/></item>" for n in range(100_000))),
        rss("<item><title>" + "x" * 3_000_000 + "</title></item>"),
        b"<!--" * 300_000,
        b"{" + b'"a":[' * 100_000,
    ],
)
def test_hostile_feeds_come_to_an_end_and_to_little_memory(body):
    tracemalloc.start()
    try:
        feed = parse(body, "")
        if feed is not None:
            mentions(feed, BASE)
    except SourceGarbled:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000


text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)
words = st.one_of(
    text,
    st.sampled_from(
        ["<b>x</b>", "&amp;", "a < b", "Ã¼ber", "caf\x92", "x]]", "<p>one</p><p>two</p>", "&lt;i&gt;"]
    ),
)
dates = st.sampled_from(
    ["2026-03-02T10:00:00Z", "Mon, 02 Mar 2026 10:00:00 +0100", "yesterday", "", "2026-03-02"]
)
links = st.sampled_from(
    ["https://x.example/a?b=1&c=2", "/rel", "javascript:x", "", "https://x.example/ż", "http://x.example/a b"]
)
WORDY = (
    "title", "description", "dc:title", "content:encoded", "media:description", "itunes:summary", "summary",
    "media:title",
)  # fmt: skip
names = st.one_of(words, st.sampled_from(["a@b.pl (Ann)", "Ann <a@b.pl>", "a@b.pl"]))
fields = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(WORDY), words),
        st.tuples(st.sampled_from(["author", "dc:creator", "itunes:author"]), names),
        st.tuples(st.sampled_from(["pubDate", "dc:date", "updated", "published"]), dates),
        st.tuples(st.just("link"), links),
        st.tuples(st.sampled_from(["guid", "id", "category", "comments", "foo"]), text),
    ),
    max_size=8,
)
SPACES = " ".join(
    f'xmlns:{prefix}="{space}"'
    for prefix, space in {
        "dc": "http://purl.org/dc/elements/1.1/",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "media": "http://search.yahoo.com/mrss/",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    }.items()
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(fields, min_size=1, max_size=3))
def test_both_readers_agree_on_whatever_a_feed_may_hold(entries):
    from xml.sax.saxutils import escape

    items = "".join(
        "<item>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in entry) + "</item>"
        for entry in entries
    )
    body = rss(items, head=SPACES)
    quick = parse(body, "application/xml")
    if quick is None:
        return
    assert mentions(quick, BASE) == mentions(feedparser_entries(body, "application/xml"), BASE)


def test_the_patient_reader_is_handed_a_stream_and_nothing_else(monkeypatch):
    import feedparser

    handed = []
    nothing = {"version": "", "entries": [], "bozo": False}
    monkeypatch.setattr(feedparser, "parse", lambda what, **_: handed.append(what) or nothing)
    feedparser_entries(rss(item(1)), "")
    assert handed
    assert all(isinstance(what, io.BytesIO) for what in handed)
