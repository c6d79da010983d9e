"""Which series could fire at all: the cheap proof that spares most of them from being judged.

A trigger may say of its options how many mentions a window must hold at the `least` to fire. Where
no window of a series holds so many, it has nothing to say. For windows of up to an hour the
minutes around what changed are counted; for longer ones a series is judged once, and left alone
until as many mentions came as it then lacked. A trigger that says nothing is always judged.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from listener.config import Rule
from listener.intake import measure_of
from listener.series import Line, Series
from listener.store import counts
from listener.store.changes import Change
from listener.store.counts import STORIES
from rules.spare import Spare
from rules.surge import SPANS, Track
from rules.triggers import load

LOOK_BACK = 48 * 60
SHORT = 60
FOREVER, MANY, FAR = 2**62, 2**40, 2**40

Integers = npt.NDArray[np.int64]
Row = tuple[str, str, int, str, int, int]
# Minutes [first, last), of which [low, high) changed.
Span = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Bar:
    """Below so many mentions within so many minutes nothing fires."""

    minutes: int
    mentions: int


@dataclass(slots=True, eq=False)
class Watch:
    """A rule as it watches one series, and what is known of when it could fire.

    `bar` and `ahead` are what its trigger can say of that: how many mentions a window must hold, and
    how far from firing it is. By the last time it was judged, `spare` more mentions are
    needed for windows that end in the minutes [since, until], unless what lies before the
    minute `settled` changes.
    """

    rule: Rule
    reach: int
    bar: Bar | None = None
    ahead: Callable[[Any, Track, int], Spare] | None = None
    spare: int = 0
    since: int = 0
    until: int = 0
    settled: int = 0

    @property
    def short(self) -> bool:
        """Whether it is found out at once, by counting the minutes around what changed."""
        return self.bar is not None and self.bar.minutes <= SHORT

    @property
    def slow(self) -> bool:
        """Whether it is judged now and then, and left alone in between."""
        return not self.short and (self.bar is not None or self.ahead is not None)

    def judged(self, track: Track, last: int) -> None:
        """Take down how far the rule is from firing, now that its series is at hand."""
        if not self.slow:
            return
        found = self.ahead(self.rule.options, track, last * 60) if self.ahead else Spare(0, 0, 0)
        self.spare, self.settled = found.mentions, -(-found.settled // 60)
        self.since, self.until = -(-found.since // 60), found.until // 60
        lacking = self.bar.mentions - _most(track, self.bar.minutes) if self.bar else 0
        if lacking > self.spare:
            self.spare, self.settled, self.since, self.until = lacking, 0, last - LOOK_BACK, FOREVER

    def could(self, news: News, line: Line, last: int) -> bool:
        """Tell whether anything could have changed the verdict since the rule was judged."""
        if not self.slow or self.spare <= 0 or last > self.until:
            return True
        if any(first < self.since for first, _ in news.moved.get(line.group.brand, ())):
            return True
        heard = (span for source in line.sources & news.coverage.keys() for span in news.coverage[source])
        return any(first < self.settled for first, _ in heard)


def _most(track: Track, width: int) -> int:
    """Return the most mentions that any window held which is still judged."""
    begin = max(track.size - LOOK_BACK - width, 0)
    running = np.concatenate(([0], np.cumsum(track.counts[begin:], dtype=np.int64)))
    ends = np.arange(1, len(running))
    return int((running[ends] - running[np.maximum(ends - width, 0)]).max(initial=0))


@dataclass(slots=True)
class News:
    """What a run of the judge has to look at: the minutes that changed, by brand and by source."""

    counts: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    moved: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    coverage: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, noted: Iterable[Change], begun: Mapping[str, int]) -> News:
        """Sort what was noted. What a first visit brought is no news, so only what was heard after it is."""
        news = cls()
        for note in noted:
            if note.what == "coverage":
                first = max(note.first, begun.get(note.subject, note.last))
                news.coverage[note.subject].append((first, note.last))
            else:
                news.moved[note.subject].append((note.first, note.last))
                if note.what == "counts":
                    news.counts[note.subject].append((note.first, note.last))
        return news

    def last(self, brand: str, at: int) -> int:
        """Return the end of the newest window; what came after `now` was read may lie ahead of it."""
        return max([at + 1, *(last for _, last in self.counts.get(brand, ()))])

    def touches(self, line: Line) -> bool:
        """Tell whether anything is news for a series."""
        return line.group.brand in self.counts or not line.sources.isdisjoint(self.coverage.keys())

    def of_line(self, line: Line) -> list[tuple[int, int]]:
        """Return the minutes whose windows are to be judged again for a series."""
        found = list(self.counts.get(line.group.brand, ()))
        for source in line.sources & self.coverage.keys():
            found += self.coverage[source]
        return found


@dataclass(frozen=True, slots=True)
class Task:
    """A series to be judged, by which of its rules, and where: the ends of windows, in minutes."""

    line: Line
    watch: Watch
    ends: frozenset[int]


class Owed:
    """Judgements that were put off, so that none of many slow rules keeps the quick ones waiting.

    `since` is the oldest end of a window among them, in minutes. What a judge owed that was
    stopped, the next one owes: all slow rules look once at all windows from there on.
    """

    def __init__(self, since: int = 0) -> None:
        self._tasks: dict[Watch, Task] = {}
        self._before, self._seen = since, set[Watch]()

    def __bool__(self) -> bool:
        return bool(self._tasks)

    @property
    def since(self) -> int:
        """The oldest end of a window that is not judged yet, 0 where none is."""
        ends = [min(task.ends) for task in self._tasks.values()]
        return min(ends, default=0)

    def settle(self, due: Iterable[Task], most: int) -> list[Task]:
        """Return what is to be judged now: all that is quick, and of the rest what waited longest."""
        quick = []
        for task in due:
            if not task.watch.slow:
                quick.append(task)
                continue
            ends = task.ends
            if self._before and task.watch not in self._seen:
                self._seen.add(task.watch)
                ends |= frozenset(range(max(self._before, max(ends) - LOOK_BACK), max(ends)))
            if task.watch in self._tasks:
                ends |= self._tasks[task.watch].ends
            self._tasks[task.watch] = Task(task.line, task.watch, ends)
        now = list(self._tasks)[:most]
        return quick + [self._tasks.pop(watch) for watch in now]


class Screen:
    """What is known of all series of one configuration without asking them."""

    def __init__(self, series: Series, rules: Sequence[Rule]) -> None:
        self._series, self._rules = series, rules
        self._lines: list[Line] = []
        self._watches: dict[Line, tuple[Watch, ...]] = {}
        self._slow: dict[Line, list[Watch]] = {}
        self._of: dict[tuple[str, str, str], list[int]] = {}
        self._hot: dict[Line, set[int]] = {}
        self._hot_since: int | None = None
        self._wides: dict[Line, int] = {}
        self._bars: Integers = np.zeros((0, 2), np.int64)
        self._widest = 1
        self._arranged: int | None = None
        self._hour: int | None = None

    def arrange(self, at: int) -> None:
        """Take in which series there are now; call it after they were sorted anew."""
        if at // 60 != self._hour:
            self._hour = at // 60
            self._forget(at - LOOK_BACK - 2 * SHORT)
        if self._arranged == self._series.version:
            return
        self._arranged, lines = self._series.version, list(self._series)
        self._lines = lines
        self._watches = {line: self._watches.get(line) or self._watching(line) for line in lines}
        self._hot = {line: hot for line, hot in self._hot.items() if line in self._watches}
        slow = ((line, [w for w in watches if not w.short]) for line, watches in self._watches.items())
        self._slow = {line: watches for line, watches in slow if watches}
        self._of = defaultdict(list)
        for number, line in enumerate(lines):
            for source in line.sources:
                self._of[line.group.brand, _counted(line.measure), source].append(number)
        bars = {line: self._lowest(line) for line in lines}
        self._wides = {line: bar.minutes for line, bar in bars.items()}
        self._widest = max(self._wides.values(), default=1)
        self._bars = np.array([(bar.mentions, bar.minutes) for bar in bars.values()], np.int64).reshape(-1, 2)

    def _watching(self, line: Line) -> tuple[Watch, ...]:
        brand, measure = line.group.brand, line.measure
        mine = (r for r in self._rules if r.brand in (None, brand) and measure_of(r) == measure)
        return tuple(Watch(r, reach_of(r), bar_of(r), getattr(load(r.trigger), "spare", None)) for r in mine)

    def _lowest(self, line: Line) -> Bar:
        """Return one bar that lies below those of all short windows."""
        bars = [w.bar for w in self._watches[line] if w.short and w.bar is not None]
        if not bars:
            return Bar(1, MANY)
        return Bar(max(bar.minutes for bar in bars), min(bar.mentions for bar in bars))

    def look(self, db: sqlite3.Connection, news: News, at: int, *, turned: bool) -> list[Task]:
        """Return the series, with those of their rules, that could fire where something changed.

        `turned` says that a minute ended, and so a window of every series.
        """
        rows = list(self._rows(db, news, at))
        if self._series.meet(db, ((brand, source) for brand, _, _, source, _, _ in rows), at):
            self.arrange(at)
        added = self._take_in(rows)
        for line, mentions in added.items():
            for watch in self._watches[line]:
                watch.spare -= mentions
        tasks: list[tuple[Line, Watch]] = []
        for line, hot in self._hot.items():
            if turned or news.touches(line):
                short = (w for w in self._watches[line] if w.short)
                tasks += [(line, w) for w in short if self._is_hot(line, hot, w, news, at)]
        for line, watches in self._slow.items():
            if turned or news.touches(line):
                due = [w for w in watches if w.could(news, line, last=news.last(line.group.brand, at))]
                tasks += [(line, w) for w in due]
        return [Task(line, watch, _ends(news, line, watch, at)) for line, watch in tasks]

    def _is_hot(self, line: Line, hot: set[int], watch: Watch, news: News, at: int) -> bool:
        """Tell whether a window to be judged may hold enough: it would end soon after a hot minute."""
        wide = self._wides[line]
        if max(hot) + wide > at:
            return True
        reach = max(wide, watch.reach)
        spans = news.of_line(line)
        return any(first - wide <= h <= last + reach for h in hot for first, last in spans)

    def _forget(self, before: int) -> None:
        """Let go of minutes whose windows are not judged again."""
        kept = ((line, {minute for minute in hot if minute >= before}) for line, hot in self._hot.items())
        self._hot = {line: hot for line, hot in kept if hot}

    def _rows(self, db: sqlite3.Connection, news: News, at: int) -> Iterable[Row]:
        """Read the counts of the minutes around what changed."""
        wide, oldest = self._widest, at - LOOK_BACK - self._widest
        spans: dict[str, list[Span]] = defaultdict(list)
        for brand in news.moved.keys() & set(self._series.brands()):
            moved = news.moved[brand]
            inside = [(max(first, oldest), last) for first, last in moved if last > oldest]
            spans[brand] += [(first - wide, last + wide, first, last) for first, last in inside]
        if self._hot_since is None:
            self._hot_since = at - wide
            for brand in self._series.brands():
                spans[brand].append((at - 2 * wide, at + 2, FOREVER, 0))
        for source, heard in news.coverage.items():
            first, last = max(min(heard)[0], oldest), min(max(until for _, until in heard), self._hot_since)
            if first < self._hot_since:
                for brand in self._series.brands_of(source):
                    spans[brand].append((first - wide, last + wide, FOREVER, 0))
        asked = [
            (brand, measure, *span)
            for brand, wanted in spans.items()
            for measure in sorted({_counted(line.measure) for line in self._series.brand(brand)})
            for span in _apart(wanted)
        ]
        return counts.around(db, asked) if asked else ()

    def _take_in(self, rows: Iterable[Row]) -> Mapping[Line, int]:
        """Find the windows that hold enough mentions; return how many each series has in what changed."""
        found: list[tuple[int, int, int]] = []
        within: dict[int, int] = defaultdict(int)
        for brand, measure, minute, source, n, inside in rows:
            for number in self._of.get((brand, measure, source), ()):
                # What is no number is for the judge to complain of.
                found.append((number, minute, n if isinstance(n, int) else MANY))
                if inside:
                    within[number] += found[-1][2]
        if found:
            self._find_hot(*np.array(found, np.int64).T)
        return {self._lines[number]: n for number, n in within.items()}

    def _find_hot(self, numbers: Integers, minutes: Integers, held: Integers) -> None:
        place = numbers * FAR + minutes
        order = np.argsort(place, kind="stable")
        place, numbers, minutes, held = place[order], numbers[order], minutes[order], held[order]
        running = np.concatenate(([0], np.cumsum(held)))
        least, wide = self._bars[numbers].T
        enough = running[1:] - running[np.searchsorted(place, place - wide + 1)] >= least
        for number, minute in zip(numbers[enough].tolist(), minutes[enough].tolist(), strict=True):
            self._hot.setdefault(self._lines[number], set()).add(minute)


def _ends(news: News, line: Line, watch: Watch, at: int) -> frozenset[int]:
    """Return the ends of the windows that hold news, no older than 48 hours, and the last of all."""
    last = news.last(line.group.brand, at)
    ends = {last}
    for first, until in news.of_line(line):
        ends.update(range(max(first + 1, last - LOOK_BACK), min(until + watch.reach, last) + 1))
    return frozenset(ends)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, those that touch made one."""
    apart: list[Span] = []
    for first, last, low, high in sorted(spans):
        if apart and first <= apart[-1][1]:
            before = apart[-1]
            apart[-1] = before[0], max(before[1], last), min(before[2], low), max(before[3], high)
        else:
            apart.append((first, last, low, high))
    return apart


def _counted(measure: str) -> str:
    """Return the counts that bound those of a measure: of stories there are no more than mentions."""
    return "all" if measure == STORIES else measure


def reach_of(rule: Rule) -> int:
    """Return over how many minutes a rule's widest window reaches."""
    reach: Callable[[Any], timedelta] | None = getattr(load(rule.trigger), "reach", None)
    widest = reach(rule.options) if reach else max(SPANS)
    return -(-int(widest.total_seconds()) // 60)


def bar_of(rule: Rule) -> Bar | None:
    """Return what a window must hold at the least for a rule to fire, None where its trigger does not say."""
    least: Callable[[Any], tuple[timedelta, int]] | None = getattr(load(rule.trigger), "least", None)
    if least is None:
        return None
    span, mentions = least(rule.options)
    return Bar(-(-int(span.total_seconds()) // 60), mentions)
