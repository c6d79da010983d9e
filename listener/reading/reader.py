"""What a text says and how it feels: its language, a label, and what the label rests on.

A text is read sentence by sentence. Those that name the brand decide, and those that go on about it;
where none does, all. `score` is the share of positive less that of negative, `worst` the lowest sentence.
Without the overlay an English text is scored as VADER does: a short one whole, a longer one as the mean of
its sentences. Of a very long text the beginning is read, and what names the brand beyond it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from listener.reading.deciding import UNSURE, Logits, decide, features, found, weights
from listener.reading.english import English
from listener.reading.english.vader import Vader
from listener.reading.language import Languages
from listener.reading.polish import Polish
from listener.reading.sentences import sentences
from listener.reading.weighed import Felt, Weighed, compound

# Kept with every mention: raised whenever the same text may read differently.
READING_VERSION = "2"
MOST_CHARACTERS = 20_000
SHORT_CHARACTERS = 280
# So much of a longer text is looked through for sentences that name the brand, and so many of them are read,
# each with so much around the name.
_MOST_LOOKED_THROUGH, _MOST_FAR, _AROUND = 1_000_000, 50, 300
# With one of these at its beginning a sentence goes on about what the one before it named; a short one too.
_GO_ON = {
    "en": frozenset(
        "they they're they've their them it it's its this that these those he she you your you're which who "
        "and but so staff service never nobody recommend recommended highly avoid thanks thank shame would "
        "wouldn't".split()
    ),
    "pl": frozenset(
        "oni one ono ona on ich im nimi tam to ten ta te ci tego tej ale i a wy wasz wasza wasze obsługa "
        "która który które jego jej polecam nie nigdy nikt odradzam omijać omijajcie dziękuję dziekuje "
        "dzięki dzieki wstyd żenada zenada szkoda mają maja mieli".split()
    ),
}
_FEW_WORDS = 4
# VADER's own label: between these scores a text is neutral. Its own bound for praise, 0.05, takes every
# polite post for praise.
_NEGATIVE, _POSITIVE = -0.05, 0.5
# Mixed: both praise and blame, and less than this share of them left when they are set off.
_MIXED = 0.12
_MIXED_AT_LEAST = 4.0
_NEUTRAL_CONFIDENCE = 0.5
_NOTHING_SAID: Logits = (0.0, 0.0, 0.0)


class Reading(NamedTuple):
    """What was read: `label` is negative, neutral, positive or unsure; scores from -1 to 1.

    `worst` is the lowest score of a sentence; `confidence`, 0 to 1, how much the label rests on.
    `version` says who read it: READING_VERSION, with "+v3" where a learned layer of version 3 had its say.
    """

    language: str
    label: str
    score: float
    worst: float
    confidence: float
    version: str = READING_VERSION


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a label is decided by, and learned from; no features in a language that has no lexicon."""

    language: str
    text: str
    features: tuple[float, ...]
    logits: Logits


class Lexicon(Protocol):
    """What knows the words of one language."""

    def weigh(self, text: str) -> Weighed: ...
    def feel(self, text: str) -> Felt | None: ...


class Layer(Protocol):
    """What was learned from people's labels. It has all languages for which there were enough."""

    @property
    def version(self) -> int: ...
    @property
    def languages(self) -> frozenset[str]: ...
    def logits(self, evidence: Evidence) -> Logits: ...
    def because(self, evidence: Evidence) -> list[dict[str, object]]: ...


