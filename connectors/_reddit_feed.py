"""Reddit's private feeds: the same listings for the account whose token is in the address."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors import Answer, Call, Conversation, Get, Mention, Page
from connectors._feed import Feed, feedparser_entries, mentions, not_a_feed, parse
from connectors._overlap import page
from connectors._reddit import AT_A_TIME, SITE, age, earliest, names

if TYPE_CHECKING:
    from connectors.reddit import Options

_SIGNATURE = re.compile(r"\s*submitted by\s+/u/\S+(?:\s+to\s+r/\S+)?\s*\[link\]\s*\[comments\]\s*\Z")


def by_feed(options: Options, held: Mapping[str, Any]) -> Conversation:
    """Read the feeds on from what is `held` of them."""
    found: list[Mention] = []
    spoiled, gap, after, since = 0, False, {}, []
    for name in names(options):
        before = held.get(name)
        read = yield from _feed(options, name, before if isinstance(before, str) else None)
        found += map(_from_feed, read.mentions)
        spoiled, gap = spoiled + read.spoiled, gap or read.gap
        after[name] = read.cursor
        since.append(read.since)
    found.sort(key=age)
    return Page(tuple(found), json.dumps(after), spoiled, earliest(since), gap=gap)


def _feed(options: Options, name: str, cursor: str | None) -> Generator[Get | Call, Answer, Page]:
    params: dict[str, str | int] = {
        "feed": options.feed_token.get_secret_value(),
        "user": options.feed_user,
        "limit": AT_A_TIME,
    }
    place = name
    if name == "new" and options.search:
        place = "search"
        params |= {"q": options.search, "sort": "new", "restrict_sr": "on"}
    url = f"{options.reddit_url.rstrip('/')}/r/{options.subreddit}/{place}.rss"
    answer = yield Get(url, params)
    feed: Feed | None = parse(answer.body, answer.content_type)
    if feed is None:
        slow = yield Call(feedparser_entries, (answer.body, answer.content_type), guarded=True)
        feed = slow.value
    if feed is None:
        raise not_a_feed(answer.body)
    return page(*mentions(feed, SITE), cursor)


def _from_feed(mention: Mention) -> Mention:
    """Take out what the feed adds to a post: the name's prefix, and a signature under the text."""
    author = mention.author.removeprefix("/u/")
    return replace(mention, author=author, text=_SIGNATURE.sub("", mention.text))
