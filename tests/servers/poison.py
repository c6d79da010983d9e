"""Bodies that have killed, stalled or bloated readers of feeds, made when they are asked for.

`POISON` maps a name to a function of the address and the path of a canary, which nobody may
touch, that returns the body; what is known of each is in the tests of the reading.
"""

from __future__ import annotations

import gzip
import json
import random

ENTRIES = 500


def rss(inside, root="rss version='2.0'", before=""):
    end = root.split()[0]
    return f"<?xml version='1.0'?>{before}<{root}><channel><title>p</title>{inside}</channel></{end}>".encode(
        "utf-8", "surrogatepass"
    )


def item(number, inside="", title="words"):
    return f"<item><guid isPermaLink='false'>{number}</guid><title>{title} {number}</title>{inside}</item>"


def cdata(text):
    return f"<description><![CDATA[{text}]]></description>"


def entity(declarations, use):
    return rss(item(1, title=f"A{use}B"), before=f"<!DOCTYPE rss [{declarations}]>")


def laughs():
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return entity('<!ENTITY l0 "ha">' + levels, "&l9;")


def noise(size):
    return random.Random(size).randbytes(size)


POISON = {
    # The reading of a name, of a comment, of tags that never end
    "author": lambda url, path: rss(item(1, f"<author>x@{'a.' * 20_000}!</author>")),
    "author-plain": lambda url, path: rss(item(1, f"<author>{'a' * 60_000}</author>")),
    "comments": lambda url, path: rss(item(1, cdata("<!--" * 50_000))),
    "deep": lambda url, path: rss(item(1, "<a>" * 200_000 + "</a>" * 200_000)),
    "anchors": lambda url, path: rss(item(1, cdata('<a href="x" ' * 100_000))),
    "angles": lambda url, path: rss(item(1, cdata("<" * 200_000))),
    "divs": lambda url, path: rss(item(1, cdata("<div>" * 50_000))),
    "unclosed": lambda url, path: rss(item(1) + "<a>" * 300_000),
    "marked": lambda url, path: rss(item(1, cdata("<![<![<!h<" * 20_000))),
    "references": lambda url, path: rss(item(1, cdata("&#" * 100_000 + "9" * 100_000))),
    # Entities
    "laughs": lambda url, path: laughs(),
    "quadratic": lambda url, path: entity(f'<!ENTITY a "{"x" * 100_000}">', "&a;" * 20_000),
    "outer-file": lambda url, path: entity(f'<!ENTITY x SYSTEM "file://{path}">', "&x;"),
    "outer-url": lambda url, path: entity(f'<!ENTITY x SYSTEM "{url}/entity">', "&x;"),
    "outer-type": lambda url, path: rss(item(1), before=f'<!DOCTYPE rss SYSTEM "{url}/type.dtd">'),
    "parameters": lambda url, path: entity(f'<!ENTITY % p SYSTEM "{url}/p"> %p;', ""),
    "include": lambda url, path: rss(
        item(1, f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{url}/include'/>")
        + f"<link rel='hub' href='{url}/hub'/><image><url>{url}/image</url></image>",
        before=f"<?xml-stylesheet href='{url}/sheet.xsl' type='text/xsl'?>",
    ),
    # Many, long, wide
    "ill": lambda url, path: b"<rss><channel>" + b"".join(
        b"<item><guid>%d</guid><title>a & b <br>%d</title>" % (n, n) for n in range(20_000)
    ),
    "attributes": lambda url, path: rss(item(1), "rss " + " ".join(f"a{n}='1'" for n in range(200_000))),
    "long-attribute": lambda url, path: rss(item(1), f"rss a='{'x' * 4_800_000}'"),
    "too-long": lambda url, path: rss(item(1), f"rss a='{'x' * 9_000_000}'"),
    "long-title": lambda url, path: rss(item(1, title="x" * 4_800_000)),
    "empty-items": lambda url, path: rss("<item/>" * 600_000),
    "many": lambda url, path: rss("".join(item(n, cdata("word " * 180)) for n in range(5_000))),
    "cut": lambda url, path: rss("".join(item(n, cdata("word " * 90)) for n in range(5_000)))[:2_400_000],
    "spaces": lambda url, path: rss(item(1), "rss " + " ".join(f"xmlns:n{n}='u{n}'" for n in range(20_000))),
    "points": lambda url, path: rss(
        item(1, f"<gml:posList xmlns:gml='http://www.opengis.net/gml'>{'1 2 ' * 400_000}</gml:posList>")
    ),
    "odd-points": lambda url, path: rss(
        item(1) + item(2, "<gml:posList xmlns:gml='http://www.opengis.net/gml'>1 2 3</gml:posList>")
    ),
    "styles": lambda url, path: rss(item(1, cdata(f"<p style='{'color:red;' * 50_000}'>x</p>"))),
    "page": lambda url, path: b"<!DOCTYPE html><html><body>" + b"<div><p>forbidden</p></div>" * 6_000,
    # Letters
    "beyond": lambda url, path: rss(item(1, title="&#x110000;") + item(2, title="&#1114112;") + item(3)),
    "surrogate": lambda url, path: rss(item(1, title="&#xD800;") + item(2)),
    "raw-surrogate": lambda url, path: rss(item(1, title="\ud800") + item(2)),
    "controls": lambda url, path: rss(item(1, title="a\0\x1b[2J\x07\x85\u2028\u202eb") + item(2)),
    "utf-7": lambda url, path: b"<?xml version='1.0' encoding='utf-7'?><rss>+ADw-item+AD4-</rss>",
    "zlib-codec": lambda url, path: b"<?xml version='1.0' encoding='zlib_codec'?><rss/>",
    "punycode": lambda url, path: b"<?xml version='1.0' encoding='punycode'?><rss>" + b"a-" * 200_000,
    "utf-16": lambda url, path: "\ufeff".encode("utf-16-le") + noise(400_000),
    "utf-32": lambda url, path: b"\xff\xfe\0\0" + noise(400_000),
    "noise": lambda url, path: noise(4_900_000),
    "zeros": lambda url, path: bytes(4_900_000),
    "packed": lambda url, path: gzip.compress(bytes(100_000_000), 1),
    # Dates, numbers, JSON
    "dates": lambda url, path: rss("".join(
        item(n, f"<pubDate>{date}</pubDate>") for n, date in enumerate((
            "0000-00-00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2099-01-01", "10000-01-01",
            "-0001-01-01", "Mon, 02 Mar 2026 10:00:00 +9999", "2026-02-30", "Mon, 02 Mar 2026 10:00:00 CEST",
            "9" * 5_000, "x" * 100_000, "1" * 100_000 + ":00", "Mon, 32 Foo 20266 99:99:99 XYZ", "٢٠٢٦-٠٣-٠٢",
        ))
    )),
    "json-deep": lambda url, path: b'{"items":' + b"[" * 1_000_000,
    "json-number": lambda url, path: b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":'
    + b"9" * 1_000_000 + b',"title":"n"}]}',
    "json-odd": lambda url, path: json.dumps({"version": "https://jsonfeed.org/version/1", "items": [
        None, 1, [], {"id": {"a": 1}, "title": ["x"], "url": 7, "authors": "ann"},
        {"id": "2", "title": "fine"},
    ]}).encode(),
    # A body that is an address or a path
    "path": lambda url, path: path.encode(),
    "file-url": lambda url, path: f"file://{path}".encode(),
    "address": lambda url, path: f"{url}/x".encode(),
    "feed-address": lambda url, path: f"feed:{url}/x".encode(),
    "etc-passwd": lambda url, path: b"/etc/passwd",
    "dev-zero": lambda url, path: b"/dev/zero",
    "empty": lambda url, path: b"",
}  # fmt: skip
