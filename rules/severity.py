"""How bad is it? Numbers that each speak for a point or two, and what makes them less than they seem.

Every number has steps in a table; each step it reaches is a point. Words of danger speak with
their weight. Where all points together reach `crisis`, the severity is one step above the
rule's own: an alert becomes a crisis, a watch an alert. Points alone raise nothing unless much is
negative or a grave word is told: much praise is no crisis. What a rule's `crisis_when` asks for is a
crisis by itself, if all of it holds. More of anything bad never makes it less.

A gate names whom nearly all of the excess comes from, and caps at `watch`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import sqrt
from typing import Any

from rules.danger import DEFAULTS, Told, Word

LEVELS = ("watch", "alert", "crisis")
OVERWHELMING = 0.8
FEW_AUTHORS = 3
# An excess below so many deviations of chance is none: then all that was counted is looked at.
LEAST_EXCESS = 3.0
MOST_WORDS = 3
# A word that is told anyway has to be told so many times as often; and such a weight is grave.
MORE_THAN_USUAL, GRAVE = 3.0, 3


@dataclass(frozen=True, slots=True)
class Table:
    """`[severity]`: the steps of each number (each reached is a point), and the points of a crisis.

    A word of danger speaks where `danger_authors` different people use it, in `danger_share` of
    the texts or more, and three times as often as before; of several the heaviest counts.
    """

    crisis: int = 6
    z: tuple[float, ...] = (8.0, 16.0)
    negative_share: tuple[float, ...] = (0.5, 0.75)
    authors: tuple[float, ...] = (15.0, 100.0)
    reach: tuple[float, ...] = (100_000.0, 1_000_000.0)
    domains: tuple[float, ...] = (4.0, 10.0)
    danger_authors: int = 3
    danger_share: float = 0.05
    danger: tuple[Word, ...] = field(default=DEFAULTS, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the steps as values that JSON knows; the words stand with the mentions that hold them."""
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "danger"}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Table:
        """Return the table that `to_json` turned into this; what it doesn't name is as it is by default."""
        known = {f.name for f in fields(cls)} - {"danger"}
        given: dict[str, Any] = {name: value for name, value in stored.items() if name in known}
        for name, value in given.items():
            given[name] = tuple(value) if isinstance(value, list) else value
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Maker:
    """One author or site that much comes from: `who` is `author:NAME` or `domain:HOST`.

    It brought `count` of what was counted, and brings `usual` in such a time; `authors` wrote there.
    """

    who: str
    count: int
    usual: float = 0.0
    authors: int = 1


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a verdict on a finding rests on, in numbers alone.

    Of the `counted` mentions `observed` stand against `expected`. `authors`, `reach` and
    `domains` are of all that was counted; what speaks is their part beyond what is usual.
    `texts` were looked through for words of danger. `bad` says that what is counted is bad by itself.
    """

    z: float
    observed: int
    expected: float
    counted: int
    negative_share: float | None = None
    authors: int = 0
    reach: int = 0
    domains: int = 0
    texts: int = 0
    danger: tuple[Told, ...] = ()
    makers: tuple[Maker, ...] = ()
    bad: bool = False

    @property
    def excess(self) -> float:
        """How many of those that were counted are more than usual; all, where that is no more than chance."""
        all_of_it = max(self.observed, self.counted)
        more = all_of_it - self.expected
        return more if more >= LEAST_EXCESS * sqrt(max(self.expected, 0.0)) else float(all_of_it)

    @property
    def beyond(self) -> float:
        """The share of what was counted that is more than usual, 0 to 1."""
        all_of_it = max(self.observed, self.counted)
        return min(self.excess / all_of_it, 1.0) if all_of_it else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return it as values that JSON knows; `from_json` gives it back unchanged."""
        parts = {"danger": list(map(_flat, self.danger)), "makers": list(map(_flat, self.makers))}
        return _flat(self) | parts

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Weighed:
        """Return what `to_json` turned into this; raise ValueError where it is none."""
        try:
            known = {f.name for f in fields(cls)}
            plain = {name: value for name, value in stored.items() if name in known}
            plain["danger"] = tuple(Told(**told) for told in stored.get("danger", ()))
            plain["makers"] = tuple(Maker(**maker) for maker in stored.get("makers", ()))
            return cls(**plain)
        except (TypeError, AttributeError) as error:
            raise ValueError(f"not what a verdict rests on: {error}") from error


