"""Stack Exchange: the questions of one site that match, and if wanted what is said under them.

API: https://api.stackexchange.com/docs/advanced-search, /docs/throttle, /docs/error-handling.
Lists are walked forward in time, page by page: items only ever come to stand behind what was
read. Without a key 300 asks a day are free for an IP address, with a free one 10,000. When half
of them are gone, the rest is stretched over the day (they are counted anew at midnight UTC). An
answer may carry `backoff`, the seconds for which to ask nothing more: the visit ends there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from connectors import (
    Answer,
    ConnectorError,
    Conversation,
    Get,
    Mention,
    Page,
    SourceGarbled,
    SourceRefused,
    SourceUnavailable,
)
from connectors._dates import from_seconds
from connectors._shapes import address, items, part, string, whole
from connectors._text import link, plain

API = "https://api.stackexchange.com/2.3"
PAGE_SIZE = 100
MOST_PAGES = 40
PAGES_OF_A_WALK = 20  # without a key nothing is shown beyond page 25
OVERLAP_SECONDS, LONGEST_OVERLAP_SECONDS = 1800, 6 * 3600
OVERLAP_ITEMS = 60  # what one page holds anyway is read again further back than half an hour
AHEAD_SECONDS = 3600  # a date further in the future than this moves nothing
MOST_QUESTIONS = 100  # as many ids as one address may name
DAY_SECONDS = 86_400

_EXPLAINED = (400, 401, 402, 403, 404, 405, 406)
_LATER = {500, 502, 503}
_PASSES_IN = re.compile(r"available in (\d{1,6}) seconds?")
_SITE = re.compile(r"[a-z0-9][a-z0-9.-]{0,60}")
_OWN_HOSTS = {"stackoverflow", "superuser", "serverfault", "askubuntu", "stackapps"}
_PLACES = {"comment": "posts/comments", "answer": "a", "question": "q"}
_NONE = SecretStr("")
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Options:
    """`site` as in the API (stackoverflow, superuser, meta.serverfault …).

    `tagged` asks for questions with any of these tags; `search` for words in them. `answers`
    and `comments` follow those under the latest hundred questions found, an ask more each.
    """

    site: str = "stackoverflow"
    search: str = ""
    tagged: str | tuple[str, ...] = ()
    answers: bool = False
    comments: bool = False
    key: SecretStr = _NONE
    url: str = API

    def __post_init__(self) -> None:
        if not _SITE.fullmatch(self.site):
            raise ValueError(f"site must be a site's short name, not {self.site[:100]!r}")
        if not self.search.strip() and not self.tags:
            raise ValueError("needs search or tagged")
        address("url", self.url)

    @property
    def tags(self) -> str:
        named = self.tagged.split(";") if isinstance(self.tagged, str) else self.tagged
        return ";".join(tag.strip() for tag in named if tag.strip())

    @property
    def lists(self) -> tuple[str, ...]:
        wanted = {"answers": self.answers, "comments": self.comments}
        return ("questions", *(name for name, is_wanted in wanted.items() if is_wanted))


@dataclass(frozen=True, slots=True)
class _Walk:
    """How far a list was read: `page` of what was created from `start` on comes next.

    `newest` is the latest creation seen, `heard` the time up to which the last walk that came
    to its end had read everything, `floor` how far back the first visit read. All are seconds
    since 1970.
    """

    start: int = 0
    page: int = 1
    newest: int = 0
    heard: int | None = None
    floor: int = 0

    def on(self, times: list[int]) -> _Walk:
        """Return the walk one page further; after many pages it begins anew from where it is."""
        newest = max([self.newest, *times])
        if self.page >= PAGES_OF_A_WALK and newest > self.start:
            return replace(self, start=newest, page=1, newest=newest)
        return replace(self, page=self.page + 1, newest=newest)

    def ended(self, times: list[int], now: int) -> _Walk:
        """Return the walk that comes next: it begins some way back, for what comes to light late."""
        newest = max([self.newest, *times])
        latest = sorted(times, reverse=True)
        reached = latest[OVERLAP_ITEMS - 1] if len(latest) >= OVERLAP_ITEMS else self.start
        back = max(newest - LONGEST_OVERLAP_SECONDS, min(newest - OVERLAP_SECONDS, reached), self.floor)
        return _Walk(back, 1, newest, newest or now, self.floor)


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the cursor holds: how far each list was read, and the latest questions.

    `left` names the lists that this round has still to read to their end, `base` the time back
    to which nothing can be missing once it has.
    """

    walks: Mapping[str, _Walk]
    questions: tuple[int, ...]
    left: tuple[str, ...]
    base: int | None


