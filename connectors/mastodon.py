"""Mastodon and what speaks its interface: hashtags, and with a token a search for words.

API: https://docs.joinmastodon.org/methods/timelines/#tag, /methods/search/#v2, /api/rate-limits/.
A hashtag's timeline is walked forward by `min_id`, from a little before the newest known post:
posts of other servers may come to stand between known ones. A search shows the newest first
and is read back. The id of a post is its `uri`, the same on every server; a boost is the post
that it boosts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from connectors import (
    Answer,
    Ask,
    ConnectorError,
    Conversation,
    Get,
    Mention,
    Page,
    SourceGarbled,
    SourceRefused,
    SourceUnavailable,
)
from connectors._backward import Leaf, Listing, back
from connectors._dates import from_seconds, moment
from connectors._limits import pause, remaining, too_often
from connectors._shapes import address, identity, items, part, string, whole
from connectors._text import link, plain

PAGE_SIZE = 40
MOST_PAGES = 40  # of hashtags, and as many of the search
OVERLAP = 20  # posts that are read again
MOST_OVERLAP = 120  # as many, where they are minutes old
OVERLAP_TIME = timedelta(minutes=10)
STEP_BACK = 5  # posts, amid a walk that goes on
LIMIT_WAIT = timedelta(minutes=5)  # its limits are counted by five minutes
AFTER_ERROR = timedelta(seconds=5)
DEEPEST = 9_000  # no search shows more than 10,000

_TAG = re.compile(r"[^\W_][\w]{0,99}")
_CLOSED = (401, 403, 422)
_SNOWFLAKE = 1 << 16  # ids grow by this in a millisecond
_NONE = SecretStr("")
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Options:
    """`url` is the server's address; `hashtags` are followed each, `search` needs a `token`."""

    url: str
    hashtags: tuple[str, ...] = ()
    search: str = ""
    token: SecretStr = _NONE

    def __post_init__(self) -> None:
        address("url", self.url)
        if not self.hashtags and not self.search.strip():
            raise ValueError("needs hashtags or a search")
        for tag in self.hashtags:
            if not _TAG.fullmatch(tag.removeprefix("#")):
                raise ValueError(f"hashtags must be single words, not {tag[:100]!r}")
        if self.search and not self.token.get_secret_value():
            raise ValueError("search needs a token with the scope read:search")

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tag.removeprefix("#").lower() for tag in self.hashtags))


@dataclass(frozen=True, slots=True)
class _Known:
    """Where the next walk along a hashtag begins: after a post, and when that was written."""

    after: str = ""
    at: float | None = None


