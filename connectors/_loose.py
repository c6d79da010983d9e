"""The reader of last resort: takes what it can from feeds too broken or too nasty for the others.

It looks for the tags that feeds are made of and for nothing else, forgives every tag that
is missing, and goes through the text once: the time it takes grows with the length of a
feed and with nothing in it.
"""

from __future__ import annotations

import re
from html import unescape

from connectors._strict import Entry, declared

_FIELDS = {
    "title": "title", "link": "link", "guid": "id", "id": "id", "author": "author", "creator": "author",
    "description": "text", "summary": "text", "content": "text", "encoded": "text",
    "pubdate": "published", "published": "published", "issued": "published",
    "updated": "updated", "modified": "updated", "date": "updated", "created": "created",
}  # fmt: skip
_MARK = re.compile(
    r"<!--|<!\[CDATA\[|<(/?)(?:[A-Za-z][\w.-]{0,40}:)?(item|entry|"
    + "|".join(_FIELDS)
    + r")(?=[\s/>])([^<>]{0,2000}+)>",
    re.I,
)
_ABOUT = re.compile(r"""\babout\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_REL = re.compile(r"""\brel\s*=\s*["']?([\w-]+)""", re.I)
_FALSE = re.compile(r"""\bispermalink\s*=\s*["']?false""", re.I)
_NAME = re.compile(r"<name\b[^<>]*>([^<]*)", re.I)
_BLOATED_REFERENCE = re.compile(r"&#(?:[0-9]{8,}+|[xX][0-9a-fA-F]{8,}+);?")


def read(body: bytes, content_type: str, most: int) -> tuple[list[Entry], int]:
    """Return at most `most` entries, and how many were left unread."""
    reader = _Reader(_text(body, content_type), most)
    reader.run()
    return reader.entries, reader.left


def _text(body: bytes, content_type: str) -> str:
    for name in ("utf-8-sig", *declared(body, content_type)):
        try:
            return body.decode(name)
        except (LookupError, UnicodeError):
            continue
    return body.decode("cp1252", "replace")


class _Reader:
    """One pass over the text; `field` is the one being read, which began at `begun`."""

    def __init__(self, text: str, most: int) -> None:
        self.text, self.most = text, most
        self.entries: list[Entry] = []
        self.left = 0
        self.inside = False
        self.field = ""
        self.begun = 0
        self.pieces: list[str] = []
        self._empty()

    def _empty(self) -> None:
        self.said: dict[str, str] = {}
        self.texts: list[str] = []
        self.permalink = True

    def run(self) -> None:
        text, at = self.text, 0
        lasting = {"<!--": "-->", "<![CDATA[": "]]>"}
        search = _MARK.search
        while (mark := search(text, at)) is not None:
            at = mark.end()
            if mark[2] is None:
                opening = mark[0].upper()
                ending = lasting[opening]
                # One that is never closed ends nothing: and no other of its kind is looked for.
                end = text.find(ending, at) if ending else -1
                if end < 0:
                    lasting[opening] = ""
                else:
                    self._set_apart(mark.start(), at, end, opening)
                    at = end + 3
            else:
                self._tag(mark, mark[2].lower())
        self._end_field(len(text))
        self._end_entry()

    def _set_apart(self, start: int, begin: int, end: int, opening: str) -> None:
        if self.field:
            self._take(start)
            if opening != "<!--":
                self.pieces.append(self.text[begin:end])
        self.begun = end + 3

    def _take(self, end: int) -> None:
        piece = self.text[self.begun : end]
        if "&" in piece and "<" not in piece:
            piece = unescape(_BLOATED_REFERENCE.sub("", piece))
        self.pieces.append(piece)

    def _tag(self, mark: re.Match[str], name: str) -> None:
        if name in ("item", "entry"):
            self._end_field(mark.start())
            self._end_entry()
            if not mark[1]:
                self._begin(mark[3])
        elif not self.inside:
            return
        elif mark[1]:
            if self.field == name:
                self._end_field(mark.start())
        elif self.field != "author" and not (self.field in _BROAD and name in _NARROW):
            self._end_field(mark.start())
            self._begin_field(mark, name)

    def _begin(self, attributes: str) -> None:
        self.inside = True
        self._empty()
        if found := _ABOUT.search(attributes):
            self.said["id"] = unescape(found[1] or found[2] or "")
            self.permalink = False

    def _begin_field(self, mark: re.Match[str], name: str) -> None:
        if name == "link" and (href := _HREF.search(mark[3])):
            rel = _REL.search(mark[3])
            if rel is None or rel[1].lower() == "alternate":
                self.said.setdefault("link", unescape(href[1] or href[2] or ""))
            return
        if name in ("guid", "id"):
            self.permalink = not _FALSE.search(mark[3])
        if not mark[3].endswith("/"):
            self.field, self.begun, self.pieces = name, mark.end(), []

    def _end_field(self, end: int) -> None:
        if not self.field:
            return
        self._take(end)
        kind, self.field = _FIELDS[self.field], ""
        value = "".join(self.pieces).strip()
        if kind == "author" and (name := _NAME.search(value)):
            value = name[1].strip()
        if kind == "text":
            self.texts.append(value)
        elif value:
            self.said.setdefault(kind, value)

    def _end_entry(self) -> None:
        if not self.inside:
            return
        self.inside = False
        if len(self.entries) >= self.most:
            self.left += 1
            return
        get = self.said.get
        identity = get("id", "")
        link = get("link") or (identity if self.permalink else "")
        dates = tuple([date for key in ("published", "updated", "created") if (date := get(key))])
        texts = tuple(self.texts[:10]) or ("",)
        self.entries.append(Entry(identity, link, get("title", ""), texts, get("author", ""), dates))


_BROAD = {"description", "summary", "content", "encoded"}
_NARROW = {"title", "link", "date", "content", "summary", "author"}
