"""Bluesky: a search for posts, with an account's app password.

API: https://docs.bsky.app/docs/api/app-bsky-feed-search-posts, com-atproto-server-create-session,
https://docs.bsky.app/docs/advanced-guides/rate-limits. Logins are rationed (30 in five minutes,
300 a day), so a session is kept in memory and renewed. Within a visit pages follow by the
server's `cursor`, between visits by time: a cursor counts posts from the newest, which moves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from connectors import Answer, Ask, Conversation, Get, Mention, Page, Post, SourceGarbled, SourceRefused
from connectors import SourceUnavailable as Unavailable
from connectors import _sessions as sessions
from connectors._backward import Leaf, Listing, back
from connectors._dates import from_seconds, moment
from connectors._limits import pause, remaining, too_often
from connectors._shapes import address, identity, items, part, string, token, whole
from connectors._text import link, plain

SITE = "https://bsky.app"
PAGE_SIZE = 100
OVERLAP_SECONDS = 6 * 3600  # clients' clocks are wrong, and bridges bring posts late
OVERLAP_POSTS = 100
SESSION_LASTS = timedelta(days=30)  # or until it is refused
LOGIN_WAIT = timedelta(minutes=5)

_SEARCH = "/xrpc/app.bsky.feed.searchPosts"
_LOG_IN, _RENEW = "/xrpc/com.atproto.server.createSession", "/xrpc/com.atproto.server.refreshSession"
_EXPLAINED = (400, 401, 403, 429)
_STALE = {"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"}
_POST = re.compile(r"at://([a-zA-Z0-9:._%-]+)/app\.bsky\.feed\.post/([a-zA-Z0-9._~:-]+)")


@dataclass(frozen=True, slots=True)
class Options:
    """`identifier` is the account's handle; `url` the server that holds the account (its PDS)."""

    identifier: str
    app_password: SecretStr
    search: str
    url: str = "https://bsky.social"

    def __post_init__(self) -> None:
        if not self.search.strip():
            raise ValueError("search must name at least one word")
        if not self.identifier.strip() or not self.app_password.get_secret_value():
            raise ValueError("needs identifier (the account's handle) and app_password")
        address("url", self.url)

    @property
    def key(self) -> str:
        return sessions.key("bluesky", self.url, self.identifier, self.app_password.get_secret_value())


@dataclass(frozen=True, slots=True)
class _Session:
    """What a login gave: one token to ask with, and one to renew it."""

    access: str
    renewal: str


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read back from now to what is known; on a first visit, one page."""
    spent: list[timedelta | None] = []

    def read(place: str, floor: int | None) -> Generator[Ask, Answer, Leaf]:
        if spent:
            raise Unavailable("Bluesky's limit is reached", spent[0] or LOGIN_WAIT)
        bounds = _bounds(place)
        answer = yield from _search(options, _params(options, floor, bounds))
        if remaining(answer) == 0:
            spent.append((yield from pause(answer)))
        return _leaf(answer.json(), bounds)

    page: Page = yield from back({"": Listing(read, OVERLAP_SECONDS, OVERLAP_POSTS)}, cursor)
    return replace(page, wait=page.wait or spent[0]) if spent else page


def _params(options: Options, floor: int | None, bounds: dict[str, Any]) -> dict[str, str | int]:
    params: dict[str, str | int] = {"q": options.search, "sort": "latest", "limit": PAGE_SIZE}
    for name, at in (("since", floor or None), ("until", bounds.get("until"))):
        if (moment_ := from_seconds(at)) is not None:
            params[name] = moment_.strftime("%Y-%m-%dT%H:%M:%SZ")
    return params | ({"cursor": bounds["cursor"]} if bounds.get("cursor") else {})


def _bounds(place: str) -> dict[str, Any]:
    """Read where to go on: the server's cursor, the second before which to look, or both."""
    held = json.loads(place) if place else {}
    return {"cursor": string(held.get("cursor")), "until": whole(held.get("until"))}


def _leaf(answer: Any, bounds: dict[str, Any]) -> Leaf:
    posts = items("Bluesky", answer, "posts")
    mentions, spoiled = _mentions(posts)
    places = tuple(int(at) for post in posts if (at := _sorted_at(post)) is not None)
    if not posts:
        return Leaf(mentions, places, None, spoiled)
    until = bounds["until"]
    by_time = None if (earlier := _earlier(places, until)) is None else _place(until=earlier)
    if cursor := token(answer.get("cursor")):
        return Leaf(mentions, places, _place(cursor=cursor, until=until), spoiled, again=by_time)
    if len(posts) < PAGE_SIZE:
        return Leaf(mentions, places, None, spoiled)
    if by_time is None and until is not None:  # a full page of one second, and no way on in it
        return Leaf(mentions, places, _place(until=until - 1), spoiled, cut=True)
    return Leaf(mentions, places, by_time, spoiled, cut=by_time is None)


