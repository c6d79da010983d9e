"""What there is to learn from: people's labels, balanced, and dealt to the turns in which they are held back.

Whoever only corrects teaches that the reading is always wrong. How often it is wrong it says itself, by the
share of its best label. Where people correct it more than twice as often as that, and oftener than they
confirm it, they picked out the errors: then their corrections weigh together what as many errors as
were to be expected would. Labels that came with the mentions are no answer to what we read, so there
errors may be two and a half times what is right: a trade has words that no lexicon knows.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from listener.learning.verdict import ENOUGH, NO_LEXICON, ONE_LABEL, ONLY_CORRECTIONS, TOO_FEW
from listener.reading.deciding import LABELS, NEUTRAL, UNSURE, softmax
from listener.reading.learned import TURNS, tokens
from listener.reading.reader import Evidence, Reader
from listener.store.labels import TEAM, Labelled

LEAST = 50  # labels of a language, each counted as what it weighs
LEAST_OF_TWO = 5.0  # of at least two kinds
MOST = 20_000
CONFIRMED, CORRECTED, BLIND = "confirmed", "corrected", "blind"
# So many times the errors to be expected are no accident.
_PICKED = 2.0
# And so many errors for each that is right may be true of a whole trade: of the team's labels, and of others.
_TEAMS, _OTHERS = 1.0, 2.5
# A reading that knows none of the words is sure of itself; so many errors are expected at least.
_LEAST_EXPECTED = 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text: what our label rests on, the label by its place in LABELS, when it is held back.

    `kind`: it confirms our label, corrects it, or says nothing of it since we were unsure.
    """

    evidence: Evidence
    label: int
    kind: str
    team: bool
    turn: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Material:
    """All of one language. `code` is ENOUGH, or why it keeps its reading; `missing` so many labels."""

    language: str
    examples: Sequence[Example]
    code: str
    missing: int

    def number(self, kind: str) -> int:
        return sum(one.kind == kind for one in self.examples)


def gather(
    labelled: Iterable[Labelled], reader: Reader, progress: Callable[[int], None] = lambda _: None
) -> list[Material]:
    """Return what there is, by language; of very many labels the newest."""
    found: dict[str, list[Example]] = {}
    for one in labelled:
        evidence = reader.evidence(one.title, one.text, one.language, one.names)
        found.setdefault(evidence.language, []).append(_example(one, evidence))
        progress(1)
    return [_material(language, examples[-MOST:]) for language, examples in sorted(found.items())]


def _example(one: Labelled, evidence: Evidence) -> Example:
    kind = CONFIRMED if one.confirms else BLIND if one.was == UNSURE else CORRECTED
    # Who says that it leans to no side says what neutral says.
    label = LABELS.index(NEUTRAL if one.label == UNSURE else one.label)
    return Example(evidence, label, kind, one.origin == TEAM, turn_of(evidence.text))


def turn_of(text: str) -> int:
    """Return in which turn a text is held back: by its words, so that copies are never on both sides.

    Versions are compared by this: whoever changes it, or `tokens`, raises learned.FORMAT.
    """
    return zlib.crc32(" ".join(tokens(text)).encode("utf8", "surrogatepass")) % TURNS


def _material(language: str, examples: Sequence[Example]) -> Material:
    if not any(one.evidence.features for one in examples):
        return Material(language, examples, NO_LEXICON, 0)
    balanced = [*_balanced(examples, True, _TEAMS), *_balanced(examples, False, _OTHERS)]
    weighty = [one for one in balanced if one.weight > 0]
    whole = sum(one.weight for one in weighty)
    by_label = sorted(sum(one.weight for one in weighty if one.label == label) for label in range(3))
    if whole < LEAST:
        only = len(examples) >= LEAST
        return Material(language, balanced, ONLY_CORRECTIONS if only else TOO_FEW, _missing(whole, only))
    if by_label[1] < LEAST_OF_TWO:
        return Material(language, balanced, ONE_LABEL, math.ceil(LEAST_OF_TWO - by_label[1]))
    return Material(language, weighty, ENOUGH, 0)


def _missing(whole: float, only_corrections: bool) -> int:
    """Return how many labels are missing; each confirmation lets a correction count, too."""
    missing = LEAST - int(whole)
    return -(-missing // 2) if only_corrections else missing


def _balanced(examples: Sequence[Example], team: bool, natural: float) -> list[Example]:
    """Return the team's examples, or all others, with what each weighs."""
    chosen = [one for one in examples if one.team == team]
    share = _share(
        [max(softmax(one.evidence.logits)) for one in chosen if one.kind == CONFIRMED],
        [max(softmax(one.evidence.logits)) for one in chosen if one.kind == CORRECTED],
        natural,
    )
    return [replace(one, weight=share) if one.kind == CORRECTED else one for one in chosen]


def _share(right: Sequence[float], wrong: Sequence[float], natural: float) -> float:
    """Return what each correction weighs, by how sure the reading was where it was right, and where wrong."""
    if not right or not wrong:
        return 0.0 if wrong else 1.0
    # Where one is as often right as one is sure: right = right * mean(right) + wrong * mean(wrong).
    expected = max((1 - mean(right)) / mean(wrong), _LEAST_EXPECTED)
    met = len(wrong) / len(right)
    return 1.0 if met <= max(_PICKED * expected, natural) else expected / met
