"""App Store: what people say of an app, with their stars, country by country.

Feed: https://itunes.apple.com/{country}/rss/customerreviews/id={app}/sortBy=mostRecent/page={n}/xml,
Atom with an `im:rating` for each review. Apple asks for no key, documents nothing and shows
ten pages of fifty, the newest first; they are read back to what is known. The stars stand before
the title and decide the label. Some servers answer in JSON all the same: that is read too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from connectors import Answer, Conversation, Get, Mention, SourceGarbled
from connectors._backward import Leaf, Listing, back
from connectors._contract import Ask
from connectors._dates import moment
from connectors._shapes import address, part, readable, string, whole
from connectors._text import link, plain

SITE = "https://itunes.apple.com"
LAST_PAGE = 10
MOST_REVIEWS = 500  # on one page; Apple shows fifty
MOST_COUNTRIES = 30
OVERLAP_SECONDS = 3 * 86_400  # a review may come to light a day after it was written
OVERLAP_ITEMS = 200
DEEPEST = 50
LONGEST_FIELD = 100_000

_ENTRY = re.compile(rb"<entry\b[^<>]*>.*?</entry\s*>", re.S)
_FIELDS = ("id", "title", "content", "updated", "im:rating", "im:version", "name")
_LABELS = {1: "negative", 2: "negative", 3: "neutral", 4: "positive", 5: "positive"}


@dataclass(frozen=True, slots=True)
class Options:
    """`app` is the number in the app's address, `countries` the stores by their two letters.

    `brand` says whose app it is, as under [[brand]]: then all reviews count for it, whether
    they name it or not. Otherwise the queries decide, as everywhere.
    """

    app: int | str
    countries: tuple[str, ...]
    brand: str = ""
    url: str = SITE

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[1-9][0-9]{0,17}", self.number):
            raise ValueError(f"app must be the number in its address, not {str(self.app)[:100]!r}")
        if not 1 <= len(set(self.countries)) <= MOST_COUNTRIES:
            raise ValueError(f"countries must name 1 to {MOST_COUNTRIES} stores")
        for country in self.countries:
            if not re.fullmatch(r"[A-Za-z]{2}", country):
                raise ValueError(
                    f'countries must be codes of two letters, such as "pl", not {country[:100]!r}'
                )
        address("url", self.url)

    @property
    def number(self) -> str:
        return str(self.app).removeprefix("id")


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read the reviews of every country back to what the last visit saw."""
    countries = dict.fromkeys(country.lower() for country in options.countries)
    return back({country: _listing(options, country) for country in countries}, cursor)


def _listing(options: Options, country: str) -> Listing:
    def read(token: str, floor: int | None) -> Generator[Ask, Answer, Leaf]:
        page = whole(token) or 1
        feed = f"{options.url.rstrip('/')}/{country}/rss/customerreviews"
        # Beyond the last of few pages some servers say that there is none.
        beyond = (400, 404) if page > 1 else ()
        url = f"{feed}/id={options.number}/sortBy=mostRecent/page={page}/xml"
        answer = yield Get(url, statuses=beyond)
        if answer.status in beyond:
            return Leaf((), ())
        reviews, spoiled = _reviews(answer.body)
        mentions, unread = readable(reviews, lambda review: _mention(review, options))
        places = tuple(int(m.published_at.timestamp()) for m in mentions if m.published_at is not None)
        is_last = not reviews or page >= LAST_PAGE
        older = None if is_last else str(page + 1)
        return Leaf(mentions, places, older, spoiled + unread, cut=bool(reviews) and is_last)

    return Listing(read, OVERLAP_SECONDS, OVERLAP_ITEMS)


def _mention(review: dict[str, str], options: Options) -> Mention | None:
    identity, stars = whole(review.get("id")), whole(review.get("im:rating"))
    title, text = plain(review.get("title", ""), 1_000), plain(review.get("content", ""))
    if not identity or stars not in _LABELS or not (title or text):
        return None
    version = plain(review.get("im:version", ""), 40)
    shown = f"{'★' * stars}{'☆' * (5 - stars)} {title}{f' ({version})' if version else ''}"
    return Mention(
        str(identity),
        link(review.get("link", "")),
        plain(review.get("name", ""), 200),
        text or title,
        moment(review.get("updated", "")),
        shown.replace("  ", " "),
        brand=options.brand,
        label=_LABELS[stars],
    )


