"""GDELT: news of the whole world, by title and address, from its files of every 15 minutes.

Files: https://blog.gdeltproject.org/gdelt-2-0-our-global-world-in-realtime/. `lastupdate.txt`
names the newest, `lastupdate-translation.txt` that of what was not written in English; their
names are times, so that they are walked slot by slot. A file has 3 to 15 MB and is fetched in
ranges. What a slot lacks is asked for again for some hours, then given up and told as a gap.

Where the files are not to be had there is the rung `api`, https://blog.gdeltproject.org/
gdelt-doc-2-0-api-debuts/: 250 articles an ask, one ask in 5 seconds. Both know an article by
its address, so that none is heard twice for coming by both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

from connectors import (
    Answer,
    Ask,
    Call,
    ConnectorError,
    Conversation,
    Get,
    Mention,
    Page,
    SourceGarbled,
    SourceRefused,
    SourceUnavailable,
    _gdeltdoc,
)
from connectors._dates import from_seconds
from connectors._gkg import articles, slot
from connectors._shapes import address, part, whole

FILES = "https://storage.googleapis.com/data.gdeltproject.org/gdeltv2"
API = "https://api.gdeltproject.org/api/v2/doc/doc"
SLOT = 900  # seconds
MOST_FILES = 8  # of a visit
MOST_AGAIN = 4  # of each stream, such as were missing before
MOST_TRIES, ABSENT = 20, 5  # a file that is not there weighs as much as so many failures
PATIENCE = 6 * 3600
AHEAD = 86_400
FURTHEST = 48 * 3600  # slots further behind than this are not fetched any more
RANGE = 4_500_000  # bytes: within what one transfer may bring
MOST_RANGES = 6
MOST_GUARDED = 4_900_000  # bytes that a guarded child takes
API_OVERLAP = 3600

_LISTED = re.compile(r"\b(\d{14})(\.translation)?\.gkg\.csv\.zip", re.I)
_LISTS = {"english": "lastupdate.txt", "translated": "lastupdate-translation.txt"}
_ENDINGS = {"english": ".gkg.csv.zip", "translated": ".translation.gkg.csv.zip"}
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Options:
    """`search` lists words: an article is kept if its title, or a name in it, contains any of them.

    A word may be the beginning of one ("żabk" finds żabka and żabki). `translated` reads what
    was not written in English too. `api_url` is the second rung; for files from elsewhere
    than the public address there is none unless it is named.
    """

    search: str | tuple[str, ...]
    translated: bool = True
    url: str = FILES
    api_url: str = ""

    def __post_init__(self) -> None:
        if not self.words or any(len(word) < 3 for word in self.words):
            raise ValueError("search must name at least one word, each of 3 letters or more")
        address("url", self.url)
        if self.api_url:
            address("api_url", self.api_url)

    @property
    def words(self) -> tuple[str, ...]:
        named = (self.search,) if isinstance(self.search, str) else self.search
        return tuple(" ".join(word.lower().split()) for word in named if word.strip())

    @property
    def api(self) -> str:
        return self.api_url or (API if self.url == FILES else "")

    @property
    def streams(self) -> tuple[str, ...]:
        return ("english", "translated") if self.translated else ("english",)


@dataclass(frozen=True, slots=True)
class _Stream:
    """How far the files of a stream were read; times are seconds since 1970.

    `at` is the last slot that was come to, `newest` the last that was listed, `missing` those up
    to `at` that could not be had yet, each with the weight of its tries. Once none is missing,
    nothing is since `base`.
    """

    at: int = 0
    newest: int = 0
    base: int = 0
    missing: tuple[tuple[int, int], ...] = ()

    @property
    def waiting(self) -> list[int]:
        """The slots not come to yet, oldest first."""
        if not self.at:
            return [self.newest] if self.newest else []
        slots = list(range(self.at + SLOT, self.newest + 1, SLOT))
        return slots if self.newest <= self.at or self.newest in slots else [*slots, self.newest]

    @property
    def is_whole(self) -> bool:
        return not self.missing and not self.waiting


@dataclass(frozen=True, slots=True)
class _Walk:
    """How far the API was read: from `start` on comes next, `base` as in a stream."""

    start: int = 0
    newest: int = 0
    base: int = 0


@dataclass(slots=True)
class _Visit:
    """What one visit has brought so far of both streams."""

    mentions: dict[str, Mention] = field(default_factory=dict)
    spoiled: int = 0
    files: int = 0
    failures: int = 0  # in a row
    error: ConnectorError | None = None
    wait: timedelta | None = None
    gap: bool = False

    def failed(self, error: ConnectorError) -> None:
        self.error = self.error or error
        self.failures += 1
        if isinstance(error, SourceUnavailable):
            self.wait = self.wait or error.retry_after


def _utc() -> datetime:
    return datetime.now(UTC)


def fetch(options: Options, cursor: str | None, clock: Callable[[], datetime] = _utc) -> Conversation:
    """Read the files that are new, or ask the API where there are no files."""
    streams, walk = _memory(cursor)
    try:
        return (yield from _by_files(options, streams, int(clock().timestamp())))
    except (SourceRefused, SourceGarbled) as error:
        if not options.api:
            raise
        why = str(error)
    return (yield from _by_api(options, streams, walk, why[:300]))


# ---- the rung `files`


def _by_files(options: Options, before: dict[str, _Stream], now: int) -> Conversation:
    visit, after, why = _Visit(), {}, ""
    for name in options.streams:
        stream = before.get(name, _Stream())
        try:
            newest = yield from _newest(options, name, now)
        except SourceRefused as error:
            if name == "english":
                raise
            newest, why = 0, f"what was not written in English is not to be had: {error}"
        after[name] = _caught_up(replace(stream, newest=max(newest, stream.newest)), visit)
    for name, stream in after.items():
        after[name] = yield from _forward(options, name, stream, visit)
    if visit.error is not None and not visit.files:
        raise visit.error
    for name, stream in after.items():
        known = dict(before[name].missing) if name in before else {}
        after[name] = yield from _again(options, name, stream, known, visit)
    is_whole = all(stream.is_whole for stream in after.values())
    base = min((stream.base for stream in before.values()), default=0)
    if is_whole:
        after = {name: replace(stream, base=stream.at) for name, stream in after.items()}
    return Page(
        tuple(sorted(visit.mentions.values(), key=_age)),
        _written(after, _Walk()),
        visit.spoiled,
        from_seconds(base) if base and is_whole and not visit.gap else None,
        rung="files",
        why=(str(visit.error) if visit.error else why)[:300],
        gap=visit.gap,
        more=any(stream.waiting for stream in after.values()),
        wait=visit.wait,
    )


def _newest(options: Options, name: str, now: int) -> Generator[Ask, Answer, int]:
    """Return the newest slot that is listed."""
    answer = yield Get(f"{options.url.rstrip('/')}/{_LISTS[name]}")
    for digits, translated in _LISTED.findall(answer.body[:100_000].decode("utf-8", "replace")):
        at = slot(digits)
        if at is not None and bool(translated) == (name == "translated"):
            if at.timestamp() > now + AHEAD:
                raise SourceGarbled(f"GDELT: the newest file is of the future: {digits}")
            return int(at.timestamp())
    raise SourceGarbled("GDELT: no file is named where the newest should be")


def _caught_up(stream: _Stream, visit: _Visit) -> _Stream:
    """Leave out the slots that are too far behind to be fetched one by one."""
    if not stream.at or stream.newest - stream.at <= FURTHEST:
        return stream
    visit.gap = True
    steps = (stream.newest - stream.at - FURTHEST) // SLOT
    return replace(stream, at=stream.at + steps * SLOT, missing=())


def _forward(options: Options, name: str, stream: _Stream, visit: _Visit) -> Generator[Ask, Answer, _Stream]:
    """Read the slots not come to yet; one that cannot be had is kept in mind, and the walk goes on."""
    visit.failures = 0
    for place in stream.waiting[: MOST_FILES // len(options.streams)]:
        if visit.failures > 1 or visit.wait is not None:
            break
        weight = yield from _file(options, name, place, visit)
        missing = (*stream.missing, (place, weight)) if weight else stream.missing
        stream = replace(stream, at=place, missing=missing)
    return stream


def _again(
    options: Options, name: str, stream: _Stream, known: Mapping[int, int], visit: _Visit
) -> Generator[Ask, Answer, _Stream]:
    """Try the slots that were missing before once more, those tried least first; give up what never comes.

    Not while newer ones wait: the tries are meant to be some minutes apart.
    """
    left = {} if stream.waiting else dict(stream.missing)
    visit.failures = 0
    for place in sorted(known.keys() & left.keys(), key=lambda place: (left[place], -place))[:MOST_AGAIN]:
        if visit.failures > 1 or visit.wait is not None:
            break
        weight = yield from _file(options, name, place, visit)
        left[place] += weight
        if not weight:
            del left[place]
        elif left[place] >= MOST_TRIES and stream.newest - place > PATIENCE:
            del left[place]
            visit.gap = True
    return stream if stream.waiting else replace(stream, missing=tuple(left.items()))


def _file(options: Options, name: str, place: int, visit: _Visit) -> Generator[Ask, Answer, int]:
    """Read one file; return 0 where it was to be had, else how much that weighs."""
    digits = datetime.fromtimestamp(place, UTC).strftime("%Y%m%d%H%M%S")
    try:
        pieces = yield from _pieces(f"{options.url.rstrip('/')}/{digits}{_ENDINGS[name]}")
        if pieces is None:
            return ABSENT
        guarded = sum(map(len, pieces)) <= MOST_GUARDED
        read = yield Call(articles, (pieces, options.words), guarded=guarded)
    except ConnectorError as error:
        visit.failed(error)
        return 1
    mentions, spoiled = read.value
    visit.mentions |= {mention.id: mention for mention in mentions}
    visit.spoiled += spoiled
    visit.files += 1
    visit.failures = 0
    return 0


def _pieces(url: str) -> Generator[Ask, Answer, tuple[bytes, ...] | None]:
    """Fetch a file in ranges; None where there is none. A server that knows no ranges sends it whole."""
    pieces: list[bytes] = []
    while len(pieces) < MOST_RANGES:
        start = len(pieces) * RANGE
        headers = {"Range": f"bytes={start}-{start + RANGE - 1}"}
        answer = yield Get(url, headers=headers, statuses=(403, 404, 416))  # the bucket says 403 for 404
        if answer.status in (403, 404):
            return None
        if answer.status == 416:
            return tuple(pieces)
        if answer.status != 206:
            return (answer.body,)
        pieces.append(answer.body)
        if len(answer.body) < RANGE:
            return tuple(pieces)
    raise SourceGarbled(f"a file of more than {MOST_RANGES * RANGE // 1_000_000} MB is not read")


# ---- the rung `api`


def _by_api(options: Options, streams: dict[str, _Stream], walk: _Walk, why: str) -> Conversation:
    """Ask for the articles from where the walk stands on; a first visit asks for the newest."""
    if not walk.start and streams:
        heard = min(min([stream.at, *dict(stream.missing)]) for stream in streams.values())
        walk = _Walk(heard, 0, min(stream.base for stream in streams.values()))
    rows = _gdeltdoc.rows((yield _gdeltdoc.query(options.api, options.words, walk.start)))
    read = [_gdeltdoc.article(row) for row in rows]
    found = {mention.id: mention for mention in read if mention is not None}
    seen = [int(mention.published_at.timestamp()) for mention in found.values() if mention.published_at]
    newest = max([*seen, walk.newest])
    full = walk.start > 0 and len(rows) >= _gdeltdoc.MOST_ROWS
    # A full answer that leads no further: more than fit have the same time.
    stuck = full and newest <= walk.start
    if full:
        after = replace(walk, start=newest + 1 if stuck else newest, newest=newest)
    else:
        after = _Walk(max(newest - API_OVERLAP, 0), newest, newest)
    since = from_seconds(walk.base) if walk.base and not full else None
    return Page(
        tuple(sorted(found.values(), key=_age)),
        _written(streams, replace(after, base=0) if stuck else after),
        sum(mention is None for mention in read),
        since,
        rung="api",
        why=why,
        gap=stuck,
        more=full,
        wait=_gdeltdoc.PAUSE if full else None,
    )


# ---- both


def _age(mention: Mention) -> tuple[datetime, str]:
    return mention.published_at or _NEVER, mention.id


def _written(streams: Mapping[str, _Stream], walk: _Walk) -> str:
    held = {"files": {name: asdict(stream) for name, stream in streams.items()}, "api": asdict(walk)}
    return json.dumps(held, separators=(",", ":"))


def _memory(cursor: str | None) -> tuple[dict[str, _Stream], _Walk]:
    """Read a cursor; what makes no sense in it is as good as nothing."""
    try:
        held = json.loads(cursor or "{}")
    except (ValueError, RecursionError):
        held = {}
    streams = {}
    for name, kept in part(held, "files").items():
        at, newest, base = (whole(part(kept).get(key)) or 0 for key in ("at", "newest", "base"))
        missing = part(kept).get("missing")
        pairs = (
            [pair for pair in missing if isinstance(pair, list) and len(pair) == 2]
            if isinstance(missing, list)
            else []
        )
        slots = {whole(place): whole(tries) or 1 for place, tries in pairs}
        if at and name in _LISTS:
            streams[name] = _Stream(at, newest, base, tuple((p, t) for p, t in slots.items() if p))
    start, newest, base = (whole(part(held, "api").get(key)) or 0 for key in ("start", "newest", "base"))
    return streams, _Walk(start, newest, base)
