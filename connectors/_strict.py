"""The quick reader of XML feeds: one pass of expat, and no guessing.

It understands what feeds usually are made of, and raises Unsure for everything that it
would have to guess: then a more patient reader must have a look. Where a feed says a
thing twice, the same one counts that feedparser would take.
"""

from __future__ import annotations

import base64
import codecs
import re
from contextlib import suppress
from html import escape
from xml.parsers.expat import ExpatError, ParserCreate

from connectors._entries import (
    DATES,
    MARKUP_FREE,
    NAMESPACES,
    PLAIN,
    RDF,
    WEB_PAGES,
    Entry,
    Kinds,
    Unsure,
    addresses,
    joined,
    mended,
)
from connectors._usual import Usual, settled

__all__ = ["Entry", "Unsure", "declared", "read"]

DEEPEST = 100
MOST_PIECES = 100_000  # of one text that markup cuts up
LONGEST_TAG = 100_000
MOST_REFERENCES = 40  # per entry: to undo more of them takes longer than the callbacks

_BASE = "http://www.w3.org/XML/1998/namespace base"
_WORDY = {"title", "media title", "summary", "media summary", "content"}
_MARKUP = {"xhtml", "application/xhtml+xml"}
_SIMPLE = {"link", *DATES}
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9._-]+)", re.I)
# What shares its first half with ASCII, so that the declaration could be read, and is no trick.
_ENCODINGS = re.compile(
    r"(?:iso-?8859-?\d+|cp\d{3,4}|koi8-[rut]|mac-\w+|tis-620|ptcp154|gb\w+|hz|big5\w*|euc_\w+|shift_ji\w+|johab)"
)
_MONSTER = re.compile(rb"<[A-Za-z][^<>]{%d}" % LONGEST_TAG)


def read(body: bytes, content_type: str, most: int) -> tuple[list[Entry], int]:
    """Return at most `most` entries, and how many were left unread.

    Raises Unsure, or ExpatError where the XML is not well-formed.
    """
    if _may_hold_a_monster(body) and _MONSTER.search(body):
        raise Unsure("more attributes than anyone writes")
    body = _utf8(body, content_type)
    with suppress(UnicodeDecodeError, ExpatError, Unsure):
        if quick := _mostly_usual(body, most):
            return quick.entries, quick.left
    reader = _Reader(most)
    reader.parser.Parse(body, True)
    return reader.entries, reader.left


def _may_hold_a_monster(body: bytes) -> bool:
    """Return whether a tag may be that long: then some part of the body has no end of a tag in it."""
    part = LONGEST_TAG // 2
    return any(body.find(b">", at, at + part) < 0 for at in range(0, len(body) - part, part))


def declared(body: bytes, content_type: str) -> list[str]:
    """Return the encodings that the header and the body name, as they name them."""
    header = _CHARSET.search(content_type)
    own = _ENCODING.match(body.removeprefix(codecs.BOM_UTF8)[:200])
    return [name for name in (header and header[1], own and own[1].decode()) if name]


def _utf8(body: bytes, content_type: str) -> bytes:
    """Return the body in UTF-8; Unsure where header and declaration differ or name rare encodings."""
    try:
        names = {codecs.lookup(name).name for name in declared(body, content_type)} or {"utf-8"}
        if len(names) > 1:
            raise Unsure(f"said to be {' and '.join(sorted(names))}")
        name = names.pop()
        if name in ("utf-8", "ascii"):
            return body
        if not _ENCODINGS.fullmatch(name):
            raise Unsure(f"in {name}")
        return body.decode("gb18030" if name == "gb2312" else name).encode()
    except (LookupError, UnicodeError) as error:
        raise Unsure(str(error)) from error


