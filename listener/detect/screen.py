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
from listener.detect.series import Line, Series
from listener.intake import measure_of
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

    A `short` one is found out at once, by counting the minutes around what changed: `hot` are the
    minutes with which a window ends that holds enough, `newest` is the last of them. A `slow`
    one is judged now and then, and left alone in between.
    """

    rule: Rule
    reach: int
    bar: Bar | None = None
    ahead: Callable[[Any, Track, int], Spare] | None = None
    spare: int = 0
    since: int = 0
    until: int = 0
    settled: int = 0
    hot: set[int] = field(default_factory=set)
    newest: int = 0
    short: bool = field(init=False)
    slow: bool = field(init=False)

    def __post_init__(self) -> None:
        self.short = self.bar is not None and self.bar.minutes <= SHORT
        self.slow = not self.short and (self.bar is not None or self.ahead is not None)

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

    def is_due(self, last: int) -> bool:
        """Tell whether the rule could fire in the window that ends now, unless what is long past changed."""
        return self.spare <= 0 or last > self.until or not self.slow

    def is_shaken(self, moved: Iterable[tuple[int, int]], heard: Iterable[tuple[int, int]]) -> bool:
        """Tell whether what changed makes what is known of the rule doubtful."""
        return any(first < self.since for first, _ in moved) or any(
            first < self.settled for first, _ in heard
        )

    def is_hot(self, spans: Iterable[tuple[int, int]]) -> bool:
        """Tell whether a window that holds a changed minute, or follows one, may hold enough."""
        assert self.bar is not None
        wide, reach = self.bar.minutes, max(self.bar.minutes, self.reach)
        return any(first - wide <= h <= last + reach for first, last in spans for h in self.hot)


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

    @property
    def oldest(self) -> int:
        """The first minute that changed, or was heard after all."""
        every = (*self.counts.values(), *self.coverage.values())
        return min((first for spans in every for first, _ in spans), default=FOREVER)

    @property
    def oldest_heard(self) -> int:
        """The first minute that was heard after all, or was not."""
        return min((first for spans in self.coverage.values() for first, _ in spans), default=FOREVER)

    def heard(self, line: Line) -> list[tuple[int, int]]:
        """Return the minutes of a series that were heard after all, or were not."""
        return [span for source in line.sources & self.coverage.keys() for span in self.coverage[source]]

    def last(self, brand: str, at: int) -> int:
        """Return the end of the newest window; what came after `now` was read may lie ahead of it."""
        return max([at + 1, *(last for _, last in self.counts.get(brand, ()))])

    def touches(self, line: Line) -> bool:
        """Tell whether anything is news for a series."""
        return line.group.brand in self.counts or not line.sources.isdisjoint(self.coverage.keys())

    def of_line(self, line: Line) -> list[tuple[int, int]]:
        """Return the minutes whose windows are to be judged again for a series."""
        return [*self.counts.get(line.group.brand, ()), *self.heard(line)]


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
        self._series = series
        self._rules = [(rule, measure_of(rule), *_said_of(rule)) for rule in rules]
        self._lines: list[Line] = []
        self._watches: dict[Line, tuple[Watch, ...]] = {}
        self._slow: list[tuple[Line, Watch]] = []
        self._hot: dict[Watch, Line] = {}
        self._hot_since: int | None = None
        self._of: dict[tuple[str, str, str], list[int]] = {}
        self._bars: dict[Bar, dict[int, list[Watch]]] = {}
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
        self._hot = {watch: line for watch, line in self._hot.items() if line in self._watches}
        every = [(n, line, watch) for n, line in enumerate(lines) for watch in self._watches[line]]
        self._slow = [(line, watch) for _, line, watch in every if not watch.short]
        self._bars = {}
        for number, _, watch in every:
            if watch.short and watch.bar is not None:
                self._bars.setdefault(watch.bar, defaultdict(list))[number].append(watch)
        self._of = defaultdict(list)
        for number, line in enumerate(lines):
            for source in line.sources:
                self._of[line.group.brand, _counted(line.measure), source].append(number)

    def _watching(self, line: Line) -> tuple[Watch, ...]:
        brand = line.group.brand
        return tuple(
            Watch(rule, reach, bar, ahead)
            for rule, measure, reach, bar, ahead in self._rules
            if measure == line.measure and rule.brand in (None, brand)
        )

    @property
    def _widest(self) -> int:
        return max((bar.minutes for bar in self._bars), default=1)

    def look(self, db: sqlite3.Connection, news: News, at: int, *, turned: bool) -> list[Task]:
        """Return the series, with those of their rules, that could fire where something changed.

        `turned` says that a minute ended, and so a window of every series.
        """
        rows = list(self._rows(db, news, at))
        if self._series.meet(db, {(row[0], row[3]) for row in rows}, at):
            self.arrange(at)
        for line, mentions in self._take_in(rows).items():
            for watch in self._watches[line]:
                watch.spare -= mentions
        oldest = news.oldest
        quick = [
            (line, watch)
            for watch, line in self._hot.items()
            if self._is_hot(line, watch, news, oldest, at, turned)
        ]
        slow = self._due(news, at, turned)
        return [Task(line, watch, _ends(news, line, watch, at)) for line, watch in (*quick, *slow)]

    @staticmethod
    def _is_hot(line: Line, watch: Watch, news: News, oldest: int, at: int, turned: bool) -> bool:
        """Tell whether a window to be judged may hold enough: it would end soon after a hot minute."""
        assert watch.bar is not None
        if watch.newest + watch.bar.minutes > at:
            return turned or news.touches(line)
        return watch.newest >= oldest - watch.bar.minutes and watch.is_hot(news.of_line(line))

    def _due(self, news: News, at: int, turned: bool) -> Iterable[tuple[Line, Watch]]:
        """Return which of the slow rules are to be judged."""
        due = {w: line for line, w in self._slow if w.is_due(at + 1) and (turned or news.touches(line))}
        # What was heard within the last half hour makes nothing doubtful.
        if news.oldest_heard < at - 30:
            due |= {w: line for line, w in self._slow if w.is_shaken((), news.heard(line))}
        for brand in news.moved.keys() & set(self._series.brands()):
            last = news.last(brand, at)
            for line in self._series.brand(brand):
                slow = (w for w in self._watches[line] if not w.short)
                due |= {w: line for w in slow if w.is_due(last) or w.is_shaken(news.moved[brand], ())}
        return [(line, watch) for watch, line in due.items()]

    def _forget(self, before: int) -> None:
        """Let go of minutes whose windows are not judged again."""
        for watch in self._hot:
            watch.hot = {minute for minute in watch.hot if minute >= before}
        self._hot = {watch: line for watch, line in self._hot.items() if watch.hot}

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
        for bar, watches in self._bars.items():
            within = running[1:] - running[np.searchsorted(place, place - bar.minutes + 1)]
            enough = within >= bar.mentions
            for number, minute in zip(numbers[enough].tolist(), minutes[enough].tolist(), strict=True):
                for watch in watches.get(number, ()):
                    watch.hot.add(minute)
                    watch.newest = max(watch.newest, minute)
                    self._hot[watch] = self._lines[number]


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


def _said_of(rule: Rule) -> tuple[int, Bar | None, Callable[[Any, Track, int], Spare] | None]:
    """Return the widest window of a rule in minutes, its bar, and what tells how far from firing it is."""
    trigger: Any = load(rule.trigger)
    widest = trigger.reach(rule.options) if hasattr(trigger, "reach") else max(SPANS)
    bar = None
    if hasattr(trigger, "least"):
        span, mentions = trigger.least(rule.options)
        bar = Bar(_minutes(span), mentions)
    return _minutes(widest), bar, getattr(trigger, "spare", None)


def _minutes(span: timedelta) -> int:
    return -(-int(span.total_seconds()) // 60)
