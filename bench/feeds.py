"""Well-formed feeds read into mentions: ours against feedparser, which leaves entries with their markup in.

Both are handed the same bytes and the same content type, one feed after the other; what feedparser has to say
is made into mentions once, unmeasured, to see that both read the same.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence

import feedparser

from bench.corpora import long_articles, short_posts
from bench.measure import ROUNDS, Line, compared, cpu_seconds, in_turns
from connectors import Mention
from connectors._feed import feedparser_entries, mentions, parse

FEEDS = 8
TARGET = 20.0
KIND = "application/xml"


def run(rounds: int = ROUNDS, feeds: int = FEEDS) -> list[Line]:
    """Return lines of (what, figure)."""
    lines: list[Line] = []
    for name, bodies in _corpora(feeds).items():
        entries = sum(len(ours(body)) for body in bodies)
        sides = {"ours": _rate(ours, bodies, entries), "feedparser": _rate(theirs, bodies, entries)}
        found = in_turns(sides, rounds)
        figure = compared(found["ours"], found["feedparser"], "entries per CPU second", TARGET)
        lines += [(name, figure), ("  at equal mentions", agreement(bodies))]
    return lines


def ours(body: bytes) -> tuple[Mention, ...]:
    feed = parse(body, KIND)
    assert feed is not None, "the quick reader was not sure"
    return mentions(feed)[0]


def theirs(body: bytes) -> object:
    return feedparser.parse(io.BytesIO(body), response_headers={"content-type": KIND})


def agreement(bodies: Sequence[bytes]) -> str:
    """Return of how many mentions both readings say the same, word for word."""
    same = every = 0
    for body in bodies:
        feed = feedparser_entries(body, KIND)
        other = mentions(feed)[0] if feed else ()
        mine = ours(body)
        every += max(len(mine), len(other))
        same += sum(a == b for a, b in zip(mine, other, strict=False))
    return f"{same:,} of {every:,} are the same"


def _corpora(feeds: int) -> dict[str, Sequence[bytes]]:
    short, long = short_posts(feeds).bodies, long_articles(max(feeds // 4, 1)).bodies
    return {
        "RSS of short posts, against feedparser": short,
        "RSS of 4 kB articles, against feedparser": long,
        "RSS of blog posts full of links and pictures, against feedparser": [_blog(feeds * 5)],
        "Atom of short posts, against feedparser": [_atom(body) for body in short],
    }


def _rate(read: Callable[[bytes], object], bodies: Sequence[bytes], entries: int) -> Callable[[], float]:
    again = 40 if read is ours else 2  # long enough to be measured

    def rate() -> float:
        return again * entries / cpu_seconds(lambda: [read(body) for _ in range(again) for body in bodies])

    return rate


_PARAGRAPH = (
    '<p class="text">Nobody <b>expected</b> it &amp; everybody read '
    '<a href="https://blog.example/{0}?from=feed&amp;at={1}">the story</a> on a quiet day, '
    "<em>twice</em>.</p>"
    '\n<img src="https://blog.example/{0}-{1}.png" alt=""/>'
)  # fmt: skip


def _blog(entries: int, paragraphs: int = 12) -> bytes:
    items = "".join(
        f"<item><title>Post {n}</title><link>https://blog.example/{n}</link><guid>https://blog.example/{n}</guid>"
        f"<pubDate>Mon, {1 + n % 28:02} Mar 2026 12:00:00 +0000</pubDate><category>kettles</category>"
        f"<description><![CDATA[{''.join(_PARAGRAPH.format(n, m) for m in range(paragraphs))}]]>"
        "</description></item>"
        for n in range(entries)
    )
    return f"<rss version='2.0'><channel><title>Blog</title>{items}</channel></rss>".encode()


_RENAMED = {"item": "entry", "guid": "id", "description": "content", "author": "name"}


def _atom(rss: bytes) -> bytes:
    """Return a feed of our corpora as Atom."""
    text = rss.decode()
    for old, new in _RENAMED.items():
        text = re.sub(rf"<(/?){old}\b[^>]*>", rf"<\1{new}>", text)
    text = re.sub(r"<name>(.*?)</name>", r"<author><name>\1</name></author>", text)
    text = re.sub(r"<link>(.*?)</link>", r"<link href='\1'/>", text)
    text = re.sub(
        r"<pubDate>(\d\d) Oct 2026 ([\d:]+) .*?</pubDate>", r"<updated>2026-10-\1T\2Z</updated>", text
    )
    text = text.replace("<content>", "<content type='html'>")
    head, _, rest = text.partition("<rss version='2.0'><channel>")
    return (
        f"{head}<feed xmlns='http://www.w3.org/2005/Atom'>{rest.replace('</channel></rss>', '</feed>')}"
    ).encode()
