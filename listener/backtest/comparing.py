"""Two configurations over the same past: what a change of rules would gain, and what it would cost.

Two incidents are the same where their hot times overlap. Brands and rules are known by their names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from listener.backtest.lived import INCIDENT, Opened
from listener.backtest.replay import Replayed
from listener.backtest.scorecard import NO_CRISIS, OVER, Real
from listener.config import Settings

BOTH, PRESENT, OTHER = "both", "present", "other"


@dataclass(frozen=True, slots=True)
class Pair:
    """What opened in one of the replays or in both; `verdict` is what people made of it when it was real."""

    present: Opened | None
    other: Opened | None
    verdict: str

    @property
    def opened_in(self) -> str:
        return BOTH if self.present and self.other else PRESENT if self.present else OTHER

    @property
    def opened(self) -> Opened:
        one = self.present or self.other
        assert one is not None
        return one

    @property
    def minutes_later(self) -> float | None:
        """How much later the other one opens it; negative is earlier."""
        if self.present is None or self.other is None:
            return None
        return (self.other.finding.at - self.present.finding.at) / timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Balance:
    """What the other configuration gains and costs over a brand, or over all of them.

    `rules` are those that open anything under either: how many under the present, and under the other.
    """

    brand: str | None
    both: int
    gained: int
    lost: int
    false_alarms_gained: int
    false_alarms_avoided: int
    confirmed_won: int
    confirmed_lost: int
    minutes_later: float | None
    rules: Mapping[str, tuple[int, int]]
    incidents_per_week: float | None
    other_incidents_per_week: float | None
    tellings_per_week: float | None
    other_tellings_per_week: float | None


def compare(present: Replayed, other: Replayed, known: Sequence[Real]) -> tuple[list[Pair], list[Balance]]:
    """Return what opened in either, in the order of time, and the balance: each brand, then all together."""
    brands = list(dict.fromkeys([*present.spans, *other.spans]))
    pairs: list[Pair] = []
    for brand in brands:
        mine, theirs = (
            [o for o in r.opened if o.brand == brand and o.kind == INCIDENT] for r in (present, other)
        )
        pairs += _pairs(mine, theirs, [real for real in known if real.brand == brand])
    pairs.sort(key=lambda pair: pair.opened.finding.at)
    balances = [_balance([p for p in pairs if p.opened.brand == of], present, other, of) for of in brands]
    if len(brands) != 1:
        balances.append(_balance(pairs, present, other, None))
    return pairs, balances


def differences(present: Settings, other: Settings, stored: Iterable[str]) -> list[str]:
    """Return what of the other configuration this past cannot tell, a sentence each."""
    queries, held = {b.name: b.query for b in present.brands}, set(stored)
    said = []
    for brand in other.brands:
        if brand.name not in queries and brand.name not in held:
            said.append(f"brand {brand.name!r} is in the other file only: nothing was heard for it yet")
        elif brand.name in queries and queries[brand.name] != brand.query:
            said.append(
                f"the query of {brand.name!r} differs: both are judged on what the present one brought in,"
                " since what only the other one finds was never stored"
            )
    names = {brand.name for brand in other.brands}
    said += [f"brand {name!r} is not in the other file" for name in queries if name not in names]
    return said


def _pairs(present: Sequence[Opened], other: Sequence[Opened], known: Sequence[Real]) -> list[Pair]:
    """Match what opened for one brand: each of the other's with the first of ours that it meets."""
    pairs: list[Pair] = []
    met: set[datetime] = set()
    for mine in present:
        theirs = next((o for o in other if _overlap(mine, o)), None)
        met |= {o.finding.at for o in other if _overlap(mine, o)}
        pairs.append(Pair(mine, theirs, _verdict(mine, known)))
    return pairs + [Pair(None, o, _verdict(o, known)) for o in other if o.finding.at not in met]


def _overlap(one: Opened, two: Opened) -> bool:
    return one.span[0] < two.span[1] and two.span[0] < one.span[1]


def _verdict(opened: Opened, known: Iterable[Real]) -> str:
    met = [real.verdict for real in known if real.overlap([opened.span])]
    return OVER if OVER in met else NO_CRISIS if NO_CRISIS in met else ""


def _balance(pairs: Sequence[Pair], present: Replayed, other: Replayed, brand: str | None) -> Balance:
    def count(where: str, verdict: str | None = None) -> int:
        return sum(p.opened_in == where and verdict in (None, p.verdict) for p in pairs)

    later = [p.minutes_later for p in pairs if p.minutes_later is not None]
    return Balance(
        brand=brand,
        both=count(BOTH),
        gained=count(OTHER),
        lost=count(PRESENT),
        false_alarms_gained=count(OTHER, NO_CRISIS),
        false_alarms_avoided=count(PRESENT, NO_CRISIS),
        confirmed_won=count(OTHER, OVER),
        confirmed_lost=count(PRESENT, OVER),
        minutes_later=median(later) if later else None,
        rules=_by_rule(present, other, brand),
        incidents_per_week=_opened_per_week(present, brand),
        other_incidents_per_week=_opened_per_week(other, brand),
        tellings_per_week=_told_per_week(present, brand),
        other_tellings_per_week=_told_per_week(other, brand),
    )


def _by_rule(present: Replayed, other: Replayed, brand: str | None) -> dict[str, tuple[int, int]]:
    mine, theirs = (
        Counter(o.rule for o in replayed.opened if o.kind == INCIDENT and brand in (None, o.brand))
        for replayed in (present, other)
    )
    return {rule: (mine[rule], theirs[rule]) for rule in sorted(mine.keys() | theirs.keys())}


def _opened_per_week(replayed: Replayed, brand: str | None) -> float | None:
    return _per_week(
        sum(o.kind == INCIDENT and brand in (None, o.brand) for o in replayed.opened), replayed, brand
    )


def _told_per_week(replayed: Replayed, brand: str | None) -> float | None:
    return _per_week(sum(not t.held and brand in (None, t.brand) for t in replayed.tellings), replayed, brand)


def _per_week(number: int, replayed: Replayed, brand: str | None) -> float | None:
    weeks = replayed.weeks(brand)
    return number / weeks if weeks > 1 / 168 else None