@dataclass(slots=True)
class _Visit:
    """What one visit has brought so far."""

    mentions: dict[str, Mention] = field(default_factory=dict)
    spoiled: int = 0
    pages: int = 0
    error: ConnectorError | None = None
    wait: timedelta | None = None
    more: bool = False
    gap: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the server has asked to be left alone."""
        warned = isinstance(self.error, SourceUnavailable) and self.error.retry_after is not None
        return warned or self.wait is not None


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Walk along every hashtag, then read the search back to what is known."""
    known, searched, turn = _held(cursor)
    visit, sinces = _Visit(), []
    tags = sorted(options.tags, key=lambda tag: tag != turn)
    turn = ""
    for tag in tags:
        before = known.get(tag, _Known())
        reached = False
        if not visit.is_over:
            known[tag], reached = yield from _along(options, tag, before, visit, MOST_PAGES // len(tags))
        turn = turn or ("" if reached else tag)
        sinces.append(before.at if reached else None)
    if options.search and not visit.is_over:
        page = yield from _searched(options, searched, visit)
        searched = page.cursor
        sinces.append(page.since.timestamp() if page.since else None)
    elif options.search:
        sinces.append(None)
    if visit.error is not None and not visit.pages:
        raise visit.error
    return Page(
        tuple(sorted(visit.mentions.values(), key=lambda m: (m.published_at or _NEVER, m.id))),
        _written({tag: known.get(tag, _Known()) for tag in tags}, searched, turn),
        visit.spoiled,
        from_seconds(min((at for at in sinces if at is not None), default=None))
        if None not in sinces
        else None,
        why=str(visit.error)[:300] if visit.error else "",
        gap=visit.gap,
        more=visit.more,
        wait=visit.wait
        or getattr(visit.error, "retry_after", None)
        or (AFTER_ERROR if visit.error else None),
    )


def _along(
    options: Options, tag: str, known: _Known, visit: _Visit, most: int
) -> Generator[Ask, Answer, tuple[_Known, bool]]:
    """Walk a hashtag forward; return where the next walk begins, and whether this one came to the end.

    A first walk is one page.
    """
    read: dict[str, float | None] = {}
    after, reached = known.after, False
    for _ in range(most):
        try:
            found = yield from _timeline(options, tag, after, visit)
        except ConnectorError as error:
            visit.error = error
            break
        fresh = {
            i: at for status in found if (i := _id(status)) and _comes_after(i, after) for at in [_at(status)]
        }
        if after and found and not fresh:  # a server that does not walk forward
            visit.gap, reached = visit.gap or len(found) >= PAGE_SIZE, True
            break
        read |= fresh
        after = max([after, *fresh], key=_order)
        if not known.after or len(found) < PAGE_SIZE:
            reached = True
            break
        if visit.is_over:
            break
    visit.more = visit.more or not (reached or isinstance(visit.error, SourceRefused))
    return _next(known, read, reached), reached


def _next(known: _Known, read: dict[str, float | None], reached: bool) -> _Known:
    """Return where the next walk begins: some posts back, more of them where they are minutes old."""
    newest = sorted(read, key=_order, reverse=True)
    back = STEP_BACK
    if reached:
        times = [at for i in newest[:MOST_OVERLAP] if (at := read[i]) is not None]
        late = max(times, default=0.0) - OVERLAP_TIME.total_seconds()
        back = max(OVERLAP, sum(at >= late for at in times))
    if back < len(newest):
        return _Known(newest[back], read[newest[back]] or known.at)
    if known.after:
        return known
    if not newest:
        return _Known("0") if reached else known  # an empty timeline: all that comes is new
    return _Known(newest[-1], read[newest[-1]])


def _timeline(options: Options, tag: str, after: str, visit: _Visit) -> Generator[Ask, Answer, list[Any]]:
    params: dict[str, str | int] = {"limit": PAGE_SIZE}
    if after:
        params["min_id"] = after
    answer = yield from _ask(options, f"/api/v1/timelines/tag/{quote(tag, safe='')}", params, visit)
    found = answer.json()
    if not isinstance(found, list):
        raise SourceGarbled("Mastodon: the timeline is no list of posts")
    visit.pages += 1
    mentions, spoiled = _mentions(found)
    visit.mentions |= {mention.id: mention for mention in mentions}
    visit.spoiled += spoiled
    return found


def _searched(options: Options, cursor: str | None, visit: _Visit) -> Generator[Ask, Answer, Page]:
    """Read the search back; what went wrong is left in the visit."""

    def read(token: str, floor: int | None) -> Generator[Ask, Answer, Leaf]:
        if visit.wait is not None:
            raise SourceUnavailable("Mastodon's limit is nearly reached", visit.wait)
        offset = whole(token) or 0
        params: dict[str, str | int] = {"q": options.search, "type": "statuses", "limit": PAGE_SIZE}
        params |= {"min_id": floor} if floor is not None and floor > 0 else {}
        params |= {"offset": offset} if offset else {}
        answer = yield from _ask(options, "/api/v2/search", params, visit)
        found = items("Mastodon", answer.json(), "statuses")
        visit.pages += 1
        mentions, spoiled = _mentions(found)
        places = tuple(n for status in found if (n := whole(_id(status))) is not None)
        after = offset + len(found)
        if not found or after > DEEPEST:
            return Leaf(mentions, places, None, spoiled, cut=bool(found))
        return Leaf(mentions, places, str(after), spoiled, again=str(max(after - OVERLAP, 1)))

    listing = Listing(read, int(OVERLAP_TIME.total_seconds()) * 1000 * _SNOWFLAKE, MOST_OVERLAP, timed=False)
    try:
        page = yield from back({"": listing}, cursor, MOST_PAGES)
    except ConnectorError as error:
        visit.error = error
        return Page((), cursor)
    visit.mentions |= {mention.id: mention for mention in page.mentions}
    visit.spoiled += page.spoiled
    visit.gap, visit.more = visit.gap or page.gap, visit.more or page.more
    visit.wait = visit.wait or page.wait
    return page


def _ask(
    options: Options, path: str, params: dict[str, str | int], visit: _Visit
) -> Generator[Ask, Answer, Answer]:
    """Ask, and heed what the answer says of limits: nearly spent, the visit ends with this page."""
    token = options.token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = yield Get(options.url.rstrip("/") + path, params, headers, statuses=(*_CLOSED, 429))
    if answer.status in _CLOSED:
        raise _closed(answer.status, bool(token))
    if answer.status == 429:
        wait = yield from pause(answer)
        raise too_often("Mastodon", wait or LIMIT_WAIT)
    left, limit = remaining(answer), whole(answer.headers.get("x-ratelimit-limit", "")) or 0
    if left is not None and left <= limit // 20:
        visit.wait = yield from pause(answer)
    return answer


def _closed(status: int, with_token: bool) -> SourceRefused:
    if with_token:
        what = "the server refuses the token: make a new one with the scopes read:statuses and read:search"
    else:
        what = "the server shows its timelines to its members only: give a token of an account there"
    return SourceRefused(f"{what} (Preferences, Development, New application; HTTP {status})")


def _mentions(found: list[Any]) -> tuple[tuple[Mention, ...], int]:
    """Return the public posts that say something, and how many could not be read."""
    mentions, spoiled = [], 0
    for status in found:
        inner = part(status, "reblog") or part(status)
        mention = _mention(inner)
        if mention is None:
            spoiled += 1
        elif string(inner.get("visibility")) in ("", "public", "unlisted") and (
            mention.text or mention.title
        ):
            mentions.append(mention)
    return tuple(mentions), spoiled


def _mention(status: dict[str, Any]) -> Mention | None:
    key = string(status.get("uri")) or string(status.get("url")) or _id(status)
    at = moment(string(status.get("created_at")))
    if not key or at is None:
        return None
    pictures = status.get("media_attachments")
    told = [string(part(m).get("description")) for m in pictures] if isinstance(pictures, list) else []
    account = part(status, "account")
    return Mention(
        identity(key),
        link(string(status.get("url"))) or link(string(status.get("uri"))),
        plain(string(account.get("acct")) or string(account.get("username")), 200),
        " ".join(filter(None, (plain(string(status.get("content"))), *map(plain, told[:20])))),
        at,
        plain(string(status.get("spoiler_text")), 1_000),
        whole(account.get("followers_count")),
        language=_language(status.get("language")),
    )


def _language(code: object) -> str:
    short = string(code)[:20].partition("-")[0].lower()
    return short if len(short) in (2, 3) and short.isascii() and short.isalpha() else ""


def _id(status: object) -> str:
    held = status.get("id") if isinstance(status, dict) else ""
    text = str(held) if isinstance(held, int) and not isinstance(held, bool) else string(held)
    return text if len(text) <= 64 and text.isascii() and text.isalnum() else ""


def _order(key: str) -> tuple[int, str]:
    return len(key), key


def _comes_after(key: str, after: str) -> bool:
    return _order(key) > _order(after)


def _at(status: object) -> float | None:
    at = moment(string(part(status).get("created_at")))
    return at.timestamp() if at else None


def _written(tags: dict[str, _Known], searched: str | None, turn: str) -> str:
    held = {tag: asdict(known) for tag, known in tags.items()}
    return json.dumps({"tags": held, "search": searched, "turn": turn}, separators=(",", ":"))


def _held(cursor: str | None) -> tuple[dict[str, _Known], str | None, str]:
    """Read a cursor; what makes no sense in it is as good as nothing."""
    try:
        held = json.loads(cursor or "{}")
        tags = {str(tag): _known(value) for tag, value in dict(held.get("tags") or {}).items()}
        return tags, string(held.get("search")) or None, string(held.get("turn"))
    except (ValueError, TypeError, AttributeError, KeyError):
        return {}, None, ""


def _known(value: dict[str, Any]) -> _Known:
    at = value["at"] if isinstance(value["at"], int | float) else None
    known = _Known(_id({"id": value["after"]}))
    return replace(known, at=at)
