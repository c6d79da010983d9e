"""Listings that show the newest first: read back to what is known, and what was not reached kept in mind.

A visit reads from the newest item down to the floor: a little below the newest item of the
visit before, since items may come to light late. Where it cannot get there (a burst, a rate
limit, a broken answer) the rest is a hole, from where it stopped down to the floor; the cursor
remembers it, and visits go on with it, after the newest, until it is closed. A hole that the
source does not fill is given up and told as a gap.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta

from connectors._contract import (
    Answer,
    Ask,
    ConnectorError,
    Conversation,
    Mention,
    Page,
    SourceRefused,
    SourceUnavailable,
)
from connectors._dates import from_seconds

MOST_PAGES = 60  # of the 100 asks that a visit may make: some sources log in, or ask twice for a page
FRESH_SHARE = 2 / 3  # of them, while a hole is open
MOST_HOLES = 12
MOST_TRIES = 20
REFUSAL_TRIES = 5  # one refusal weighs as much as so many failures
RECENT_SECONDS, BURST = 600, 6  # of what is newer than that, so many times as much is read again
MOST_IDLE = 5  # pages in a row that held nothing new
OUTLIERS = 12  # of the newest items may be dated ahead, and no more than a quarter of them
LONGEST_WAIT = timedelta(minutes=5)

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a listing.

    `places` tell where its items stand in the listing, in numbers that grow with newness
    (seconds since 1970, ids): of unreadable ones too, of pinned ones not. `older` asks for
    what follows, None at the end of the listing; `again` asks for it at another visit, where
    that takes other words. `cut` says that before what follows there is more, which the
    source shows to nobody.
    """

    mentions: tuple[Mention, ...]
    places: tuple[int, ...]
    older: str | None = None
    spoiled: int = 0
    again: str | None = None
    cut: bool = False


Read = Callable[[str, int | None], Generator[Ask, Answer, Leaf]]


@dataclass(frozen=True, slots=True)
class Listing:
    """How a listing is read, and how much of what is known is read again.

    `read(token, floor)` reads the page that a token of an earlier Leaf asks for, the newest
    for an empty one; it may leave out what stands below the floor. What stands up to `span`
    below the newest is read again, `items` of it at most, and a few times as many where they
    are minutes old. `timed` says that places are seconds.
    """

    read: Read
    span: int
    items: int = 100
    timed: bool = True


@dataclass(frozen=True, slots=True)
class _Hole:
    """What `token` asks for, down to `lower`, was not read; `tries` failed in a row."""

    token: str
    lower: int
    tries: int = 0

    @property
    def is_hopeless(self) -> bool:
        return self.tries >= MOST_TRIES


@dataclass(frozen=True, slots=True)
class _State:
    """What the cursor holds of a listing; times are seconds since 1970.

    `at` is when about the newest known item was published, `base` the time back to which
    nothing will be missing once the holes, newest first, are closed.
    """

    floor: int | None = None
    at: float | None = None
    base: float | None = None
    holes: tuple[_Hole, ...] = ()


@dataclass(slots=True)
class _Visit:
    """What one visit has brought so far, of all listings."""

    mentions: dict[str, Mention] = field(default_factory=dict)
    spoiled: int = 0
    pages: int = 0
    error: ConnectorError | None = None
    failed: str = ""
    gap: bool = False

    def take(self, leaf: Leaf) -> bool:
        """Keep what a page brought; return whether any of it was new to this visit."""
        before = len(self.mentions)
        self.mentions |= {mention.id: mention for mention in leaf.mentions}
        self.spoiled += leaf.spoiled
        self.pages += 1
        return len(self.mentions) > before

    @property
    def is_warned(self) -> bool:
        """Whether the source has asked to be left alone."""
        return isinstance(self.error, SourceUnavailable) and self.error.retry_after is not None


