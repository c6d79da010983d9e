"""Feeds: bytes in, entries out.

Three readers stand behind one shape. `parse` reads well-formed RSS, RDF, Atom and JSON Feed
in one quick pass, mends what is commonly broken, and returns None whenever it is not sure to
have read the feed whole. Then `feedparser_entries`, slow and forgiving, is to be run in a
guarded child; where it is overwhelmed, the reader of last resort takes what there is. On a
feed that both can read they give the same mentions.

Specifications: https://www.rssboard.org/rss-specification, RFC 4287 (Atom),
https://web.resource.org/rss/1.0/spec, https://www.jsonfeed.org/version/1.1/.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from xml.parsers.expat import ExpatError

from connectors import _loose, _strict
from connectors._bodies import has_items, mended, not_a_feed, opened, web_page, without_illegal
from connectors._contract import Mention, SourceGarbled
from connectors._dates import moment
from connectors._hurry import Overdue, within
from connectors._strict import Entry
from connectors._text import link, plain

__all__ = [
    "Entry", "Feed", "feedparser_entries", "loose_entries", "mentions", "not_a_feed", "parse",
]  # fmt: skip

MOST_ENTRIES = 10_000
MOST_JSON_OBJECTS, MOST_JSON_COMMAS = 200_000, 400_000
LONGEST_ID = 250
LONGEST_NAME = 200
LONGEST_TITLE = 1_000
PATIENCE = timedelta(seconds=2.5)

_START = datetime(1, 1, 1, tzinfo=UTC)
_NOTHING = Entry()
_MAIL = re.compile(r"[^\s()<>@]+@[^\s()<>@]+")


@dataclass(frozen=True, slots=True)
class Feed:
    """The entries of a feed, in its own order; `spoiled` of them could not be read."""

    entries: tuple[Entry, ...]
    spoiled: int = 0


def parse(body: bytes, content_type: str = "") -> Feed | None:
    """Read a well-formed feed quickly; None where that takes feedparser's patience.

    Raises SourceGarbled for what is no feed at all.
    """
    body, content_type = opened(body, content_type)
    if not body:
        raise SourceGarbled("the answer is empty")
    if body[:1] in b"{[" or body[:4] == b"\xef\xbb\xbf{":
        return _json_feed(body)
    if page := web_page(body):
        raise SourceGarbled(f"this is {page}, not a feed")
    try:
        return _well_formed(body, content_type)
    except _strict.Unsure:
        return None
    except ExpatError:
        whole = mended(body)
    try:
        return _well_formed(whole, content_type) if whole != body else None
    except (_strict.Unsure, ExpatError):
        return None


def feedparser_entries(body: bytes, content_type: str = "") -> Feed | None:
    """Read a feed with feedparser, and without where that fails; None where there is no feed.

    Meant for a guarded Call: some bodies keep feedparser busy for a very long time.
    """
    body, content_type = opened(body, content_type)
    found, sound = None, False
    with suppress(Overdue, Exception):  # it raises whatever comes, at eight places at least
        found, sound = within(PATIENCE, lambda: _patient_twice(body, content_type))
    if sound or (found is not None and not found.entries):
        return found
    # An element that is never closed may swallow all that follows, with feedparser.
    loose = loose_entries(body, content_type)
    return loose if _told(loose) > _told(found) else found


def loose_entries(body: bytes, content_type: str = "") -> Feed | None:
    """Read what can be read of a feed, however broken, in a time that only its length decides."""
    body, content_type = opened(body, content_type)
    entries, left = _loose.read(without_illegal(body), content_type, MOST_ENTRIES)
    return Feed(tuple(entries), left) if entries else None


def mentions(feed: Feed, base: str = "") -> tuple[tuple[Mention, ...], int]:
    """Return a mention for each entry, oldest first, and how many entries were beyond reading.

    An id that several different entries share tells none of them apart: they get one from
    what they say. Exact repetitions keep it, so that the store drops them. An entry that
    says nothing we know of, not even where it is, counts as beyond reading too.
    """
    found = [_mention(entry, base) for entry in feed.entries]
    spoiled = feed.spoiled + feed.entries.count(_NOTHING)
    return _oldest_first(_told_apart(found)), spoiled


def _mention(entry: Entry, base: str) -> Mention:
    title = plain(entry.title, LONGEST_TITLE)
    text = _longest(entry.texts)
    # A guid stands in for the link where it is a whole address: `7` leads nowhere.
    url = link(entry.link, "" if entry.link == entry.id else base) if entry.link else ""
    published_at = None
    for date in entry.dates:
        if (published_at := moment(date)) is not None:
            break
    return Mention(
        _identity(entry.id) or url or _digest(title, text, *entry.dates),
        url,
        _name(entry.author),
        text,
        published_at,
        title,
    )


def _longest(texts: tuple[str, ...]) -> str:
    """Return the words of the one that says most: a summary may be a teaser or all there is."""
    if len(texts) == 1 or (texts[0] == texts[-1] and len(texts) == 2):
        return plain(texts[0])
    return max(map(plain, dict.fromkeys(texts)), key=len, default="")


def _identity(raw: str) -> str:
    if raw.isascii() and raw.isprintable() and len(raw) <= LONGEST_ID and "<" not in raw and "&" not in raw:
        return raw.strip()
    clean = plain(raw.replace("&", "&amp;").replace("<", "&lt;"), 8 * LONGEST_ID)
    return clean if len(clean) <= LONGEST_ID else _digest(clean)


def _name(author: str) -> str:
    """Return who it was without the mail address, where both are given."""
    if not author:
        return ""
    name = plain(author, LONGEST_NAME)
    if "@" in name and (found := _MAIL.search(name)):
        rest = (name[: found.start()] + name[found.end() :]).replace("()", "").replace("<>", "").strip()
        if rest.startswith("(") and rest.endswith(")"):
            rest = rest[1:-1].strip()
        return rest or found.group()
    return name


def _digest(*pieces: str) -> str:
    return blake2b("\0".join(pieces).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _told_apart(found: list[Mention]) -> list[Mention]:
    if len({mention.id for mention in found}) == len(found):
        return found
    shared = Counter(mention.id for mention in dict.fromkeys(found))
    return [_own_id(mention, shared) for mention in found]


def _own_id(mention: Mention, shared: Counter[str]) -> Mention:
    if shared[mention.id] == 1:
        return mention
    own = f"{mention.id}~{_digest(mention.url, mention.title, mention.text)[:16]}"
    return Mention(own, mention.url, mention.author, mention.text, mention.published_at, mention.title)


def _oldest_first(found: list[Mention]) -> tuple[Mention, ...]:
    """Sort by date; an entry without one stays beside its neighbour (feeds begin with the newest)."""
    found = found[::-1]
    dates, last = [], _START
    for mention in found:
        last = mention.published_at or last
        dates.append(last)
    order = sorted(range(len(found)), key=dates.__getitem__)
    return tuple([found[place] for place in order])


def _well_formed(body: bytes, content_type: str) -> Feed:
    entries, left = _strict.read(body, content_type, MOST_ENTRIES)
    return Feed(tuple(entries), left)


def _json_feed(body: bytes) -> Feed | None:
    if body.count(b"{") + body.count(b"[") > MOST_JSON_OBJECTS or body.count(b",") > MOST_JSON_COMMAS:
        raise SourceGarbled("this is JSON, but of more pieces than any feed has")
    try:
        feed = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        if has_items(body):
            return None
        raise SourceGarbled(f"this is no feed: it begins like JSON, but {str(error)[:100]}") from error
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise SourceGarbled("this is JSON, but no JSON Feed: it has no list of items")
    items = feed["items"]
    entries = [_json_entry(item, feed) for item in items[:MOST_ENTRIES] if isinstance(item, dict)]
    return Feed(tuple(entries), len(items) - len(entries))


def _json_entry(item: dict[str, Any], feed: dict[str, Any]) -> Entry:
    words = _string(item.get("content_html")) or html.escape(_string(item.get("content_text")))
    return Entry(
        id=_string(item.get("id")),
        link=_string(item.get("url")) or _string(item.get("external_url")) or _string(item.get("id")),
        title=html.escape(_string(item.get("title"))),
        texts=(words or html.escape(_string(item.get("summary"))),),
        author=_json_author(item) or _json_author(feed),
        dates=tuple(filter(None, (_string(item.get(key)) for key in ("date_published", "date_modified")))),
    )


def _json_author(holder: dict[str, Any]) -> str:
    several = holder.get("authors")
    author = several[0] if isinstance(several, list) and several else holder.get("author")
    return html.escape(_string(author.get("name"))) if isinstance(author, dict) else ""


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _told(feed: Feed | None) -> int:
    """Return how many entries can be told from each other."""
    return len({entry.id or entry.link or entry.title for entry in feed.entries} - {""}) if feed else 0


def _patient_twice(body: bytes, content_type: str) -> tuple[Feed | None, bool]:
    try:
        return _patient(body, content_type)
    except Exception:
        return _patient(without_illegal(body), content_type)


def _patient(body: bytes, content_type: str) -> tuple[Feed | None, bool]:
    """Return the feed, and whether feedparser found nothing wrong with it."""
    import feedparser

    # Always a stream: handed bytes or a string, feedparser takes them for a path or an address.
    read = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": content_type} if content_type else {},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not read.get("version") and not read["entries"]:
        return None, False
    entries = [_patient_entry(entry) for entry in read["entries"][:MOST_ENTRIES]]
    return Feed(tuple(entries), len(read["entries"]) - len(entries)), not read["bozo"]


def _patient_entry(entry: dict[str, Any]) -> Entry:
    def field(name: str) -> str:
        # Not entry[name]: that answers for `updated` with what `published` says.
        return _string(dict.get(entry, name))

    texts = [
        field("summary"),
        *(_string(dict.get(part, "value")) for part in dict.get(entry, "content") or ()),
    ]
    dates = filter(None, map(field, ("published", "updated", "created")))
    title, author = field("title"), field("author")
    return Entry(field("id"), field("link"), title, tuple(texts), author, tuple(dates))