def _earlier(places: tuple[int, ...], until: int | None) -> int | None:
    """Return before which second to go on; None where the page leads no further back.

    A quarter of the page is read again: a post that is dated back may stand among newer ones.
    The second itself is asked for again too: in part it may lie beyond the page.
    """
    ordered = sorted(places)
    for oldest in (*ordered[len(ordered) // 4 :][:1], *ordered[:1]):
        if until is None or oldest + 1 < until:
            return oldest + 1  # `until` leaves its own second out
    return None


def _place(**held: object) -> str:
    return json.dumps({name: value for name, value in held.items() if value is not None})


# ---- asking, logged in


def _search(options: Options, params: dict[str, str | int]) -> Generator[Ask, Answer, Answer]:
    """Search with the session there is; with a renewed one, then with a new one, where it is stale."""
    session: _Session | None = sessions.get(options.key)
    if session is not None:
        answer = yield _get(options, params, session)
        if not _is_stale(answer):
            return (yield from _heeded(answer))
        sessions.drop(options.key, session)
        session = yield from _renewed(options, session)
        if session is not None:
            answer = yield _get(options, params, session)
            if not _is_stale(answer):
                return (yield from _heeded(answer))
            sessions.drop(options.key, session)
    session = yield from _logged_in(options)
    return (yield from _heeded((yield _get(options, params, session))))


def _get(options: Options, params: dict[str, str | int], session: _Session) -> Get:
    headers = {"Authorization": f"Bearer {session.access}"}
    return Get(options.url.rstrip("/") + _SEARCH, params, headers, statuses=_EXPLAINED)


def _renewed(options: Options, session: _Session) -> Generator[Ask, Answer, _Session | None]:
    """Return a session made from the old one, None where that is too old."""
    headers = {"Authorization": f"Bearer {session.renewal}"}
    answer = yield Post(options.url.rstrip("/") + _RENEW, None, headers, _EXPLAINED)
    return _kept(options, answer) if answer.status == 200 else None


def _logged_in(options: Options) -> Generator[Ask, Answer, _Session]:
    body = {"identifier": options.identifier, "password": options.app_password.get_secret_value()}
    answer = yield Post(options.url.rstrip("/") + _LOG_IN, body, statuses=_EXPLAINED)
    if answer.status in (400, 401):
        raise SourceRefused(
            f"Bluesky refuses identifier and app_password ({answer.status} {_error(answer)}): make a new "
            "app password under Settings, Privacy and security"
        )
    yield from _heeded(answer)
    return _kept(options, answer)


def _kept(options: Options, answer: Answer) -> _Session:
    held = part(answer.json())
    session = _Session(string(held.get("accessJwt")), string(held.get("refreshJwt")))
    if not session.access:
        raise SourceGarbled("Bluesky: the login brought no token")
    sessions.put(options.key, session, SESSION_LASTS)
    return session


def _is_stale(answer: Answer) -> bool:
    return answer.status == 401 or (answer.status == 400 and _error(answer) in _STALE)


def _heeded(answer: Answer) -> Generator[Ask, Answer, Answer]:
    """Return the answer; raise what its status means."""
    if answer.status == 429:
        raise too_often("Bluesky", (yield from pause(answer)) or LOGIN_WAIT)
    if answer.status >= 400:
        raise SourceRefused(f"Bluesky does not let this account search ({answer.status} {_error(answer)})")
    return answer


def _error(answer: Answer) -> str:
    """Return the name of the error: a single word, nothing that we sent."""
    try:
        name = string(part(answer.json()).get("error"))
    except SourceGarbled:
        return ""
    return name[:60] if name.isascii() and name.isalnum() else ""


# ---- posts


def _mentions(posts: list[Any]) -> tuple[tuple[Mention, ...], int]:
    """Return the posts that say something, and how many could not be read."""
    found = [_mention(part(post)) for post in posts]
    read = [mention for mention in found if mention is not None]
    return tuple(mention for mention in read if mention.text), len(found) - len(read)


def _mention(post: dict[str, Any]) -> Mention | None:
    uri, at, record, author = (
        string(post.get("uri")),
        _sorted_at(post),
        part(post, "record"),
        part(post, "author"),
    )
    named = _POST.fullmatch(uri)
    if named is None or at is None or not isinstance(record.get("text", ""), str):
        return None
    handle = string(author.get("handle"))
    profile = handle if handle and handle != "handle.invalid" else named[1]
    return Mention(
        identity(uri),
        link(f"{SITE}/profile/{profile}/post/{named[2]}"),
        plain(profile, 200),
        plain(string(record.get("text")).replace("&", "&amp;").replace("<", "&lt;")),
        from_seconds(at),
        language=_language(record.get("langs")),
    )


def _sorted_at(post: Any) -> float | None:
    """Return the time by which the search sorts: when it was written, or came in if that was earlier."""
    told = (part(post, "record").get("createdAt"), part(post).get("indexedAt"))
    times = [at.timestamp() for text in told if (at := moment(string(text))) is not None]
    return min(times, default=None)


def _language(codes: object) -> str:
    """Return the post's language, where it names a single one."""
    if not isinstance(codes, list) or len(codes) != 1:
        return ""
    short = string(codes[0])[:20].partition("-")[0].lower()
    return short if len(short) in (2, 3) and short.isascii() and short.isalpha() else ""
