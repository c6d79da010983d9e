"""Feeds of every make: RSS 0.9x to 2.0, RDF, Atom and JSON Feed.

The cursor remembers what the last page began with: digests of the ids of its newer half
(the older half may hold pinned posts, which prove nothing) and the date of its newest
mention. A page that still holds one of them has lost nothing in between, so `since` is
that date: the last moment of which the feed itself has told us. It stays None on a first
visit, after a gap, and for feeds without dates.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from connectors import Call, Conversation, Get, Mention, Page
from connectors._dates import moment
from connectors._feed import Feed, feedparser_entries, mentions, not_a_feed, parse
from connectors._text import link

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
MOST_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class Options:
    """`url` is the address of the feed itself, not of the page that links to it."""

    url: str

    def __post_init__(self) -> None:
        if not link(self.url):
            raise ValueError(f"url must be the http(s) address of a feed, not {self.url[:200]!r}")


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the cursor holds."""

    seen: tuple[str, ...] = ()
    newest_at: datetime | None = None


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read the feed as it stands."""
    memory = _memory(cursor)
    answer = yield Get(options.url, headers={"Accept": ACCEPT}, conditional=True)
    if answer.unchanged:
        return Page((), cursor, since=memory.newest_at)
    feed: Feed | None = parse(answer.body, answer.content_type)
    if feed is None:
        slow = yield Call(feedparser_entries, (answer.body, answer.content_type), guarded=True)
        feed = slow.value
    if feed is None:
        raise not_a_feed()
    found, spoiled = mentions(feed, answer.url or options.url)
    return page(found, spoiled, cursor)


def page(found: tuple[Mention, ...], spoiled: int, cursor: str | None) -> Page:
    """Return the page of these mentions, oldest first, after a visit that left `cursor`."""
    memory = _memory(cursor)
    if not found:
        return Page((), cursor, spoiled)
    overlaps = not {_digest(mention.id) for mention in found}.isdisjoint(memory.seen)
    newer = found[len(found) // 2 :][-MOST_REMEMBERED:]
    newest_at = max((mention.published_at for mention in found if mention.published_at), default=None)
    after = _Memory(tuple(_digest(mention.id) for mention in newer), newest_at)
    return Page(found, _written(after), spoiled, memory.newest_at if overlaps else None)


def _digest(identity: str) -> str:
    return blake2b(identity.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _written(memory: _Memory) -> str:
    at = memory.newest_at.isoformat() if memory.newest_at else None
    return json.dumps({"seen": memory.seen, "newest_at": at}, separators=(",", ":"))


def _memory(cursor: str | None) -> _Memory:
    """Read a cursor; one that makes no sense is as good as none."""
    try:
        held = json.loads(cursor or "{}")
        at = moment(held.get("newest_at") or "")
        return _Memory(tuple(map(str, held.get("seen", ()))), at.astimezone(UTC) if at else None)
    except (ValueError, TypeError, AttributeError):
        return _Memory()
