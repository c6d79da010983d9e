"""What an entry of an XML feed may say, and in which words feeds say it."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urljoin

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PLAIN = (
    "http://www.w3.org/2005/atom",
    "http://purl.org/atom/ns#",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://purl.org/rss/1.0/modules/rss091#",
    "http://backend.userland.com/rss",
    "http://backend.userland.com/rss2",
    "http://backend.userland.com/rss091",
    "http://backend.userland.com/rss092",
    "http://blogs.law.harvard.edu/tech/rss",
)
NAMESPACES = {  # in small letters: feeds write them as they like
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/xhtml": "xhtml",
    RDF: "rdf",
}
KINDS = {
    "rss": "root", "feed": "root", "rdf:rdf": "root", "item": "item", "entry": "item",
    "title": "title", "dc:title": "title", "media:title": "media title", "link": "link",
    "guid": "id", "id": "id", "author": "author", "dc:creator": "author", "dc:author": "author",
    "itunes:author": "author", "managingeditor": "author", "name": "name", "email": "email",
    "description": "summary", "summary": "summary", "dc:description": "summary",
    "media:description": "media summary", "itunes:summary": "summary",
    "content": "content", "content:encoded": "content", "fullitem": "content", "body": "body",
    "xhtml:body": "body", "source": "source", "contributor": "contributor",
    "image": "image", "textinput": "image",
    "published": "published", "pubdate": "published", "issued": "published", "dcterms:issued": "published",
    "updated": "updated", "modified": "updated", "dc:date": "updated", "dcterms:modified": "updated",
    "lastbuilddate": "updated", "created": "created", "dcterms:created": "created",
    "abstract": "odd",
}  # fmt: skip
DATES = ("published", "updated", "created")
MARKUP_FREE = {"", "text", "plain", "html"}
WEB_PAGES = ("text/html", "html", "xhtml", "application/xhtml+xml")
MOST_KINDS = 2_000  # of elements: each is remembered

_BROKEN_QUERY = re.compile(r"&([A-Za-z0-9_]+);")
_BEYOND = re.compile(r"[^\x00-\xff]")


class Entry(NamedTuple):
    """One entry as the feed has it: markup still in, links still relative.

    `texts` are summary and contents; `dates` the ones it names, the best first.
    """

    id: str = ""
    link: str = ""
    title: str = ""
    texts: tuple[str, ...] = ("",)
    author: str = ""
    dates: tuple[str, ...] = ()


class Unsure(Exception):
    """The feed takes a reader with more patience."""


class Kinds(dict[str, str | None]):
    """What an element is to us, by expat's name for it ("namespace name"); None for most."""

    def __missing__(self, name: str) -> str | None:
        space, _, local = name.rpartition(" ")
        space = space.lower()
        prefix = NAMESPACES.get(space)
        key = local.lower()
        if prefix is not None:
            key = f"{prefix}:{key}"
        elif space and space not in PLAIN:
            key = ""
        if len(self) > MOST_KINDS:
            raise Unsure("more kinds of elements than anyone needs")
        self[name] = kind = KINDS.get(key)
        return kind


def addresses(identity: str, link: str | None, permalink: bool, base: str) -> tuple[str, str]:
    """Return the id and the link that count, absolute where the feed has a base address.

    Raises Unsure for those that feedparser would mend.
    """
    if ":///" in identity or not identity.isprintable() or (link and ":///" in link):
        raise Unsure("an address to be mended")
    if base and identity and permalink:
        identity = joined(base, identity)
    if link is None:
        return identity, identity if permalink else ""
    if "&" in link and ";" in link:
        link = _BROKEN_QUERY.sub(r"&\1", link.replace("&amp;", "&"))
    return identity, joined(base, link) if base and link else link


def joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def mended(value: str) -> str:
    """Undo UTF-8 that was read as Latin-1 and encoded once more."""
    if _BEYOND.search(value):
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
