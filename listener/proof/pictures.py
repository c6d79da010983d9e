"""The counts that a finding froze, against what was usual: a chart in the language of who looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import isfinite
from typing import Any

from listener.charts import Steps
from listener.proof.freezing import widest
from listener.proof.plain import DAMAGED
from listener.words import evidence as words
from rules.series import count_at
from rules.triggers import Finding

MOST = 10**9
LONGEST = 2_000
TICKS = 4
HARDLY = 0.5


@dataclass(frozen=True, slots=True)
class Kept:
    """Counts per step up to `ends`, and the share of each step that was heard."""

    step: timedelta
    ends: datetime
    counts: tuple[int, ...]
    known: tuple[float, ...]

    def by(self, width: timedelta) -> Kept:
        """Return the same in steps of `width`, a whole number of those that there are."""
        each = max(round(width / self.step), 1)
        places = range(len(self.counts) % each, len(self.counts), each)
        return Kept(
            each * self.step,
            self.ends,
            tuple(sum(self.counts[n : n + each]) for n in places),
            tuple(sum(self.known[n : n + each]) / each for n in places),
        )


def chart(kept: Mapping[str, Any], brand: str, locale: str, tz: tzinfo) -> Steps | None:
    """Return the chart of a kept finding; None where nothing was kept that could be drawn."""
    data = kept.get("data")
    try:
        if not isinstance(data, Mapping) or not data.get("picture"):
            return None
        finding = Finding.from_json(data["finding"])
        name, width = widest(finding)
        seen = _read(data["picture"]).by(width)
        rule = data.get("rule")
        on = str(rule["on"]) if isinstance(rule, Mapping) and "on" in rule else "all"
        usual, band, bar = _lines(finding, name)
        return Steps(
            counts=seen.counts,
            heard=tuple(known >= HARDLY for known in seen.known),
            labels=words.legend(usual, bar, locale),
            ticks=tuple(_ticks(seen, locale, tz)),
            usual=usual,
            band=band,
            bar=bar,
            title=words.heading(brand, on, seen.step, locale),
            note=words.moment_of(finding.at, tz, locale),
        )
    except DAMAGED:
        return None


def _read(kept: Mapping[str, Any]) -> Kept:
    counts = tuple(int(count) for count in kept["counts"][:LONGEST])
    known = tuple(float(share) for share in kept.get("known", ()))[:LONGEST] or (1.0,) * len(counts)
    step = timedelta(seconds=float(kept["step_seconds"]))
    if len(known) != len(counts) or len(counts) < 2 or step < timedelta(minutes=1):
        raise ValueError("a picture has a count and a share for each of its steps")
    if not all(0 <= count <= MOST for count in counts) or not all(0 <= share <= 1 for share in known):
        raise ValueError("a count is from 0 up, and a share from 0 to 1")
    return Kept(step, datetime.fromisoformat(kept["ends"]), counts, known)


def _lines(finding: Finding, name: str) -> tuple[float | None, tuple[float, float] | None, float | None]:
    """Return what was usual for the window of that name, the band around it, and the bar: all as counts."""
    facts = finding.evidence
    mean, deviation, bar = (_number(facts.get(key)) for key in (f"m{name}", f"s{name}", "threshold"))
    if "usual_volume" in facts:
        mean, deviation, bar = _number(facts["usual_volume"]), _number(facts.get("volume_deviation")), None
    if mean is not None and deviation is not None:
        band = _count(count_at(mean - deviation)), _count(count_at(mean + deviation))
        return _count(count_at(mean)), band, None if bar is None else _count(count_at(mean + bar * deviation))
    least = _number(facts.get("count"))
    return _count(finding.expected), None, None if least is None else _count(least)


def _number(value: Any) -> float | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if fits else None


def _count(value: float) -> float:
    if not 0 <= value <= MOST:
        raise ValueError("a count is from 0 up")
    return round(value, 3)


def _ticks(seen: Kept, locale: str, tz: tzinfo) -> Iterator[tuple[float, str]]:
    """Yield (place, label) at round moments of the people's clock: hours, or midnights."""
    begins = seen.ends - len(seen.counts) * seen.step
    for at in words.round_moments(begins, seen.ends, tz, TICKS):
        yield (at - begins) / seen.step, words.tick(at, seen.ends - begins, tz, locale)
