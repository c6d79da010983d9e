"""The same hours of the days before: what a window of many hours is compared with.

A window of whole days holds every hour of the day alike, so it may be compared with any other
that long: with those that ended every six hours of the last eight weeks. A window of other
length is compared with those that ended at its own hour. All are brought to what they would have
held if they had been heard whole and, once three weeks are known, if they had been of this day
of the week. Their mean and deviation (Anscombe scale, half-life 14 days) are what is usual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rules.hours import HOUR, Hours

DAYS = 56
WEEK, DAY_HOURS, WEEK_HOURS = 7, 24, 7 * 24
STEP_HOURS = 6
HALF_LIFE_HOURS = 14 * DAY_HOURS
# So much of a window must have been heard; and more of it where its hours are not known apart yet.
LEAST_HEARD, LEAST_HEARD_AT_FIRST = 0.5, 0.75
USUAL_DAYS, TOLD_DAYS = 14, 3
WEEKDAYS_AFTER_DAYS = 21
# Of a day of the week little is known at first: beside what it showed stand so many days like all others.
PLAIN_DAYS = 2
# How far days lie apart is measured on few of them at first: beside these stand so many that
# differ by chance and a tenth.
PRIOR_DAYS = 2
PRIOR_SHARE = 0.1

Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Moments = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What is usual for windows that end with each of some hours, a row or a value for each.

    `mean` and `deviation` are on the Anscombe scale. `before` is the most that a window held
    which ended on each of the days before, the latest first: -1 where too little of them was heard.
    `history` is the time heard before the window, in days.
    """

    mean: Reals
    deviation: Reals
    before: Reals
    history: Reals
    by_weekday: Flags


