"""VADER's scores to the last digit, several times faster, and with the words they rest on.

Hutto & Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
Media Text", ICWSM 2014. Lexicon and constants are those of the vaderSentiment package; the
rules are told anew. What cost the time: for every word of the lexicon that package lowers the
whole text again, twice, so that ten times the text takes forty times as long. Here each word
is lowered once. Where a rule below looks odd, it is because the original's is.
"""

from __future__ import annotations

import re
import string
from itertools import compress

from vaderSentiment import vaderSentiment as original

from listener.reading.weighed import Felt, Weighed, emphasis

_CAPS = original.C_INCR
_NEGATED = original.N_SCALAR
_BOOSTERS: dict[str, float] = original.BOOSTER_DICT
_SPECIAL: dict[str, float] = original.SPECIAL_CASES
_NEGATIONS = frozenset(original.NEGATE)
_DISTANCE = (1.0, 0.95, 0.9)  # what a booster keeps one, two and three words before
_PHRASES = [phrase for phrase in [*_SPECIAL, *_BOOSTERS] if " " in phrase]
_FIRST_WORDS = frozenset(phrase.split()[0] for phrase in _PHRASES)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_PUNCTUATION = string.punctuation
_SO = ("so", "this")
# Where none of these stands near a word, it weighs what the lexicon says: of each phrase one word will do.
_CHANGERS = (
    frozenset([*_BOOSTERS, *_NEGATIONS, *_SO, "no", "never", "without", "doubt", "least"])
    | frozenset(max(phrase.split(), key=len) for phrase in _PHRASES)
)  # fmt: skip
_LONGEST_KEPT, _MOST_KEPT = 24, 20_000


class Vader:
    """The lexicon, loaded once; safe to share between threads."""

    def __init__(self) -> None:
        analyzer = original.SentimentIntensityAnalyzer()
        self._lexicon: dict[str, float] = analyzer.lexicon
        # A booster that is also in the lexicon only boosts.
        self._own = frozenset(self._lexicon) - frozenset(_BOOSTERS)
        self._lower = _Lower()
        # The original looks at single characters only, so emoji of several are never found.
        self._emojis: dict[str, str] = {
            sign: name for sign, name in analyzer.emojis.items() if len(sign) == 1
        }

    def scores(self, text: str) -> dict[str, float]:
        """Return what SentimentIntensityAnalyzer.polarity_scores returns."""
        return self.weigh(text).scores()

    def weigh(self, text: str) -> Weighed:
        """Return each word of the text with its valence."""
        text = self._read(text)
        tokens, felt, valences = self._felt(text)
        every = [0.0] * len(tokens)
        for i, valence in zip(felt, valences, strict=True):
            every[i] = valence
        return Weighed([_bare(token) for token in tokens], every, emphasis(text))

    def feel(self, text: str) -> Felt | None:
        """Return what `weigh` does, of the words that weigh something; None where there are none."""
        text = self._read(text)
        valences = [valence for valence in self._felt(text)[2] if valence]
        return Felt(valences, emphasis(text)) if valences else None

    def _read(self, text: str) -> str:
        """Return a text with the names of its emoji, if there are any."""
        return text if text.isascii() or self._emojis.keys().isdisjoint(text) else self._named(text)

    def _felt(self, text: str) -> tuple[list[str], list[int], list[float]]:
        """Return the tokens of a text, which of them are words of the lexicon, and what those weigh here."""
        tokens = text.split()
        lower = list(map(self._lower.__getitem__, tokens))
        if self._own.isdisjoint(lower):
            return tokens, [], []
        felt = list(compress(range(len(lower)), map(self._own.__contains__, lower)))
        if "kind" in lower:
            felt = [i for i in felt if not (lower[i] == "kind" and lower[i + 1 : i + 2] == ["of"])]
        changers = _changers(lower) if "'" in text else _CHANGERS
        valences: list[float] = []
        for i in felt:
            valence = self._lexicon[lower[i]]
            if not changers.isdisjoint(lower[i - 3 if i > 3 else 0 : i + 3]):
                valence = self._changed(valence, i, tokens, lower)
            elif tokens[i].isupper() and _some_capitals(tokens):
                valence += _CAPS if valence > 0 else -_CAPS
            valences.append(valence)
        if valences and "but" in lower:
            _turn(valences, felt, lower.index("but"))
        return tokens, felt, valences

    def _named(self, text: str) -> str:
        """Replace each emoji by its name, with a space before it if there is none."""
        parts: list[str] = []
        end = 0
        for found in _NOT_ASCII.finditer(text):
            if found[0] not in self._emojis:
                continue
            begin = found.start()
            # After an emoji's name a space is missing too, whatever the name ends in.
            before = text[begin - 1] == " " if begin > end else begin == 0
            parts += [text[end:begin], "" if before else " ", self._emojis[found[0]]]
            end = found.end()
        return "".join([*parts, text[end:]]) if parts else text

    def _changed(self, valence: float, i: int, words: list[str], lower: list[str]) -> float:
        """Return the valence of word i, a word of the lexicon, as the words around it change it."""
        lexicon, word, first = self._lexicon, lower[i], i - 3 if i > 3 else 0
        if word == "no" and i + 1 < len(lower) and lower[i + 1] in lexicon:
            valence = 0.0
        if _after_no(i, lower):
            valence = lexicon[word] * _NEGATED
        has_caps = any(map(str.isupper, words[first : i + 1])) and _some_capitals(words)
        if has_caps and words[i].isupper():
            valence += _CAPS if valence > 0 else -_CAPS
        for back in range(1, i - first + 1):
            before = lower[i - back]
            if before in lexicon:
                continue
            if before in _BOOSTERS:
                valence += _boost(words[i - back], _BOOSTERS[before], valence, has_caps) * _DISTANCE[back - 1]
            valence = _negate(valence, back, i, lower)
            if back == 3 and not _FIRST_WORDS.isdisjoint(lower[i - 3 : i + 1]):
                valence = _phrases(valence, i, lower)
        if i and lower[i - 1] == "least" and (i == 1 or lower[i - 2] not in ("at", "very")):
            valence *= _NEGATED if "least" not in lexicon else 1.0
        return valence


