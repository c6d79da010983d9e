"""Entries of the usual shape, read by one pattern: fields one after another, with text or data in them.

Nothing is guessed here: what the pattern does not cover to the last letter, and what an
entry might say in two ways, is left to a reader that knows all of the grammar. Whether
the XML is well-formed has to be seen by somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

from connectors._entries import (
    DATES,
    MARKUP_FREE,
    MOST_KINDS,
    WEB_PAGES,
    Entry,
    Kinds,
    Unsure,
    addresses,
    joined,
    mended,
)

LONG = 20_000  # characters of an entry: of a longer one the tags are counted first
MOST_TAGS = 5_000
MOST_SHAPES = MOST_FIELDS = 100
MOST_ATTRIBUTES = 200
MOST_PREFIXES = 500

_NAME = r"""([^\s<>/!?"'=&]++)"""
_ATTRIBUTES = r"""\s(?:[^<>"'/]++|"[^"<>]*+"|'[^'<>]*+'|/(?!>))*+"""
_DATA = r"<!\[CDATA\[([^\]]*+(?:\](?!\]>)[^\]]*+)*+)\]\]>"
# Which tag an end belongs to need not be compared: in well-formed XML it can only be the last one.
_CHILD = rf"\s*+<[^\s<>/!?\"'=&]++(?:{_ATTRIBUTES})?+(?:/>|>[^<]*+</[^<>]++>)"
# The last choice takes all that is left: so nothing is passed over, and nothing tried twice.
_FIELD = re.compile(
    rf"[^<]*+<{_NAME}({_ATTRIBUTES})?+(?:/>|>(?:([^<]*+)|\s*+{_DATA}\s*+|((?:{_CHILD})+)\s*+)</[^<>]++>)|(.+)",
    re.S,
)
_IN_AUTHOR = re.compile(rf"<{_NAME}(?:{_ATTRIBUTES})?+(?:/>|>([^<]*+)<)")
_SCOPE = re.compile(r"\sxmlns[\s:=]|[\s:]base[\s=]")
_ATTRIBUTE = re.compile(rf"""\s+{_NAME}\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_REFERENCE = re.compile(r"&(?:amp|#([0-9]+)|#x([0-9a-fA-F]+));")
_APART = re.compile(
    r"(?:[^<]++|<(?![!?])|<!--.*?-->|<!\[CDATA\[[^\]]*+(?:\](?!\]>)[^\]]*+)*+\]\]>|<\?.*?\?>)*+", re.S
)  # comments, data, instructions: what looks like tags in there is none
_NONE = -1  # the place of what an entry does not say: beyond its last field, where nothing stands

_ODD = {"item", "root", "odd", "body"}
_WORDS = {"title", "media title", "summary", "media summary", "content"}
_SKIPPED = {"source", "contributor"}
_UNREAD = {None, "name", "email", "image"}

Field = tuple[str, str, str, str, str, str]


class Shape(NamedTuple):
    """Where an entry with such fields says what.

    `pick` takes the fields with title, id, link and author, so many `dates`, and the texts.
    """

    pick: Callable[[Sequence[Field]], tuple[Field, ...]]
    dates: int
    links: tuple[int, ...]
    has_other_title: bool


class _Names(dict[str, str | None]):
    """What an element is to us by its name in the text, as the prefixes stand where it does.

    Raises Unsure where a prefix is not known.
    """

    def __init__(self, kinds: Kinds) -> None:
        super().__init__()
        self._kinds = kinds
        self._scopes: dict[str, list[str]] = {}
        self._is_lost = False

    def __missing__(self, name: str) -> str | None:
        prefix, _, local = name.rpartition(":")
        space = self._scopes[prefix][-1] if prefix in self._scopes else ""
        if self._is_lost or (prefix and not space) or len(self) > MOST_KINDS:
            raise Unsure(f"a name without a meaning: {name}")
        self[name] = kind = self._kinds[f"{space} {local}" if space else local]
        return kind

    def begin(self, prefix: str, address: str) -> None:
        self.clear()
        self._scopes.setdefault(prefix, []).append(address)
        self._is_lost = self._is_lost or len(self._scopes) > MOST_PREFIXES
        if self._is_lost:
            self._scopes.clear()

    def end(self, prefix: str) -> None:
        self.clear()
        if spaces := self._scopes.get(prefix):
            spaces.pop()
            if not spaces:
                del self._scopes[prefix]


class Usual:
    """The reader of the usual entries of one feed; it learns the shapes they have."""

    def __init__(self, kinds: Kinds) -> None:
        self._names = _Names(kinds)
        self._shapes: dict[tuple[str, ...], Shape | None] = {}
        self._attributes: dict[str, dict[str, str]] = {}

    def begin(self, prefix: str, address: str) -> None:
        """Learn that a prefix stands for a namespace, until its `end`."""
        self._shapes.clear()
        self._names.begin(prefix, address)

    def end(self, prefix: str) -> None:
        self._shapes.clear()
        self._names.end(prefix)

    def means_item(self, name: str) -> bool:
        try:
            return self._names[name] == "item"
        except Unsure:
            return False

    def entry(self, text: str, begin: int, end: int, closing: str, base: str) -> tuple[Entry, int] | None:
        """Return the entry whose fields begin there, and where it ends; None where it is not a usual one."""
        if end - begin > LONG and text.count("<", begin, end) > MOST_TAGS:
            return None
        fields = _FIELD.findall(text, begin, end)
        if not fields or not (rest := fields[-1][5].lstrip()).startswith(closing):
            return None
        names = tuple([field[0] for field in fields])
        try:
            shape = self._shapes[names] if names in self._shapes else self._learned(names)
            if shape is None:
                return None
            is_simple = text.isascii() and text.find("&", begin, end) < 0
            return self._read(fields, shape, base, is_simple), end - len(rest) + len(closing)
        except Unsure:
            return None

    def _learned(self, names: tuple[str, ...]) -> Shape | None:
        shape = _shape([self._names[name] for name in names[:-1]])
        if len(self._shapes) < MOST_SHAPES and len(names) < MOST_FIELDS:
            self._shapes[names] = shape
        return shape

    def _read(self, fields: Sequence[Field], shape: Shape, base: str, is_simple: bool) -> Entry:
        if is_simple:
            said = [(field[3] or field[2]).strip() for field in shape.pick(fields)]
        else:
            said = [_value(field) for field in shape.pick(fields)]
        title, identity, address, author, *others = said
        link = address if shape.links else None
        permalink = True
        if more := [field for field in fields if field[1] or field[4]]:
            permalink, author = self._more(more, author)
            if shape.links:
                link = self._link([fields[place] for place in shape.links], base)
        if shape.has_other_title and not title:
            raise Unsure("which title counts")
        identity, address = addresses(identity, link, permalink, base)
        dates = tuple([date for date in others[: shape.dates] if date])
        texts = tuple(others[shape.dates :])
        # Entry(...) would take three times as long.
        return tuple.__new__(Entry, (identity, address, title, texts, author, dates))

    def _more(self, fields: Sequence[Field], author: str) -> tuple[bool, str]:
        """Look at attributes and at what fields hold; return whether the id is an address, and the author."""
        permalink = True
        for name, attributes, _, _, children, _ in fields:
            more = attributes + children
            if ("xmlns" in more or "base" in more) and _SCOPE.search(more):
                raise Unsure("names or addresses of its own")
            kind = self._names[name]
            if kind == "id" and attributes:
                told = self._told(attributes)
                permalink = told.get("isPermaLink", told.get("ispermalink", "true")) == "true"
            elif kind in _WORDS and attributes:
                self._check_words(self._told(attributes))
            if children and kind == "author":
                author = self._author(children)
            elif children and kind not in _SKIPPED:
                self._check_children(kind, children)
        return permalink, author

    def _link(self, fields: Sequence[Field], base: str) -> str | None:
        """Return the last of the addresses that count."""
        link = None
        for _, attributes, text, data, _, _ in fields:
            told = self._told(attributes) if attributes else {}
            address = told.get("href")
            if address is not None:
                kind = told.get("type", "text/html").lower()
                if told.get("rel", "alternate").lower() == "alternate" and kind in WEB_PAGES:
                    link = joined(base, address) if base else address
            elif "url" in told or "uri" in told:
                raise Unsure("an odd link")
            else:
                link = mended((data or unescaped(text)).strip())
        return link

    def _author(self, children: str) -> str:
        told = {}
        for name, value in _IN_AUTHOR.findall(children):
            kind = self._names[name]
            if kind in ("name", "email"):
                told[kind] = unescaped(value).strip()
            elif kind is not None:
                raise Unsure(f"a {kind} in an author")
        name, mail = told.get("name"), told.get("email")
        return f"{name} ({mail})" if name and mail else name or mail or ""

    def _check_words(self, told: dict[str, str]) -> None:
        how = told.get("type", "").lower()
        if "mode" in told or not (how in MARKUP_FREE or how.startswith("text/")):
            raise Unsure("words that have to be decoded")

    def _check_children(self, kind: str | None, children: str) -> None:
        """Whatever stands in an unknown field has to be unknown too."""
        within = [self._names[name] for name, _ in _IN_AUTHOR.findall(children)]
        if kind not in _UNREAD or any(within):
            raise Unsure("fields inside of fields")

    def _told(self, attributes: str) -> dict[str, str]:
        told = self._attributes.get(attributes)
        if told is None:
            if not attributes.isprintable():
                raise Unsure("attributes with line breaks")
            told = {name: unescaped(a or b) for name, a, b in _ATTRIBUTE.findall(attributes)}
            if len(self._attributes) < MOST_ATTRIBUTES:
                self._attributes[attributes] = told
        return told


def unescaped(text: str) -> str:
    """Undo the references of well-formed XML."""
    if "&" not in text:
        return text
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&apos;", "'")
    if "&#" in text:  # in one pass: what the one leaves may look like another
        return _REFERENCE.sub(_letter, text)
    return text.replace("&amp;", "&")


def _value(field: Field) -> str:
    value = (field[3] or unescaped(field[2])).strip()
    return value if value.isascii() else mended(value)


def settled(text: str, begin: int, end: int) -> bool:
    """Return whether all comments, data and instructions that begin there end there too."""
    if text.startswith("<?", begin) and (begin := text.find("?>", begin, end)) < 0:
        return False
    if text.find("<!", begin, end) < 0 and text.find("<?", begin, end) < 0:
        return True
    return _APART.fullmatch(text, begin, end) is not None


def _letter(reference: re.Match[str]) -> str:
    decimal, sixteen = reference[1], reference[2]
    if not decimal and not sixteen:
        return "&"
    code = int((decimal or sixteen)[:8], 10 if decimal else 16)
    if code > 0x10FFFF:
        raise Unsure("no character, or one behind many noughts")
    return chr(code)


def _shape(kinds: Sequence[str | None]) -> Shape | None:
    """Return where fields of such kinds say what, None where that depends on more."""
    several = [kinds.count(kind) > 1 for kind in ("title", "id", "author")]
    has_other_title = "media title" in kinds
    if any(several) or not _ODD.isdisjoint(kinds):
        return None
    if has_other_title and not {"source", "image"}.isdisjoint(kinds):
        return None
    links = tuple([place for place, kind in enumerate(kinds) if kind == "link"])
    dates = [place for kind in DATES if (place := _last(kinds, kind)) != _NONE]
    firsts = [_last(kinds, kind) for kind in ("title", "id", "link", "author")]
    return Shape(itemgetter(*firsts, *dates, *_texts(kinds)), len(dates), links, has_other_title)


def _last(kinds: Sequence[str | None], kind: str) -> int:
    return max([place for place, other in enumerate(kinds) if other == kind], default=_NONE)


def _texts(kinds: Sequence[str | None]) -> list[int]:
    """Return the places of the summary and the contents: a second summary is taken for the first content."""
    summary, contents = _NONE, []
    for place, kind in enumerate(kinds):
        if kind == "content":
            contents.append(place)
            summary = place if summary == _NONE else summary
        elif kind in ("summary", "media summary"):
            if summary != _NONE and not contents:
                contents.append(place)
            else:
                summary = place
    return [summary, *contents]
