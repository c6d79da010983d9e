"""Feeds of every make: RSS 0.9x to 2.0, RDF, Atom and JSON Feed.

A feed shows its newest entries and no more. Whether some were missed between two visits is
told by what the pages have in common: see `_overlap`.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors import Call, Conversation, Get, Page, SourceGarbled
from connectors._feed import Feed, feedparser_entries, loose_entries, mentions, not_a_feed, parse
from connectors._overlap import newest_at, page
from connectors._text import link

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Options:
    """`url` is the address of the feed itself, not of the page that links to it."""

    url: str

    def __post_init__(self) -> None:
        if not link(self.url):
            raise ValueError(f"url must be the http(s) address of a feed, not {self.url[:200]!r}")


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read the feed as it stands."""
    answer = yield Get(options.url, headers={"Accept": ACCEPT}, conditional=True)
    if answer.unchanged:
        return Page((), cursor, since=newest_at(cursor))
    feed: Feed | None = parse(answer.body, answer.content_type)
    if feed is None:
        asked = (answer.body, answer.content_type)
        try:
            slow = yield Call(feedparser_entries, asked, guarded=True)
        except SourceGarbled:
            # It took the child with it: the one that only looks for tags takes what there is.
            slow = yield Call(loose_entries, asked, guarded=True)
        feed = slow.value
    if feed is None:
        raise not_a_feed(answer.body)
    found, spoiled = mentions(feed, answer.url or options.url)
    return page(found, spoiled, cursor)
