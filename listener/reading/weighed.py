"""What the words of a text weigh together: VADER's arithmetic, for every language's lexicon."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

NO_CUES: Mapping[str, float] = MappingProxyType({})


class Felt(NamedTuple):
    """What one sentence makes one feel.

    The valences of the words that have one, after all rules; the emphasis; and what speaks beside the
    words, by the names that the language's lexicon lists: 1 or a count.
    """

    valences: list[float]
    emphasis: float
    cues: Mapping[str, float] = NO_CUES


@dataclass(frozen=True, slots=True)
class Weighed:
    """The words of a text as they were read, and the valence of each after all rules.

    `cues` says what speaks beside the valences, and by which words, as far as it is words.
    """

    words: list[str]
    valences: list[float]
    emphasis: float
    cues: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def compound(self) -> float:
        """Return the sum of all on a scale from -1 to 1."""
        return compound(self.valences, self.emphasis)

    def scores(self) -> dict[str, float]:
        """Return neg, neu, pos and compound."""
        if not self.words:
            return {"neg": 0.0, "neu": 0.0, "pos": 0.0, "compound": 0.0}
        felt = [valence for valence in self.valences if valence]
        # One is added to each: so many neutral words are to weigh against it.
        pos = neg = 0.0
        for valence in felt:
            if valence > 0:
                pos += valence + 1
            else:
                neg += valence - 1
        if pos > -neg:
            pos += self.emphasis
        elif pos < -neg:
            neg -= self.emphasis
        neutral = len(self.valences) - len(felt)
        whole = pos - neg + neutral
        return {
            "neg": round(abs(neg / whole), 3),
            "neu": round(neutral / whole, 3),
            "pos": round(pos / whole, 3),
            "compound": self.compound(),
        }


def compound(valences: Sequence[float], emphasis: float) -> float:
    """Return the sum of all on a scale from -1 to 1."""
    total = float(sum(valences))
    if total:
        total += emphasis if total > 0 else -emphasis
    return round(total / math.sqrt(total * total + 15), 4)


def emphasis(text: str) -> float:
    """Return what exclamation marks (up to four) and question marks (from two) add."""
    questions = text.count("?")
    asked = 0.0 if questions < 2 else questions * 0.18 if questions <= 3 else 0.96
    return float(min(text.count("!"), 4) * 0.292 + asked)
