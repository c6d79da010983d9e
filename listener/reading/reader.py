"""What a text says and how it feels: its language, a label, and the words the label rests on.

A short text is scored whole, an English one exactly as VADER does. A longer one is scored
sentence by sentence: `score` is the mean of the sentences that carry any sentiment, `worst`
the lowest of them. Of a very long text only the beginning is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from listener.reading.language import Languages
from listener.reading.polish import Polish
from listener.reading.sentences import sentences
from listener.reading.vader import Vader
from listener.reading.weighed import Felt, Weighed, compound

# Kept with every mention: raised whenever the same text may read differently.
READING_VERSION = "1"
MOST_CHARACTERS = 20_000
SHORT_CHARACTERS = 280
# Between these scores a text is neutral. VADER's own bound for praise, 0.05, takes every polite
# post for praise.
_BOUNDS = {"en": (-0.05, 0.5), "pl": (-0.2, 0.25)}
# Mixed: both praise and blame, and less than this share of them left when they are set off.
_MIXED = 0.12
_MIXED_AT_LEAST = 4.0
_NEUTRAL_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: `label` is negative, neutral, positive or unsure; scores from -1 to 1.

    `worst` is the lowest score of a sentence; `confidence`, 0 to 1, how much the label rests on.
    """

    language: str
    label: str
    score: float
    worst: float
    confidence: float


class Lexicon(Protocol):
    """What knows the words of one language."""

    def weigh(self, text: str) -> Weighed: ...
    def feel(self, text: str) -> Felt | None: ...


class Reader:
    """The models of the configured languages, loaded once; safe to share between threads.

    Raises ValueError for a language that can't be told from others. One that can, but has no
    lexicon, is read as unsure.
    """

    def __init__(self, languages: Sequence[str] = ("en", "pl")) -> None:
        self._languages = Languages(languages)
        self._lexica: dict[str, Lexicon] = {"en": Vader(), "pl": Polish()}

    def read(self, title: str, text: str, language: str = "") -> Reading:
        """Read one mention. A `language` that is given is not identified again."""
        whole = joined(title, text)
        language = language or self.language(whole)
        lexicon = self._lexica.get(language)
        if lexicon is None:
            return Reading(language, "unsure", 0.0, 0.0, 0.0)
        felt = [each for part in _parts(whole) if (each := lexicon.feel(part))]
        if not felt:
            return Reading(language, "neutral", 0.0, 0.0, _NEUTRAL_CONFIDENCE)
        scores = [compound(*each) for each in felt]
        score = round(sum(scores) / len(scores), 4)
        label, confidence = _label(score, _agreement(felt), *_BOUNDS[language])
        return Reading(language, label, score, min(scores), confidence)

    def language(self, text: str) -> str:
        """Return one of the configured languages, or `und`."""
        return self._languages.of(text)

    def because(self, title: str, text: str, language: str = "") -> list[dict[str, object]]:
        """Return the words the sentiment rests on: `[{"word", "valence"}]`, valences after all rules.

        Of a long text each word comes with its `sentence`.
        """
        whole = joined(title, text)
        lexicon = self._lexica.get(language or self.language(whole))
        if lexicon is None:
            return []
        parts = _parts(whole)
        told = [(part, lexicon.weigh(part)) for part in parts]
        return [
            {"word": word, "valence": round(valence, 3)} | ({"sentence": part} if len(parts) > 1 else {})
            for part, weighed in told
            for word, valence in zip(weighed.words, weighed.valences, strict=True)
            if valence
        ]


def joined(title: str, text: str) -> str:
    """Return what is read of title and text; a title the text begins with is not said twice."""
    title, text = title.strip(), text[:MOST_CHARACTERS]
    if not title or text.lstrip().startswith(title.rstrip("….")):
        return text or title[:MOST_CHARACTERS]
    return f"{title}\n{text}"[:MOST_CHARACTERS] if text else title[:MOST_CHARACTERS]


def _parts(whole: str) -> list[str]:
    return [whole] if len(whole) <= SHORT_CHARACTERS else sentences(whole)


def _agreement(felt: Sequence[Felt]) -> float:
    """Return how far the words agree, 0 to 1; 1 also where there are few."""
    valences = [valence for each, _ in felt for valence in each]
    whole = sum(map(abs, valences))
    return 1.0 if whole < _MIXED_AT_LEAST else abs(sum(valences)) / whole


def _label(score: float, agreement: float, negative: float, positive: float) -> tuple[str, float]:
    """Return the label for a score, and the confidence in it."""
    if agreement < _MIXED:
        return "unsure", round(agreement, 2)
    if score <= negative:
        return "negative", _confidence(score, agreement)
    if score >= positive:
        return "positive", _confidence(score, agreement)
    return "neutral", round(_NEUTRAL_CONFIDENCE * (1 - abs(score)), 2)


def _confidence(score: float, agreement: float) -> float:
    return round(0.4 + 0.5 * abs(score) * agreement, 2)
