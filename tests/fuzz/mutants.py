"""Mutants of feeds: cut, crossed, swollen and poisoned, the same ones for the same seed."""

# ruff: noqa: E501 - bodies read best on one line

POISON = [
    b"&#x110000;", b"&#1114112;", b"&#xD800;", b"&#0;", b"&#99999999999999999999;", b"&undefined;", b"&", b"<", b">", b"]]>",
    b"\0", b"\x0b", b"\x1b[2J", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3", b"\xe2\x80\xae", b"<!--", b"-->", b"<![CDATA[",
    b"<![<![", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<!ENTITY", b"<?xml version='1.0' encoding='utf-16'?>", b"<?php ?>",
    b"<gml:posList>1 2 3</gml:posList>", b"<gml:pos>x</gml:pos>", b"<georss:box>1</georss:box>",
    b"<georss:point>1</georss:point>", b"<georss:polygon>a b c</georss:polygon>",
    b"<cc:license xmlns:cc='http://web.resource.org/cc/' rdf:resource='x'/>", b"<cc:license/>", b"<media:group>",
    b"<media:rating/>", b"<media:content url='x'/>", b"<psc:chapter start='x'/>", b"<itunes:image/>", b"<itunes:explicit>",
    b"<script>alert(1)</script>", b"&lt;img src=x onerror=alert(1)&gt;", b"<svg><a xlink:href='javascript:x'>", b"<item>",
    b"</item>", b"<entry>", b"</entry>", b"<channel>", b"</channel>", b"<title>", b"<link>javascript:alert(1)</link>",
    b"<link href='//evil.example'/>", b"<link/>", b"<guid>", b"<guid isPermaLink='true'>http://[</guid>", b"<author>",
    b"<author>x@a.a.a.a.a.a.a.a.a.a.a.a.a!</author>", b"<source>", b"<image>", b"<textinput>", b"<name>x</name>",
    b"<content type='application/octet-stream'>&#x;</content>", b"<content type='image/svg+xml'><svg/></content>",
    b"<content mode='base64'>!!!</content>", b"<div>", b"<body>", b"<xhtml:body>", b"<pubDate>0000-00-00</pubDate>",
    b"<pubDate>-0001-01-01</pubDate>", b"<updated>10000-01-01</updated>", b"<dc:date>9999-99-99T99:99:99Z</dc:date>",
    b" xml:base='http://[::1'", b" xml:base='javascript:x'", b" xmlns='http://elsewhere.example/'", b" xmlns:dc='x'",
    b" encoding='utf-16'", b" rdf:about=''", b" type='xhtml'", b" mode='base64'",
]  # fmt: skip
SWELLING = [
    b"<a>", b"<!--", b"<![CDATA[", b"&#", b"&lt;", b"a.", b"a@", b"<b x='1' ", b"<item/>", b"[", b"{", b'"', b"9", b" ",
    b"<title>", b"&amp;", b"\xc4\x85", b"</a>", b"<td><tr>", b"x='1' ", b"<x:y>", b"]]>", b"('", b"<<",
]  # fmt: skip


def mutants(seeds, count, random):
    """Yield `count` mutants as (name of the seed, body, content type)."""
    for _ in range(count):
        name, body, kind = random.choice(seeds)
        for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
            body = random.choice(WAYS)(body, seeds, random)
        yield name, body, kind if random.random() < 0.8 else random.choice(KINDS)


KINDS = [
    "",
    "text/html",
    "text/xml",
    "application/json",
    "text/xml; charset=utf-16",
    "x/y; charset=koi8-r",
    "; charset=",
]


def _poisoned(body, seeds, random):
    at = random.randrange(len(body) + 1)
    return body[:at] + random.choice(POISON) + body[at:]


def _poisoned_between(body, seeds, random):
    """Put it where a tag ends, as somebody would who knows what he does."""
    ends = [at + 1 for at, byte in enumerate(body) if byte in b">'\""] or [0]
    at = random.choice(ends)
    return body[:at] + random.choice(POISON) + body[at:]


def _swollen(body, seeds, random):
    at = random.randrange(len(body) + 1)
    return body[:at] + random.choice(SWELLING) * random.choice((10, 100, 1000)) + body[at:]


def _flipped(body, seeds, random):
    if not body:
        return body
    flipped = bytearray(body)
    for _ in range(random.choice((1, 3, 10))):
        flipped[random.randrange(len(flipped))] = random.randrange(256)
    return bytes(flipped)


def _without_a_piece(body, seeds, random):
    at = random.randrange(len(body) + 1)
    return body[:at] + body[at + random.choice((1, 5, 30, 200)) :]


def _cut(body, seeds, random):
    return body[: random.randrange(len(body) + 1)]


def _twice_a_piece(body, seeds, random):
    start = random.randrange(len(body) + 1)
    end = min(len(body), start + random.choice((5, 50, 300)))
    return body[:end] + body[start:end] + body[end:]


def _crossed(body, seeds, random):
    other = random.choice(seeds)[1]
    return body[: random.randrange(len(body) + 1)] + other[random.randrange(len(other) + 1) :]


WAYS = [_poisoned, _poisoned, _poisoned_between, _poisoned_between, _swollen, _flipped, _without_a_piece, _cut,
        _twice_a_piece, _crossed]  # fmt: skip