class _Lower(dict[str, str]):
    """What a token is looked up by, remembered for those that are met again and again."""

    def __missing__(self, token: str) -> str:
        word = _bare(token).lower()
        if len(token) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[token] = word
        return word


def _bare(token: str) -> str:
    """Return a token without the punctuation around it."""
    if token.isalnum():
        return token
    # What would leave two characters or fewer was an emoticon.
    return bare if len(bare := token.strip(_PUNCTUATION)) > 2 else token


def _changers(lower: list[str]) -> frozenset[str]:
    """Return the words that may change a valence nearby; any with an "n't" in it is one."""
    found = frozenset(word for word in lower if "n't" in word)
    return _CHANGERS if found <= _CHANGERS else _CHANGERS | found


def _some_capitals(words: list[str]) -> bool:
    """Tell whether some words, but not all, are in capitals."""
    return 0 < sum(map(str.isupper, words)) < len(words)


def _after_no(i: int, lower: list[str]) -> bool:
    if "no" not in lower[max(0, i - 3) : i]:
        return False
    return (
        lower[i - 1] == "no"
        or (i > 1 and lower[i - 2] == "no")
        or (i > 2 and lower[i - 3] == "no" and lower[i - 1] in ("or", "nor"))
    )


def _boost(word: str, boost: float, valence: float, has_caps: bool) -> float:
    if valence < 0:
        boost *= -1
    if has_caps and word.isupper():
        boost += _CAPS if valence > 0 else -_CAPS
    return boost


def _negate(valence: float, back: int, i: int, lower: list[str]) -> float:
    """Apply the word `back` places before word i, if it negates; "never so" and "never this" praise."""
    before, last = lower[i - back], lower[i - 1]
    if back == 2:
        if before == "never" and last in _SO:
            return valence * 1.25
        if before == "without" and last == "doubt":
            return valence
    elif back == 3:
        if last in _SO or (before == "never" and lower[i - 2] in _SO):
            return valence * 1.25
        if before == "without" and "doubt" in (lower[i - 2], last):
            return valence
    return valence * _NEGATED if before in _NEGATIONS or "n't" in before else valence


def _phrases(valence: float, i: int, lower: list[str]) -> float:
    """Apply set phrases around word i, which has three words before it."""
    three, two, one, zero = lower[i - 3 : i + 1]
    around = (
        f"{one} {zero}",
        f"{two} {one} {zero}",
        f"{two} {one}",
        f"{three} {two} {one}",
        f"{three} {two}",
    )
    valence = next((_SPECIAL[phrase] for phrase in around if phrase in _SPECIAL), valence)
    for size in (2, 3):
        after = lower[i : i + size]
        if len(after) == size:
            valence = _SPECIAL.get(" ".join(after), valence)
    for phrase in (around[3], around[4], around[2]):
        valence += _BOOSTERS.get(phrase, 0.0)
    return valence


def _turn(valences: list[float], felt: list[int], at: int) -> None:
    """Halve what stands before "but" and strengthen what stands after it, in place.

    The original looks each valence up by its value and changes the first that equals it, which
    need not be the one it came from: so do we.
    """
    places = [place for place, valence in enumerate(valences) if valence]
    values = [valences[place] for place in places]
    for value in list(values):
        which = values.index(value)
        if felt[places[which]] != at:
            values[which] = value * (0.5 if felt[places[which]] < at else 1.5)
    for place, value in zip(places, values, strict=True):
        valences[place] = value
