"""Markup out, words left; and which links may be shown.

Everything here is handed what strangers wrote, so every pass is linear in its input: a
tag ends before the next `<`, a comment that never ends takes the rest with it.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5
from urllib.parse import quote, urljoin, urlsplit

LONGEST_LINK = 4_000

_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|template)\b.*?(?:</\1\b[^<>]*>|\Z)", re.S | re.I)
_INSIDE = r"""[^<>"'=]*+(?:=\s*+(?:"[^"<]*+"|'[^'<]*+')?+[^<>"'=]*+|["'][^<>"'=]*+)*+>"""
_NAMES = (  # of what changes the looks of letters and tears no word apart
    "a(?:bbr|cronym)?|b(?:d[io]|ig)?|c(?:ite|ode)|d(?:el|fn)|em|font|i(?:ns)?|kbd|mark|q"
    "|s(?:amp|mall|pan|tr(?:ike|ong)|u[bp])?|t(?:ime|t)|u|var|wbr"
)
# Both begin with `<`, no choice before it and no care for capitals: so the search is three times as fast.
_INLINE = re.compile(rf"</?(?:{_NAMES}|{_NAMES.upper()})(?=[\s/>])" + _INSIDE)
_TAG = re.compile(r"</?[a-zA-Z]" + _INSIDE)
_DECLARATION = re.compile(r"<!\[CDATA\[|<[!?][^<>]*>|\]\]>")
_LETTERS = {name[:-1]: letter for name, letter in html5.items() if name.endswith(";")} | {
    f"#{code}": chr(code) for code in (*range(32, 127), *range(160, 384), *range(0x2010, 0x2060))
}
_CUT_TAG = re.compile(r"</?[a-zA-Z][^<>]*=[^<>]*\Z")
_BLOATED_REFERENCE = re.compile(r"&#(?:[0-9]{8,}+|[xX][0-9a-fA-F]{8,}+);?")
# Controls, halves of surrogate pairs, and what changes a text without being seen: soft hyphens,
# zero-width spaces, marks that turn the reading direction. Joiners stay: emoji and scripts need them.
_UNFIT = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
# The letters that Windows pages put where Unicode has controls.
_WINDOWS = {
    code: letter
    for code in range(0x80, 0xA0)
    if code != 0x85 and (letter := bytes([code]).decode("cp1252", "ignore"))
}
_PLAIN_LINK = re.compile(
    r"https?://[a-zA-Z0-9][a-zA-Z0-9.-]*(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?(?:[/?#][!#-;=?-\[\]_a-z~]*)?"
)
_PORT = re.compile(r":[0-9]{1,5}\Z")
_KEPT = "!#$%&'()*+,/:;=?@[]~"


def plain(html: str, limit: int = 20_000) -> str:
    """Return the words of a piece of HTML on one line, at most `limit` characters.

    Scripts, styles and comments go with what is in them, entities become characters, and
    text that never was HTML comes back as it is. At most 8 times the limit (100,000
    characters at least) is looked at.
    """
    text = html if len(html) <= 100_000 else html[: max(limit * 8, 100_000)]
    if "<" in text:
        text = _without_tags(text)
    if "&" in text:
        text = _unescaped(text)
    if "  " not in text and text.isprintable():
        text = text.strip()  # of all spaces only the usual one is printable
    else:
        text = " ".join(text.split())
        if not text.isprintable():
            text = _fit(text)
    return text if len(text) <= limit else text[:limit].rstrip()


def link(url: str, base: str = "") -> str:
    """Return the http(s) address, absolute, or nothing where it is none that may be followed."""
    if len(url) > LONGEST_LINK:
        return ""
    if _PLAIN_LINK.fullmatch(url):
        return url
    url = url.strip()
    if _UNFIT.search(url) or "\\" in url or any(letter in url for letter in "\t\r\n"):
        return ""
    try:
        return _checked(urljoin(base, url) if base else url)
    except ValueError:
        return ""


def _without_tags(text: str) -> str:
    # One letter is looked for in no time; two, in a text beyond Latin-1, take longer than the patterns.
    text = _TAG.sub(" ", _INLINE.sub("", _UNSEEN.sub(" ", text)))
    if "<" in text or "]" in text:
        text = _DECLARATION.sub(" ", text)
    return _CUT_TAG.sub("", text) if "<" in text else text


def _unescaped(text: str) -> str:
    first, *pieces = text.split("&")
    left = [first]
    for piece in pieces:
        name, closed, rest = piece.partition(";")
        letter = _LETTERS.get(name)
        if letter is None or not closed:
            return unescape(_BLOATED_REFERENCE.sub("", text))
        left.append(letter + rest)
    return "".join(left)


def _fit(text: str) -> str:
    text = text.translate(_WINDOWS)
    return " ".join(_UNFIT.sub("", text).split())


def _checked(url: str) -> str:
    """Raise ValueError for a bad port or bracket; that is how urlsplit says it."""
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or port == 0:
        return ""
    if not host.isascii():
        host = host.encode("idna").decode()
    if re.search(r"[^a-z0-9.:_-]", host) or (":" in host) != ("[" in parts.netloc):
        return ""
    place = f"[{host}]" if ":" in host else host
    place = place if port is None else f"{place}:{port}"
    tail = quote(url.partition(parts.netloc)[2], safe=_KEPT)
    address = f"{parts.scheme}://{place}{tail}"
    return address if len(address) <= LONGEST_LINK else ""
