"""YouTube: videos found by a search, and the comments under them, under named videos or of a channel.

API: https://developers.google.com/youtube/v3/docs, with a key of a Google Cloud project. A search
costs one of 100 a day, a page of comments one of 10,000 units; both are counted anew at midnight
in California. What is spent is kept in the cursor and spread over the day, so that a morning's
storm does not leave the evening deaf. The newest come first and are read back to what is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from connectors import (
    Answer,
    ConnectorError,
    Conversation,
    Get,
    Mention,
    Page,
    SourceRefused,
    SourceUnavailable,
)
from connectors._backward import Leaf, Listing, back
from connectors._contract import Ask
from connectors._dates import from_seconds, moment
from connectors._purse import Purse
from connectors._shapes import address, items, part, readable, string, whole
from connectors._text import plain

API = "https://www.googleapis.com/youtube/v3"
WATCH = "https://www.youtube.com/watch?v="
VIDEOS_A_PAGE, COMMENTS_A_PAGE = 50, 100
MOST_SEARCHES, MOST_COMMENT_PAGES = 5, 60  # of one visit
MOST_NAMED, MOST_FOLLOWED = 30, 12
LATE_VIDEOS = 6 * 3600  # seconds: the search knows some videos hours after they are out
LATE_COMMENTS = 3600
PAUSE = timedelta(minutes=1)
REST = timedelta(hours=1)  # for the half of a visit whose quota is spent; the other half goes on

_PACIFIC = ZoneInfo("America/Los_Angeles")
_NEVER = datetime.min.replace(tzinfo=UTC)
_VIDEO, _CHANNEL = re.compile(r"[\w-]{6,20}", re.A), re.compile(r"UC[\w-]{22}", re.A)
_EXPLAINED = (400, 403, 404)
_SPENT = {"quotaExceeded", "dailyLimitExceeded"}
_HURRIED = {"rateLimitExceeded", "userRateLimitExceeded", "processingFailure", "backendError"}
_CLOSED = {"commentsDisabled", "videoNotFound", "channelNotFound", "commentThreadNotFound"}


@dataclass(frozen=True, slots=True)
class Options:
    """`search` as in YouTube's own, with | and -; `videos` and `channel` by their ids.

    `follow` is under how many of the latest videos found comments are read. Sources that share
    a key share its quota: their `searches_a_day` together stay below 100, their `units_a_day`
    below 10,000.
    """

    key: SecretStr
    search: str = ""
    videos: tuple[str, ...] = ()
    channel: str = ""
    follow: int = 8
    language: str = ""
    region: str = ""
    searches_a_day: int = 80
    units_a_day: int = 8_000
    url: str = API

    def __post_init__(self) -> None:
        if not self.key.get_secret_value():
            raise ValueError("key must not be empty")
        if not self.search.strip() and not self.videos and not self.channel:
            raise ValueError("needs a search, videos or a channel")
        if len(self.videos) > MOST_NAMED or not all(map(_VIDEO.fullmatch, self.videos)):
            raise ValueError(f"videos must be ids as in watch?v=…, {MOST_NAMED} at most")
        if self.channel and not _CHANNEL.fullmatch(self.channel):
            raise ValueError(f"channel must be an id that begins with UC, not {self.channel[:100]!r}")
        if not 0 <= self.follow <= MOST_FOLLOWED:
            raise ValueError(f"follow must be 0 to {MOST_FOLLOWED}, not {self.follow}")
        for name, value in (("language", self.language), ("region", self.region)):
            if value and not re.fullmatch(r"[A-Za-z]{2}(-[A-Za-z]{2,4})?", value):
                raise ValueError(f"{name} must be a code of two letters, not {value[:100]!r}")
        for name in ("searches_a_day", "units_a_day"):
            if not 1 <= getattr(self, name) <= 1_000_000:
                raise ValueError(f"{name} must be 1 to 1,000,000")
        address("url", self.url)


@dataclass(slots=True)
class _Memory:
    """What the cursor holds: two cursors of their own, the videos followed, and what was spent on a day.

    `closed` are videos that let nobody comment, with the day on which that was seen; `resting`
    says until when (seconds since 1970) a half of the visit is left out, its quota being spent;
    `held` names the half at which the API asked not to be asked for a while.
    """

    search: str | None = None
    comments: str | None = None
    followed: list[str] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    day: str = ""
    searches: int = 0
    units: int = 0
    resting: dict[str, int] = field(default_factory=dict)
    held: str = ""


@dataclass(slots=True)
class _Half:
    """One half of a visit, the search or the comments, and what came of it.

    `is_spent` says that the API found its quota spent, whatever we have counted: another may
    share the key. `is_held` says that the API asked not to be asked for a while, by either half.
    """

    name: str
    purse: Purse
    page: Page | None = None
    error: ConnectorError | None = None
    is_spent: bool = False
    is_held: bool = False

    @property
    def is_open(self) -> bool:
        return self.purse.is_open and not self.is_spent

    @property
    def closed_for(self) -> timedelta:
        return self.purse.left_of_day if self.is_spent else self.purse.wait

    @property
    def asked_to_wait(self) -> timedelta | None:
        """What the API itself asked for, a spent quota apart."""
        if not self.is_open:
            return None
        if self.page is not None:
            return self.page.wait
        return self.error.retry_after if isinstance(self.error, SourceUnavailable) else None


def _utc() -> datetime:
    return datetime.now(UTC)


def fetch(options: Options, cursor: str | None, clock: Callable[[], datetime] = _utc) -> Conversation:
    """Search where the budget allows it, then read the comments."""
    memory, now = _memory(cursor), clock().astimezone(_PACIFIC)
    if memory.day != now.date().isoformat():
        memory.day, memory.searches, memory.units = now.date().isoformat(), 0, 0
    passed = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
    searches = _Half("search", Purse(options.searches_a_day, memory.searches, passed))
    comments = _Half("comments", Purse(options.units_a_day, memory.units, passed))
    halves, at = [], int(now.timestamp())
    # What the API wanted to be asked less often for at the last visit lets the other go first.
    for half in sorted((searches, comments), key=lambda half: half.name == memory.held):
        read = _searched if half is searches else _read_under
        held = searches.is_held or comments.is_held
        if (yield from read(options, memory, half, at, held=held)):
            halves.append(half)
    was_held, memory.held = memory.held, next((half.name for half in halves if half.is_held), "")
    memory.searches, memory.units = searches.purse.spent, comments.purse.spent
    if len(halves) > 1:
        ends = at + int(REST.total_seconds())
        memory.resting |= {half.name: ends for half in halves if half.is_spent and half.error}
    turns = len(halves) > 1 and bool(memory.held) and not was_held
    return _together(halves, memory, turns=turns)


def _searched(
    options: Options, memory: _Memory, half: _Half, now: int, *, held: bool
) -> Generator[Ask, Answer, bool]:
    """Search, unless the API is `held`; return whether there is anything to search for."""
    if options.search.strip() and not held:
        is_first = memory.search is None
        yield from _visited(half, {"": _videos(options, half)}, memory, now, MOST_SEARCHES)
        if half.page is not None:
            memory.search = half.page.cursor
            _follow(options, memory, half.page, is_first)
    return bool(options.search.strip())


def _read_under(
    options: Options, memory: _Memory, half: _Half, now: int, *, held: bool
) -> Generator[Ask, Answer, bool]:
    """Read the comments, unless the API is `held`; return whether there are any to be read."""
    listings = _commented(options, memory, half)
    if listings and not held:
        yield from _visited(half, listings, memory, now, MOST_COMMENT_PAGES)
        memory.comments = half.page.cursor if half.page is not None else memory.comments
    return bool(listings)


def _visited(
    half: _Half, listings: Mapping[str, Listing], memory: _Memory, now: int, most: int
) -> Generator[Ask, Answer, None]:
    if memory.resting.get(half.name, 0) > now:
        half.is_spent = True
        return
    memory.resting.pop(half.name, None)
    if not half.is_open:
        return
    try:
        half.page = yield from back(
            listings, memory.search if half.name == "search" else memory.comments, most
        )
    except ConnectorError as error:
        half.error = error


def _together(halves: list[_Half], memory: _Memory, *, turns: bool) -> Page:
    """Return what both halves brought; raise what went wrong only where neither brought anything.

    Not even then where the halves change their `turns`: the cursor has to know of it.
    """
    pages = [half.page for half in halves if half.page is not None]
    errors = [half.error for half in halves if half.error is not None]
    if errors and not pages and not turns:
        raise errors[0]
    mentions = {mention.id: mention for page in pages for mention in page.mentions}
    sinces = [page.since for page in pages if page.since is not None]
    waits = [half.asked_to_wait for half in halves if half.asked_to_wait is not None]
    if not waits and halves and not any(half.is_open for half in halves):
        waits = [min(half.closed_for for half in halves)]
    whys = [str(error)[:300] for error in errors] + [page.why for page in pages if page.why]
    return Page(
        tuple(sorted(mentions.values(), key=_age)),
        json.dumps(asdict(memory), separators=(",", ":")),
        sum(page.spoiled for page in pages),
        min(sinces) if sinces and len(sinces) == len(halves) else None,
        why=whys[0] if whys else "",
        gap=any(page.gap for page in pages),
        more=any(half.page is not None and half.page.more and half.is_open for half in halves),
        wait=max(waits, default=None),
    )


# ---- the search


def _videos(options: Options, half: _Half) -> Listing:
    def read(token: str, floor: int | None) -> Generator[Ask, Answer, Leaf]:
        asked: dict[str, str | int] = {
            "part": "snippet", "type": "video", "order": "date", "q": options.search,
            "maxResults": VIDEOS_A_PAGE,
        }  # fmt: skip
        asked |= {"relevanceLanguage": options.language} if options.language else {}
        asked |= {"regionCode": options.region} if options.region else {}
        asked |= {"publishedAfter": _stamp(floor)} if floor else {}
        if token.startswith("before "):
            asked["publishedBefore"] = _stamp(whole(token.removeprefix("before ")))
        elif token:
            asked["pageToken"] = token
        body = yield from _ask(options, "/search", asked, half)
        found = items("YouTube", body, "items")
        mentions, spoiled = readable(found, _video)
        places = _places(mentions)
        # A page's token is good for this walk only: later, what is older than this page is asked for.
        again = f"before {min(places) + 1}" if places else None
        return Leaf(mentions, places, _following(body) if found else None, spoiled, again)

    return Listing(read, LATE_VIDEOS, 3 * VIDEOS_A_PAGE)


def _video(item: dict[str, Any]) -> Mention | None:
    identity, snippet = string(part(item, "id").get("videoId")), part(item, "snippet")
    at, title = moment(string(snippet.get("publishedAt"))), plain(string(snippet.get("title")), 1_000)
    if not _VIDEO.fullmatch(identity) or at is None or not title:
        return None
    author = plain(string(snippet.get("channelTitle")), 200)
    text = plain(string(snippet.get("description")))
    return Mention(f"video-{identity}", WATCH + identity, author, text, at, title)


def _follow(options: Options, memory: _Memory, page: Page, is_first: bool) -> None:
    """Follow the comments of the latest videos found; of a new one from its first comment on."""
    found = [mention.id.removeprefix("video-") for mention in page.mentions]
    fresh = [identity for identity in found if identity not in memory.followed]
    memory.followed = (memory.followed + fresh)[-options.follow :] if options.follow else []
    if not is_first:
        memory.comments = _begun(memory.comments, [f"video {identity}" for identity in fresh])


def _begun(cursor: str | None, names: list[str]) -> str | None:
    """Return a cursor of the comments in which these listings are known to have been empty so far."""
    try:
        held = json.loads(cursor or "{}")
        listings = held.setdefault("listings", {})
        for name in names:
            listings.setdefault(name, {"floor": 0, "at": None, "base": None, "holes": []})
    except (ValueError, TypeError, AttributeError):
        return cursor
    return json.dumps(held, separators=(",", ":"))


# ---- comments


def _commented(options: Options, memory: _Memory, half: _Half) -> dict[str, Listing]:
    """Return the listings of comments to be read: those of named videos, of the channel, of videos found."""
    memory.closed = {name: day for name, day in memory.closed.items() if day == memory.day}
    wanted = {f"video {name}": {"videoId": name} for name in (*options.videos, *memory.followed)}
    if options.channel:
        wanted["channel"] = {"allThreadsRelatedToChannelId": options.channel}
    return {
        name: _comments(options, name, asked, memory, half)
        for name, asked in wanted.items()
        if name not in memory.closed
    }


def _comments(options: Options, name: str, about: dict[str, str], memory: _Memory, half: _Half) -> Listing:
    def read(token: str, floor: int | None) -> Generator[Ask, Answer, Leaf]:
        asked: dict[str, str | int] = {
            **about, "part": "snippet,replies", "order": "time", "textFormat": "plainText",
            "maxResults": COMMENTS_A_PAGE,
        }  # fmt: skip
        try:
            paged = {**asked, "pageToken": token} if token else asked
            body = yield from _ask(options, "/commentThreads", paged, half)
        except _Stale:
            body = yield from _ask(options, "/commentThreads", asked, half)
        except _Shut:
            memory.closed[name] = memory.day
            return Leaf((), ())
        found = items("YouTube", body, "items")
        threads, spoiled = readable(found, lambda item: _comment(part(item, "snippet", "topLevelComment")))
        replies, _ = readable((reply for item in found for reply in _replies(item)), _comment)
        older = _following(body) if found else None
        return Leaf((*threads, *replies), _places(threads), older, spoiled)

    return Listing(read, LATE_COMMENTS, 6 * COMMENTS_A_PAGE)


def _replies(item: Any) -> list[Any]:
    """Return the replies that come along with a thread: the first five."""
    found = part(item, "replies").get("comments")
    return found if isinstance(found, list) else []


def _comment(item: dict[str, Any]) -> Mention | None:
    identity, snippet = string(item.get("id")), part(item, "snippet")
    at = moment(string(snippet.get("publishedAt")))
    text = plain(string(snippet.get("textDisplay")) or string(snippet.get("textOriginal")))
    if not re.fullmatch(r"[\w.-]{4,120}", identity, re.A) or at is None or not text:
        return None
    video = string(snippet.get("videoId"))
    url = f"{WATCH}{video}&lc={identity}" if _VIDEO.fullmatch(video) else ""
    return Mention(f"comment-{identity}", url, plain(string(snippet.get("authorDisplayName")), 200), text, at)


# ---- both


class _Stale(SourceRefused):
    """The token of a page is good no longer."""


class _Shut(SourceRefused):
    """Nobody may comment here, or it is gone."""


def _ask(
    options: Options, path: str, asked: dict[str, str | int], half: _Half
) -> Generator[Ask, Answer, Any]:
    half.purse.take()
    asked = {**asked, "key": options.key.get_secret_value()}
    try:
        answer = yield Get(options.url.rstrip("/") + path, asked, statuses=_EXPLAINED)
    except SourceUnavailable as error:
        half.is_held = half.is_held or error.retry_after is not None
        raise
    if answer.status in _EXPLAINED:
        raise _refusal(answer, options, half)
    return answer.json()


def _refusal(answer: Answer, options: Options, half: _Half) -> ConnectorError:
    """Return what an error means; the API names the reason apart from the status."""
    try:
        error = part(answer.json(), "error")
    except ConnectorError:
        error = {}
    named = error.get("errors")
    reason = string(part(named[0]).get("reason")) if isinstance(named, list) and named else ""
    said = plain(string(error.get("message")), 200).replace(options.key.get_secret_value(), "…")
    told = f"YouTube answered {answer.status}: {plain(reason, 60) or 'no reason given'}"
    told += f": {said}" if said else ""
    if reason in _SPENT:
        half.is_spent = True
        return SourceUnavailable(told, half.closed_for)
    if reason in _HURRIED:
        half.is_held = True
        return SourceUnavailable(told, PAUSE)
    if reason in _CLOSED:
        return _Shut(told)
    return _Stale(told) if reason == "invalidPageToken" else SourceRefused(told)


def _following(body: Any) -> str | None:
    return string(part(body).get("nextPageToken"))[:4_000] or None


def _places(mentions: tuple[Mention, ...]) -> tuple[int, ...]:
    return tuple(int(m.published_at.timestamp()) for m in mentions if m.published_at is not None)


def _stamp(seconds: int | None) -> str:
    at = from_seconds(seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else "1990-01-01T00:00:00Z"


def _age(mention: Mention) -> tuple[datetime, str]:
    return mention.published_at or _NEVER, mention.id


def _memory(cursor: str | None) -> _Memory:
    """Read a cursor; what makes no sense in it is as good as nothing."""
    try:
        held = part(json.loads(cursor or "{}"))
    except (ValueError, RecursionError):
        held = {}
    followed = held.get("followed")
    return _Memory(
        string(held.get("search")) or None,
        string(held.get("comments")) or None,
        list(map(string, followed)) if isinstance(followed, list) else [],
        {name: string(day) for name, day in part(held, "closed").items()},
        string(held.get("day")),
        whole(held.get("searches")) or 0,
        whole(held.get("units")) or 0,
        {name: whole(until) or 0 for name, until in part(held, "resting").items()},
        string(held.get("held")),
    )