def _mostly_usual(body: bytes, most: int) -> _Reader | None:
    """Read entries of the usual shape at once and all else by the callbacks; None where that would be slower.

    The callbacks never hear of the usual entries. So the whole is read once more, in silence, to
    see that it is well-formed. Raises UnicodeDecodeError, ExpatError and Unsure, the last two
    perhaps for another reason than one would who reads from the front.
    """
    opening = b"<item>" if b"<item>" in body else b"<entry>"
    if opening not in body:
        return None
    references = body.count(b"&")
    if references > len(body) // 100 and references > MOST_REFERENCES * body.count(opening):
        return None
    text = body.decode()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    reader = _Reader(most)
    rest = _entries(reader, text, opening.decode())
    reader.parser.Parse(text[rest:], True)
    if reader.has_not_heard_all:
        ParserCreate("utf-8", " ").Parse(body, True)
    return reader


def _entries(reader: _Reader, text: str, opening: str) -> int:
    """Read the entries; return from where on the callbacks have to hear all."""
    at, closing = text.find(opening), f"</{opening[1:]}"
    hear, usual, length = reader.parser.Parse, reader.usual, len(opening)
    hear(text[:at], False)
    depth, is_settled = reader.depth, settled(text, 0, at)
    while is_settled and reader.is_between(depth) and usual.means_item(opening[1:-1]):
        following = text.find(opening, at + length)
        end = following if following >= 0 else len(text)
        found = usual.entry(text, at + length, end, closing, reader.root_base)
        if found is not None and following < 0:
            reader.keep(found[0])
            return found[1]
        if found is not None and (found[1] == end or text[found[1] : end].isspace()):
            reader.keep(found[0])
        else:
            hear(text[at:end], False)
            is_settled = following >= 0 and settled(text, at, end)
        at = end
    return at


