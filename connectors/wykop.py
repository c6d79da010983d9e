"""Wykop: entries of its microblog and links that people dug up, by tag or by search.

API: https://doc.wykop.pl (v3). A key and secret of an application, from https://dev.wykop.pl, are
exchanged for a bearer token that reads and nothing else; it is kept in memory. Limits are narrow
and unstated, so a visit asks seldom. The newest come first and are read back to what is known.
Times are those of Polish clocks, without a zone: of the hour that autumn has twice the later
one is meant, unless that still lies ahead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from connectors import (
    Answer,
    Conversation,
    Get,
    Mention,
    Post,
    SourceGarbled,
    SourceRefused,
    SourceUnavailable,
)
from connectors import _sessions as sessions
from connectors._backward import Leaf, Listing, back
from connectors._contract import Ask
from connectors._dates import moment
from connectors._shapes import address, items, part, string, whole
from connectors._text import plain

API = "https://wykop.pl/api/v3"
SITE = "https://wykop.pl"
PAGE_SIZE = 50
MOST_PAGES = 20
OVERLAP_SECONDS, OVERLAP_ITEMS = 3600, 100
LASTS = timedelta(hours=12)
AHEAD = timedelta(minutes=5)

_WARSAW = ZoneInfo("Europe/Warsaw")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")
_LINKED = re.compile(r"!?\[([^\[\]]{1,500})\]\((https?://[^()\s]{1,2000})\)")
_EMPHASIS = re.compile(r"\*\*|__|`|^[>!]\s?", re.M)
_REFUSED = (400, 401, 403)


@dataclass(frozen=True, slots=True)
class Options:
    """`tags` without #, `search` as in Wykop's own search; both may be given.

    `comments` keeps the comments that come along with what is found, for no further ask.
    """

    key: SecretStr
    secret: SecretStr
    tags: tuple[str, ...] = ()
    search: str = ""
    comments: bool = True
    url: str = API

    def __post_init__(self) -> None:
        if not self.key.get_secret_value() or not self.secret.get_secret_value():
            raise ValueError("key and secret must not be empty")
        if not self.tags and not self.search.strip():
            raise ValueError("needs tags or a search")
        for tag in self.tags:
            if not re.fullmatch(r"#?\w{1,100}", tag):
                raise ValueError(f"tags must be single words, not {tag[:100]!r}")
        address("url", self.url)

    @property
    def session(self) -> str:
        return sessions.key("wykop", self.url, self.key.get_secret_value(), self.secret.get_secret_value())


def _utc() -> datetime:
    return datetime.now(UTC)


def fetch(options: Options, cursor: str | None, clock: Callable[[], datetime] = _utc) -> Conversation:
    """Read every tag and the search back to what the last visit saw."""
    listings = {}
    for tag in dict.fromkeys(tag.removeprefix("#").lower() for tag in options.tags):
        path = f"/tags/{quote(tag, safe='')}/stream"
        listings[f"tag {tag}"] = _listing(options, path, {"sort": "all", "type": "all"}, clock)
    if query := options.search.strip():
        for name in ("entries", "links"):
            asked: dict[str, str | int] = {"query": query, "sort": "newest"}
            listings[name] = _listing(options, f"/search/{name}", asked, clock)
    return back(listings, cursor, MOST_PAGES)


def _listing(
    options: Options, path: str, asked: dict[str, str | int], clock: Callable[[], datetime]
) -> Listing:
    def read(token: str, floor: int | None) -> Generator[Ask, Answer, Leaf]:
        body = yield from _ask(options, path, {**asked, "page": token or "1", "limit": PAGE_SIZE})
        return _leaf(options, body, token or "1", clock())

    return Listing(read, OVERLAP_SECONDS, OVERLAP_ITEMS)


def _leaf(options: Options, body: Any, page: str, now: datetime) -> Leaf:
    found = items("Wykop", body, "data")
    mentions: list[Mention] = []
    places: list[int] = []
    spoiled = 0
    for item in found:
        at = _moment(string(part(item).get("created_at")), now)
        if at is None or whole(item.get("id")) is None:
            spoiled += 1
            continue
        places.append(int(at.timestamp()))
        mentions += _mentions(item, at, now, options.comments)
    return Leaf(tuple(mentions), tuple(places), _older(body, page, len(found)), spoiled)


def _older(body: Any, page: str, count: int) -> str | None:
    """Return what asks for the next page: the API numbers them, or names the next one by a word."""
    about = part(body, "pagination")
    following, number = about.get("next"), whole(page)
    if isinstance(following, str | int) and not isinstance(following, bool) and following:
        return str(following)[:500] if count else None
    if not count or number is None:
        return None
    size, total = whole(about.get("per_page")), whole(about.get("total"))
    is_last = count < PAGE_SIZE if size is None or total is None else number * size >= total
    return None if is_last else str(number + 1)


def _mentions(item: dict[str, Any], at: datetime, now: datetime, comments: bool) -> Iterator[Mention]:
    """Yield what an entry or a link says, and the comments that came along."""
    identity = whole(item.get("id"))
    is_link = item.get("resource") == "link" or ("resource" not in item and "title" in item)
    kind, place = ("link", "link") if is_link else ("entry", "wpis")
    url = f"{SITE}/{place}/{identity}"
    title = plain(string(item.get("title")), 1_000)
    text = _words(item, "description" if is_link else "content")
    if (title or text) and not item.get("deleted"):
        yield Mention(f"{kind}-{identity}", url, _author(item), text, at, title)
    under = part(item, "comments").get("items") if comments else None
    for comment in under if isinstance(under, list) else ():
        comment = part(comment)
        number, said = whole(comment.get("id")), _words(comment, "content")
        then = _moment(string(comment.get("created_at")), now)
        if number is not None and said and then is not None and not comment.get("deleted"):
            yield Mention(f"comment-{kind}-{number}", f"{url}#{number}", _author(comment), said, then)


def _words(item: dict[str, Any], name: str) -> str:
    """Return the words of a text in Wykop's Markdown."""
    return plain(_EMPHASIS.sub("", _LINKED.sub(r"\1", string(item.get(name))[:100_000])))


