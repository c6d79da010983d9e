"""Lemmy: the posts and comments of a community, of a search, or of all that a server knows.

API: https://lemmy.readme.io, version 3 (servers of 1.0 speak it too). Newest first; posts are
paged by an opaque cursor where the server gives one, comments and searches by number, which
new items push further back: where a visit broke off, its last page is read again. The id is
the `ap_id`, the same on every server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors import (
    Answer,
    Ask,
    Conversation,
    Get,
    Mention,
    SourceGarbled,
    SourceRefused,
    SourceUnavailable,
)
from connectors._backward import Leaf, Listing, back
from connectors._dates import moment
from connectors._limits import pause, too_often
from connectors._shapes import address, identity, items, part, string, token, whole
from connectors._text import link, plain

API = "/api/v3"
PAGE_SIZE = 50
OVERLAP_SECONDS = 6 * 3600  # what other servers send comes late, and stands where it was written
LIMIT_WAIT = timedelta(seconds=60)  # its limits are counted by the minute

_COMMUNITY = re.compile(r"[a-zA-Z0-9_]{1,100}(?:@[a-zA-Z0-9.:-]{1,200})?")
_EXPLAINED = (400, 401, 403, 404, 429)


@dataclass(frozen=True, slots=True)
class Options:
    """`url` is a server; `community` (`name`, or `name@server`) and `search` narrow what is read there."""

    url: str
    community: str = ""
    search: str = ""
    comments: bool = True

    def __post_init__(self) -> None:
        address("url", self.url)
        if self.community and not _COMMUNITY.fullmatch(self.community):
            raise ValueError(f"community must be name or name@server, not {self.community[:100]!r}")


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read posts, and comments if wanted, back to what is known; on a first visit, a page of each."""
    listings = {"posts": _listing(options, "posts", _post)}
    if options.comments:
        listings["comments"] = _listing(options, "comments", _comment)
    return (yield from back(listings, cursor))


def _listing(options: Options, what: str, read_item: Callable[[dict[str, Any]], Mention | None]) -> Listing:
    def read(place: str, floor: int | None) -> Generator[Ask, Answer, Leaf]:
        number, _, opaque = place.partition(" ")
        page = whole(number) or 1
        answer = yield from _page(options, what, page, opaque)
        found = items("Lemmy", answer, what)
        mentions, spoiled = _mentions(found, read_item)
        places = tuple(int(at.timestamp()) for view in found if (at := _at(view, what)) is not None)
        if not found:
            return Leaf(mentions, places, None, spoiled)
        following = token(part(answer).get("next_page"))
        if following:
            return Leaf(mentions, places, f"{page + 1} {following}", spoiled)
        return Leaf(mentions, places, str(page + 1), spoiled, again=str(page))

    return Listing(read, OVERLAP_SECONDS, 2 * PAGE_SIZE)


def _page(options: Options, what: str, page: int, opaque: str) -> Generator[Ask, Answer, Any]:
    """Ask for a page by its cursor; by its number where there is none, or the server knows it no more."""
    if opaque:
        answer = yield _get(options, what, {"page_cursor": opaque})
        if answer.status not in (400, 404) or _error(answer) == "rate_limit_error":
            return (yield from _understood(answer))
    answer = yield _get(options, what, {"page": page} if page > 1 else {})
    return (yield from _understood(answer))


def _get(options: Options, what: str, where: dict[str, str | int]) -> Get:
    params: dict[str, str | int] = {"sort": "New", "limit": PAGE_SIZE}
    if options.search:
        path = "/search"
        params |= {"q": options.search, "type_": what.capitalize(), "listing_type": "All"}
    else:
        path = "/post/list" if what == "posts" else "/comment/list"
        params["type_"] = "All"
    if options.community:
        params["community_name"] = options.community
    return Get(options.url.rstrip("/") + API + path, params | where, statuses=_EXPLAINED)


def _understood(answer: Answer) -> Generator[Ask, Answer, Any]:
    """Return what the answer holds; raise what its status means."""
    if answer.status < 400:
        return answer.json()
    error = _error(answer)
    if answer.status == 429 or error == "rate_limit_error":
        raise too_often("Lemmy", (yield from pause(answer)) or LIMIT_WAIT)
    if error == "couldnt_find_community":
        raise SourceRefused("Lemmy: the server knows no such community")
    if error == "instance_is_private":
        raise SourceRefused("Lemmy: the server shows nothing to strangers")
    if answer.status == 400 and not error:
        raise SourceUnavailable("Lemmy answered 400 without a reason")
    raise SourceRefused(f"Lemmy refuses the request ({answer.status} {error or 'without a reason'})")


def _error(answer: Answer) -> str:
    """Return the name of the error: a single word, nothing that we sent."""
    try:
        name = string(part(answer.json()).get("error"))
    except SourceGarbled:
        return ""
    return name if re.fullmatch(r"[a-z0-9_]{1,60}", name) else ""


def _mentions(
    found: list[Any], read_item: Callable[[dict[str, Any]], Mention | None]
) -> tuple[tuple[Mention, ...], int]:
    """Return what the items say, and how many could not be read; what was taken back is neither."""
    mentions, spoiled = [], 0
    for view in found:
        inner = part(view, "post") if "comment" not in part(view) else part(view, "comment")
        if inner.get("deleted") is True or inner.get("removed") is True:
            continue
        mention = read_item(part(view))
        if mention is None:
            spoiled += 1
        else:
            mentions.append(mention)
    return tuple(mentions), spoiled


def _post(view: dict[str, Any]) -> Mention | None:
    post = part(view, "post")
    return _mention(view, post, _words(post.get("name"), 1_000), _words(post.get("body")))


def _comment(view: dict[str, Any]) -> Mention | None:
    comment = part(view, "comment")
    title = _words(part(view, "post").get("name"), 1_000)
    text = _words(comment.get("content"))
    return _mention(view, comment, title if text else "", text)


def _mention(view: dict[str, Any], item: dict[str, Any], title: str, text: str) -> Mention | None:
    key, at = string(item.get("ap_id")), moment(string(item.get("published")))
    if not key or at is None or not (title or text):
        return None
    return Mention(identity(key), link(key), _author(part(view, "creator")), text, at, title)


def _author(creator: dict[str, Any]) -> str:
    """Return who it was as people write it there: name@server."""
    name, home = plain(string(creator.get("name")), 150), link(string(creator.get("actor_id")))
    return f"{name}@{urlsplit(home).netloc}"[:200] if name and home else name


def _words(markdown: object, limit: int = 20_000) -> str:
    return plain(string(markdown).replace("&", "&amp;").replace("<", "&lt;"), limit)


def _at(view: object, what: str) -> Any:
    """Return where an item stands in the listing; a post that is pinned stands nowhere."""
    item = part(view, what.removesuffix("s"))
    if item.get("featured_community") is True or item.get("featured_local") is True:
        return None
    return moment(string(item.get("published")))