class _Reader:
    """Expat's callbacks, and what the entry at hand has said so far."""

    def __init__(self, most: int) -> None:
        self.entries: list[Entry] = []
        self.left = 0
        self.most = most
        self.kinds = Kinds()
        self.usual = Usual(self.kinds)
        self.has_not_heard_all = False
        self.depth = self.entry_depth = self.field_depth = self.author_depth = self.skipped_depth = 0
        self.kind = ""
        self.pieces: list[str] | None = None
        self.markup = self.encoded = self.closed = False
        self.root_base = self.base = ""
        self._empty()
        # The override keeps a declaration of another encoding, already undone, from being obeyed.
        parser = ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.buffer_size = 65_536
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartNamespaceDeclHandler = self._namespace
        parser.EndNamespaceDeclHandler = self._namespace_over
        parser.StartDoctypeDeclHandler = _doctype
        parser.SkippedEntityHandler = _entity
        self.parser = parser

    def _empty(self) -> None:
        self.said: dict[str, str] = {}
        self.contents: list[str] = []
        self.has_content = self.as_content = self.permalink = False
        self.summary_depth = DEEPEST

    def _start(self, name: str, attrs: dict[str, str]) -> None:
        self.depth = depth = self.depth + 1
        if depth > DEEPEST:
            raise Unsure("too deep")
        if self.pieces is not None:
            self._start_inside(name)
            return
        if self.skipped_depth:
            return
        kind = self.kinds[name]
        if attrs and (base := attrs.get(_BASE) or attrs.get("base")):
            self._rebase(base, kind, name)
        if self.entry_depth == 0:
            if kind == "item":
                self._open(attrs)
            elif depth == 1 and kind != "root":
                raise Unsure(f"a root of another kind: {name}")
            elif "href" in attrs and kind is None and name.endswith("channel"):
                raise Unsure("a channel of another kind")
        elif self.author_depth:
            self._start_in_author(kind)
        elif kind is not None:
            if kind in _SIMPLE and not attrs and depth == self.entry_depth + 1:
                self._collect(kind)
            else:
                self._start_field(kind, attrs)

    def _rebase(self, base: str, kind: str | None, name: str) -> None:
        if kind == "root":
            self.root_base = self.base = base
        elif kind == "item":
            self.base = joined(self.root_base, base)
        elif kind in ("link", "id") or (kind is None and (self.entry_depth or name.endswith("channel"))):
            raise Unsure("a base address of its own")

    def _open(self, attrs: dict[str, str]) -> None:
        self.entry_depth = self.depth
        self._empty()
        if attrs:
            if "href" in attrs or "lastmod" in attrs:
                raise Unsure("an item of another kind")
            if about := attrs.get(f"{RDF} about") or attrs.get("rdf:about"):
                self.said["id"] = about

    def _start_field(self, kind: str, attrs: dict[str, str]) -> None:
        if self.depth > self.entry_depth + 1 and not kind.startswith("media"):
            raise Unsure(f"a {kind} inside of something else")
        if kind == "link" and self._is_reference(attrs):
            return
        if kind == "author":
            self.author_depth = self.depth
            self.own: list[str] = []
            self.named: dict[str, str] = {}
            self.parser.CharacterDataHandler = self.own.append
            return
        if kind in ("source", "contributor"):
            self.skipped_depth = self.depth
            if kind == "source":
                self.said["source"] = "yes"
            return
        if kind in ("name", "email"):
            return
        if kind == "image":
            self.said["source"] = "yes"  # another title after it would count, with feedparser
            return
        if kind in ("item", "root", "odd"):
            raise Unsure(f"a {kind} in an entry")
        if kind in ("title", "media title", "summary", "media summary", "content", "body"):
            kind = self._start_words(kind, attrs)
        elif kind == "id":
            if "id" in self.said:
                raise Unsure("which id counts")
            self.permalink = attrs.get("isPermaLink", attrs.get("ispermalink", "true")) == "true"
        self._collect(kind)

    def _is_reference(self, attrs: dict[str, str]) -> bool:
        """Read a link that holds its address in an attribute, as Atom's do."""
        if not attrs:
            return False
        address = attrs.get("href")
        if address is None:
            if "url" in attrs or "uri" in attrs:
                raise Unsure("an odd link")
            return False
        rel = attrs.get("rel", "alternate").lower()
        kind = attrs.get("type", "text/html").lower()
        if rel == "alternate" and kind in WEB_PAGES:
            self.said["link"] = joined(self.base, address)
        return True

    def _start_words(self, kind: str, attrs: dict[str, str]) -> str:
        how = "xhtml" if kind == "body" else ""
        if attrs:
            how = attrs.get("type", how).lower()
            self.encoded = attrs.get("mode") == "base64" or not (
                how in MARKUP_FREE
                or how in _MARKUP
                or how.startswith("text/")
                or how.endswith(("+xml", "/xml"))
            )
        self.markup = how in _MARKUP
        self.closed = how.endswith("xml") and not self.markup
        if kind == "body":
            return "content"
        if kind == "content":
            self.has_content = True
        elif kind.endswith("summary"):
            # A second summary is taken for the content, as long as nothing else was.
            self.as_content = "summary" in self.said and not self.has_content
            self.has_content = self.has_content or self.as_content
        return kind

    def _collect(self, kind: str) -> None:
        self.kind = kind
        self.field_depth = self.depth
        pieces: list[str] = []
        self.pieces = pieces
        self.parser.CharacterDataHandler = self._escaped if self.markup else pieces.append

    def _escaped(self, text: str) -> None:
        if self.pieces is not None:
            self.pieces.append(escape(text, quote=False))

    def _start_inside(self, name: str) -> None:
        """Take an element in a text for markup, whatever the text was said to be."""
        if self.kind not in _WORDY or self.closed or self.kinds[name] is not None or self.pieces is None:
            raise Unsure(f"an element inside of a {self.kind}")
        if len(self.pieces) > MOST_PIECES:
            raise Unsure("more markup than text")
        if not self.markup:
            if name.endswith("div"):
                return
            self.markup = True
            self.parser.CharacterDataHandler = self._escaped
        self.pieces.append(f"<{name.rpartition(' ')[2]}>")

    def _start_in_author(self, kind: str | None) -> None:
        if kind in ("name", "email"):
            self._collect(kind)
        elif kind is not None:
            raise Unsure(f"a {kind} in an author")
        else:
            self.parser.CharacterDataHandler = None

    def _end(self, name: str) -> None:
        depth = self.depth
        self.depth = depth - 1
        if self.pieces is not None:
            if depth == self.field_depth:
                self._end_field(self.pieces)
            elif self.markup:
                self.pieces.append(f"</{name.rpartition(' ')[2]}>")
        elif depth == self.entry_depth:
            self._close()
        elif self.skipped_depth:
            if depth == self.skipped_depth:
                self.skipped_depth = 0
        elif self.author_depth:
            self._end_in_author(depth)

    def _end_in_author(self, depth: int) -> None:
        if depth > self.author_depth:
            self.parser.CharacterDataHandler = self.own.append
            return
        self.author_depth = 0
        self.parser.CharacterDataHandler = None
        name, mail = self.named.get("name"), self.named.get("email")
        both = f"{name} ({mail})" if name and mail else name or mail
        author = both or mended("".join(self.own).strip())
        if not author and "author" in self.said:
            raise Unsure("which author counts")
        self.said["author"] = author

    def _end_field(self, pieces: list[str]) -> None:
        self.pieces = None
        self.parser.CharacterDataHandler = None
        value = (pieces[0] if len(pieces) == 1 else "".join(pieces)).strip()
        kind = self.kind
        self.markup = self.closed = False
        if self.author_depth:
            self.named[kind] = value
            self.parser.CharacterDataHandler = self.own.append
            return
        if kind in _SIMPLE and value.isascii():
            self.said[kind] = value
            return
        if self.encoded:
            self.encoded = False
            value = _decoded(value)
        if not value.isascii():
            value = mended(value)
        if kind == "title":
            if not self.said.get("title"):
                self.said["title"] = value
            elif "source" in self.said:
                raise Unsure("which title counts")
        elif kind == "content":
            self.contents.append(value)
            self.said.setdefault("summary", value)
        elif kind.endswith("summary"):
            self._end_summary(value)
        else:
            self.said[kind] = value

    def _end_summary(self, value: str) -> None:
        if self.as_content:
            self.contents.append(value)
        elif self.field_depth <= self.summary_depth:
            self.summary_depth = self.field_depth
            self.said["summary"] = value

    def _close(self) -> None:
        self.entry_depth = 0
        said = self.said
        if "media title" in said and ("source" in said or not said.get("title")):
            raise Unsure("which title counts")
        if len(self.entries) >= self.most:
            self.left += 1
            return
        get = said.get
        identity, base = get("id", ""), self.base
        self.base = self.root_base
        identity, link = addresses(identity, get("link"), self.permalink, base)
        texts = (get("summary", ""), *self.contents)
        dates = tuple([date for key in DATES if (date := get(key))])
        self.entries.append(Entry(identity, link, get("title", ""), texts, get("author", ""), dates))

    def _namespace(self, prefix: str | None, address: str | None) -> None:
        """Be unsure of a familiar prefix for an unfamiliar namespace."""
        self.usual.begin(prefix or "", address or "")
        known = (address or "").lower()
        if not known or known in PLAIN or known in NAMESPACES:
            return
        if self.pieces is None and (prefix is None or prefix.lower() in NAMESPACES.values()):
            raise Unsure(f"an unknown namespace: {address}")

    def _namespace_over(self, prefix: str | None) -> None:
        self.usual.end(prefix or "")

    def is_between(self, depth: int) -> bool:
        """Return whether no entry is open, at such a depth."""
        return self.depth == depth > 0 and self.entry_depth == 0 and self.pieces is None

    def keep(self, entry: Entry) -> None:
        """Take an entry that the callbacks have not heard of."""
        self.has_not_heard_all = True
        if len(self.entries) >= self.most:
            self.left += 1
        else:
            self.entries.append(entry)


def _decoded(value: str) -> str:
    """Undo base64, where it is that."""
    try:
        return base64.decodebytes(value.encode()).decode().strip()
    except ValueError:
        return value


def _doctype(name: str, system: str | None, public: str | None, inner: int) -> None:
    if inner:
        raise Unsure("a document type of its own, and with it perhaps entities")


def _entity(name: str, is_parameter: int) -> None:
    if not is_parameter:
        raise Unsure(f"an entity that is declared elsewhere: {name}")
