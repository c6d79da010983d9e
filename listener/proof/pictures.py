"""The counts that a finding froze, against what was usual: a chart in the language of who looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import floor, isfinite
from typing import Any

from listener.charts import Steps
from listener.proof.again import finding_of
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
    mood: tuple[int, ...] = ()

    def by(self, width: timedelta) -> Kept:
        """Return the same in steps of `width`, a whole number of those that there are."""
        each = max(round(width / self.step), 1)
        places = range(len(self.counts) % each, len(self.counts), each)
        return Kept(
            each * self.step,
            self.ends,
            tuple(sum(self.counts[n : n + each]) for n in places),
            tuple(sum(self.known[n : n + each]) / each for n in places),
            tuple(sum(self.mood[n : n + each]) for n in places) if self.mood else (),
        )

    def means(self) -> tuple[float | None, ...]:
        """Return the mean score of the mentions of each step."""
        return tuple(
            max(min(felt / (1000 * count), 1.0), -1.0) if count else None
            for felt, count in zip(self.mood, self.counts, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Lines:
    """What stands across a chart: what is usual, the band around it, and the bar."""

    usual: float | None
    band: tuple[float, float] | None
    bar: float | None


def chart(kept: Mapping[str, Any], brand: str, locale: str, tz: tzinfo) -> Steps | None:
    """Return the chart of a kept finding; None where nothing was kept that could be drawn."""
    data = kept.get("data")
    try:
        if not isinstance(data, Mapping) or not data.get("picture"):
            return None
        finding = finding_of(data)
        name, width = widest(finding)
        seen = _read(data["picture"]).by(width)
        rule = data.get("rule")
        on = str(rule["on"]) if isinstance(rule, Mapping) and "on" in rule else "all"
        lines = _moods(finding, rule) if seen.mood else _lines(finding, name, rule)
        shown = seen.means() if seen.mood else seen.counts
        heading = words.heading(brand, "mood" if seen.mood else on, seen.step, locale)
        return Steps(
            counts=shown,
            heard=tuple(known >= HARDLY for known in seen.known),
            labels=words.legend(lines.usual, lines.bar, locale, is_mean=bool(seen.mood)),
            ticks=tuple(_ticks(seen, locale, tz)),
            usual=lines.usual,
            band=lines.band,
            bar=lines.bar,
            base=_base((*shown, lines.usual, lines.bar)) if seen.mood else 0.0,
            title=heading,
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
    mood = tuple(int(felt) for felt in kept.get("mood", ())[:LONGEST])
    if mood and (len(mood) != len(counts) or not all(abs(felt) <= 1000 * MOST for felt in mood)):
        raise ValueError("a picture has a mood for each of its steps, or none")
    return Kept(step, datetime.fromisoformat(kept["ends"]), counts, known, mood)


def _lines(finding: Finding, name: str, rule: Any) -> Lines:
    """Return what was usual for the window of that name, and the bar, as counts."""
    facts = finding.evidence
    mean, deviation, bar = (_number(facts.get(key)) for key in (f"m{name}", f"s{name}", "threshold"))
    if mean is None or deviation is None:
        least = _number(facts.get("count"))
        return Lines(_count(finding.expected), None, None if least is None else _count(least))
    band = _count(count_at(mean - deviation)), _count(count_at(mean + deviation))
    least = None if bar is None else count_at(mean + bar * deviation)
    if least is not None and (above := _above(facts, rule)):
        least = max(least, above)
    return Lines(_count(count_at(mean)), band, None if least is None else _count(least))


def _above(facts: Mapping[str, Any], rule: Any) -> float:
    """Return what a busy day asks of a swell, as far as the rule of then was kept; 0 where nothing does."""
    options = rule.get("options") if isinstance(rule, Mapping) else None
    if not isinstance(options, Mapping) or "busy" not in facts:
        return 0.0
    busy, above = _number(facts["busy"]), _number(options.get("above"))
    z, bar = _number(options.get("z")), _number(facts.get("threshold"))
    return busy * above * bar / z if busy and above and z and bar else 0.0


def _moods(finding: Finding, rule: Any) -> Lines:
    """Return the usual mean score, and the one below which it is a shift."""
    facts = finding.evidence
    mean, usual, bar = (_number(facts.get(key)) for key in ("mean_mood", "usual_mood", "threshold"))
    options = rule.get("options") if isinstance(rule, Mapping) else None
    fall = _number(options.get("fall")) if isinstance(options, Mapping) else None
    if mean is None or usual is None or bar is None or finding.z <= 0:
        return Lines(usual, None, None)
    # One deviation is as far as z says that the mean lies below.
    deviation = (usual - mean) / finding.z
    band = max(usual - deviation, -1.0), min(usual + deviation, 1.0)
    return Lines(usual, band, max(usual - max(bar * deviation, fall or 0.0), -1.0))


def _base(values: Sequence[float | None]) -> float:
    """Return where the picture of a mean ends below: a fifth under the lowest, and never at 0."""
    lowest = min((value for value in values if value is not None), default=0.0)
    return min(floor(lowest * 5 - 0.5) / 5, -0.2)


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
