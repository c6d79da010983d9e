"""Small feeds of every make, well-formed and not: what the mutants are bred from."""

# ruff: noqa: E501 - bodies read best on one line

import gzip
import json
from pathlib import Path

CAPTURED = Path(__file__).parent.parent / "data" / "feeds"

DC = "xmlns:dc='http://purl.org/dc/elements/1.1/'"
CONTENT = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
MEDIA = "xmlns:media='http://search.yahoo.com/mrss/'"
ITUNES = "xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'"
ATOM = "http://www.w3.org/2005/Atom"
POLISH = "Zażółć gęślą jaźń"


def seeds():
    """Return (name, body, content type) of each."""
    found = [(name, body.encode(), "application/xml") for name, body in WRITTEN.items()]
    found += [(name, body, kind) for name, (body, kind) in _encoded().items()]
    found += [(path.name, path.read_bytes(), "") for path in sorted(CAPTURED.iterdir()) if path.is_file()]
    return found


def _rss(*items, head="", before=""):
    return (
        f"<?xml version='1.0'?>{before}\n<rss version='2.0' {head}><channel><title>Kettles</title>"
        f"<link>https://kettles.example/</link><description>All of them</description>{''.join(items)}</channel></rss>"
    )


def _item(number, title="A kettle leaks", more=""):
    return (
        f"<item><title>{title}</title><link>https://kettles.example/{number}?a=1&amp;b=2</link>"
        f"<guid isPermaLink='false'>kettle-{number}</guid>"
        f"<pubDate>Mon, {number + 1:02d} Mar 2026 12:00:00 +0100</pubDate>{more}</item>"
    )


def _atom(*entries, head=""):
    return f"<feed xmlns='{ATOM}' {head}><title>Kettles</title><id>urn:k</id>{''.join(entries)}</feed>"


def _entry(number, more):
    return (
        f"<entry><id>tag:kettles.example,2026:{number}</id><link rel='alternate' href='https://k.example/{number}'/>"
        f"<updated>2026-03-0{number}T12:00:00Z</updated>{more}</entry>"
    )


WORDS = "<description>&lt;p&gt;Water &amp;amp; steam everywhere&lt;/p&gt;</description>"
CDATA = "<description><![CDATA[<p>Water & <b>steam</b> <a href='x'>here</a></p>]]></description>"
ENCODED = "<content:encoded><![CDATA[<div>All of it: <i>boiling</i></div>]]></content:encoded>"

