"""A series under watch: how far each of its moments rose above what was usual.

A track holds one count per bucket. At the end of every bucket the last 5 and the last 15
minutes are compared with the closed windows of that length before them, and the smaller
of the two z-scores is kept. When some buckets change (a mention came late, a source was
found to have been deaf) only what lies behind the earliest of them is computed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from rules.foot import DAYS_KEPT, RUN_UP, Foot, joined, newest, stands
from rules.hours import HOUR, Hours, Total, by_the_hour
from rules.series import HALF_LIFE, Baseline, in_order

SPANS = (timedelta(minutes=5), timedelta(minutes=15))
BREADTH = timedelta(minutes=45)
LEAST_HISTORY = timedelta(hours=1)
LONGEST = timedelta(days=20 * 365)
DAY_SECONDS = 86_400

Counts = npt.NDArray[np.int32]
Moments = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One window beside what was usual before it.

    `known` is the share of the window that was heard; `mean` and `deviation` are on the
    Anscombe scale. They rest on `history` of known time, whose windows still weigh
    as much as `weight` fresh ones.
    """

    span: timedelta
    count: int
    known: float
    mean: float
    deviation: float
    weight: float
    history: timedelta


@dataclass(frozen=True, slots=True)
class Broad:
    """A broader window, and the most mentions that one as long held on each of the last days.

    `known` is the share of it that was heard; of `most` today's so far comes first.
    """

    span: timedelta
    count: int
    known: float
    most: tuple[float, ...]