# ---- the feed


def _reviews(body: bytes) -> tuple[list[dict[str, str]], int]:
    """Return the reviews of a page, and how many could not be read.

    The app itself, which may stand first, has no stars and is none of them.
    """
    body = body.strip()
    if body[:1] == b"{":
        entries, spoiled = _from_json(body), 0
    else:
        entries, spoiled = _from_xml(body)
    return [entry for entry in entries[:MOST_REVIEWS] if "im:rating" in entry], spoiled


def _from_xml(body: bytes) -> tuple[list[dict[str, str]], int]:
    """Read Atom in one strict pass; where that fails, review by review."""
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
        return reader.entries, 0
    except ExpatError as error:
        # Only a page that is there to its end: of one cut off, more may be missing than is seen.
        if not body.endswith(b"</feed>"):
            raise SourceGarbled(f"App Store: this is no whole feed: {error}") from error
    entries: list[dict[str, str]] = []
    spoiled = 0
    for found in _ENTRY.finditer(body):
        one = _Reader(is_part=True)
        try:
            one.parser.Parse(found[0], True)
            entries += one.entries
        except ExpatError:
            spoiled += 1
    if not entries:
        raise SourceGarbled("App Store: not one review of this feed can be read")
    return entries, spoiled


class _Reader:
    """Expat's callbacks, without namespaces: Apple's prefixes have been the same for many years."""

    def __init__(self, is_part: bool = False) -> None:
        self.entries: list[dict[str, str]] = []
        self.depth = self.entry_depth = 0
        self.name = ""
        self.pieces: list[str] = []
        self.size = 0
        self.is_part = is_part
        self.parser = ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = _doctype

    def _start(self, name: str, attrs: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise SourceGarbled("App Store: a feed of no shape that we know")
        if self.depth == 1 and name != "feed" and not self.is_part:
            raise SourceGarbled(f"App Store: this is no feed, it begins with {plain(name, 40)!r}")
        if name == "entry" and not self.entry_depth:
            self.entry_depth = self.depth
            self.entries.append({})
        elif self.entry_depth and name in _FIELDS and not self.name:
            # Its content is there twice: as text, and as a table in HTML.
            if name != "content" or attrs.get("type", "text") == "text":
                self.name, self.pieces, self.size = name, [], 0
        elif self.entry_depth and name == "link" and attrs.get("href"):
            self.entries[-1].setdefault("link", attrs["href"])

    def _end(self, name: str) -> None:
        self.depth -= 1
        if name == self.name:
            self.entries[-1].setdefault(name, "".join(self.pieces))
            self.name = ""
        elif self.depth < self.entry_depth:
            self.entry_depth = 0

    def _text(self, text: str) -> None:
        if self.name and self.size <= LONGEST_FIELD:
            self.pieces.append(text)
            self.size += len(text)


def _doctype(*_: object) -> None:
    raise SourceGarbled("App Store: a feed with a document type, and with it perhaps entities")


def _from_json(body: bytes) -> list[dict[str, str]]:
    try:
        feed = part(json.loads(body), "feed")
    except (ValueError, RecursionError) as error:
        raise SourceGarbled(f"App Store: it begins like JSON, but {str(error)[:100]}") from error
    if not feed:
        raise SourceGarbled("App Store: this is JSON, but no feed")
    entries = feed.get("entry", [])
    return [_labels(part(entry)) for entry in (entries if isinstance(entries, list) else [entries])]


def _labels(entry: dict[str, Any]) -> dict[str, str]:
    """Return the fields of an entry in which every value is the label of an object."""
    found = {name: string(part(entry, name).get("label")) for name in _FIELDS if name in entry}
    found["name"] = string(part(entry, "author", "name").get("label"))
    found["link"] = string(part(entry, "link", "attributes").get("href"))
    return found
