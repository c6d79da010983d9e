"""Polish sentiment in VADER's manner: valences, negation, boosters, set phrases, scorn, and what speaks beside them.

A sentence is read once, from left to right, into entries of the lexicon; then each rule of Polish
changes the valences of what it concerns (listener/reading/polish_rules.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from listener.reading import signs
from listener.reading.lexicon import TOLD, UNKNOWN, Entry, Lexicon
from listener.reading.polish_rules import COMMA, QUOTE, STOP, Sentence, apply
from listener.reading.weighed import Felt, Weighed, emphasis

CUES: tuple[str, ...] = (
    *TOLD, "addressed", "question", "exclaims", "link", "quoted", "tags", "headline", "oneself", "you",
    "denies", "smiles", "frowns", "trails", "numbers", "wordy",
)  # fmt: skip
_NO_CUES: Mapping[str, tuple[str, ...]] = {}
_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 40
_ADDRESS = r"https?://\S+|www\.\S+"
_TOKEN = re.compile(
    rf"{_ADDRESS}|{signs.EMOTICON}|[^\W\d_]+|{signs.EMOJI}|@\w+|#\w+|\d[\d.,:]*|[.,;:!?()\"„”“»«\n…|]"
)
_IN_TAG = re.compile(r"[^\W\d_]?[^\WA-ZĄĆĘŁŃÓŚŹŻ\d_]+|[A-ZĄĆĘŁŃÓŚŹŻ]{2,}(?![^\W\d_A-ZĄĆĘŁŃÓŚŹŻ])|[^\W\d_]+")
_COMMAS, _QUOTES = frozenset(",–-"), frozenset('"„”“»«')


class Polish:
    """Reads with the lexicon; safe to share between threads."""

    def __init__(self) -> None:
        self._lexicon = Lexicon("polish")
        self._entries = _Entries(self._lexicon)

    def weigh(self, text: str) -> Weighed:
        """Return each word, sign and stop of a sentence with its valence, and the cues with their words."""
        sentence = self._read(text)
        return Weighed(sentence.words, sentence.valences, emphasis(text), sentence.cues)

    def feel(self, text: str) -> Felt | None:
        """Return what `weigh` does, of the words that weigh something; None where nothing speaks."""
        sentence = self._read(text)
        valences = [valence for valence in sentence.valences if valence]
        cues = {cue: float(len(words)) for cue, words in sentence.cues.items()}
        return Felt(valences, emphasis(text), cues) if valences or cues else None

    def _read(self, text: str) -> Sentence:
        words = _TOKEN.findall(text)
        if "#" in text:
            words = _tags_split(words)
        return apply(Sentence(text, words, list(map(self._entries.__getitem__, words))), self._lexicon)


class _Entries(dict[str, Entry]):
    """The entry of every token as it is written, remembered for those that are met again and again."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def __missing__(self, token: str) -> Entry:
        entry = self._entry(token)
        if len(token) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[token] = entry
        return entry

    def _entry(self, token: str) -> Entry:
        first = token[0]
        if first.isalpha() and "://" not in token and "_" not in token and "." not in token:
            return self._lexicon.entry(token.lower())
        if first in "@#" or first.isdigit() or first.isalpha():
            return UNKNOWN
        if weight := signs.weight(token):
            return Entry(weight, frozenset(), (), False)
        return COMMA if token in _COMMAS else QUOTE if token in _QUOTES else STOP


def _tags_split(words: list[str]) -> list[str]:
    """Return the words with those of each tag in its place, after its sign: #BrakSłów."""
    found: list[str] = []
    for word in words:
        if word[0] == "#":
            found.append("#")
            found += _IN_TAG.findall(word[1:])
        else:
            found.append(word)
    return found
