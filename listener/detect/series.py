"""The series that are kept under watch: thousands of them, of which only a few are in memory at a time.

Of most series no minute is held: a snapshot in the store sums up all but their newest days, and
those are read when there is something to judge. What was judged lately is held, and follows
what is noted as changed. A change of the past before a snapshot drops it.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from listener import tracks
from listener.store import counts, snapshots
from listener.store.changes import Change
from listener.store.counts import IMPORT
from listener.tracks import LEARNS_FOR, Group
from rules.foot import RUN_UP, Foot
from rules.surge import Track

# Windows of the last two days are judged again, and look two days further back at most.
HOLDS = timedelta(hours=96)
MOST_HELD = 500
MOST_NOTES = 64
DAY = 86_400


@dataclass(slots=True, eq=False)
class Line:
    """One series: a measure of a brand, from sources that are judged together.

    `track` is in memory while it is in use, as of the note `seq`; `since` is the minute up to
    which a snapshot sums it up. `made_of` is the query by which its counts were made.
    """

    group: Group
    measure: str
    sources: frozenset[str]
    track: Track | None = None
    seq: int = 0
    since: int | None = None
    made_of: str = ""

    @property
    def name(self) -> snapshots.Name:
        return snapshots.Name(self.group.brand, self.measure, self.group.sources)


@dataclass(slots=True, eq=False)
class Watched:
    """A brand's series; `hour` is when its sources were last weighed, None where they were not yet."""

    lines: tuple[Line, ...]
    hour: int | None = None


