"""What a chart shows: numbers, and labels in the language of whoever will look at it.

A spec travels to the child process as JSON: `kind`, and the fields of its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

MOST_DAYS = 31
MOST_POINTS = 2_000
MOST_MARKS = 50
LONGEST_LABEL = 60
SEVERITIES = ("watch", "alert", "crisis")

Count = int | float | None


class ChartError(Exception):
    """A chart that could not be drawn: whoever wanted it goes on without."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An incident: `at` is its place in days after the beginning of the chart, 1.5 the second noon."""

    at: float
    label: str
    severity: str = "alert"


@dataclass(frozen=True, slots=True)
class Week:
    """Mentions per day beside those of the week before, the negative ones among them, the incidents.

    All four sequences are of one length, a day each; None is a day that was not heard.
    `labels` may name `now`, `before`, `negative`, `unknown` and `incident`, as they stand in the legend.
    """

    days: tuple[str, ...]
    mentions: tuple[Count, ...]
    negative: tuple[Count, ...]
    before: tuple[Count, ...]
    labels: Mapping[str, str]
    title: str = ""
    incidents: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        lengths = {len(each) for each in (self.days, self.mentions, self.negative, self.before)}
        if len(lengths) != 1 or not 1 <= len(self.days) <= MOST_DAYS:
            raise ChartError(f"days, mentions, negative and before must be of one length, 1 to {MOST_DAYS}")
        if len(self.incidents) > MOST_MARKS or any(
            mark.severity not in SEVERITIES for mark in self.incidents
        ):
            raise ChartError(f"at most {MOST_MARKS} incidents, each of a known severity")
        _check_counts((*self.mentions, *self.negative, *self.before))
        if not all(isfinite(mark.at) for mark in self.incidents):
            raise ChartError("the place of an incident is a finite number")


@dataclass(frozen=True, slots=True)
class Spark:
    """A line of counts without any words; `usual` is what is expected, `mark` the index that matters."""

    values: tuple[Count, ...]
    usual: tuple[Count, ...] = ()
    mark: int | None = None

    def __post_init__(self) -> None:
        if not 2 <= len(self.values) <= MOST_POINTS or len(self.usual) not in (0, len(self.values)):
            raise ChartError(f"a spark needs 2 to {MOST_POINTS} values, and as many usual ones or none")
        if self.mark is not None and not 0 <= self.mark < len(self.values):
            raise ChartError("the mark of a spark is the index of one of its values")
        _check_counts((*self.values, *self.usual))


@dataclass(frozen=True, slots=True)
class Steps:
    """Counts per step of time beside what is usual for one step; the last `judged` of them are the news.

    `heard` tells for each step whether it was heard: where it was not, a count can only be too
    low. `usual`, `band` (from, to) and `bar`, beyond which a step is an alarm, are counts. `ticks` are
    (place, label): 0 is where the first step begins, 1 its end. The picture ends at `base` below: 0
    for counts, anything else for a mean, which is None where there is nothing to take it of.
    `labels` may name `counts`, `judged`, `usual`, `bar` and `unknown`; `note` stands at the last step.
    """

    counts: tuple[Count, ...]
    heard: tuple[bool, ...]
    labels: Mapping[str, str]
    ticks: tuple[tuple[float, str], ...] = ()
    usual: Count = None
    band: tuple[float, float] | None = None
    bar: Count = None
    base: float = 0.0
    judged: int = 1
    title: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not 2 <= len(self.counts) <= MOST_POINTS or len(self.heard) != len(self.counts):
            raise ChartError(f"steps are 2 to {MOST_POINTS} counts, each heard or not")
        if len(self.ticks) > MOST_MARKS or not all(0 <= at <= len(self.counts) for at, _ in self.ticks):
            raise ChartError(f"at most {MOST_MARKS} ticks, within the steps")
        if not 0 <= self.judged <= len(self.counts):
            raise ChartError("no more steps are judged than there are")
        _check_counts((*self.counts, *(self.band or ()), self.usual, self.bar), self.base)

    @property
    def top(self) -> float:
        """The highest that there is to be shown."""
        told = (*self.counts, *(self.band or ()), self.usual, self.bar)
        least = self.base + (0.2 if self.base else 1.0)
        return max([least, *(float(each) for each in told if each is not None)])

    @property
    def described(self) -> str:
        """The picture in words, for whoever does not see it: what was judged last, and its lines."""
        last = (self.counts[-1],) if self.judged and self.counts[-1] is not None else ()
        told = [f"{self.note}: {self.spelled(count)}" for count in last]
        return "; ".join(told + [self.labels[key] for key in ("usual", "bar") if key in self.labels])

    def heights(self) -> tuple[float, ...]:
        """Return how far each step rises above the base."""
        return tuple(0.0 if count is None else float(count) - self.base for count in self.counts)

    def spelled(self, value: float) -> str:
        """Return a value of the scale as it stands beside it, thousands set apart by a narrow space."""
        if self.base:
            return f"{value:.1f}".replace("-", "\u2212")
        return f"{value:,.0f}".replace(",", "\u202f") if value == int(value) else f"{value:g}"


Spec = Week | Spark | Steps


def to_json(spec: Spec | Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec as JSON values."""
    if isinstance(spec, Mapping):
        return dict(spec)
    return {"kind": type(spec).__name__.lower(), **asdict(spec)}


def from_json(value: Any) -> Spec:
    """Return the spec that was sent; raise ChartError where it is none."""
    try:
        fields: dict[str, Any] = {
            key: tuple(item) if isinstance(item, list) else item for key, item in value.items()
        }
        kind = fields.pop("kind")
        if kind == "spark":
            return Spark(**fields)
        if kind == "steps":
            ticks = tuple((float(at), str(label)) for at, label in fields.pop("ticks", ()))
            return Steps(ticks=ticks, **fields)
        if kind == "week":
            marks = tuple(_mark(mark) for mark in fields.pop("incidents", ()))
            return Week(incidents=marks, **fields)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ChartError(f"not the spec of a chart: {str(error)[:200]}") from error
    raise ChartError(f"there is no chart of the kind {str(kind)[:40]!r}, only 'week', 'spark' and 'steps'")


def _mark(value: Mapping[str, Any]) -> Mark:
    return Mark(float(value["at"]), str(value["label"])[:LONGEST_LABEL], str(value.get("severity", "alert")))


def _check_counts(counts: tuple[Count, ...], least: float = 0.0) -> None:
    if not (isinstance(least, int | float) and isfinite(least)):
        raise ChartError("the base of a picture is a finite number")
    for count in counts:
        if count is not None and not (isinstance(count, int | float) and isfinite(count) and count >= least):
            raise ChartError(f"a count is a number from {least:g} up, or nothing, not {str(count)[:40]!r}")
