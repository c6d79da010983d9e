"""A brand of which people always write has fallen silent; and how patient the listener is with silences.

A silence is no crisis: it goes to the operator and never opens an incident. Only time that was
heard is counted: while a source is down, or the machine off, nobody falls silent. The silence
since the last mention is compared with the longest ones there were in the last 30 days of heard
time; it fires where it lasts `patience` times as long, and `shortest` at least. What is known for
less than three days has no rhythm yet, and before a week silences are let pass for four days.

The same patience is what sources are judged by, each by its own rhythm (see rules.rhythm): those
that the rule names, or all of them where it names neither sources nor a brand nor a query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from rules.hours import HOUR, Hours
from rules.rhythm import MOST_DAYS, Patience, allowed
from rules.series import in_order
from rules.surge import Track
from rules.triggers import Finding

CODE = "quiet"
HALF_AN_HOUR, A_MONTH = timedelta(minutes=30), timedelta(days=30)
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "sensitive": {"patience": 2.0, "shortest": timedelta(hours=1)},
    "quiet": {"patience": 6.0, "shortest": timedelta(hours=12)},
}


@dataclass(frozen=True, slots=True)
class Options:
    """A silence is told once it lasts `patience` times as long as usual ones, and `shortest` at least.

    `sources` narrows the rule to these sources; it then judges no brand.
    """

    patience: float = 3.0
    shortest: timedelta = timedelta(hours=3)
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.patience <= 1000:
            raise ValueError(
                f"patience must be 1 to 1000 (times the longest usual silence), not {self.patience}"
            )
        if not HALF_AN_HOUR <= self.shortest <= A_MONTH:
            raise ValueError(f"shortest must be 30m to 30d, not {self.shortest}")

    @property
    def asked(self) -> Patience:
        return Patience(self.patience, self.shortest)


def reach(options: Options) -> timedelta:
    """Return the widest window that a verdict looks at: a silence has none, it is judged as it is now."""
    return timedelta(0)


def judge(options: Options, track: Track, ends: npt.ArrayLike) -> tuple[Finding, ...]:
    """Return a finding for each moment by which the brand has been silent for too long."""
    if options.sources:
        return ()
    at = in_order(ends)
    at = at[(at > track.start) & (at <= track.end)]
    hours, found = track.hours, []
    spoke = hours.start + np.flatnonzero(hours.counts)
    # Whoever spoke within the shortest silence is not silent: most moments are settled by that.
    shortest = int(options.shortest.total_seconds()) // HOUR
    before = np.searchsorted(spoke, at // HOUR, side="left") - 1
    last = np.where(before >= 0, spoke[np.maximum(before, 0)], -1) if spoke.size else np.full(at.shape, -1)
    at = at[(last >= 0) & (at // HOUR - last >= shortest)]
    for hour in np.unique(at // HOUR).tolist():
        past = _past(hours, hour)
        # By the end of the hour it lasts an hour longer, if all of that is silent and heard.
        if _verdict(options, (hour + 1) * HOUR, past | {"silent_hours": past["silent_hours"] + 1}):
            verdicts = (
                _verdict(options, end, _by(track, past, end)) for end in at[at // HOUR == hour].tolist()
            )
            found += [verdict for verdict in verdicts if verdict]
    return tuple(found)


def again(options: Options, finding: Finding) -> Finding | None:
    """Reach the verdict once more from what the finding froze; None where it does not fire."""
    return _verdict(options, int(finding.at.timestamp()), finding.evidence)


def _past(hours: Hours, until: int) -> dict[str, Any]:
    """Return how long it has been silent by the hour `until`, and how long it ever was, in heard hours."""
    first = max(until - hours.start - 2 * MOST_DAYS * 24, 0)
    here = slice(first, until - hours.start)
    known, counts = hours.known[here], hours.counts[here]
    at = np.flatnonzero(counts)
    # Heard hours before each hour: time in which nobody listened does not pass.
    clock = np.concatenate(([0.0], np.cumsum(known)))
    silent = float(clock[-1] - clock[at[-1] + 1]) if at.size else 0.0
    at = at[clock[at] >= clock[at[-1]] - MOST_DAYS * 24] if at.size else at
    silences = np.sort(clock[at[1:] + 1] - clock[at[:-1]])[::-1] if at.size > 1 else np.zeros(1)
    heard = float(clock[at[-1] + 1] - clock[at[0]]) if at.size else 0.0
    return {
        "silent_hours": silent,
        "longest_hours": tuple(silences[:2].tolist()),
        "last_at": int((first + hours.start + int(at[-1]) + 1) * HOUR) if at.size else 0,
        "heard_hours": heard,
        "items": int(counts[at].sum()),
        "days": int(np.unique((first + hours.start + at) // 24).size),
        "history_days": heard / 24,
    }


def _by(track: Track, past: Mapping[str, Any], end: int) -> dict[str, Any]:
    """Return the same by a moment of the hour that follows; no silence at all where somebody spoke in it."""
    begun = end // HOUR * HOUR
    now = track.total(begun, end)
    silent = past["silent_hours"] + now.known * (end - begun) / HOUR
    return {**past, "silent_hours": 0.0 if now.count else silent}


def _verdict(options: Options, end: int, facts: Mapping[str, Any]) -> Finding | None:
    silences = [timedelta(hours=hours) for hours in facts["longest_hours"]]
    known = timedelta(hours=facts["heard_hours"])
    still = allowed(options.asked, known, silences, facts["days"], facts["items"])
    silent = timedelta(hours=facts["silent_hours"])
    if still is None or silent < still:
        return None
    worked_out = {"allowed_hours": still / timedelta(hours=1), "threshold": 1.0, "learning": False}
    return Finding(
        code=CODE,
        at=datetime.fromtimestamp(end, UTC),
        span=timedelta(seconds=end - facts["last_at"]),
        observed=0,
        expected=facts["items"] * silent / known if known else 0.0,
        z=silent / still,
        evidence={**facts, **worked_out},
    )
