"""Where a page's feeds may be: what the page says itself, and what is known of sites of its make.

Everything looks at what strangers wrote: one pass over the tags, each at most so long, and
no more of them than any honest page has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

from connectors import link, plain

MOST_BYTES = 2_000_000
MOST_TAGS = 20_000
MOST_NAMED = 12
MOST_LINKED = 12

NAMED, KNOWN, LINKED, GUESSED = "named", "known", "linked", "guessed"

_TAG = re.compile(r"<(link|a|base|meta)\s([^<>]{1,4000})>", re.I)
_PAIR = re.compile(r"""(?<![\w:-])([\w:-]++)\s*+=\s*+("[^"]*"|'[^']*'|[^\s"']++)""")
_FEED_TYPE = re.compile(r"(?:application|text)/(?:(?:rss|atom|rdf)\+xml|feed\+json|(?:x-)?rss)", re.I)
_LOOKS_LIKE_FEED = re.compile(
    r"(?:[/._=-](?:rss|atom|rdf|feeds?)[0-9]{0,2}|/feed\.json|\.rss|\.atom|\.rdf|/(?:feed|rss|atom|index)\.xml)"
    r"(?=[/.?&#_=-]|\Z)",
    re.I,
)
_CHANNEL = re.compile(r'(?:"channelId":"|"externalId":"|/channel/)(UC[\w-]{22})')
_STACKS = ("stackoverflow.com", "serverfault.com", "superuser.com", "askubuntu.com", "mathoverflow.net")
_WELL_KNOWN = (
    "feed", "rss", "feed.xml", "rss.xml", "atom.xml", "index.xml", "?feed=rss2", "feed.json", "index.rdf",
)  # fmt: skip
# What a page says has made it -> where such sites keep their feeds.
_MAKERS = {
    "wordpress": ("feed/", "comments/feed/", "?feed=rss2"),
    "discourse": ("latest.rss", "posts.rss"),
    "mastodon": (),
    "lemmy": ("feeds/local.xml?sort=New", "feeds/all.xml?sort=New"),
    "phpbb": ("feed.php", "app.php/feed"),
    "xenforo": ("forums/-/index.rss",),
    "invision": ("discover/all.xml",),
    "vbulletin": ("external.php?type=RSS2",),
    "mybb": ("syndication.php",),
    "simple machines": ("index.php?action=.xml;type=rss2",),
    "ghost": ("rss/",),
    "blogger": ("feeds/posts/default", "feeds/comments/default"),
    "drupal": ("rss.xml",),
    "joomla": ("?format=feed&type=rss",),
    "wix.com": ("blog-feed.xml",),
    "squarespace": ("blog?format=rss",),
}


@dataclass(frozen=True, slots=True)
class Sign:
    """An address that may be a feed, and why we think so.

    `named` by the page as its feed, `known` from the make of the site, `linked` to and looking
    like one, or merely `guessed`: then it is no more ours to ask for than any page.
    """

    url: str
    why: str
    title: str = ""


def signs(url: str, html: str) -> list[Sign]:
    """Return where feeds of a page may be, the surest first, each address once."""
    tags = list(_tags(html))
    base = next((link(t["href"], url) for name, t in tags if name == "base" and "href" in t), "") or url
    named = _first(MOST_NAMED, _named(tags, base))
    linked = _first(MOST_LINKED, _linked(tags, base))
    return _once([*named, *known(url), *_made(url, tags, html), *linked])


def known(url: str) -> list[Sign]:
    """Return where an address alone says that feeds are: for sites that keep them in one place."""
    return _once([Sign(u, KNOWN) for found in _of_site(url) if (u := link(found))])


def guesses(url: str) -> list[Sign]:
    """Return where many sites keep their feeds: beside the page, and at the root."""
    root = _root(url)
    beside = [root + urlsplit(url).path.strip("/") + "/feed"] if urlsplit(url).path.strip("/") else []
    return _once(
        [Sign(u, GUESSED) for place in [*(root + w for w in _WELL_KNOWN), *beside] if (u := link(place))]
    )


def text_of(body: bytes, content_type: str) -> str:
    """Return a page's text well enough to find addresses in it."""
    found = re.search(
        r"charset=[\"']?([\w.-]{1,40})", content_type + " " + body[:2000].decode("latin-1"), re.I
    )
    try:
        return body[:MOST_BYTES].decode(found[1] if found else "utf-8", "replace")
    except (LookupError, ValueError):
        return body[:MOST_BYTES].decode("utf-8", "replace")


