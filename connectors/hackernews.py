"""Hacker News: stories and comments, by way of Algolia's public search.

API: https://hn.algolia.com/api. No key; newest first; no query shows more than 1,000 hits,
so older ones are asked for by time, never by page. The cursor is the `created_at_i` (seconds
since 1970) up to which everything was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors import Conversation, Get, Mention, Page, SourceGarbled
from connectors._dates import from_seconds
from connectors._text import link, plain

API = "https://hn.algolia.com/api/v1/"
ITEM = "https://news.ycombinator.com/item?id="
MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Options:
    """`search` may be broad, the queries decide what is kept; `url` is the API's address."""

    search: str
    page_size: int = 100
    url: str = API

    def __post_init__(self) -> None:
        if not self.search.strip():
            raise ValueError("search must name at least one word")
        if not 1 <= self.page_size <= 1000:
            raise ValueError(f"page_size must be 1 to 1000, not {self.page_size}")
        if not link(self.url):
            raise ValueError(f"url must be an http(s) address, not {self.url[:200]!r}")


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read back from now to the cursor; on a first visit, one page.

    `since` stays None where the cursor was not reached: something may be missing then.
    """
    start = int(cursor) if cursor and cursor.isascii() and cursor.isdigit() else None
    mentions: dict[str, Mention] = {}
    times: list[int] = []
    spoiled, reached = 0, start is None
    for _ in range(1 if start is None else MOST_PAGES):
        oldest = min(times, default=None)
        hits = _hits((yield _ask(options, start, oldest)).json())
        before = len(mentions) + spoiled
        for hit in hits:
            if (mention := _mention(hit)) is None:
                spoiled += 1
            elif mention.id not in mentions:
                mentions[mention.id] = mention
                times.append(int(hit["created_at_i"]))
        if len(hits) < options.page_size:
            reached = True
            break
        # A whole page of one second leads nowhere further back.
        if len(mentions) + spoiled == before or min(times, default=None) == oldest:
            break
    found = sorted(mentions.values(), key=_age)
    newest = str(max(times)) if times else cursor
    return Page(tuple(found), newest, spoiled, from_seconds(start) if reached and start else None)


def _ask(options: Options, start: int | None, oldest: int | None) -> Get:
    # Both ends are asked for again: an item of the cursor's own second may have been indexed
    # after the last visit, one of the oldest second may not have fitted on the page before.
    bounds = [f"created_at_i>={start or 0}"]
    if oldest is not None:
        bounds.append(f"created_at_i<={oldest}")
    return Get(
        options.url.rstrip("/") + "/search_by_date",
        params={
            "query": options.search,
            "tags": "(story,comment)",
            "numericFilters": ",".join(bounds),
            "hitsPerPage": options.page_size,
        },
    )


def _hits(answer: Any) -> list[Any]:
    if not isinstance(answer, dict) or not isinstance(answer.get("hits"), list):
        raise SourceGarbled("Hacker News: the answer has no list of hits")
    hits: list[Any] = answer["hits"]
    return hits


def _mention(hit: Any) -> Mention | None:
    """Return what the hit says, None where it lacks an id, a time or any words."""
    if not isinstance(hit, dict):
        return None
    at = from_seconds(hit.get("created_at_i"))
    identity = hit.get("objectID")
    title = plain(_string(hit.get("title")), 1_000)
    text = plain(_string(hit.get("comment_text")) or _string(hit.get("story_text")))
    if (
        at is None
        or not isinstance(identity, str | int)
        or not str(identity).isalnum()
        or not (title or text)
    ):
        return None
    author = plain(_string(hit.get("author")), 200)
    return Mention(str(identity), f"{ITEM}{identity}", author, text, at, title)


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _age(mention: Mention) -> tuple[datetime, str]:
    assert mention.published_at is not None  # _mention gives none without
    return mention.published_at, mention.id