def usual(hours: Hours, until: Moments, width: int) -> Usual:
    """Return what is usual for windows of `width` hours that end with the hours `until` (since 1970).

    The windows themselves, back from the end of the hour that follows `until`, are not among
    those they are compared with. `until` ascends.
    """
    nearest = -(-width // DAY_HOURS) * DAY_HOURS
    step = DAY_HOURS if width % DAY_HOURS else STEP_HOURS
    lags = nearest + np.arange(0, DAYS * DAY_HOURS, step)
    past = _Past(hours, int(until[0]) - int(lags[-1]) - width, int(until[-1]))
    ends = until[:, None] - lags
    counts, heard = past.within(ends - width, ends)
    share = heard / (width * HOUR)
    partly = (share >= LEAST_HEARD) & (share < 1)
    if partly.any():
        share[partly] = _shares(past, ends[partly], width, share[partly])
    there = share >= LEAST_HEARD
    history = past.within(ends[:, -1] - width, until - width)[1] / (DAY_HOURS * HOUR)
    scaled = 2 * np.sqrt(np.where(there, counts / np.where(there, share, 1), 0) + 3 / 8)
    weights = np.where(there, share, 0) * np.exp2(-lags / HALF_LIFE_HOURS)
    aware = history >= WEEKDAYS_AFTER_DAYS
    alike, spent = _as_today(scaled, weights, there, -nearest % WEEK_HOURS // step, aware)
    mean, deviation = _mean_and_deviation(alike, weights, spent, max(width / step, 1))
    held = np.where(there, np.maximum((alike / 2) ** 2 - 3 / 8, 0), -1)
    before = held.reshape(len(until), -1, DAY_HOURS // step).max(axis=2)
    return Usual(mean, deviation, before, history, aware)


def _as_today(scaled: Reals, weights: Reals, there: Flags, today: int, aware: Flags) -> tuple[Reals, Reals]:
    """Return the windows as they would have been on this day of the week, and what that cost.

    The windows of place `today` in each week are of this day of the week. The cost is a share of the
    days: telling days of the week apart leaves fewer to tell how far days lie apart by themselves.
    """
    if not aware.any():
        return scaled, np.zeros(len(scaled))
    weeks = (len(scaled), DAYS // WEEK, -1)
    number = there.reshape(weeks).sum(axis=1)
    away = np.where(there, scaled - _mean(scaled, weights)[:, None], 0).reshape(weeks).sum(axis=1)
    off = away / (number + PLAIN_DAYS)
    shift = (off[:, [today]] - off)[:, None, :]
    alike = np.maximum(scaled.reshape(weeks) + shift, 0).reshape(scaled.shape)
    spent = (number / (number + PLAIN_DAYS)).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return np.where(aware[:, None], alike, scaled), np.where(aware, spent, 0)


def _mean_and_deviation(values: Reals, weights: Reals, spent: Reals, overlap: float) -> tuple[Reals, Reals]:
    """Return mean and deviation of a row each; of `overlap` windows, one is news."""
    mean = _mean(values, weights)
    total = np.maximum(weights.sum(axis=1), 1e-9)
    strays = (weights * (values - mean[:, None]) ** 2).sum(axis=1) / total
    number = total**2 / np.maximum((weights**2).sum(axis=1), 1e-18) / overlap
    free = np.maximum(number * (1 - spent) - 1, 0)
    expected = 1 + PRIOR_SHARE**2 * np.maximum((mean / 2) ** 2 - 3 / 8, 0)
    variance = (PRIOR_DAYS * expected + number * strays) / (PRIOR_DAYS + free)
    return mean, np.sqrt(np.maximum(variance, 1))


def _mean(values: Reals, weights: Reals) -> Reals:
    return np.asarray((weights * values).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9))


def _shares(past: _Past, ends: Moments, width: int, heard: Reals) -> Reals:
    """Return the share of windows' mentions that fell into the hours that were heard.

    By what is usual for each hour, as the fourteen days before it tell; one that was never heard
    counts as the others do on average. While those days tell little the hours count alike, and a
    window that was heard too little falls out.
    """
    distinct, back = np.unique(ends, return_inverse=True)
    inside = distinct[:, None] - np.arange(width, 0, -1)
    held, known = np.zeros(inside.shape, np.int64), np.zeros(inside.shape, np.int64)
    for day in range(1, USUAL_DAYS + 1):
        counts, heard_then = past.at(inside - day * DAY_HOURS)
        held += counts
        known += heard_then
    average = held.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    rate = np.where(known > 0, held / np.maximum(known, 1), average[:, None])
    told = (known.sum(axis=1) >= TOLD_DAYS * width * HOUR) & (average > 0)
    here = past.at(inside)[1] / HOUR
    share = (rate * here).sum(axis=1) / np.maximum(rate.sum(axis=1), 1e-18)
    at_first = np.where(heard >= LEAST_HEARD_AT_FIRST, heard, 0)
    return np.where(told[back], np.minimum(share[back], 1), at_first)


class _Past:
    """Hours from `first` up to `last`, those that are not held unknown; added up in whole numbers.

    So a window adds up to the same whether it is asked for alone or among others.
    """

    __slots__ = ("_counts", "_first", "_heard", "_sums")

    def __init__(self, hours: Hours, first: int, last: int) -> None:
        self._first = first - USUAL_DAYS * DAY_HOURS
        size = last - self._first
        self._counts, self._heard = np.zeros(size, np.int64), np.zeros(size, np.int64)
        low, high = max(self._first, hours.start), min(last, hours.start + len(hours.counts))
        if low < high:
            there, here = (
                slice(low - self._first, high - self._first),
                slice(low - hours.start, high - hours.start),
            )
            self._counts[there] = hours.counts[here]
            self._heard[there] = np.rint(hours.known[here] * HOUR)
        self._sums = tuple(np.concatenate(([0], np.cumsum(v))) for v in (self._counts, self._heard))

    def within(self, first: Moments, last: Moments) -> tuple[Moments, Moments]:
        """Return mentions, and the seconds heard, of the hours [first, last)."""
        low, high = first - self._first, last - self._first
        counts, heard = (sums[high] - sums[low] for sums in self._sums)
        return counts, heard

    def at(self, hours: Moments) -> tuple[Moments, Moments]:
        """Return mentions, and the seconds heard, of single hours."""
        index = hours - self._first
        return self._counts[index], self._heard[index]