class Track:
    """Counts of one series per bucket of `step` seconds, owned and kept up to date here.

    Times are seconds since 1970, UTC: a bucket is named by its start, a window by its end.
    `start` may be earlier than asked for: the track begins where windows of all lengths do,
    and what was added in front is unknown.

    A track may stand on a foot: it holds the buckets from `foot.start` on, and of what went before
    the sums. All that is asked of windows that end after `since` is answered as if it held
    everything, to the last bit. A change before `since` it cannot take in.
    """

    __slots__ = (
        "_breadth",
        "_counts",
        "_foot",
        "_hours",
        "_known",
        "_lanes",
        "_mood",
        "_most",
        "_peaks",
        "_rise",
        "size",
        "start",
        "step",
    )

    def __init__(
        self,
        start: int,
        step: int,
        counts: npt.ArrayLike,
        known: npt.ArrayLike,
        mood: npt.ArrayLike | None = None,
        foot: Foot | None = None,
    ) -> None:
        if step < 1 or start % step:
            raise ValueError(f"a track starts on a multiple of its step, not at {start} with {step}")
        if foot is not None and start != foot.start:
            raise ValueError(f"a track on this foot starts at {foot.start}, not at {start}")
        self._foot = foot
        widths = tuple(max(1, round(span.total_seconds() / step)) for span in SPANS)
        lead = start // step % lcm(*widths)
        self.step, self.start, self.size = step, start - lead * step, 0
        self._lanes = tuple(_Lane(width, step) for width in widths)
        if foot is not None:
            for lane, sums in zip(self._lanes, foot.sums, strict=True):
                lane.stand_on((foot.start - foot.begins) // (lane.width * step), sums)
        self._counts, self._known = np.zeros(0, np.int32), np.zeros(0, np.bool_)
        self._mood = None if mood is None else np.zeros(0, np.int32)
        self._rise, self._peaks, self._most = np.zeros(0), np.zeros(0), np.zeros(0)
        self._breadth = max(1, round(BREADTH.total_seconds() / step))
        self._hours: Hours | None = None
        given = np.asarray(counts, np.int32)
        self._grow(lead + len(given))
        self._counts[lead : self.size] = given
        self._known[lead : self.size] = known
        if self._mood is not None:
            self._mood[lead : self.size] = np.asarray(mood, np.int32)
        self._refresh(0)

    @property
    def counts(self) -> Counts:
        """Mentions per bucket."""
        return self._counts[: self.size]

    @property
    def known(self) -> Flags:
        """Whether the bucket was heard."""
        return self._known[: self.size]

    @property
    def mood(self) -> Counts:
        """Sentiment of the mentions per bucket, added up, in thousandths; 0 in a track without."""
        return np.zeros(self.size, np.int32) if self._mood is None else self._mood[: self.size]

    @property
    def moody(self) -> bool:
        """Whether the sentiment of the mentions is held beside their number."""
        return self._mood is not None

    @property
    def hours(self) -> Hours:
        """The whole memory by the hour; ValueError where buckets make no hours."""
        if self._hours is None:
            held = by_the_hour(self.start, self.step, self.counts, self.known, self.mood)
            self._hours = held if self._foot is None else joined(self._foot.hours, held)
        return self._hours

    @property
    def rise(self) -> Reals:
        """z at the end of every bucket: the smaller of z over 5 and z over 15 minutes."""
        return self._rise[: self.size]

    @property
    def foot(self) -> Foot | None:
        """What the track stands on, None where it holds everything."""
        return self._foot

    @property
    def since(self) -> int:
        """From where on the track can be recounted, and be asked for what ends after it."""
        return self.start if self._foot is None else self._foot.since

    @property
    def begins(self) -> int:
        """Where the series began, of which the newest part is held."""
        return self.start if self._foot is None else self._foot.begins

    @property
    def end(self) -> int:
        """The end of the newest bucket."""
        return self.start + self.size * self.step

    def ends(self) -> Moments:
        """Return the end of every window: one per bucket."""
        return self.start + self.step * np.arange(1, self.size + 1)

    def held(self, ends: npt.ArrayLike) -> tuple[Moments, Moments]:
        """Return the moments at which a window ends here, in order, each with the buckets before it."""
        at = in_order(ends)
        after = (at - self.start) // self.step
        inside = (after > 0) & (after <= self.size)
        return at[inside], after[inside]

    def total(self, first: int, last: int) -> Total:
        """Return what the seconds [first, last) add up to, to the bucket. What lies outside is unknown.

        Before the buckets that are held there are hours only: a span may begin there with an hour.
        """
        if self._foot is not None and first < self.start:
            return self._from_hours(first, last)
        low, high = (min(max((at - self.start) // self.step, 0), self.size) for at in (first, last))
        here, width = slice(low, high), max((last - first) // self.step, 1)
        mood = 0 if self._mood is None else int(self._mood[here].sum())
        return Total(int(self._counts[here].sum()), float(self._known[here].sum()) / width, mood)

    def _from_hours(self, first: int, last: int) -> Total:
        edge = min(last, self.start)
        if first % HOUR or edge % HOUR:
            raise ValueError(f"what lies before {self.start} is kept by the hour only")
        hours = self.hours
        here = slice(max(first // HOUR - hours.start, 0), max(edge // HOUR - hours.start, 0))
        held = self.total(self.start, last) if last > self.start else Total(0, 0.0, 0)
        known = float(hours.known[here].sum()) * HOUR + held.known * (last - edge)
        return Total(
            int(hours.counts[here].sum()) + held.count,
            known / max(last - first, 1),
            int(hours.mood[here].sum()) + held.mood,
        )

    def cut(self, since: int) -> Foot:
        """Return what the track knows of all that lies before a midnight (UTC) it holds, in sums.

        Raise ValueError where it cannot be cut there.
        """
        start, width = since - RUN_UP, max(lane.width for lane in self._lanes)
        if since % DAY_SECONDS or not stands(self.step, width) or not self.since <= start < self.end:
            raise ValueError(f"this track cannot be cut at {since}")
        columns = [(start - self.start) // (lane.width * self.step) for lane in self._lanes]
        sums = [lane.sums[:, column] for lane, column in zip(self._lanes, columns, strict=True)]
        peaks, most = (
            daily[-DAYS_KEPT:] for daily in self._daily(self._day((since - self.start) // self.step))
        )
        hours, until = self.hours, start // HOUR
        before = slice(until - hours.start)
        return Foot(
            since,
            self.begins,
            np.stack(sums),
            peaks,
            most,
            newest(Hours(hours.start, hours.counts[before], hours.known[before], hours.mood[before])),
        )

    def on(self, foot: Foot) -> Track:
        """Return the track as it stands on a foot that was cut from it."""
        here = slice((foot.start - self.start) // self.step, self.size)
        mood = None if self._mood is None else self._mood[here]
        return Track(foot.start, self.step, self._counts[here], self._known[here], mood, foot)

    def _daily(self, day: int) -> tuple[Reals, Reals]:
        """Return the daily peaks, of z and of mentions, of the days before `day`, the oldest first."""
        if self._foot is None:
            return self._peaks[:day], self._most[:day]
        # The day of the run-up is whole in the foot only.
        peaks = np.concatenate((self._foot.peaks, self._peaks[1:day]))
        return peaks, np.concatenate((self._foot.most, self._most[1:day]))

    def recount(
        self,
        buckets: npt.ArrayLike,
        counts: npt.ArrayLike,
        known: npt.ArrayLike,
        mood: npt.ArrayLike | None = None,
    ) -> Moments:
        """Put in what these buckets hold now; return the ends of the windows this changes.

        Buckets may be named that hold what they held: they change nothing. Buckets may lie
        past the end: the track grows, and what is not named between is unknown. Buckets
        before `since` are left out. Raise ValueError for one beyond `LONGEST`.
        """
        index = (np.asarray(buckets, np.int64) - self.start) // self.step
        held = np.broadcast_to(np.asarray(counts, np.int32), index.shape)
        heard = np.broadcast_to(np.asarray(known, np.bool_), index.shape)
        felt = np.broadcast_to(np.asarray(0 if mood is None else mood, np.int32), index.shape)
        changed = index >= self.size
        old = (index >= (self.since - self.start) // self.step) & ~changed
        changed[old] = (self._counts[index[old]] != held[old]) | (self._known[index[old]] != heard[old])
        if self._mood is not None:
            changed[old] |= self._mood[index[old]] != felt[old]
        index, held, heard, felt = index[changed], held[changed], heard[changed], felt[changed]
        if index.size:
            first = min(int(index.min()), self.size)
            self._grow(int(index.max()) + 1)
            self._counts[index], self._known[index] = held, heard
            if self._mood is not None:
                self._mood[index] = felt
            self._refresh(first)
        return self._reached(index)

    def compare(self, end: int) -> tuple[Comparison, ...]:
        """Return the windows that end at `end`, the shortest first, each beside its past."""
        after = (end - self.start) // self.step
        if not 0 < after <= self.size:
            raise IndexError(f"no window of this track ends at {end}")
        return tuple(lane.compare(self.counts, self.known, after) for lane in self._lanes)

    def peaks(self, end: int, days: int) -> tuple[float, ...]:
        """Return the highest z of each of the last `days` days (UTC), today's so far first.

        A day of which nothing is known, or on which nothing rose, counts 0.
        """
        last = (end - self.start) // self.step - 1
        today = self._day(last)
        so_far = max(float(self._rise[self._first_of(today) : last + 1].max()), 0.0)
        before = self._daily(today)[0][::-1][: days - 1].tolist()
        return (so_far, *before, *[0.0] * (days - 1 - len(before)))

    def broad(self, end: int, days: int) -> Broad:
        """Return the `BREADTH` before `end`, and the most mentions as long a window held on each day.

        Of the last `days` days (UTC), today's so far first, as in `peaks`: a window is of the day of
        its last bucket, a half-heard one counts what was heard, and days before the track
        count 0. A track that keeps only sums and daily peaks of its past answers for 31 days at least.
        """
        last = (end - self.start) // self.step - 1
        today = self._day(last)
        held = _sliding(self.counts[: last + 1], self._first_of(today), self._breadth)
        before = self._daily(today)[1][::-1][: days - 1].tolist()
        heard = float(self.known[max(last + 1 - self._breadth, 0) : last + 1].sum()) / self._breadth
        most = (float(held.max()), *before, *[0.0] * (days - 1 - len(before)))
        return Broad(timedelta(seconds=self._breadth * self.step), int(held[-1]), heard, most)

    def _reached(self, index: Moments) -> Moments:
        widest = max(lane.width for lane in self._lanes)
        reached = np.unique(index[:, None] + np.arange(widest))
        return self.start + self.step * (reached[reached < self.size] + 1)

    def _grow(self, size: int) -> None:
        if size * self.step > LONGEST.total_seconds():
            raise ValueError(f"a track spans at most {LONGEST.days} days")
        if size > len(self._counts):
            room = size + DAY_SECONDS // self.step + 1
            self._counts, self._known = _with_room(self._counts, room), _with_room(self._known, room)
            self._rise = _with_room(self._rise, room)
            if self._mood is not None:
                self._mood = _with_room(self._mood, room)
            self._peaks = _with_room(self._peaks, self._day(room) + 1)
            self._most = _with_room(self._most, self._day(room) + 1)
        self.size = max(self.size, size)

    def _refresh(self, first: int) -> None:
        self._hours = None
        if first >= self.size:
            return
        for lane in self._lanes:
            lane.refresh(self.counts, self.known, first)
        scores = [lane.scores(self.counts, first) for lane in self._lanes]
        self._rise[first : self.size] = np.minimum(*scores)
        # Windows that end in the run-up reach back behind what is held.
        self._rise[: (self.since - self.start) // self.step] = 0.0
        day = self._day(first)
        begin = self._first_of(day)
        self._take_daily(self._peaks, day, self._rise[begin : self.size])
        # A bucket reaches into the windows that end after it, maybe on the day that follows.
        self._take_daily(self._most, day, _sliding(self.counts, begin, self._breadth))

    def _take_daily(self, daily: Reals, day: int, values: npt.NDArray[Any]) -> None:
        """Put in the highest value of each day from `day` on, whose buckets have these; 0 at least."""
        first = self.size - len(values)
        days = (self.start % DAY_SECONDS + self.step * np.arange(first, self.size)) // DAY_SECONDS
        turns = np.flatnonzero(np.diff(days, prepend=-1))
        daily[day:] = 0.0
        daily[days[turns]] = np.maximum(np.maximum.reduceat(values, turns), 0.0)

    def _day(self, bucket: int) -> int:
        return (self.start % DAY_SECONDS + bucket * self.step) // DAY_SECONDS

    def _first_of(self, day: int) -> int:
        return max(-(-(day * DAY_SECONDS - self.start % DAY_SECONDS) // self.step), 0)


class _Lane:
    """The windows of one length, `width` buckets, and what was usual before each.

    A baseline is made of closed windows side by side, cut where epoch time divides by
    their length: the same ones wherever the history begins. Instead of letting the past
    fade, each window weighs `2 ** (its age / half-life)` times what the first one did:
    in a mean that cancels out, and a change in the past is one changed summand. Column
    `n` of `sums` adds up the first `n` windows: weight, total, squares, and their number.
    """

    __slots__ = ("before", "growth", "span", "sums", "width")

    def __init__(self, width: int, step: int) -> None:
        self.width, self.span = width, timedelta(seconds=width * step)
        self.growth = self.span / HALF_LIFE
        self.before, self.sums = 0, np.zeros((4, 1))

    def stand_on(self, before: int, sums: Reals) -> None:
        """Begin with the sums over so many windows before the first bucket."""
        self.before, self.sums = before, np.array(sums, np.float64).reshape(4, 1)

    def refresh(self, counts: Counts, known: Flags, first: int) -> None:
        """Add up again from the window on that holds bucket `first`."""
        begin, closed = first // self.width, len(counts) // self.width
        self._make_room(closed + 1)
        if begin >= closed:
            return
        body = slice(begin * self.width, closed * self.width)
        whole = known[body].reshape(-1, self.width).all(axis=1)
        scaled = 2 * np.sqrt(counts[body].reshape(-1, self.width).sum(axis=1) + 3 / 8)
        weights = whole * np.exp2(self.growth * np.arange(self.before + begin, self.before + closed))
        shares = np.stack((weights, weights * scaled, weights * scaled * scaled, whole))
        # Running sums are additions from left to right, so a corrected track equals one
        # built afresh to the last bit.
        after = np.concatenate((self.sums[:, begin : begin + 1], shares), axis=1)
        self.sums[:, begin : closed + 1] = np.cumsum(after, axis=1)

    def scores(self, counts: Counts, first: int) -> Reals:
        """Return z at the end of every bucket from `first` on; 0 while there is too little past."""
        past = np.maximum(np.arange(first + 1, len(counts) + 1) // self.width - 1, 0)
        weight, total, squares, number = self.sums[:, past[0] : past[-1] + 1]
        enough = (number * self.span.total_seconds()) >= LEAST_HISTORY.total_seconds()
        weight = np.where(enough, weight, 1.0)
        mean = total / weight
        deviation = np.sqrt(np.maximum(squares / weight - mean * mean, 1.0))
        row = past - past[0]
        scaled = 2 * np.sqrt(_sliding(counts, first, self.width) + 3 / 8)
        return np.asarray(np.where(enough[row], (scaled - mean[row]) / deviation[row], 0.0))

    def compare(self, counts: Counts, known: Flags, after: int) -> Comparison:
        """Return the window before bucket `after` beside its past."""
        begin = max(after - self.width, 0)
        past = max(after // self.width - 1, 0)
        weight, total, squares, number = self.sums[:, past].tolist()
        usual = Baseline(weight, total, squares)
        return Comparison(
            span=self.span,
            count=int(counts[begin:after].sum()),
            known=float(known[begin:after].sum()) / self.width,
            mean=usual.mean,
            deviation=usual.deviation,
            weight=weight * 2.0 ** (-self.growth * (self.before + past)),
            history=number * self.span,
        )

    def _make_room(self, columns: int) -> None:
        if columns > self.sums.shape[1]:
            spare = np.zeros((4, columns + DAY_SECONDS // int(self.span.total_seconds()) + 1))
            spare[:, : self.sums.shape[1]] = self.sums
            self.sums = spare


def _with_room(values: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
    grown = np.zeros(room, values.dtype)
    grown[: len(values)] = values
    return grown


def _sliding(counts: Counts, first: int, width: int) -> Moments:
    """Return how many mentions the `width` buckets up to every bucket from `first` on hold."""
    begin = max(first - width + 1, 0)
    running = np.concatenate(([0], np.cumsum(counts[begin:], dtype=np.int64)))
    ends = np.arange(first, len(counts)) + 1 - begin
    return np.asarray(running[ends] - running[np.maximum(ends - width, 0)])