class Reader:
    """The models of the configured languages, loaded once; safe to share between threads.

    Raises ValueError for a language that can't be told from others. One that can, but has no
    lexicon, is read as unsure.
    """

    def __init__(
        self, languages: Sequence[str] = ("en", "pl"), overlay: bool = True, layer: Layer | None = None
    ) -> None:
        self._languages = Languages(languages)
        self._overlay, self._layer = overlay, layer
        self._lexica: dict[str, Lexicon] = {"en": English() if overlay else Vader(), "pl": Polish()}

    def use(self, layer: Layer | None) -> None:
        """From now on let this layer, or none, have its say."""
        self._layer = layer

    def read(self, title: str, text: str, language: str = "", names: Sequence[str] = ()) -> Reading:
        """Read one mention. A `language` that is given is not identified again.

        `names` are the words by which a brand was found in it, as they are written there.
        """
        layer = self._layer
        whole = joined(title, text, bool(names))
        language = language or self.language(whole)
        lexicon = self._lexica.get(language)
        if lexicon is None:
            return Reading(language, UNSURE, 0.0, 0.0, 0.0)
        felt = self._felt(lexicon, whole, language, names)
        told, by = found(felt), weights(language)
        worst = told.get("lowest", 0.0)
        if layer is not None and language in layer.languages:
            verdict = decide(layer.logits(_evidence(whole, language, told)), by.thin)
            version = f"{READING_VERSION}+v{layer.version}"
            return Reading(language, verdict.label, verdict.score, worst, verdict.confidence, version)
        if language == "en" and not self._overlay:
            return _as_vader(felt, worst)
        verdict = decide(by.logits(told), by.thin)
        return Reading(language, verdict.label, verdict.score, worst, verdict.confidence)

    def evidence(self, title: str, text: str, language: str = "", names: Sequence[str] = ()) -> Evidence:
        """Return what `read` decides by, before any layer."""
        whole = joined(title, text, bool(names))
        language = language or self.language(whole)
        lexicon = self._lexica.get(language)
        if lexicon is None:
            return Evidence(language, whole, (), _NOTHING_SAID)
        return _evidence(whole, language, found(self._felt(lexicon, whole, language, names)))

    def language(self, text: str) -> str:
        """Return one of the configured languages, or `und`."""
        return self._languages.of(text)

    def because(
        self, title: str, text: str, language: str = "", names: Sequence[str] = ()
    ) -> list[dict[str, object]]:
        """Return what the sentiment rests on, in the sentences that decide.

        `{"word", "valence"}`, valences after all rules, and `{"cue", "words"}`, what speaks beside them and
        weighs something; where several sentences decide each comes with its `sentence`. Last, of a layer:
        `{"learned", "negative", "positive"}`, words and what they add to either side.
        """
        whole = joined(title, text, bool(names))
        language = language or self.language(whole)
        lexicon = self._lexica.get(language)
        if lexicon is None:
            return []
        parts = self._parts(whole, language, names)
        telling = weights(language).telling
        told: list[dict[str, object]] = []
        for part in parts:
            weighed = lexicon.weigh(part)
            pairs = zip(weighed.words, weighed.valences, strict=True)
            reasons: list[dict[str, object]] = [
                {"word": word, "valence": round(valence, 3)} for word, valence in pairs if valence
            ]
            reasons += [
                {"cue": cue, "words": ", ".join(filter(None, words))}
                for cue, words in weighed.cues.items()
                if cue in telling
            ]
            told += [each | ({"sentence": part} if len(parts) > 1 else {}) for each in reasons]
        layer = self._layer
        if layer is not None and language in layer.languages:
            told += layer.because(self.evidence(title, text, language, names))
        return told

    def _felt(self, lexicon: Lexicon, whole: str, language: str, names: Sequence[str]) -> list[Felt]:
        parts = self._parts(whole, language, names)
        return [felt for part in parts if (felt := lexicon.feel(part)) is not None]

    def _parts(self, whole: str, language: str, names: Sequence[str]) -> list[str]:
        """Return the sentences that decide."""
        if language == "en" and not self._overlay and len(whole) <= SHORT_CHARACTERS:
            return [whole]
        parts = sentences(whole[:MOST_CHARACTERS])
        if names and len(whole) > MOST_CHARACTERS:
            parts += _far(whole, names)
        return naming(parts, names, language) if names and len(parts) > 1 else parts


