"""Hacker News: stories and comments, by way of Algolia's public search.

API: https://hn.algolia.com/api. No key; newest first; no query shows more than 1,000 hits,
so older ones are asked for by time. Only what falls into a single second is asked for by
page, and of that what lies beyond the thousandth hit is a gap.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from connectors import Answer, Ask, Conversation, Get, Mention
from connectors._backward import Leaf, Listing, back, begun
from connectors._dates import from_seconds
from connectors._shapes import address, items, readable, string, whole
from connectors._text import plain

API = "https://hn.algolia.com/api/v1/"
ITEM = "https://news.ycombinator.com/item?id="
MOST_HITS = 1_000
OVERLAP_SECONDS = 3600  # Algolia shows some items long after they were written
OVERLAP_HITS = 100


@dataclass(frozen=True, slots=True)
class Options:
    """`search` may be broad, the queries decide what is kept; `url` is the API's address."""

    search: str
    page_size: int = 100
    url: str = API

    def __post_init__(self) -> None:
        if not self.search.strip():
            raise ValueError("search must name at least one word")
        if not 1 <= self.page_size <= MOST_HITS:
            raise ValueError(f"page_size must be 1 to {MOST_HITS}, not {self.page_size}")
        address("url", self.url)


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read back from now to what is known; on a first visit, one page."""

    def read(token: str, floor: int | None) -> Generator[Ask, Answer, Leaf]:
        upper, page = _bounds(token)
        answer = (yield _ask(options, floor or 0, upper, page)).json()
        hits = items("Hacker News", answer, "hits")
        mentions, spoiled = readable(hits, _mention)
        times = [hit.get("created_at_i") for hit in hits if isinstance(hit, dict)]
        places = tuple(int(at.timestamp()) for at in map(from_seconds, times) if at is not None)
        seen = page * options.page_size + len(hits)
        if not hits or (len(hits) < options.page_size and (whole(answer.get("nbHits")) or 0) <= seen):
            return Leaf(mentions, places, None, spoiled)
        older, cut = _older(options, places, upper, page)
        return Leaf(mentions, places, older, spoiled, cut=cut)

    if cursor and cursor.isascii() and cursor.isdigit():
        cursor = begun(int(cursor[:12]))
    overlap = min(OVERLAP_HITS, 4 * options.page_size)
    return (yield from back({"": Listing(read, OVERLAP_SECONDS, overlap)}, cursor))


def _bounds(token: str) -> tuple[int | None, int]:
    """Read a token: the newest second asked for, and the page of it."""
    upper, _, page = token.partition("/")
    return whole(upper), whole(page) or 0


def _older(
    options: Options, places: tuple[int, ...], upper: int | None, page: int
) -> tuple[str | None, bool]:
    """Return how to ask for what follows, and whether something before it is shown to nobody."""
    oldest = min(places, default=None)
    if oldest is not None and (upper is None or oldest < upper):
        return str(oldest), False  # its second again: not all of it may have fitted on the page
    if upper is None or (page + 1) * options.page_size < MOST_HITS:
        return f"{'' if upper is None else upper}/{page + 1}", False
    return str(upper - 1), True


def _ask(options: Options, floor: int, upper: int | None, page: int) -> Get:
    bounds = [f"created_at_i>={floor}"]
    if upper is not None:
        bounds.append(f"created_at_i<={upper}")
    params: dict[str, str | int] = {
        "query": options.search,
        "tags": "(story,comment)",
        "numericFilters": ",".join(bounds),
        "hitsPerPage": options.page_size,
    }
    return Get(options.url.rstrip("/") + "/search_by_date", params | ({"page": page} if page else {}))


def _mention(hit: dict[str, Any]) -> Mention | None:
    """Return what the hit says, None where it lacks an id, a time or any words."""
    at = from_seconds(hit.get("created_at_i"))
    identity = hit.get("objectID")
    title = plain(string(hit.get("title")), 1_000)
    text = plain(string(hit.get("comment_text")) or string(hit.get("story_text")))
    known = isinstance(identity, str | int) and str(identity)[:40].isalnum() and len(str(identity)) <= 40
    if at is None or not known or not (title or text):
        return None
    author = plain(string(hit.get("author")), 200)
    return Mention(str(identity), f"{ITEM}{identity}", author, text, at, title)