@dataclass(frozen=True, slots=True)
class Reason:
    """One number that speaks: its code, how much it is, and the points that gives.

    `danger` names its `word`, `gate` the author or site; `crisis_when` and `rule` are enough by themselves.
    """

    code: str
    value: float
    points: int
    word: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as values that JSON knows."""
        named = {"word": self.word} if self.word else {}
        return {"code": self.code, "value": self.value, "points": self.points, **named}


def _flat(value: Any) -> dict[str, Any]:
    # dataclasses.asdict copies each number, which takes ten times as long.
    return {f.name: getattr(value, f.name) for f in fields(value)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How bad it is, the gate that caps it (or nothing), and why."""

    severity: str
    gate: str
    reasons: tuple[Reason, ...]

    @property
    def points(self) -> int:
        """How much all numbers together speak for."""
        return sum(r.points for r in self.reasons)


def judge(weighed: Weighed, floor: str, when: Mapping[str, float] | None, table: Table) -> Verdict:
    """Return how bad it is for a rule whose own severity is `floor`.

    `when` is the rule's crisis_when: what of `z` and `negative_share` it asks for.
    """
    spoken = (*_figures(weighed, table), *_words(weighed, table))
    severity, enough = floor, tuple[Reason, ...]()
    bad = weighed.bad or any(r.code == "negative_share" or r.points >= GRAVE for r in spoken)
    if bad and sum(r.points for r in spoken) >= table.crisis:
        severity = LEVELS[min(LEVELS.index(floor) + 1, len(LEVELS) - 1)]
    if floor == "crisis":
        enough = (Reason("rule", 0.0, 0),)
    if when and _holds(weighed, when):
        severity, enough = "crisis", (*enough, Reason("crisis_when", 0.0, 0))
    code, share = gate(weighed)
    if code:
        return Verdict("watch", code, (Reason("gate", share, 0, code), *spoken))
    return Verdict(severity, "", (*enough, *spoken))


def gate(weighed: Weighed) -> tuple[str, float]:
    """Return whom over four fifths of the excess come from, and that share; empty where nobody is that much.

    `author:NAME` is one known author, `domain:HOST` one site with fewer than three known authors.
    What they bring in such a time anyway is none of the excess.
    """
    for maker in weighed.makers:
        own = (maker.count - maker.usual) / weighed.excess if weighed.excess > 0 else 0.0
        # A name that was erased leaves no more than `author`.
        alone = maker.who.partition(":")[0] == "author" or maker.authors < FEW_AUTHORS
        if alone and own > OVERWHELMING:
            return maker.who, round(min(own, 1.0), 3)
    return "", 0.0


def _holds(weighed: Weighed, when: Mapping[str, float]) -> bool:
    """Tell whether all that a rule's crisis_when asks for is so."""
    share = weighed.negative_share
    enough = "negative_share" not in when or (share is not None and share >= when["negative_share"])
    return enough and weighed.z >= when.get("z", weighed.z)


def _figures(weighed: Weighed, table: Table) -> tuple[Reason, ...]:
    beyond = weighed.beyond
    figures = (
        ("z", weighed.z, table.z),
        ("negative_share", weighed.negative_share or 0.0, table.negative_share),
        ("authors", round(weighed.authors * beyond), table.authors),
        ("reach", round(weighed.reach * beyond), table.reach),
        ("domains", round(weighed.domains * beyond), table.domains),
    )
    found = (
        Reason(code, round(value, 3), sum(value >= step for step in steps)) for code, value, steps in figures
    )
    return tuple(reason for reason in found if reason.points)


def _words(weighed: Weighed, table: Table) -> tuple[Reason, ...]:
    """Return the words of danger that are told by enough people; the heaviest speaks for all of them."""
    loud = [
        told
        for told in weighed.danger
        if told.weight > 0
        and told.authors >= table.danger_authors
        and told.mentions >= max(table.danger_share, MORE_THAN_USUAL * told.usual) * weighed.texts
    ]
    loud.sort(key=lambda told: (-told.weight, -told.mentions, told.word))
    return tuple(
        Reason("danger", told.mentions, 0 if place else told.weight, told.word)
        for place, told in enumerate(loud[:MOST_WORDS])
    )
