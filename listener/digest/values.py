"""What a week came to, in numbers: nothing here is a sentence, and nothing asks the store again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from listener.store.weeks import Loud
from listener.words.brief import SPIKE, Figures
from rules.drivers import Term


@dataclass(frozen=True, slots=True)
class Day:
    """One local day: mentions, how many of them are negative, and the share of it that was heard (0 to 1)."""

    day: date
    count: int
    negative: int
    heard: float


@dataclass(frozen=True, slots=True)
class Mood:
    """How the mentions of a span were read; `score` is their mean (-1 to 1), None where there are none."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unsure: int = 0
    score: float | None = None

    @property
    def total(self) -> int:
        return self.negative + self.neutral + self.positive + self.unsure

    @property
    def negative_share(self) -> float | None:
        return self.negative / self.total if self.total else None

    @property
    def positive_share(self) -> float | None:
        return self.positive / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Span:
    """Seven days of a brand; `deaf` is how long of it nobody can tell what was said."""

    days: tuple[Day, ...]
    mood: Mood
    length: timedelta
    deaf: timedelta

    @property
    def count(self) -> int:
        return sum(day.count for day in self.days)

    @property
    def is_known(self) -> bool:
        """Tell whether enough was heard for the number to be one of a week."""
        return self.deaf <= self.length / 2


@dataclass(frozen=True, slots=True)
class Course:
    """An incident as management asks about it: how bad, how soon it was taken, how soon answered.

    `acknowledged_after` and `answered_after` run from `started_at`, the moment it first became
    more than a watch; both are None where it did not happen.
    """

    id: int
    severity: str
    opened_at: datetime
    started_at: datetime | None
    observed: int
    expected: float
    span: timedelta
    on: str
    acknowledged_by: str
    acknowledged_after: timedelta | None
    answered_after: timedelta | None
    answered_url: str
    answer_within: timedelta
    closed_at: datetime | None
    verdict: str
    relapses: int
    figures: Figures = SPIKE


@dataclass(frozen=True, slots=True)
class BrandWeek:
    """A brand's week beside the week before."""

    name: str
    now: Span
    before: Span
    incidents: tuple[Course, ...]
    complaints: tuple[Term, ...]
    praise: tuple[Term, ...]
    loudest: tuple[Loud, ...]


@dataclass(frozen=True, slots=True)
class SourceWeek:
    """A source's week: the share of it that was heard (0 to 1), and how it stands now."""

    name: str
    kind: str
    rung: str
    heard: float
    status: str
    detail: str
    last_visit_at: datetime | None


@dataclass(frozen=True, slots=True)
class Week:
    """A week of all brands. `gathered_at` lies inside it where it is not over yet."""

    key: str
    starts_at: datetime
    ends_at: datetime
    gathered_at: datetime
    brands: tuple[BrandWeek, ...]
    sources: tuple[SourceWeek, ...]

    @property
    def is_over(self) -> bool:
        return self.gathered_at >= self.ends_at