@dataclass(slots=True)
class _Visit:
    """What one visit has brought so far; `now` in seconds since 1970."""

    now: int
    domain: str
    mentions: dict[str, Mention] = field(default_factory=dict)
    questions: dict[int, int] = field(default_factory=dict)  # id -> created
    spoiled: int = 0
    pages: int = 0
    backoff: int = 0
    left: int | None = None
    most: int = 0
    error: ConnectorError | None = None

    @property
    def is_over(self) -> bool:
        spent = self.pages >= MOST_PAGES or self.left == 0
        return spent or self.backoff > 0 or self.error is not None

    @property
    def wait(self) -> timedelta | None:
        """How long to leave the API alone: what it asked for, or what the budget takes."""
        waits = [timedelta(seconds=self.backoff)] if self.backoff else []
        if isinstance(self.error, SourceUnavailable) and self.error.retry_after is not None:
            waits.append(self.error.retry_after)
        if self.left is not None and self.left * 2 < self.most:
            until_midnight = DAY_SECONDS - self.now % DAY_SECONDS
            waits.append(timedelta(seconds=until_midnight / (self.left + 1)))
        return max(waits, default=None)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a page held: the creations on it, and whether another page follows."""

    times: list[int]
    more: bool


def _utc() -> datetime:
    return datetime.now(UTC)


def fetch(options: Options, cursor: str | None, clock: Callable[[], datetime] = _utc) -> Conversation:
    """Walk on from where the cursor stands; on a first visit, read one page of the newest.

    A round is over once every list was read to its end; the next visit goes on with what is left.
    """
    memory = _memory(cursor, options)
    visit = _Visit(int(clock().timestamp()), _domain(options.site))
    walks, ids, left = dict(memory.walks), memory.questions, list(memory.left)
    for name in memory.left:
        before = walks.get(name)
        if visit.is_over:
            break
        if name == "questions" or ids:
            walk, whole = yield from _walked(options, _path(name, ids), before, visit)
            walks |= {name: walk} if walk is not None else {}
        else:
            whole = True
        if name == "questions":
            walks, ids = _reaching(walks, visit.questions, ids), _joined(ids, visit.questions)
        if whole:
            left.remove(name)
    since = None if left or memory.base is None else from_seconds(memory.base)
    return Page(
        tuple(sorted(visit.mentions.values(), key=_age)),
        _written(_Memory(walks, ids, tuple(left), memory.base)),
        visit.spoiled,
        since,
        why=str(visit.error)[:300] if visit.error else "",
        more=bool(left),
        wait=visit.wait,
    )


def _joined(ids: tuple[int, ...], questions: Mapping[int, int]) -> tuple[int, ...]:
    """Return the latest questions: their numbers grow with time, whatever order they come in."""
    return tuple(sorted({*ids, *questions})[-MOST_QUESTIONS:])


def _reaching(
    walks: Mapping[str, _Walk], questions: Mapping[int, int], ids: tuple[int, ...]
) -> dict[str, _Walk]:
    """Let what is said under questions be read from where those begin that were not followed before."""
    fresh = [questions[identity] for identity in {*_joined(ids, questions)} - {*ids}]
    return {
        name: replace(walk, start=min(walk.start, *fresh), page=1) if fresh and name != "questions" else walk
        for name, walk in walks.items()
    }


def _path(name: str, ids: tuple[int, ...]) -> str:
    return "/search/advanced" if name == "questions" else f"/questions/{';'.join(map(str, ids))}/{name}"


def _walked(
    options: Options, path: str, walk: _Walk | None, visit: _Visit
) -> Generator[Get, Answer, tuple[_Walk | None, bool]]:
    """Read a list on to its end, or as far as it goes; return where it stands, and whether at the end."""
    if walk is None:
        found = yield from _read(options, path, {"order": "desc"}, visit)
        if found is None:
            return None, False
        floor = min(found.times, default=0) if found.more else 0
        return _Walk(floor=floor).ended(found.times, visit.now), True
    times: list[int] = []
    while not visit.is_over:
        since: dict[str, str | int] = {"fromdate": walk.start} if walk.start else {}
        found = yield from _read(options, path, {"order": "asc", **since, "page": walk.page}, visit)
        if found is None:
            return walk, False
        times += found.times
        if not found.more:
            return walk.ended(times, visit.now), True
        walk = walk.on(found.times)
    return walk, False


def _read(
    options: Options, path: str, params: Mapping[str, str | int], visit: _Visit
) -> Generator[Get, Answer, _Found | None]:
    """Read one page; None where that failed, after others of the visit had not."""
    try:
        answer = yield _ask(options, path, params)
        body = _body(answer, options)
    except ConnectorError as error:
        if not visit.pages:
            raise
        visit.error = error
        return None
    visit.pages += 1
    visit.backoff = max(visit.backoff, whole(body.get("backoff")) or 0)
    if "quota_remaining" in body:
        visit.left, visit.most = whole(body["quota_remaining"]), whole(body.get("quota_max")) or 0
    times: list[int] = []
    for item in body["items"]:
        mention = _mention(item, visit.domain)
        if mention is None:
            visit.spoiled += 1
            continue
        visit.mentions[mention.id] = mention
        created = int(item["creation_date"])
        if created <= visit.now + AHEAD_SECONDS:
            times.append(created)
        if mention.id.startswith("question-"):
            visit.questions[item["question_id"]] = created
    return _Found(times, bool(body["items"]) and body.get("has_more") is True)


def _ask(options: Options, path: str, params: Mapping[str, str | int]) -> Get:
    asked: dict[str, str | int] = {"site": options.site}
    if path.startswith("/search"):
        asked |= {"q": options.search} if options.search.strip() else {}
        asked |= {"tagged": options.tags} if options.tags else {}
    asked |= {"sort": "creation", **params, "pagesize": PAGE_SIZE, "filter": "withbody"}
    if key := options.key.get_secret_value():
        asked["key"] = key
    return Get(options.url.rstrip("/") + path, asked, statuses=_EXPLAINED)


def _body(answer: Answer, options: Options) -> dict[str, Any]:
    if answer.status >= 400:
        raise _refusal(answer, options)
    body: dict[str, Any] = answer.json()
    items("Stack Exchange", body, "items")
    return body


def _refusal(answer: Answer, options: Options) -> ConnectorError:
    """Return what an error means: the API says all of them in a 400."""
    try:
        said = answer.json()
    except SourceGarbled:
        said = None
    if not isinstance(said, dict):
        return SourceRefused(f"Stack Exchange answered {answer.status}")
    message = plain(str(said.get("error_message", "")), 300)
    if key := options.key.get_secret_value():
        message = message.replace(key, "…")
    name = f"{said.get('error_name') or said.get('error_id') or answer.status}"[:60]
    if said.get("error_id") in _LATER or name == "throttle_violation":
        passes = _PASSES_IN.search(message)
        seconds = int(passes[1]) if passes else whole(said.get("backoff"))
        wait = timedelta(seconds=seconds) if seconds else None
        return SourceUnavailable(f"Stack Exchange: {plain(name)}: {message}", wait)
    return SourceRefused(f"Stack Exchange: {plain(name)}: {message}")


def _mention(item: Any, domain: str) -> Mention | None:
    """Return what a question, an answer or a comment says; None where it lacks id, time or words."""
    if not isinstance(item, dict):
        return None
    at = from_seconds(item.get("creation_date"))
    # An answer names its question too, a comment its post: the innermost comes first.
    kind = next((kind for kind in _PLACES if f"{kind}_id" in item), "")
    identity = item.get(f"{kind}_id")
    title, text = plain(string(item.get("title")), 1_000), plain(string(item.get("body")))
    if at is None or not whole(identity) or not (title or text):
        return None
    url = link(string(item.get("link"))) or f"https://{domain}/{_PLACES[kind]}/{identity}"
    author = plain(string(part(item, "owner").get("display_name")), 200)
    return Mention(f"{kind}-{identity}", url, author, text, at, title)


def _age(mention: Mention) -> tuple[datetime, str]:
    return mention.published_at or _NEVER, mention.id


def _written(memory: _Memory) -> str:
    return json.dumps(asdict(memory), separators=(",", ":"))


def _memory(cursor: str | None, options: Options) -> _Memory:
    """Read a cursor; what makes no sense in it is as good as nothing. A new round has all lists to read."""
    try:
        held = json.loads(cursor or "{}")
        walks = {name: _Walk(**dict(held["walks"][name])) for name in options.lists if name in held["walks"]}
        numbers = [
            n
            for walk in walks.values()
            for n in (walk.start, walk.page, walk.newest, walk.heard or 0, walk.floor)
        ]
        questions = tuple(map(int, held["questions"]))
        left = tuple(name for name in options.lists if name in held["left"])
        base = None if held["base"] is None else int(held["base"])
        if not all(isinstance(number, int) for number in numbers):
            raise ValueError("not a number")
    except (ValueError, TypeError, AttributeError, KeyError):
        walks, questions, left, base = {}, (), (), None
    if not left:
        heard = [walk.heard for walk in walks.values() if walk.heard is not None]
        base = min(heard) if "questions" in walks and len(heard) == len(walks) else None
    return _Memory(walks, questions, left or options.lists, base)


def _domain(site: str) -> str:
    """Return the host of a site that the API knows by its short name."""
    if site.endswith((".com", ".net", ".org")):
        return site
    if site.endswith("mathoverflow"):
        return f"{site}.net"
    return f"{site}.com" if site.rpartition(".")[2] in _OWN_HOSTS else f"{site}.stackexchange.com"