WRITTEN = {
    "rss 2.0": _rss(_item(1, more=WORDS), _item(2, "Again &amp; again", CDATA)),
    "rss 2.0 like a blog's": _rss(
        _item(3, more=f"<dc:creator><![CDATA[Ada]]></dc:creator>{CDATA}{ENCODED}<category>x</category>"),
        _item(4, more="<author>ben@k.example (Ben)</author><comments>https://k.example/c</comments>"),
        head=f"{DC} {CONTENT} xmlns:atom='{ATOM}' xmlns:wfw='http://wellformedweb.org/CommentAPI/'",
    ),
    "rss 2.0 without guids": _rss("<item><title>One</title><link>https://k.example/1</link></item>" * 2),
    "rss 2.0 without anything": _rss("<item/>", "<item></item>"),
    "rss 2.0 with twins": _rss(_item(1), _item(1), _item(1, "Another")),
    "rss 2.0 with permalinks": _rss("<item><guid>https://k.example/1</guid><description>x</description></item>"),
    "rss 0.91": "<?xml version='1.0'?><!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'rss-0.91.dtd'>"
    "<rss version='0.91'><channel><title>t</title><item><title>Old</title><link>http://k.example/</link></item>"
    "</channel></rss>",
    "rss 0.92": "<rss version='0.92'><channel><item><description>No title here</description>"
    "<source url='https://s.example/'>Elsewhere</source></item></channel></rss>",
    "podcast": _rss(
        _item(5, more="<itunes:author>Cy</itunes:author><itunes:summary>Talk</itunes:summary>"
              "<enclosure url='https://k.example/5.mp3' length='1' type='audio/mpeg'/>"),
        head=ITUNES,
    ),
    "media": _rss(
        _item(6, more="<media:group><media:title>M</media:title><media:description>Film</media:description>"
              "</media:group><media:thumbnail url='https://k.example/6.png'/>"),
        head=MEDIA,
    ),
    "places": _rss(_item(7, more="<georss:point>52.2 21.0</georss:point>"), head="xmlns:georss='http://www.georss.org/georss'"),
    "rdf": "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
    f"{DC}><channel rdf:about='https://k.example/'><title>t</title></channel><item rdf:about='https://k.example/1'>"
    "<title>One</title><link>https://k.example/1</link><dc:date>2026-03-02T12:00+01:00</dc:date>"
    "<dc:creator>Dora</dc:creator></item></rdf:RDF>",
    "rdf 0.9": "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
    "xmlns='http://my.netscape.com/rdf/simple/0.9/'><item><title>One</title></item></rdf:RDF>",
    "atom": _atom(
        _entry(1, "<title>Plain &lt;text&gt;</title><summary>Short</summary><author><name>Ewa</name></author>"),
        _entry(2, "<title type='html'>&lt;b&gt;Bold&lt;/b&gt;</title><content type='html'>&lt;p&gt;x&lt;/p&gt;</content>"),
    ),
    "atom with xhtml": _atom(
        _entry(3, "<title>X</title><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>"
               "<p>3 &lt; 5 <img src='a.png' alt=''/></p></div></content>")
    ),
    "atom with bases": _atom(
        "<entry xml:base='b/'><id>1</id><link href='c'/><title>t</title><content xml:base='d'>x</content></entry>",
        head="xml:base='https://k.example/a/'",
    ),
    "atom like a forum's": _atom(
        _entry(4, "<title>t</title><author><name>/u/fil</name><uri>https://f.example/u/fil</uri></author>"
               "<category term='k'/><published>2026-03-04T11:00:00+00:00</published>"
               "<content type='html'>&lt;!-- SC_OFF --&gt;&lt;div&gt;&amp;#32; words&lt;/div&gt;</content>"),
        head=MEDIA,
    ),
    "atom with a source": _atom(
        _entry(5, "<title>t</title><source><title>S</title><id>s</id></source><contributor><name>Gus</name></contributor>")
    ),
    "atom 0.3": "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title mode='escaped' type='text/html'>"
    "&lt;i&gt;Old&lt;/i&gt;</title><id>1</id><issued>2003-12-31T10:14:55Z</issued><modified>2004</modified>"
    "<content mode='base64' type='text/plain'>T2xkIHdvcmRz</content></entry></feed>",
    "cdf": "<CHANNEL HREF='https://k.example/'><TITLE>t</TITLE><ITEM HREF='https://k.example/1' "
    "LASTMOD='2026-03-02T12:00'><TITLE>One</TITLE><ABSTRACT>Words</ABSTRACT></ITEM></CHANNEL>",
    "capitals": "<RSS><CHANNEL><ITEM><TITLE>Loud</TITLE><PUBDATE>2 Mar 2026</PUBDATE></ITEM></CHANNEL></RSS>",
    "naked markup": _rss("<item><title>A <b>bold</b> claim</title><description><p>one</p><p>two</p></description></item>"),
    "bare ampersands": _rss("<item><title>AT&T & co</title><link>https://k.example/?a=1&b=2</link></item>"),
    "entities of html": _rss("<item><title>Caf&eacute;&nbsp;noir &mdash; 5&euro;</title></item>"),
    "entities of its own": _rss(_item(1, "&k;"), before="<!DOCTYPE rss [<!ENTITY k 'Kettle'>]>"),
    "forbidden characters": _rss(_item(1, "a&#x0;b&#xD800;c&#1114112;d\x0be")),
    "never closed": _rss(_item(1), _item(2)).replace("</rss>", "").replace("</title>", "", 2),
    "crossed": "<rss><channel><item><title>a<link>b</title></link></item><item><title>c</title></channel></item></rss>",
    "cut off": _rss(_item(1), _item(2, more=CDATA))[:-90],
    "words before and after": "Warning: oops <br />\n" + _rss(_item(1)) + "<!-- 0.1 s --> bye",
    "places that break": _rss(
        _item(1), _item(2, more="<gml:posList>1 2 3</gml:posList>"), head="xmlns:gml='http://www.opengis.net/gml'"
    ).replace("</rss>", ""),
    "no declaration of names": "<rss><channel><item><dc:title>a</dc:title><x:y>b</x:y></item></channel></rss>",
    "dates": _rss(
        *(f"<item><guid>{n}</guid><pubDate>{date}</pubDate></item>" for n, date in enumerate(
            ("0000-00-00", "-0001-01-01", "9999-12-31T23:59:59-12:00", "10000-01-01", "2026-02-30", "9" * 99,
             "Mon, 02 Mar 2026 12:00:00 +9999", "Mon, 02 Mar 0001 12:00:00 CEST")))
    ),
    "links": _rss(
        *(f"<item><title>t</title><link>{link}</link></item>" for link in (
            "javascript:alert(1)", "&#1;javascript:x", "//k.example", "file:///etc/passwd", "http://[::1",
            "http://k.example:99999/", "http://a@b@k.example/", "data:text/html,x"))
    ),
    "json 1.1": json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [
        {"id": "1", "url": "https://k.example/1", "title": "One", "content_html": "<p>x</p>",
         "authors": [{"name": "Ada"}], "date_published": "2026-03-02T12:00:00Z"},
        {"id": 2, "content_text": "a < b", "author": {"name": 7}}, None, [], {"id": []},
    ]}),
    "json that is none": '{"items": "many"}',
    "web page": "<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body>Go away</body></html>",
    "login page": "<html><body><form><input type='password'></form></body></html>",
    "opml": "<opml version='2.0'><body><outline xmlUrl='https://k.example/feed'/></body></opml>",
    "nothing": " \n",
}  # fmt: skip


def _encoded():
    polish = _rss(_item(1, POLISH), _item(2, "„Ćma”"))
    said = lambda name: polish.replace("version='1.0'", f"version='1.0' encoding='{name}'", 1)  # noqa: E731
    xml = "application/xml"
    return {
        "windows-1250": (said("windows-1250").encode("cp1250"), xml),
        "iso-8859-2": (said("iso-8859-2").encode("iso-8859-2", "xmlcharrefreplace"), "text/xml"),
        "utf-8 with its mark": (said("utf-8").encode("utf-8-sig"), xml),
        "utf-16": (said("utf-16").encode("utf-16"), xml),
        "utf-16 without its mark": (said("utf-16").encode("utf-16-be"), xml),
        "utf-32": (said("utf-32").encode("utf-32"), xml),
        "gb2312": (_rss(_item(1, "水壶漏水")).replace("?>", " encoding='gb2312'?>", 1).encode("gb2312"), xml),
        "said to be another": (said("utf-8").encode("cp1250"), xml),
        "said twice": (polish.encode(), "text/xml; charset=iso-8859-2"),
        "an unheard-of encoding": (said("klingon").encode(), xml),
        "a trick for an encoding": (said("utf-7").encode(), xml),
        "packed": (gzip.compress(polish.encode(), mtime=0), xml),
        "packed and cut": (gzip.compress(polish.encode(), mtime=0)[:-30], xml),
    }