def joined(title: str, text: str, is_whole: bool = False) -> str:
    """Return what is read of title and text; a title the text begins with is not said twice."""
    most = _MOST_LOOKED_THROUGH if is_whole else MOST_CHARACTERS
    title, text = title.strip(), text[:most]
    if not title or text.lstrip().startswith(title.rstrip("….")):
        return text or title[:most]
    return f"{title}\n{text}"[:most] if text else title[:most]


def _far(whole: str, names: Sequence[str]) -> list[str]:
    """Return the sentences that name the brand beyond what is read of a very long text, the first of them."""
    found: dict[str, None] = {}
    folded = whole[MOST_CHARACTERS:].lower()
    for name in filter(None, map(str.lower, names)):
        at = folded.find(name)
        while at >= 0 and len(found) < _MOST_FAR:
            begin = MOST_CHARACTERS + at
            around = whole[begin - _AROUND : begin + len(name) + _AROUND]
            found |= dict.fromkeys(part for part in sentences(around) if _holds(part.lower(), name))
            at = folded.find(name, at + _AROUND)
    return list(found)


def _evidence(whole: str, language: str, told: Mapping[str, float]) -> Evidence:
    return Evidence(
        language, whole[:MOST_CHARACTERS], features(told, language), weights(language).logits(told)
    )


def naming(parts: Sequence[str], names: Sequence[str], language: str) -> list[str]:
    """Return the sentences that name the brand, and those after them that go on about it.

    All where none names it, and where the text speaks to it from the beginning: "@brand ...".
    """
    sought = [name.casefold() for name in names if name]
    first = parts[0].split(maxsplit=1)[0].casefold()
    if first.lstrip(".").startswith("@") and any(_holds(first, name) for name in sought):
        return list(parts)
    found: list[str] = []
    is_about = False
    for part in parts:
        folded = part.casefold()
        is_about = any(_holds(folded, name) for name in sought) or (is_about and _goes_on(folded, language))
        if is_about:
            found.append(part)
    return found or list(parts)


def _holds(text: str, name: str) -> bool:
    """Tell whether a name stands in a text, and not as a part of a longer word."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum():
            return True
        at = text.find(name, at + 1)
    return False


def _goes_on(sentence: str, language: str) -> bool:
    """Tell whether a sentence goes on about what the one before it named: "They ...", "Never again"."""
    words = sentence.split(maxsplit=_FEW_WORDS)
    return len(words) <= _FEW_WORDS or words[0].strip(",'\"") in _GO_ON.get(language, ())


def _as_vader(felt: Sequence[Felt], worst: float) -> Reading:
    """Return what VADER's scores come to: the mean of the sentences that carry any sentiment."""
    if not felt:
        return Reading("en", "neutral", 0.0, 0.0, _NEUTRAL_CONFIDENCE)
    scores = [compound(each.valences, each.emphasis) for each in felt]
    score = round(sum(scores) / len(scores), 4)
    label, confidence = _label(score, _agreement(felt))
    return Reading("en", label, score, worst, confidence)


def _agreement(felt: Sequence[Felt]) -> float:
    """Return how far the words agree, 0 to 1; 1 also where there are few."""
    valences = [valence for each in felt for valence in each.valences]
    whole = sum(map(abs, valences))
    return 1.0 if whole < _MIXED_AT_LEAST else abs(sum(valences)) / whole


def _label(score: float, agreement: float) -> tuple[str, float]:
    """Return the label for a score, and the confidence in it."""
    if agreement < _MIXED:
        return UNSURE, round(agreement, 2)
    if score <= _NEGATIVE:
        return "negative", _confidence(score, agreement)
    if score >= _POSITIVE:
        return "positive", _confidence(score, agreement)
    return "neutral", round(_NEUTRAL_CONFIDENCE * (1 - abs(score)), 2)


def _confidence(score: float, agreement: float) -> float:
    return round(0.4 + 0.5 * abs(score) * agreement, 2)
