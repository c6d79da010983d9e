"""A mail as text, and the posts that an alert mail tells of.

Known forms: Google Alerts (every result is a link through google.com/url), F5Bot (a line with
place, title and author, a link through f5bot.com/url, a snippet) and, as for Talkwalker Alerts,
any mail whose links are its items. Everything is a stranger's: every pass is linear, and bounded.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from hashlib import blake2b
from html import unescape
from itertools import islice
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from connectors._contract import Mention
from connectors._dates import moment
from connectors._text import link, plain

MOST_PARTS = 200
MOST_CHARACTERS = 400_000
MOST_ITEMS = 500
LONGEST_SNIPPET = 1_000
EARLY = timedelta(hours=1)

GOOGLE, F5BOT, LINKS, WHOLE = "google", "f5bot", "links", "whole"

_CHARSETS = re.compile(r"utf|iso8859|iso2022|cp\d|koi8|gb|big5|euc|shift|ascii|mac|johab|tis|hz|ptcp", re.I)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})\b([^<>]*)>")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_DATED = re.compile(r"""\b(?:datetime|content)\s*=\s*["']([0-9T:.Z+ -]{10,40})["']""", re.I)
_HIDDEN = ("script", "style", "head", "title")
_URL = re.compile(r"https?://[^\s<>\"']+")
_GOOGLE = re.compile(r"(?:[a-z0-9-]+\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?")
_WRAPPED = ("url", "q", "u", "target")
_REDDIT = re.compile(r"/comments/([a-z0-9]{1,12})(?:/[^/]*/([a-z0-9]{1,12}))?", re.I)
_BOILERPLATE = re.compile(
    r"unsubscribe|preferences|settings|in (?:your|a|the) browser|view (?:online|this)|privacy|terms of"
    r"|log ?in\b|sign in\b|edit (?:this )?alert|manage|feedback|flag as|see more|all results"
    r"|contact us|forward to"
    r"|wypisz|zrezygnuj|rezygnacj|ustawienia|preferencje|w przeglądarce|polityk[aię] prywatno",
    re.I,
)
_F5_PLACE = r"(?:Reddit|Hacker News|Lobsters|Lobste\.rs)\b[^:]{0,80}:\s*"
_F5_BEFORE = re.compile(rf"(?:Keyword:\s*\"[^\"]{{0,200}}\"\s*)?(?:{_F5_PLACE}['\"]?)?\s*\Z")
_F5_LINE = re.compile(rf"{_F5_PLACE}['\"]?(.*?)['\"]?(?:\s+by\s+(\S{{1,60}}))?\s*\Z")
_F5_AUTHOR = re.compile(r"\s*['\"]?\s*by\s+(\S{1,60})(?:\s+|\Z)")
_F5_END = re.compile(r"Do you have comments or suggestions|You are receiving this|Want to advertise", re.I)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as far as we read it; `html` and `text` are what it has of either, `at` in UTC."""

    key: str
    sender: str
    name: str
    subject: str
    at: datetime | None
    html: str
    text: str


@dataclass(slots=True)
class Item:
    """One post that a mail tells of."""

    url: str
    title: str = ""
    words: list[str] = field(default_factory=list)
    author: str = ""
    at: datetime | None = None
    open: bool = True


class Part(NamedTuple):
    """A stretch of HTML, inside a link where `href` is not empty, or a date that stands there."""

    html: str
    href: str = ""
    dated: str = ""


def letter(body: bytes, got_at: datetime | None, now: datetime | None = None) -> Letter:
    """Read a mail; raise ValueError for one that is none.

    It is dated as it says, unless that lies after `now`: then by `got_at`, when the server got it.
    """
    try:
        message = message_from_bytes(body)
        texts = _texts(message)
    except (RecursionError, LookupError, TypeError, AttributeError, AssertionError) as error:
        raise ValueError(f"no mail that we can read: {type(error).__name__}") from error
    headers = {name: _header(message, name) for name in ("From", "Subject", "Date", "Message-ID")}
    name, sender = parseaddr(headers["From"])
    html, text = texts.get("html", ""), texts.get("plain", "")
    if not html and not text and not headers["Subject"]:
        raise ValueError("a mail without words")
    key = headers["Message-ID"].strip(" <>")
    if not key:
        key = _digest(headers["Date"], headers["From"], headers["Subject"], (text or html)[:2_000])
    at = moment(headers["Date"])
    if at is None or (now is not None and at > now + EARLY):
        at = got_at
    subject = plain(headers["Subject"], 500)
    return Letter(key[:300], sender.lower()[:200], plain(name, 200), subject, at, html, text)


def form_of(found: Letter) -> str:
    """Tell what a mail is, by who sent it and how it is made."""
    domain = found.sender.rpartition("@")[2]
    both = found.html + found.text
    if domain == "f5bot.com" or domain.endswith(".f5bot.com") or "f5bot.com/url?" in both:
        return F5BOT
    if "google.com/url?" in both and ("googlealerts" in found.sender or "google.com/alerts" in both):
        return GOOGLE
    return LINKS if domain == "talkwalker.com" or domain.endswith(".talkwalker.com") else WHOLE


def split(found: Letter, form: str) -> list[Mention]:
    """Return the mentions of a mail of that form, each once."""
    if form == WHOLE:
        return [_whole(found)]
    items = _from_html(found.html, form) if found.html else []
    items = items or _from_text(found.text, form)
    told = {one.id: one for one in (_mention(found, item) for item in items[:MOST_ITEMS]) if one is not None}
    return list(told.values())


def reddit_name(url: str) -> str:
    """Return the fullname of the post or comment that an address leads to; nothing where it is none."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host == "redd.it" and re.fullmatch(r"/[a-z0-9]{1,12}/?", parts.path):
        return "t3_" + parts.path.strip("/")
    if host != "reddit.com" and not host.endswith(".reddit.com"):
        return ""
    found = _REDDIT.search(parts.path)
    if found is None:
        return ""
    return f"t1_{found[2].lower()}" if found[2] else f"t3_{found[1].lower()}"


def unwrapped(url: str) -> str:
    """Return the http(s) address that a link leads to in the end, as far as it says so itself."""
    url = link(unescape(url))
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_ours = host.endswith(("f5bot.com", "talkwalker.com")) or _GOOGLE.fullmatch(host)
    if not is_ours or not parts.query:
        return url
    try:
        query = parse_qs(parts.query, max_num_fields=50)
    except ValueError:
        return url
    inner = (link(query[name][0]) for name in _WRAPPED if name in query)
    return next(filter(None, inner), url)


# ---- from bytes to words


def _texts(message: Message) -> dict[str, str]:
    """Return the plain text and the HTML of a mail, joined; attachments are left out."""
    found: dict[str, str] = {}
    for part in islice(message.walk(), MOST_PARTS):
        kind = part.get_content_subtype()
        if part.get_content_maintype() != "text" or kind not in ("plain", "html"):
            continue
        if part.get_content_disposition() == "attachment" or part.get_filename():
            continue
        held = found.get(kind, "")
        found[kind] = f"{held}\n{_decoded(part)}"[:MOST_CHARACTERS] if held else _decoded(part)
    return found


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = str(part.get_content_charset() or "utf-8")
    try:
        known = codecs.lookup(charset).name
        if not _CHARSETS.match(known):
            raise LookupError(charset)
        return data.decode(known)[:MOST_CHARACTERS]
    except (LookupError, ValueError):
        pass
    try:
        return data.decode()[:MOST_CHARACTERS]
    except ValueError:
        return data.decode("cp1250", "replace")[:MOST_CHARACTERS]


def _header(message: Message, name: str) -> str:
    value = message.get(name)
    if value is None:
        return ""
    try:
        return " ".join(str(make_header(decode_header(value))).split())[:1_000]
    except Exception:  # each version of the email package has its own errors for broken headers
        return plain(str(value), 1_000)


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


# ---- from words to items


def _parts(html: str) -> Iterator[Part]:
    """Cut HTML where links begin and end, and where a date stands."""
    html = _COMMENT.sub(" ", html)
    begin, href, hidden = 0, "", ""
    for tag in _TAG.finditer(html):
        close, name, about = bool(tag[1]), tag[2].lower(), tag[3]
        if hidden:
            if close and name == hidden:
                begin, hidden = tag.end(), ""
            continue
        if name in _HIDDEN and not close:
            yield Part(html[begin : tag.start()], href)
            hidden = name
        elif name == "a":
            yield Part(html[begin : tag.start()], href)
            found = None if close else _HREF.search(about)
            href = "" if found is None else next(filter(None, found.groups()), "")
            begin = tag.end()
        elif (name == "time" or "datePublished" in about) and (dated := _DATED.search(about)):
            yield Part("", "", dated[1])
    if not hidden:
        yield Part(html[begin:], href)


def _from_html(html: str, form: str) -> list[Item]:
    found: dict[str, Item] = {}
    last: Item | None = None
    for part in _parts(html):
        if part.dated:
            if last is not None:
                last.at = last.at or moment(part.dated)
        elif not part.href:
            words = plain(part.html, LONGEST_SNIPPET)
            if last is not None and last.open and words:
                last.words.append(words)
        elif (url := _item_url(part.href, form)) is None:
            if last is not None:
                last.open = False
        else:
            title = plain(part.html, 500)
            if form == LINKS and url not in found and not _is_title(title):
                continue
            last = found.setdefault(url, Item(url))
            last.title = last.title or title
            if len(found) > MOST_ITEMS:
                break
    return [_polished(item, form) for item in found.values()]


def _item_url(href: str, form: str) -> str | None:
    """Return where a link of an item leads to, None where the link is none of an item."""
    raw = link(unescape(href))
    real = unwrapped(href)
    parts = urlsplit(raw)
    host = parts.hostname or ""
    if form == GOOGLE:
        return real if _GOOGLE.fullmatch(host) and parts.path == "/url" and real != raw else None
    if form == F5BOT:
        return real if real != raw or (real and _place_key(real)) else None
    return real if real and not (urlsplit(real).hostname or "").endswith("talkwalker.com") else None


def _is_title(title: str) -> bool:
    return any(map(str.isalnum, title)) and not (len(title) < 60 and _BOILERPLATE.search(title))


def _from_text(text: str, form: str) -> list[Item]:
    """Read a mail without HTML: lines, with the address of an item below its title."""
    found: dict[str, Item] = {}
    pending: list[str] = []
    last: Item | None = None
    for line in text.splitlines():
        line = line.strip()
        if (address := _URL.search(line)) is None:
            if not line:
                last = None if form != F5BOT else last
                pending = pending if form == F5BOT else []
            elif form == F5BOT and last is not None and not _F5_LINE.match(line) and "Keyword:" not in line:
                last.words.append(plain(line, LONGEST_SNIPPET))
            else:
                pending.append(line)
            continue
        url = _item_url(address[0].rstrip(").,;]>"), form)
        if url is None:
            continue
        last = found.setdefault(url, Item(url))
        before = plain(line[: address.start()].rstrip(" <(-:"), 500)
        lines = [*pending, *([before] if before else [])]
        if not last.title and lines:
            last.title, rest = (lines[-1], []) if form == F5BOT else (lines[0], lines[1:])
            last.words += rest
        pending = []
        if len(found) > MOST_ITEMS:
            break
    return [_polished(item, form) for item in found.values() if form != LINKS or _is_title(item.title)]


def _polished(item: Item, form: str) -> Item:
    """Take out what the service itself puts around an item."""
    words = " ".join(item.words)[: 4 * LONGEST_SNIPPET]
    if form == F5BOT:
        if line := _F5_LINE.match(item.title):
            item.title, item.author = line[1], line[2] or ""
        if author := _F5_AUTHOR.match(words):
            item.author, words = author[1], words[author.end() :]
        words = _F5_END.split(words, maxsplit=1)[0]
        words = _F5_BEFORE.sub("", words, count=1)
    item.words = [words.strip(" '\"\u201c\u201d")] if form == F5BOT else [words]
    return item


# ---- from items to mentions


def _mention(found: Letter, item: Item) -> Mention | None:
    title, text = plain(item.title, 500), plain(" ".join(item.words), LONGEST_SNIPPET)
    if not title and not text:
        return None
    key = _place_key(item.url) or _digest(item.url, title)
    at = item.at if item.at is not None and (found.at is None or item.at <= found.at) else found.at
    return Mention(key, item.url, plain(item.author, 200), text or title, at, title)


def _place_key(url: str) -> str:
    """Return the name that the place itself gives to what an address leads to."""
    parts = urlsplit(url)
    if parts.hostname == "news.ycombinator.com" and (
        number := re.fullmatch(r"id=([0-9]{1,12})", parts.query)
    ):
        return f"hn:{number[1]}"
    return reddit_name(url)


def _whole(found: Letter) -> Mention:
    text = plain(found.text) or " ".join(_words(found.html))
    author = found.name or found.sender
    return Mention(found.key, "", author, plain(text) or found.subject, found.at, found.subject)


def _words(html: str) -> Iterable[str]:
    return (plain(part.html) for part in _parts(html) if part.html.strip())
