"""What a card, a message or a mail has to tell: codes and numbers, and not one sentence.

These values are read from the store and handed to `words`, which makes sentences of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Quote:
    """One telling mention: its words are a stranger's and are shown as plain text only.

    `code` says why there are no words: `erased` where the author asked for that. `role` says what it
    shows: central, loudest or earliest.
    """

    text: str
    author: str = ""
    url: str = ""
    source: str = ""
    published_at: datetime | None = None
    label: str = ""
    score: float = 0.0
    reach: int | None = None
    code: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Driver:
    """What makes up a `share` (0 to 1) of the excess over usual.

    `count` mentions have it where `usual` would be usual, which is `usually` (0 to 1) of all that is;
    None where nothing is known of the past. `what` is a stranger's, empty where its author was erased.
    """

    what: str
    count: int
    usual: float
    share: float
    usually: float | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A number that speaks for the severity: its code, how much it is, its points; `word` of a danger."""

    code: str
    value: float
    points: int = 0
    word: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the sentences on a finding need beside its counts: the trigger that made it, by its `code`.

    A threshold has a `bar` in mentions, a shift the mean `mood` and the usual one (-1 to 1).
    `query` is what the rule asked of the mentions, empty where it counts all of the brand's.
    """

    code: str = "spike"
    bar: float = 0.0
    mood: float = 0.0
    usual_mood: float = 0.0
    query: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Figures:
        """Return them as they were kept; a surge where they were not."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in (kept or {}).items() if name in known})


SPIKE = Figures()


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the incident as it stands in the timeline (see rules.incident.Event)."""

    what: str
    at: datetime
    by: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """Since when something is held back and why (`quiet hours` or `budget` of `rule`).

    `until` says how long at the most; `told_at` when it was told after all: then it is held back no more.
    """

    since: datetime
    why: str
    rule: str
    until: datetime | None = None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """An incident as people see it now.

    `on` is what was counted (all, negative); `observed` mentions in `span`, `expected` is
    usual for it; `day_rank` of `days`: at most `day_rank - 1` of the last `days` days saw more.
    `negative_share` is 0 to 1, None where nothing was read. `answer_by` is the public clock.
    `reasons` are why the last finding that spoke was `judged` as it was; a crisis has `crisis_points`.
    """

    id: int
    brand: str
    severity: str
    phase: str
    rule: str
    on: str
    opened_at: datetime
    observed: int
    expected: float
    span: timedelta
    z: float
    started_at: datetime | None = None
    day_rank: int = 0
    days: int = 0
    negative_share: float | None = None
    learning: bool = False
    history_days: float = 0.0
    late: bool = False
    detected_at: datetime | None = None
    relapses: int = 0
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    answer_by: datetime | None = None
    answered_at: datetime | None = None
    answered_url: str = ""
    breached: bool = False
    closed_at: datetime | None = None
    verdict: str = ""
    gate: str = ""
    reasons: tuple[Reason, ...] = ()
    judged: str = ""
    crisis_points: int = 0
    terms: tuple[tuple[str, float], ...] = ()
    quotes: tuple[Quote, ...] = ()
    drivers: Mapping[str, tuple[Driver, ...]] = field(default_factory=dict)
    signs: tuple[Mapping[str, Any], ...] = ()
    version: int = 0
    drill: bool = False
    held: Held | None = None
    figures: Figures = SPIKE