@dataclass(slots=True)
class _Way:
    """How far one walk back has come; `left` asks for what it did not reach, None if it got there."""

    left: str | None
    places: list[int] = field(default_factory=list)
    dates: list[float] = field(default_factory=list)
    pages: int = 0
    cut: bool = False
    error: ConnectorError | None = None


def back(listings: Mapping[str, Listing], cursor: str | None, most_pages: int = MOST_PAGES) -> Conversation:
    """Read the listings of a source, by name, from where the cursor left them.

    A first visit reads one page of each. Raises what went wrong only where nothing was read.
    """
    states, turn = _states(cursor, listings)
    visit, sinces = _Visit(), []
    for name in sorted(listings, key=lambda name: name != turn):
        if not visit.is_warned:
            most = max(most_pages // len(listings), 2)
            states[name], since = yield from _visited(listings[name], states[name], visit, most)
            visit.failed = visit.failed or (name if visit.error else "")
        else:
            since = None
        sinces.append(since)
    if visit.error is not None and not visit.pages:
        raise visit.error
    holes = [hole for state in states.values() for hole in state.holes]
    return Page(
        tuple(sorted(visit.mentions.values(), key=_age)),
        _written(states, visit.failed),
        visit.spoiled,
        from_seconds(min((at for at in sinces if at is not None), default=None))
        if None not in sinces
        else None,
        why=str(visit.error)[:300] if visit.error else "",
        gap=visit.gap,
        more=bool(holes),
        wait=_wait(visit.error, holes),
    )


def begun(floor: int) -> str:
    """Return the cursor of a listing without a name that was read down to a place in seconds."""
    return _written({"": _State(floor, float(floor))}, "")


def _visited(
    listing: Listing, state: _State, visit: _Visit, most: int
) -> Generator[Ask, Answer, tuple[_State, float | None]]:
    """Read one listing; return how it stands now, and the time back to which it is whole."""
    tried = bool(state.holes) and state.holes[0].tries % 2 == 1
    begun = visit.pages
    if tried:  # it found no luck after the newest: a source may allow no more than one ask at a time
        state = yield from _closing(listing, state, visit, most // 3)
        if visit.is_warned:
            return state, None
    fresh = max(1, int(most * FRESH_SHARE)) if state.holes else most
    way = yield from _down(listing, "", state.floor, visit, fresh)
    if not way.pages:
        return state, None
    whole = min((at for at in (state.base, state.at) if at is not None), default=None)
    state = _after(listing, state, way, whole)
    visit.gap = visit.gap or way.cut
    if way.error is None and not tried:
        state = yield from _closing(listing, state, visit, most - (visit.pages - begun))
    if visit.gap:
        return replace(state, base=None), None
    return (state, None) if state.holes else (replace(state, base=None), whole)


def _after(listing: Listing, state: _State, way: _Way, whole: float | None) -> _State:
    """Return how a listing stands after its newest part was read as far as the way came."""
    holes = state.holes
    if way.left is not None and state.floor is not None:
        holes = _bounded((_Hole(way.left, state.floor), *holes))
    if not way.places:
        empty = state.floor is None and not way.dates and way.left is None
        return replace(state, holes=holes, base=whole, floor=0 if empty else state.floor)
    newest = sorted(way.places, reverse=True)
    # Not the very newest: dates that lie ahead would hide all that comes after them.
    top = newest[min(OUTLIERS, len(newest) // 4)]
    dates = sorted(way.dates, reverse=True)
    latest = dates[min(OUTLIERS, len(dates) // 4)] if dates else 0.0
    recent = sum(at >= latest - RECENT_SECONDS for at in dates)
    most = max(listing.items, min(recent, BURST * listing.items))
    floors = [top - listing.span, *newest[most - 1 : most]]
    floor = max(*floors, newest[-1] if state.floor is None else state.floor)
    at = top if listing.timed else latest if dates else state.at
    return _State(floor, at, whole, holes)


def _bounded(holes: tuple[_Hole, ...]) -> tuple[_Hole, ...]:
    """Make one of the two oldest holes where there are too many: what lies between is read again."""
    if len(holes) <= MOST_HOLES:
        return holes
    *newer, last, oldest = holes
    return (*newer, replace(last, lower=min(last.lower, oldest.lower)))


def _closing(listing: Listing, state: _State, visit: _Visit, most: int) -> Generator[Ask, Answer, _State]:
    """Go on with the holes, newest first, for at most so many pages."""
    left = list(state.holes)
    while left and most > 0:
        hole = left[0]
        way = yield from _down(listing, hole.token, hole.lower, visit, most)
        most -= way.pages
        visit.gap = visit.gap or way.cut
        if way.left is None:
            del left[0]
            continue
        progressed = way.pages > 0 and way.left != hole.token
        weight = REFUSAL_TRIES if isinstance(way.error, SourceRefused) else 1
        left[0] = _Hole(way.left, hole.lower, 0 if progressed else hole.tries + weight)
        if left[0].is_hopeless:
            del left[0]
            visit.gap = True
        break
    return replace(state, holes=tuple(left))


def _down(
    listing: Listing, token: str, lower: int | None, visit: _Visit, most: int
) -> Generator[Ask, Answer, _Way]:
    """Walk back from a token until below `lower`; on a first visit, where it is None, one page."""
    way, start, idle = _Way(token), token, 0
    while way.pages < most and idle < MOST_IDLE:
        try:
            leaf = yield from listing.read(token, lower)
        except ConnectorError as error:
            visit.error = way.error = error
            break
        idle = 0 if visit.take(leaf) or not leaf.mentions else idle + 1
        way.pages += 1
        way.places += leaf.places
        way.dates += [m.published_at.timestamp() for m in leaf.mentions if m.published_at is not None]
        way.cut = way.cut or (leaf.cut and lower is not None)
        if lower is None or leaf.older is None or _is_below(leaf.places, lower):
            way.left = None
            break
        token = leaf.older
        way.left = token if leaf.again in (None, start) else leaf.again  # never back to where it began
    return way


def _is_below(places: Sequence[int], lower: int) -> bool:
    """Whether a page leads below the floor: a single item out of its order does not say so."""
    return bool(places) and sorted(places)[len(places) // 4] < lower


def _wait(error: ConnectorError | None, holes: Sequence[_Hole]) -> timedelta | None:
    """Return how long to leave a source alone that failed in the middle of it."""
    if error is None:
        return None
    if isinstance(error, SourceUnavailable) and error.retry_after is not None:
        return error.retry_after
    tries = max((hole.tries for hole in holes), default=0)
    return min(timedelta(seconds=2.0 ** min(tries, 10)), LONGEST_WAIT)


def _age(mention: Mention) -> tuple[datetime, str]:
    return mention.published_at or _NEVER, mention.id


def _written(states: Mapping[str, _State], turn: str) -> str:
    held = {name: asdict(state) for name, state in states.items()}
    return json.dumps({"listings": held, "turn": turn}, separators=(",", ":"))


def _states(cursor: str | None, names: Mapping[str, Listing]) -> tuple[dict[str, _State], str]:
    """Read a cursor; what makes no sense in it is as good as nothing."""
    try:
        held = json.loads(cursor or "{}")
        parts, turn = dict(held.get("listings") or {}), str(held.get("turn") or "")
    except (ValueError, TypeError, AttributeError):
        parts, turn = {}, ""
    return {name: _state(parts.get(name)) for name in names}, turn


def _state(part: object) -> _State:
    if not isinstance(part, dict):
        return _State()
    try:
        holes = tuple(_Hole(str(h["token"]), int(h["lower"]), int(h["tries"])) for h in part["holes"])
        floor = None if part["floor"] is None else int(part["floor"])
        at, base = (None if part[key] is None else float(part[key]) for key in ("at", "base"))
        return _State(floor, at, base, holes)
    except (KeyError, TypeError, ValueError):
        return _State()
