"""What came in place of a feed's XML: packed, in wide letters, slightly broken, or no feed at all.

Every pass here is linear in its input, and what is unpacked is bounded.
"""

from __future__ import annotations

import re
import zlib
from html.entities import name2codepoint

from connectors._contract import SourceGarbled
from connectors._text import plain

MOST_BYTES = 5_000_000
_PART = 4_096
MOST_AMPERSANDS = 100_000

_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.I)
_FEED = re.compile(rb"<(?:rss|(?:\w+:)?rdf|(?:\w+:)?feed|channel)\b", re.I)
_ITEM = re.compile(rb"<(?:item|entry)[\s>]", re.I)
_ROOT = re.compile(rb"<\?xml\s|<(?:rss|feed|rdf:RDF)\b")
_LAST = re.compile(rb"</(?:rss|feed|rdf:RDF)\s*>")
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}\?>")
_TITLE = re.compile(rb"<title\b[^<>]{0,200}>([^<]{1,500})", re.I)
_LOGIN = re.compile(rb"""type\s*=\s*["']?password\b""", re.I)
_CHALLENGE = re.compile(rb"cf-chl|/cdn-cgi/challenge|g-recaptcha|h-captcha|just a moment\.\.\.", re.I)
_WIDE = (  # how a body in wide letters begins; the marks of UTF-32 first, for they hold those of UTF-16
    (re.compile(rb"\xff\xfe\0\0|\0\0\xfe\xff"), "utf-32"),
    (re.compile(rb"\xff\xfe|\xfe\xff"), "utf-16"),
    (re.compile(rb"<\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0<"), "utf-32-be"),
    (re.compile(rb"<\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0<\0[^\0]"), "utf-16-be"),
)
_MAGIC = (
    (b"%PDF", "a PDF file"), (b"\x89PNG", "a picture"), (b"GIF8", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"RIFF", "a picture or a recording"), (b"PK\x03\x04", "a zip file"), (b"ID3", "a recording"),
    (b"\x1f\x8b", "a packed file in a packed file"),
)  # fmt: skip
_ROOTS = {
    b"urlset": "a sitemap",
    b"sitemapindex": "a list of sitemaps",
    b"opml": "an OPML list of feeds",
    b"OpenSearchDescription": "a description of a search",
    b"Error": "an error message in XML",
    b"svg": "a picture",
}
_FIRST = re.compile(rb"<([A-Za-z_][\w.-]{0,60})[\s>/]")
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r")
# What is set apart as data is passed over, to its end or the end of all.
_AMPERSAND = re.compile(
    rb"<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*)|&(#(?:[0-9]+|[xX][0-9a-fA-F]+);|[A-Za-z][A-Za-z0-9]{0,30};|)",
    re.S,
)
_XML_ENTITIES = (b"amp;", b"lt;", b"gt;", b"quot;", b"apos;")


def opened(body: bytes, content_type: str) -> tuple[bytes, str]:
    """Return the body unpacked, in letters that hold ASCII, and the content type that still holds for it.

    Raises SourceGarbled where it is packed and broken, or unpacks to too much.
    """
    if body[:2] == b"\x1f\x8b":
        body = _unpacked(body)
    if body[:1] in (b"\xff", b"\xfe", b"\0", b"<") and (narrow := _narrowed(body)) is not None:
        return narrow, ""
    return (body.strip() if body[:1].isspace() else body), content_type


def _narrowed(body: bytes) -> bytes | None:
    """Return a body in wide letters as UTF-8, None for one that only begins like it."""
    for mark, encoding in _WIDE:
        if mark.match(body):
            text = body[: MOST_BYTES * 2].decode(encoding, "replace")
            narrow = _DECLARATION.sub("", text, count=1).strip().encode("utf-8", "replace")
            return narrow if has_items(narrow) or not has_items(body) else None
    return None


def without_illegal(body: bytes) -> bytes:
    """Take out the characters that XML forbids, written as themselves or as references."""
    if 0 < body.count(b"&#") <= MOST_AMPERSANDS:
        body = _REFERENCE.sub(_legal, body)
    return body.translate(None, _CONTROLS)


def mended(body: bytes) -> bytes:
    """Return the body without what most often keeps a feed from being well-formed.

    That is: forbidden characters, ampersands that stand for themselves, the entities of
    HTML, and whatever stands before the root or after it.
    """
    body = without_illegal(body)
    if 0 < body.count(b"&") <= MOST_AMPERSANDS:
        body = _AMPERSAND.sub(_escaped, body)
    root = _ROOT.search(body)
    begin = root.start() if root else 0
    ends = [last.end() for last in _LAST.finditer(body, max(begin, len(body) - 20_000))]
    end = ends[-1] if ends and not has_items(body[ends[-1] :]) else len(body)
    return body[begin:end]


def has_items(body: bytes) -> bool:
    return _ITEM.search(body) is not None


def web_page(body: bytes) -> str:
    """Return what kind of web page this is, or nothing where it may be a feed."""
    if not _PAGE.search(body[:4000]) or _FEED.search(body):
        return ""
    kind = "a web page"
    if _LOGIN.search(body):
        kind = "a login page"
    elif _CHALLENGE.search(body):
        kind = "a web page that asks whether we are human"
    title = _TITLE.search(body[:100_000])
    name = plain(title[1].decode("utf-8", "replace"), 80) if title else ""
    return f"{kind} (“{name}”)" if name else kind


def not_a_feed(body: bytes = b"") -> SourceGarbled:
    """Say what the body is instead, where that can be told."""
    for magic, what in _MAGIC:
        if body.startswith(magic):
            return SourceGarbled(f"this is {what}, not a feed")
    if (first := _FIRST.search(body[:4000])) and (known := _ROOTS.get(first[1])):
        return SourceGarbled(f"this is {known}, not a feed")
    return SourceGarbled("this is no feed: neither RSS, RDF, Atom nor JSON Feed")


def _unpacked(body: bytes) -> bytes:
    """Unpack to where it breaks, if it does."""
    unpacking, found = zlib.decompressobj(zlib.MAX_WBITS | 16), bytearray()
    for at in range(0, len(body), _PART):
        try:
            found += unpacking.decompress(body[at : at + _PART], MOST_BYTES)
        except zlib.error as error:
            if not found and has_items(body):
                return body
            if not found:
                raise SourceGarbled(f"this is packed, and broken: {error}") from error
            break
        if len(found) > MOST_BYTES or unpacking.unconsumed_tail:
            raise SourceGarbled(f"this unpacks to more than {MOST_BYTES:,} bytes")
    return bytes(found)


def _legal(reference: re.Match[bytes]) -> bytes:
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    code = int(digits, base) if len(digits) <= 8 else -1
    fine = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return reference[0] if fine else b""


def _escaped(found: re.Match[bytes]) -> bytes:
    name = found[1]
    if name is None or name.startswith(b"#") or name in _XML_ENTITIES:
        return found[0]
    code = name2codepoint.get(name[:-1].decode()) if name else None
    return b"&#%d;" % code if code else b"&amp;" + name
