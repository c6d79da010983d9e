"""Google News: the articles that its search finds, in one language and country.

The search answers with a feed of at most a hundred articles, sorted by what Google thinks of
them, some of them minutes or hours late. So it is asked for a whole day; where that is more
than a feed holds, every other visit asks for the last hour only. Google publishes no limits:
it is asked once a minute at most. Links lead through Google, which does not say where to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from connectors import Answer, Ask, ConnectorError, Conversation, Mention, Page, rss
from connectors._shapes import address, string
from connectors._text import plain

SITE = "https://news.google.com"
PATH = "/rss/search"
MOST_ARTICLES = 100
NARROW = "1h"
SPACING = timedelta(seconds=60)
LONGEST_NAME = 200

_WINDOW = re.compile(r"[1-9][0-9]{0,2}[hdmy]")
_BOUNDED = re.compile(r"\b(?:when|after|before):", re.I)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SOURCE = re.compile(rb"<source\b[^<>]*>(?:<!\[CDATA\[)?([^<>\]]{1,500})(?:\]\]>)?</source>")


@dataclass(frozen=True, slots=True)
class Options:
    """`search` as typed into Google News; `when` is how far back it looks (`6h`, `1d`, empty: no bound).

    A bound in the search itself (`when:`, `after:`, `before:`) stands.
    """

    search: str
    language: str = "en"
    country: str = "US"
    when: str = "1d"
    url: str = SITE

    def __post_init__(self) -> None:
        if not self.search.strip():
            raise ValueError("search must name at least one word")
        if not _LANGUAGE.fullmatch(self.language):
            raise ValueError(f"language must be a code such as pl or en-GB, not {self.language[:40]!r}")
        if not _COUNTRY.fullmatch(self.country):
            raise ValueError(f"country must be a code such as PL, not {self.country[:40]!r}")
        if self.when and not _WINDOW.fullmatch(self.when):
            raise ValueError(f"when must be a number with h, d, m or y, such as 1d, not {self.when[:40]!r}")
        address("url", self.url)


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read the feed of the search: of the usual span, or of the last hour where that was too much."""
    memory, was_full = _held(cursor)
    bodies: list[bytes] = []
    feed = rss.fetch(rss.Options(_address(options, narrow=was_full)), memory)
    page: Page = yield from _overheard(feed, bodies)
    names = _names(bodies[0]) if bodies else frozenset()
    full = len(page.mentions) + page.spoiled >= MOST_ARTICLES
    return replace(
        page,
        mentions=tuple(_article(mention, names) for mention in page.mentions),
        cursor=json.dumps({"feed": page.cursor, "full": full and not was_full}),
        since=None if full else page.since,
        wait=max(page.wait or SPACING, SPACING),
    )


def _address(options: Options, narrow: bool) -> str:
    base = options.url.rstrip("/").removesuffix(PATH)
    query = options.search.strip()
    if (window := NARROW if narrow else options.when) and not _BOUNDED.search(query):
        query = f"{query} when:{window}"
    language, country = options.language, options.country
    spoken = f"{language}-{country}" if language == "en" else language
    edition = language.removesuffix(f"-{country}")  # but es-419 and zh-Hans are editions of their own
    asked = {"q": query, "hl": spoken, "gl": country, "ceid": f"{country}:{edition}"}
    return f"{base}{PATH}?{urlencode(asked)}"


def _overheard(conversation: Conversation, bodies: list[bytes]) -> Generator[Ask, Answer, Page]:
    """Hold a conversation, and note the bodies that it is answered with."""
    try:
        ask = next(conversation)
        while True:
            try:
                answer = yield ask
            except ConnectorError as error:
                ask = conversation.throw(error)
            else:
                bodies += [answer.body] if answer.body else []
                ask = conversation.send(answer)
    except StopIteration as end:
        page: Page = end.value
        return page


def _names(body: bytes) -> frozenset[str]:
    """Return the names of the publishers, as the articles' <source> elements have them."""
    found = {name.decode("utf-8", "replace") for name in _SOURCE.findall(body)}
    return frozenset(plain(name, LONGEST_NAME) for name in found)


def _article(mention: Mention, names: frozenset[str]) -> Mention:
    """Take the publisher out of the title, and a text that only repeats it; the publisher is the author."""
    headline, publisher = _parted(mention.title, names)
    rest = mention.text.removeprefix(headline).strip(" -–")
    text = "" if rest in ("", publisher) else mention.text
    return replace(mention, title=headline, author=publisher or mention.author, text=text)


def _parted(title: str, names: frozenset[str]) -> tuple[str, str]:
    """Return headline and publisher: a publisher's name may hold a dash too."""
    pieces = title.split(" - ")
    for first in range(1, len(pieces)):
        if (name := " - ".join(pieces[first:])) in names:
            return " - ".join(pieces[:first]), name
    headline, _, name = title.rpartition(" - ")
    return (headline, name) if headline and not names else (title, "")


def _held(cursor: str | None) -> tuple[str | None, bool]:
    """Read a cursor; what makes no sense in it is as good as nothing."""
    try:
        held = json.loads(cursor or "{}")
        return string(held.get("feed")) or None, held.get("full") is True
    except (ValueError, AttributeError):
        return None, False
