"""From what the sentences of a text make one feel to a label: a few weighed features, read from weights.toml.

The shares of negative, neutral and positive are the softmax of three sums. Neutral's is 0; the two others
add up what speaks for them: each feature times its weight. There are so few weights that a person can
read them, and agree or not.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

from listener.reading import english, polish
from listener.reading.weighed import Felt, compound

NEGATIVE, NEUTRAL, POSITIVE, UNSURE = "negative", "neutral", "positive", "unsure"
LABELS = (NEGATIVE, NEUTRAL, POSITIVE)
Logits = tuple[float, float, float]  # for LABELS, in their order

# What every language tells: see `found`.
COMMON = ("mean", "lowest", "highest", "praise", "blame", "mixed", "scorn", "silent", "emphasis")
CUES: Mapping[str, tuple[str, ...]] = {"en": english.CUES, "pl": polish.CUES}
FEATURES: Mapping[str, tuple[str, ...]] = {language: (*COMMON, *cues) for language, cues in CUES.items()}
# So much praise or blame is half of all there can be.
_HALF = 3.0
# Who is scornful once hardly praises elsewhere in the same text: so much of the praise is left.
_SCORNED = 0.3
# A cue counts so often at most: a text that says "late" ten times is not ten times as angry.
_MOST = 3.0


class Verdict(NamedTuple):
    """A label, the shares of negative, neutral and positive, which add up to 1, and the score they make."""

    label: str
    shares: Logits

    @property
    def score(self) -> float:
        """Return the share of positive less that of negative: -1 to 1."""
        negative, _, positive = self.shares
        return round(positive - negative, 4)

    @property
    def confidence(self) -> float:
        """Return the best share."""
        return round(max(self.shares), 4)


@dataclass(frozen=True, slots=True)
class Weights:
    """One language's table of weights.toml: for each feature what it adds to negative and to positive.

    `bias` is what each has without any. A text whose best share is below `thin` is unsure.
    """

    rows: Mapping[str, tuple[float, float]]
    bias: tuple[float, float]
    thin: float

    @property
    def telling(self) -> frozenset[str]:
        """The features that weigh something by themselves."""
        return frozenset(name for name, row in self.rows.items() if any(row))

    def logits(self, found: Mapping[str, float]) -> Logits:
        """Return what the features that were found come to, for each label."""
        negative, positive = self.bias
        rows = self.rows
        for name, value in found.items():
            if (row := rows.get(name)) is not None:
                negative += value * row[0]
                positive += value * row[1]
        return (negative, 0.0, positive)


def found(felt: Sequence[Felt]) -> dict[str, float]:
    """Return the features of a text that are not 0, by name.

    mean, lowest, highest: of the sentences' compounds. praise, blame: all that is felt, 0 to 1;
    mixed: the lesser of the two; scorn: praise where something fails. silent: no word weighs anything.
    emphasis: what the stops add. Then the cues, added up over the sentences.
    """
    told: dict[str, float] = {}
    compounds, praise, blame, stress = [], 0.0, 0.0, 0.0
    for valences, emphasis, cues in felt:
        for valence in valences:
            if valence > 0:
                praise += valence
            else:
                blame -= valence
        if valences:
            compounds.append(compound(valences, emphasis))
            stress += emphasis
        if told:
            for cue, count in cues.items():
                told[cue] = told.get(cue, 0.0) + count
        else:
            told |= cues
    if told and max(told.values()) > _MOST:
        told = {cue: min(count, _MOST) for cue, count in told.items()}
    if not compounds:
        told["silent"] = 1.0
        return told
    if "irony" in told:
        praise *= _SCORNED
    if len(compounds) == 1:
        told["mean"] = told["lowest"] = told["highest"] = compounds[0]
    else:
        told["mean"] = sum(compounds) / len(compounds)
        told["lowest"], told["highest"] = min(compounds), max(compounds)
    praise, blame = praise / (praise + _HALF), blame / (blame + _HALF)
    told["praise"], told["blame"], told["mixed"] = praise, blame, min(praise, blame)
    if "fails" in told:
        told["scorn"] = praise
    told["emphasis"] = min(stress, 1.0)
    return told


def features(told: Mapping[str, float], language: str) -> tuple[float, ...]:
    """Return the features of a text in the order of FEATURES[language]."""
    return tuple(told.get(name, 0.0) for name in FEATURES[language])


def weights(language: str) -> Weights:
    """Return the weights of a language that has a lexicon."""
    return _all_weights()[language]


def decide(logits: Logits, thin: float) -> Verdict:
    """Return the verdict that the sums for the labels come to."""
    shares = softmax(logits)
    best = max(shares)
    return Verdict(LABELS[shares.index(best)] if best >= thin else UNSURE, shares)


def softmax(logits: Logits) -> Logits:
    """Return shares that add up to 1."""
    highest = max(logits)
    negative, neutral, positive = logits
    negative, neutral = math.exp(negative - highest), math.exp(neutral - highest)
    positive = math.exp(positive - highest)
    whole = negative + neutral + positive
    return (negative / whole, neutral / whole, positive / whole)


@cache
def _all_weights() -> dict[str, Weights]:
    text = resources.files("listener.reading").joinpath("weights.toml").read_text(encoding="utf8")
    return {language: _weights(table, language) for language, table in tomllib.loads(text).items()}


def _weights(table: Mapping[str, object], language: str) -> Weights:
    """Return a table as weights; a feature that it does not name weighs nothing."""
    rows: dict[str, Sequence[float]] = {k: v for k, v in table.items() if isinstance(v, list)}
    if unknown := rows.keys() - {*FEATURES[language], "bias"}:
        raise ValueError(f"weights.toml: [{language}] knows no feature {', '.join(sorted(unknown))}")
    bias = rows.pop("bias")
    return Weights(
        rows={name: (float(row[0]), float(row[1])) for name, row in rows.items()},
        bias=(float(bias[0]), float(bias[1])),
        thin=float(str(table["thin"])),
    )
