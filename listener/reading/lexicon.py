"""A lexicon file: words and stems with their valences, set phrases, and the words that change others.

A line holds a lemma, a valence or a mark, and the spellings, parted by tabs; see polish.tsv.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from rules.fold import fold

RAISED, LOWERED = 0.293, -0.293
_MARKS = ("negates", "raises", "lowers", "turns")
_SHORTEST_STEM = 3
_REMEMBERED = 20_000

Phrase = tuple[tuple[str, ...], float]  # its words, folded, and its valence


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word says by itself, and the set phrases it may begin, the longest first."""

    valence: float
    phrases: tuple[Phrase, ...]


class Lexicon:
    """The file, loaded once. A word with marks is looked up as written, one without as if none had any."""

    def __init__(self, name: str) -> None:
        lines = _lines(name)
        felt = [(float(mark), spelling) for mark, spelling in lines if mark not in _MARKS]
        single = [(valence, spelling) for valence, spelling in felt if "_" not in spelling]
        self._written = _Table(single)
        self._plain = _Table([(valence, fold(spelling)) for valence, spelling in single])
        self._phrases = _phrases([(valence, spelling) for valence, spelling in felt if "_" in spelling])
        self.negations, raising, lowering, self.turns = (_marked(lines, mark) for mark in _MARKS)
        self.boosters: Mapping[str, float] = dict.fromkeys(raising, RAISED) | dict.fromkeys(lowering, LOWERED)
        self.entry = lru_cache(maxsize=_REMEMBERED)(self._entry)

    def _entry(self, word: str) -> Entry:
        table = self._plain if word.isascii() else self._written
        return Entry(table.valence(word), self._phrases.get(fold(word), ()))


class _Table:
    """Whole words, which count first, and stems, of which the longest counts."""

    def __init__(self, felt: list[tuple[float, str]]) -> None:
        self._words: dict[str, float] = {}
        self._stems: dict[str, float] = {}
        for valence, spelling in felt:
            if spelling.endswith("*"):
                self._stems.setdefault(spelling[:-1], valence)
            else:
                self._words.setdefault(spelling, valence)
        self._longest = max(map(len, self._stems), default=0)

    def valence(self, word: str) -> float:
        """Return the valence of a word in small letters; 0 for one that is not known."""
        if word in self._words:
            return self._words[word]
        for size in range(min(len(word), self._longest), _SHORTEST_STEM - 1, -1):
            if word[:size] in self._stems:
                return self._stems[word[:size]]
        return 0.0


def _lines(name: str) -> list[tuple[str, str]]:
    """Return each spelling of the file with the valence or mark of its line."""
    text = resources.files("listener.reading").joinpath(name).read_text(encoding="utf8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [(mark, spelling) for _, mark, spellings in rows for spelling in spellings.split()]


def _marked(lines: list[tuple[str, str]], mark: str) -> frozenset[str]:
    words = [spelling for each, spelling in lines if each == mark]
    return frozenset(words) | frozenset(map(fold, words))


def _phrases(felt: list[tuple[float, str]]) -> dict[str, tuple[Phrase, ...]]:
    """Return the set phrases by their first word, folded, the longest first."""
    found: dict[str, tuple[Phrase, ...]] = {}
    for valence, spelling in sorted(felt, key=lambda each: -each[1].count("_")):
        words = tuple(fold(spelling).split("_"))
        found[words[0]] = (*found.get(words[0], ()), (words, valence))
    return found
