"""Reddit's own interface through praw, with an approved app's credentials.

API: https://www.reddit.com/dev/api. Listings are newest first, not strictly so, and end after
1,000 items. What is remembered are several of the newest fullnames of each listing: a single
one could be deleted, and would never be met again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from connectors import Call, Conversation, Mention, Page, SourceGarbled, SourceRefused, SourceUnavailable
from connectors._dates import from_seconds
from connectors._reddit import AT_A_TIME, SITE, age, earliest, names
from connectors._text import link, plain

if TYPE_CHECKING:
    import praw

    from connectors.reddit import Options

AGENT = "python:crisis-listener:0.1 (read-only)"
TIMEOUT_SECONDS = 10
MOST_ITEMS = 1_000
REMEMBERED = 20

_GONE = ("", "[deleted]", "[removed]")


class Item(NamedTuple):
    """One post or comment as Reddit has it; `html` is its text."""

    name: str
    at: float
    author: str
    title: str
    html: str
    permalink: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing brought; `reached` says that it was read back to what was known."""

    items: tuple[Item, ...]
    spoiled: int
    reached: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What the cursor holds of a listing: its newest names, and the time of the newest."""

    seen: tuple[str, ...] = ()
    at: float = 0.0

    def after(self, listing: Listing) -> _Known:
        newest = [item.name for item in listing.items[:REMEMBERED]]
        seen = tuple(dict.fromkeys((*newest, *self.seen)))[:REMEMBERED]
        return _Known(seen, max([self.at, *(item.at for item in listing.items)]))


def by_api(options: Options, held: Mapping[str, Any]) -> Conversation:
    """Read the listings back to what is `held` of them."""
    before = {name: _known(held.get(name)) for name in names(options)}
    answer = yield Call(listings, (options, {name: known.seen for name, known in before.items()}))
    read: dict[str, Listing] = answer.value
    items = [item for listing in read.values() for item in listing.items]
    found = sorted(filter(None, map(_mention, items)), key=age)
    since = [from_seconds(before[name].at) if listing.reached else None for name, listing in read.items()]
    after = {name: asdict(before[name].after(listing)) for name, listing in read.items()}
    spoiled = sum(listing.spoiled for listing in read.values())
    gap = any(before[name].seen and not listing.reached for name, listing in read.items())
    return Page(tuple(found), json.dumps(after), spoiled, earliest(since), gap=gap)


def _known(part: object) -> _Known:
    if not isinstance(part, dict) or not isinstance(part.get("seen"), list):
        return _Known()
    at = part.get("at")
    return _Known(tuple(map(str, part["seen"])), float(at) if isinstance(at, int | float) else 0.0)


def listings(options: Options, seen: dict[str, tuple[str, ...]]) -> dict[str, Listing]:
    """Ask Reddit through praw: for a Call, since praw does its own waiting.

    Raises ConnectorErrors only, unless something in praw is broken.
    """
    import prawcore

    try:
        reddit = _reddit(options)
        subreddit = reddit.subreddit(options.subreddit)
        found = {}
        for name, known in seen.items():
            if name == "comments":
                items = subreddit.comments(limit=MOST_ITEMS)
            elif options.search:
                items = subreddit.search(options.search, sort="new", limit=MOST_ITEMS)
            else:
                items = subreddit.new(limit=MOST_ITEMS)
            found[name] = _read(items, set(known))
        return found
    except prawcore.PrawcoreException as error:
        raise _meaning(error) from error


def _reddit(options: Options) -> praw.Reddit:
    import praw
    import requests

    session = requests.Session()
    session.trust_env = False  # no proxy and no netrc from the environment
    return praw.Reddit(
        client_id=options.client_id.get_secret_value(),
        client_secret=options.client_secret.get_secret_value(),
        user_agent=AGENT,
        reddit_url=options.reddit_url.rstrip("/"),
        oauth_url=options.oauth_url.rstrip("/"),
        check_for_updates=False,
        check_for_async=False,
        requestor_kwargs={"session": session, "timeout": TIMEOUT_SECONDS},
    )


def _read(items: Iterable[Any], seen: set[str]) -> Listing:
    """Read newest first, on to the end of the page on which something known is met; at first, one page."""
    found: list[Item] = []
    spoiled, met, whole = 0, False, False
    for count, thing in enumerate(items, start=1):
        item = _item(thing)
        if item is None:
            spoiled += 1
        else:
            found.append(item)
            met = met or item.name in seen
        if count % AT_A_TIME == 0 and (met or not seen):
            break
    else:  # a listing that ended by itself, short of Reddit's bound, held all there is
        whole = len(found) + spoiled < MOST_ITEMS
    return Listing(tuple(found), spoiled, met or whole)


def _item(thing: Any) -> Item | None:
    # Not thing.body: praw asks Reddit again for an attribute that is missing.
    held = vars(thing)
    name, at = held.get("name"), held.get("created_utc")
    if not isinstance(name, str) or not re.fullmatch(r"t[13]_[a-z0-9]+", name) or from_seconds(at) is None:
        return None
    author = getattr(held.get("author"), "name", None)
    text = held.get("body_html") or held.get("selftext_html") or held.get("body") or held.get("selftext")
    return Item(name, float(at or 0), *map(_string, (author, held.get("title"), text, held.get("permalink"))))


def _mention(item: Item) -> Mention | None:
    """Return what the item says; None where its author or a moderator took that back."""
    title, text = plain(item.title, 1_000), plain(item.html)
    if text in _GONE and title in _GONE:
        return None
    url = link(SITE + item.permalink) if item.permalink.startswith("/r/") else ""
    text = "" if text in _GONE else text
    return Mention(item.name, url, plain(item.author, 200), text, from_seconds(item.at), title)


def _meaning(error: Exception) -> SourceUnavailable | SourceRefused | SourceGarbled:
    import prawcore.exceptions as known

    response = getattr(error, "response", None)
    status = getattr(response, "status_code", 0)
    if isinstance(error, known.TooManyRequests):
        return SourceUnavailable("Reddit wants to be asked less often (429)", _wait(response))
    if isinstance(error, known.OAuthException) or status == 401:
        return SourceRefused("Reddit refuses client_id and client_secret")
    if isinstance(error, known.Redirect):
        return SourceRefused("Reddit knows no such subreddit")
    if isinstance(error, known.BadJSON):
        return SourceGarbled("Reddit answered in a form that is not JSON")
    if status in (403, 404, 451):
        return SourceRefused(
            f"Reddit does not show us this subreddit ({status}): private, banned or not there"
        )
    if isinstance(error, known.RequestException):
        return SourceUnavailable(f"Reddit: no connection: {type(error.original_exception).__name__}")
    if 400 <= status < 500 and status != 408:
        return SourceRefused(f"Reddit refuses the request ({status})")
    return SourceUnavailable(f"Reddit has an error of its own ({status or type(error).__name__})")


def _wait(response: Any) -> timedelta | None:
    for name in ("retry-after", "x-ratelimit-reset"):
        try:
            return timedelta(seconds=min(float(response.headers.get(name)), 86_400.0))
        except (TypeError, ValueError):
            continue
    return None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
