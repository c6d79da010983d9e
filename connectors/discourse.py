"""Discourse: the newest posts of a forum, or those that a search finds.

API: https://docs.discourse.org (listPosts, search). Posts are numbered, and a page of them is
what stands before a number: at most fifty, or what is public of the fifty numbers below it, so
a page may be empty and the next one not. A search shows excerpts, fifty a page, ten pages; what
is older is asked for by the day.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from connectors import Answer, Ask, Conversation, Get, Mention, SourceRefused
from connectors._backward import Leaf, Listing, back
from connectors._dates import from_seconds, moment
from connectors._limits import pause, too_often
from connectors._shapes import address, items, part, string, whole
from connectors._text import link, plain

WINDOW = 50  # post numbers that a page covers at least
OVERLAP_POSTS = 45
SEARCH_PAGE = 50
MOST_PAGES = 10  # of one search
OVERLAP_SECONDS = 3600
LIMIT_WAIT = timedelta(seconds=60)
DAY_SECONDS = 86_400

_SLUG = re.compile(r"[\w%.~-]{1,300}")
_NONE = SecretStr("")


@dataclass(frozen=True, slots=True)
class Options:
    """`url` is the forum's address. A key is needed where strangers may not read: then both of its keys."""

    url: str
    search: str = ""
    api_key: SecretStr = _NONE
    api_username: str = ""

    def __post_init__(self) -> None:
        address("url", self.url)
        if bool(self.api_key.get_secret_value()) != bool(self.api_username):
            raise ValueError("api_key and api_username go together")

    @property
    def base(self) -> str:
        return self.url.rstrip("/")


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read back from the newest to what is known; on a first visit, one page."""
    if options.search.strip():
        listing = Listing(_by_search(options), OVERLAP_SECONDS, 2 * SEARCH_PAGE)
        return (yield from back({"search": listing}, cursor))
    listing = Listing(_by_number(options), 100 * WINDOW, OVERLAP_POSTS, timed=False)
    return (yield from back({"posts": listing}, cursor))


# ---- the newest posts, by number


def _by_number(options: Options) -> Any:
    def read(token: str, floor: int | None) -> Generator[Ask, Answer, Leaf]:
        before = whole(token)
        answer = yield from _ask(options, "/posts.json", {} if before is None else {"before": before})
        found = items("Discourse", answer.json(), "latest_posts")
        mentions, spoiled = _mentions(options, found, {})
        places = tuple(n for post in found if (n := whole(part(post).get("id"))) is not None)
        return Leaf(mentions, places, _before(places, before, floor), spoiled)

    return read


def _before(places: tuple[int, ...], before: int | None, floor: int | None) -> str | None:
    """Return the number before which to ask next, None where the floor is reached.

    Some versions leave the number itself out and some do not, so it is asked for again.
    """
    lowest = min(places, default=before)
    if lowest is None:
        return None  # an empty forum
    if before is not None and lowest >= before:
        lowest = before - WINDOW + 1
    return str(lowest) if lowest > max(floor or 0, 1) else None


# ---- a search


def _by_search(options: Options) -> Any:
    def read(token: str, floor: int | None) -> Generator[Ask, Answer, Leaf]:
        day, _, number = token.partition("/")
        page = whole(number) or 1
        words = [options.search.strip(), "order:latest"]
        words += [f"after:{_day(floor - DAY_SECONDS)}"] if floor else []
        words += [f"before:{day}"] if day else []
        params: dict[str, str | int] = {"q": " ".join(words)}
        answer = yield from _ask(options, "/search.json", params | ({"page": page} if page > 1 else {}))
        held = part(answer.json())
        grouped = held.get("grouped_search_result")
        # Where nothing is found there is no list at all, or an empty one.
        found = items("Discourse", held, "posts") if held.get("posts") or grouped is None else []
        titles = {whole(part(t).get("id")): part(t) for t in _list(held.get("topics"))}
        mentions, spoiled = _mentions(options, found, titles)
        places = tuple(int(at.timestamp()) for post in found if (at := _at(post)) is not None)
        last = len(found) < SEARCH_PAGE and not part(grouped).get("more_full_page_results", True)
        if not found or last:
            return Leaf(mentions, places, None, spoiled)
        if page < MOST_PAGES:
            return Leaf(mentions, places, f"{day}/{page + 1}", spoiled, again=f"{day}/{page}")
        older, cut = _earlier(places, day)
        return Leaf(mentions, places, older, spoiled, cut=cut)

    return read


def _earlier(places: tuple[int, ...], day: str) -> tuple[str | None, bool]:
    """Return how to ask for what is older than ten pages, and whether some of it is shown to nobody."""
    oldest = min(places, default=None)
    if oldest is None:
        return None, True
    upto = _day(oldest + DAY_SECONDS)  # the whole of its day: `before` leaves its own day out
    if not day or upto < day:
        return f"{upto}/1", False
    return f"{_day(oldest)}/1", True


def _day(seconds: int) -> str:
    at = from_seconds(seconds)
    return at.strftime("%Y-%m-%d") if at else "1990-01-01"


# ---- both


def _ask(options: Options, path: str, params: dict[str, str | int]) -> Generator[Ask, Answer, Answer]:
    key = options.api_key.get_secret_value()
    headers = {"Accept": "application/json"}
    headers |= {"Api-Key": key, "Api-Username": options.api_username} if key else {}
    answer = yield Get(options.base + path, params, headers, statuses=(403, 404, 429))
    if answer.status == 429:
        raise too_often("Discourse", (yield from pause(answer)) or LIMIT_WAIT)
    if answer.status >= 400:
        what = (
            "refuses the api_key" if key else "shows this to its members only: give api_key and api_username"
        )
        raise SourceRefused(f"the forum {what}, or it is not at this address (HTTP {answer.status})")
    return answer


def _mentions(
    options: Options, found: list[Any], topics: dict[int | None, dict[str, Any]]
) -> tuple[tuple[Mention, ...], int]:
    """Return what the posts say, and how many could not be read; those without words are neither."""
    mentions, spoiled = [], 0
    for post in found:
        mention = _mention(options, part(post), topics)
        if mention is None:
            spoiled += 1
        elif mention.text or mention.title:
            mentions.append(mention)
    return tuple(mentions), spoiled


def _mention(
    options: Options, post: dict[str, Any], topics: dict[int | None, dict[str, Any]]
) -> Mention | None:
    number, topic, place = (whole(post.get(name)) for name in ("id", "topic_id", "post_number"))
    at = _at(post)
    if number is None or at is None:
        return None
    about = topics.get(topic, {})
    slug = string(post.get("topic_slug")) or string(about.get("slug"))
    slug = slug if _SLUG.fullmatch(slug) else "-"
    url = link(f"{options.base}/t/{slug}/{topic}/{place or 1}") if topic is not None else ""
    return Mention(
        str(number),
        url,
        plain(string(post.get("username")), 200),
        plain(string(post.get("cooked")) or string(post.get("blurb"))),
        at,
        plain(string(post.get("topic_title")) or string(about.get("title")), 1_000),
    )


def _at(post: object) -> Any:
    return moment(string(part(post).get("created_at")))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