@dataclass(slots=True)
class Log:
    """What was noted of late, by subject: (seq, first, last), the oldest first."""

    of: dict[str, list[tuple[int, int, int]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, notes: Iterable[Change]) -> None:
        for note in notes:
            held = self.of[note.subject]
            held.append((note.seq, note.first, note.last))
            if len(held) > MOST_NOTES:
                # Read as one, they name minutes that did not change; that costs time only.
                old = held[: MOST_NOTES // 2]
                held[: MOST_NOTES // 2] = [
                    (old[-1][0], min(first for _, first, _ in old), max(last for _, _, last in old))
                ]

    def since(self, seq: int, subjects: Iterable[str]) -> list[tuple[int, int]]:
        """Return the minutes of the subjects noted after `seq`, as spans."""
        found: list[tuple[int, int]] = []
        for subject in subjects:
            for noted, first, last in reversed(self.of.get(subject, ())):
                if noted <= seq:
                    break
                found.append((first, last))
        return found


class Series:
    """All series of one configuration. `measures` are those each brand's rules ask for."""

    def __init__(
        self, sources: Sequence[str], measures: Mapping[str, Iterable[str]], moody: Iterable[str] = ()
    ) -> None:
        self._names, self._measures = list(sources), {b: tuple(m) for b, m in measures.items()}
        self._moody = frozenset(moody)
        self.version = 0
        self._brands: dict[str, Watched] = {}
        self._held: OrderedDict[Line, None] = OrderedDict()
        self._log = Log()
        self._seq = self._judged = 0
        self._hour: int | None = None
        self._grown: frozenset[str] | None = None
        self._main: list[str] = []
        self._met: dict[str, frozenset[str]] = {}
        self._ours = frozenset(sources)
        self._made_of: dict[str, str] = {}
        self._since: dict[snapshots.Name, int] | None = None
        self._queue: deque[Line] = deque()
        self._queued_for: int | None = None

    def brand(self, name: str) -> tuple[Line, ...]:
        """Return the series of a brand, its own before those of sources that are new."""
        return self._brands[name].lines

    def brands(self) -> Iterable[str]:
        """Return the brands."""
        return self._brands.keys()

    def brands_of(self, source: str) -> list[str]:
        """Return the brands in whose series a source is."""
        return [brand for brand, met in self._met.items() if source in met]

    def __iter__(self) -> Iterator[Line]:
        return (line for watched in self._brands.values() for line in watched.lines)

    @property
    def held(self) -> tuple[Line, ...]:
        """The series whose newest days are in memory."""
        return tuple(self._held)

    def follow(self, db: sqlite3.Connection, noted: Sequence[Change], judged: int, at: int) -> None:
        """Take in what was noted after `judged`, and sort the sources anew once an hour."""
        self._judged = judged
        fresh = [note for note in noted if note.seq > self._seq]
        self._log.add(fresh)
        if fresh:
            self._seq = fresh[-1].seq
        self._seq = max(self._seq, judged)
        if self._since is None:
            self._since = snapshots.since(db)
        if at // 60 != self._hour:
            self._hour, self._made_of = at // 60, counts.measured(db)
            self._sort(db, at)

    def _sort(self, db: sqlite3.Connection, at: int) -> None:
        ages = counts.heard_for(db, at + 1)
        grown = frozenset(n for n in self._names if timedelta(minutes=ages.get(n, 0)) >= LEARNS_FOR)
        if grown == self._grown:
            return
        self._grown = grown
        self._main = [name for name in self._names if name in grown]
        new = [name for name in self._names if name not in grown] if grown else []
        brought = counts.brought(db, new) if new else {}
        own = (*(self._main or self._names), IMPORT)
        for brand in self._measures:
            apart = (Group(brand, (n,), True, {n: 1.0}) for n in new if n in brought.get(brand, ()))
            self._regroup(brand, (Group(brand, own), *apart))

    def weigh(self, db: sqlite3.Connection, brand: str, at: int) -> None:
        """Find out anew what each source brings of a brand, where that was not done within the hour."""
        watched = self._brands[brand]
        if watched.hour != self._hour:
            self._regroup(brand, tracks.sorted_by(db, brand, self._names, self._main, at))
            self._brands[brand].hour = self._hour

    def meet(self, db: sqlite3.Connection, found: Iterable[tuple[str, str]], at: int) -> bool:
        """Sort the sources of a brand anew where one brings its first mention; tell whether any did."""
        strangers = {
            brand for brand, source in set(found) if source not in self._met[brand] and source in self._ours
        }
        for brand in strangers:
            self._brands[brand].hour = None
            self.weigh(db, brand, at)
        return bool(strangers)

    def forget(self, brand: str) -> None:
        """Hold nothing of a brand any more: all of it is read from the store when it is asked for."""
        for line in self._brands[brand].lines:
            self._drop(line)
        self._brands[brand].hour = None

    def _drop(self, line: Line) -> None:
        line.track = None
        self._held.pop(line, None)

    def _regroup(self, brand: str, groups: Sequence[Group]) -> None:
        old = self._brands.get(brand, Watched(()))
        known = {(line.group, line.measure): line for line in old.lines}
        lines = []
        for group in groups:
            for measure in self._measures[brand]:
                line = known.pop((group, measure), None)
                if line is None:
                    line = Line(group, measure, frozenset(group.sources))
                    line.since = (self._since or {}).get(line.name)
                elif group.shares:
                    line.group = group
                lines.append(line)
        for gone in known.values():
            self._drop(gone)
        if tuple(lines) != old.lines:
            self.version += 1
        self._brands[brand] = Watched(tuple(lines), old.hour)
        self._met[brand] = frozenset(source for line in lines for source in line.sources)

    def track(self, db: sqlite3.Connection, line: Line, last: int) -> Track:
        """Return a series as it is now, up to the minute `last` (exclusive)."""
        changed = self._changes(line)
        track = line.track
        if track is not None and self._is_behind(track, changed, last):
            track = None
        if track is None:
            track = self._read(db, line, last)
        else:
            grown = (min(track.end // 60, last - 1), last)
            tracks.renew(db, track, line.group, line.measure, [*changed, grown])
        line.seq = self._seq
        return self._keep(line, track, last)

    @staticmethod
    def _is_behind(track: Track, changed: Iterable[tuple[int, int]], last: int) -> bool:
        """Tell whether anything changed before what a track can take in, though not before all memory."""
        oldest = last - int(tracks.MEMORY.total_seconds() // 60)
        return any(oldest <= first and first * 60 < track.since for first, _ in changed)

    def _changes(self, line: Line) -> list[tuple[int, int]]:
        return self._log.since(line.seq, (line.group.brand, *line.group.sources))

    def _read(self, db: sqlite3.Connection, line: Line, last: int) -> Track:
        moody = line.measure in self._moody
        line.made_of = self._made_of.get(line.measure, "")
        if line.since is not None:
            foot = snapshots.get(db, line.name, line.made_of, moody=moody)
            news = self._log.since(self._judged, (line.group.brand, *line.group.sources))
            if (
                foot is not None
                and all(first * 60 >= foot.since for first, _ in news)
                and foot.start < last * 60
            ):
                return tracks.load_on(db, line.group, line.measure, last, foot, mood=moody)
            line.since = None
        return tracks.load(db, line.group, line.measure, last, mood=moody)

    def _keep(self, line: Line, track: Track, last: int) -> Track:
        """Hold the newest days of a series, and let go of what was asked for longest ago."""
        since = _midnight(last)
        if track.since <= since - RUN_UP and since < track.end:
            track = track.on(track.cut(since))
        line.track = track
        self._held[line] = None
        self._held.move_to_end(line)
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)[0].track = None
        return track

    # Snapshots: made a few at a time, so that none of it takes long.

    def feet(self, db: sqlite3.Connection, last: int, most: int) -> list[tuple[Line, Foot]]:
        """Return feet for up to `most` of the series whose snapshot is behind what it could sum up."""
        since = _midnight(last)
        if self._queued_for != since:
            self._queued_for = since
            self._queue = deque(line for line in self if line.since is None or line.since * 60 < since)
        made: list[tuple[Line, Foot]] = []
        for _ in range(min(most, len(self._queue))):
            line = self._queue.popleft()
            self.weigh(db, line.group.brand, last - 1)
            if line in self._brands[line.group.brand].lines:
                track = self.track(db, line, last)
                if track.since == since and track.foot is not None:
                    made.append((line, track.foot))
        return made

    def keep(self, db: sqlite3.Connection, made: Iterable[tuple[Line, Foot]]) -> None:
        """Write the snapshots, in the caller's transaction."""
        for line, foot in made:
            snapshots.put(db, line.name, line.made_of, foot, moody=line.measure in self._moody)
            line.since = foot.since // 60


def _midnight(last: int) -> int:
    """Return up to where a series is summed up, in seconds: a midnight (UTC) four to five days back."""
    return (last * 60 - int(HOLDS.total_seconds())) // DAY * DAY
