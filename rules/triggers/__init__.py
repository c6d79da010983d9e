"""When it is an alarm: one file for each kind of condition, and what they all answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast

import numpy.typing as npt

from rules.surge import Track

__all__ = ["Fact", "Finding", "Trigger", "asks_mood", "kinds", "load", "presets"]

Fact = bool | int | float | str | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a trigger holds: a code and numbers, never a sentence.

    `observed` mentions stand against `expected` in the `span` before `at` (UTC); `z` is the score
    of the verdict. `evidence` freezes what that rests on, so that the trigger's `again` can
    come to the same verdict without the store.
    """

    code: str
    at: datetime
    span: timedelta
    observed: int
    expected: float
    z: float
    evidence: Mapping[str, Fact] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as values that JSON knows; `from_json` gives it back unchanged."""
        return {
            "code": self.code,
            "at": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "span_seconds": self.span.total_seconds(),
            "observed": self.observed,
            "expected": self.expected,
            "z": self.z,
            "evidence": {
                name: list(fact) if isinstance(fact, tuple) else fact for name, fact in self.evidence.items()
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Finding:
        """Return the finding that `to_json` turned into this; raise ValueError where it is none."""
        try:
            return cls(
                code=str(stored["code"]),
                at=datetime.fromisoformat(stored["at"]).astimezone(UTC),
                span=timedelta(seconds=stored["span_seconds"]),
                observed=int(stored["observed"]),
                expected=float(stored["expected"]),
                z=float(stored["z"]),
                evidence={
                    name: tuple(fact) if isinstance(fact, list) else fact
                    for name, fact in stored["evidence"].items()
                },
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a finding: {error}") from error


class Trigger(Protocol):
    """The shape of a trigger file. Modules satisfy it as they stand.

    `judge` looks at the windows that end at `ends` (seconds since 1970) and returns a finding
    for each that fires, in the order of time. What it says of one window is the same whether
    that is asked alone or with all others, and nothing that lies after the window matters. `again`
    reaches the verdict of one window from its frozen evidence alone; None where these options
    would let it pass. `reach` is the widest window that is looked at: a late mention has
    exactly those judged again that hold it.

    A module may also hold `PRESETS`: for `sensitive` and `quiet` the options that differ from
    `balanced`, which is what Options() is; and `MOOD = True` where it asks the track how the
    mentions feel. The counts of a window stand in the evidence as `nX`, its length as `secondsX`.
    """

    Options: type[Any]

    def reach(self, options: Any) -> timedelta: ...

    def judge(self, options: Any, track: Track, ends: npt.ArrayLike) -> tuple[Finding, ...]: ...

    def again(self, options: Any, finding: Finding) -> Finding | None: ...


def kinds() -> tuple[str, ...]:
    """Return the names a rule's `trigger` may have: the plain file names of this folder."""
    return tuple(sorted(m.name for m in iter_modules(__path__) if not m.name.startswith("_")))


def load(kind: str) -> Trigger:
    """Return the trigger of that name; raise KeyError where there is none."""
    if kind not in kinds():
        raise KeyError(kind)
    return cast(Trigger, import_module(f"rules.triggers.{kind}"))


def asks_mood(kind: str) -> bool:
    """Tell whether a trigger asks how the mentions feel, beside how many there are."""
    return bool(getattr(load(kind), "MOOD", False))


def presets(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the presets of a trigger by name: the options that each sets. `balanced` sets none."""
    return {"sensitive": {}, "balanced": {}, "quiet": {}} | getattr(load(kind), "PRESETS", {})