def _tags(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    for number, tag in enumerate(_TAG.finditer(html)):
        if number >= MOST_TAGS:
            return
        pairs = {name.lower(): unescape(value.strip("\"'")) for name, value in _PAIR.findall(tag[2])}
        yield tag[1].lower(), pairs


def _named(tags: list[tuple[str, dict[str, str]]], base: str) -> Iterator[Sign]:
    for name, pairs in tags:
        relations = pairs.get("rel", "").lower().split()
        says = "alternate" in relations and _FEED_TYPE.match(pairs.get("type", "").strip())
        found = link(pairs.get("href", ""), base) if says or "feed" in relations else ""
        if found and name in ("link", "a"):
            yield Sign(found, NAMED, plain(pairs.get("title", ""), 200))


def _linked(tags: list[tuple[str, dict[str, str]]], base: str) -> Iterator[Sign]:
    for name, pairs in tags:
        found = link(pairs.get("href", ""), base) if name == "a" else ""
        if found and _LOOKS_LIKE_FEED.search("/" + found.split("/", 3)[-1]):
            yield Sign(found, LINKED)


def _made(url: str, tags: list[tuple[str, dict[str, str]]], html: str) -> Iterator[Sign]:
    """Yield what is known of sites made by the software that the page names."""
    said = " ".join(
        p.get("content", "")[:200]
        for name, p in tags
        if name == "meta" and p.get("name", "").lower() in _NAMES
    ).lower()
    said += " wordpress" if "/wp-content/" in html else ""
    root = _root(url)
    for maker, places in _MAKERS.items():
        if maker in said:
            yield from (Sign(root + place, KNOWN) for place in places)
    if "discourse" in said:
        yield from (Sign(found, KNOWN) for found in _discourse(url))
    if _host(url) in ("youtube.com", "m.youtube.com") and (channel := _CHANNEL.search(html)):
        yield Sign(_youtube("channel_id", channel[1]), KNOWN)


_NAMES = ("generator", "application-name")


def _of_site(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    host, path, query = _host(url), parts.path.rstrip("/"), parse_qs(parts.query)
    here, steps = f"{parts.scheme}://{parts.netloc}", [step for step in path.split("/") if step]
    first = steps[0] if steps else ""
    second = steps[1] if len(steps) > 1 else ""
    if host in ("youtube.com", "m.youtube.com"):
        if first == "channel" and second:
            yield _youtube("channel_id", second)
        if "list" in query:
            yield _youtube("playlist_id", query["list"][0])
    elif host in ("reddit.com", "old.reddit.com", "new.reddit.com"):
        yield from _reddit(steps)
    elif host in _STACKS or host.endswith(".stackexchange.com"):
        yield from _stack(here, steps)
    elif host == "news.google.com":
        yield from _google(here, path, parts.query)
    elif host == "medium.com" and first:
        yield f"{here}/feed/{'/'.join(steps[:2]) if first == 'tag' else first}"
    elif host == "bsky.app" and first == "profile" and second:
        yield f"{here}/profile/{second}/rss"
    elif host == "github.com" and second:
        yield from (f"{here}/{first}/{second}/{what}.atom" for what in ("releases", "commits"))
    elif first.startswith("@") and len(steps) == 1:
        yield f"{here}/{first}.rss"
    elif first in ("tags", "tag") and second:
        yield f"{here}/{first}/{second}.rss"
    elif first in ("c", "u") and len(steps) == 2:
        yield f"{here}/feeds/{first}/{second}.xml?sort=New"


def _discourse(url: str) -> Iterator[str]:
    path = urlsplit(url).path.rstrip("/")
    if re.match(r"/(?:c|t|tag)/.", path):
        yield f"{_root(url).rstrip('/')}{path}.rss"


def _reddit(steps: list[str]) -> Iterator[str]:
    if len(steps) >= 2 and steps[0] in ("r", "user", "u"):
        place = f"https://www.reddit.com/{'r' if steps[0] == 'r' else 'user'}/{quote(steps[1])}"
        yield f"{place}/new/.rss" if steps[0] == "r" else f"{place}/.rss"
        if steps[0] == "r":
            yield f"{place}/comments/.rss"


def _stack(here: str, steps: list[str]) -> Iterator[str]:
    if steps[:2] == ["questions", "tagged"] and len(steps) > 2:
        yield f"{here}/feeds/tag/{steps[2]}"
    elif steps[:1] == ["questions"] and len(steps) > 1 and steps[1].isdigit():
        yield f"{here}/feeds/question/{steps[1]}"
    else:
        yield f"{here}/feeds"


def _google(here: str, path: str, query: str) -> Iterator[str]:
    if not path.startswith("/rss"):
        yield f"{here}/rss{path}{'?' if query else ''}{query}"


def _youtube(name: str, value: str) -> str:
    return f"https://www.youtube.com/feeds/videos.xml?{name}={quote(value)}"


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _first(most: int, found: Iterator[Sign]) -> list[Sign]:
    seen: dict[str, Sign] = {}
    for sign in found:
        seen.setdefault(sign.url, sign)
        if len(seen) >= most:
            break
    return list(seen.values())


def _once(found: list[Sign]) -> list[Sign]:
    seen: dict[str, Sign] = {}
    for sign in found:
        seen.setdefault(sign.url, sign)
    return list(seen.values())