def _author(item: dict[str, Any]) -> str:
    return plain(string(part(item, "author").get("username")), 200)


def _moment(text: str, now: datetime) -> datetime | None:
    """Return the moment at which Polish clocks showed this."""
    if not _LOCAL.fullmatch(text):
        return moment(text)
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=_WARSAW)
    except ValueError:
        return None
    later = local.replace(fold=1).astimezone(UTC)
    return moment((later if later <= now + AHEAD else local.astimezone(UTC)).isoformat())


# ---- the session


def _ask(options: Options, path: str, params: dict[str, str | int]) -> Generator[Ask, Answer, Any]:
    """Ask with a token; one that is refused is renewed once."""
    for is_last in (False, True):
        token = sessions.get(options.session) or (yield from _token(options))
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        answer = yield Get(options.url.rstrip("/") + path, params, headers, statuses=_REFUSED)
        if answer.status not in _REFUSED:
            return answer.json()
        if answer.status == 400 or is_last:
            break
        sessions.drop(options.session, token)
    raise _refusal(answer)


def _token(options: Options) -> Generator[Ask, Answer, str]:
    pair = {"key": options.key.get_secret_value(), "secret": options.secret.get_secret_value()}
    answer = yield Post(f"{options.url.rstrip('/')}/auth", {"data": pair}, statuses=_REFUSED)
    if answer.status in _REFUSED:
        error = _refusal(answer)
        if isinstance(error, SourceRefused):
            raise SourceRefused("Wykop refuses key and secret") from error
        raise error
    token = string(part(answer.json(), "data").get("token"))
    if not token or not token.isascii() or not token.isprintable():
        raise SourceGarbled("Wykop: the login gave no token")
    sessions.put(options.session, token, LASTS)
    return token


def _refusal(answer: Answer) -> SourceRefused | SourceUnavailable:
    """Return what a refusal means; a limit that is reached may come as a 400."""
    try:
        error = part(answer.json(), "error")
    except SourceGarbled:
        error = {}
    said = plain(f"{string(error.get('key'))} {string(error.get('message'))}", 200)
    if "limit" in said.lower():
        return SourceUnavailable(f"Wykop wants to be asked less often: {said}")
    return SourceRefused(f"Wykop answered {answer.status}: {said or 'it does not say why'}")
