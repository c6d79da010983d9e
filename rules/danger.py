"""Words that mean danger for whoever they are said of: recall, breach, lawsuit; wyciek, pozew, zatrucie.

Each word has a weight from 1 to 3, and is met in all its forms, in capitals or small letters,
with diacritics or without. A word of weight 0 is harmless, and so is what lies within it: with
*death metal* at 0 that is no death. What is denied right before it (*no recall*, *nie doszło do wycieku*)
is not met, nor what is part of the brand's own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any
from unicodedata import normalize

import ahocorasick

from rules.dangerwords import WORDS
from rules.fold import fold
from rules.inflect import forms
from rules.stopwords import DENIALS

LONGEST_TEXT = 5000
HEAVIEST = 3
MOST_FORMS = 200
_DENIED = DENIALS | {"without", "neither", "nor", "none", "ani"}
_DENIED |= {"zaden", "zadna", "zadne", "zadnego", "zadnej", "zadnych", "zadnym"}
_NOT_ONLY = frozenset({"only", "just", "tylko", "jedynie", "dosc", "doubt", "watpliwosci"})
_BEFORE = 3
_TOKEN = re.compile(r"[^\W_]+|[.,;:!?()\"…\n]")
_WORD = re.compile(r"[^\W_]+\*?")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase and its weight; `spellings` are folded, and one that ends in * is a beginning."""

    name: str
    weight: int
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A word of danger in some texts: in how many mentions, by how many different authors.

    `usual` is the share of the texts from before that hold it: 0.3 for *ransomware* of who protects from it.
    """

    word: str
    weight: int
    mentions: int
    authors: int
    usual: float = 0.0


def words(own: Mapping[str, int], defaults: bool = True) -> tuple[Word, ...]:
    """Return the words that hold: the built-in ones, and on top of them one's own with their weights."""
    found = {key(w.name): w for w in DEFAULTS} if defaults else {}
    for name, weight in own.items():
        held = found.get(key(name))
        found[key(name)] = Word(name, weight, held.spellings if held else spellings(name))
    return tuple(found.values())


def key(name: str) -> str:
    """Return what two writings of one word share; empty where it has no letter."""
    return " ".join(_WORD.findall(_folded(name)))


def spellings(name: str) -> tuple[str, ...]:
    """Return the folded forms of a word or phrase, Polish and English; a * ends the beginning of a word."""
    parts = [_forms(part) for part in _WORD.findall(name)]
    counted = 1
    for part in parts:
        counted *= len(part)
    if counted > MOST_FORMS:  # a long phrase: its last word has all forms
        parts = [part[:1] for part in parts[:-1]] + parts[-1:]
    return tuple(dict.fromkeys(" ".join(chosen) for chosen in product(*parts)))


def _forms(word: str) -> list[str]:
    if word.endswith("*"):
        return [_folded(word)]
    low = _folded(word)
    found = [low, *(_folded(form) for form in forms(word))]
    if low == word.casefold() and low.isalpha() and len(low) > 2:  # without diacritics it may be English
        found += _english(low)
    return list(dict.fromkeys(found))


def _english(word: str) -> list[str]:
    if word.endswith("e"):
        return [word + "s", word + "d", word[:-1] + "ing"]
    if word.endswith("y") and word[-2] not in "aeiou":
        return [word[:-1] + "ies", word[:-1] + "ied", word + "ing"]
    plural = "es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s"
    return [word + plural, word + "ed", word + "ing"]


class Dangers:
    """Finds the words of danger in texts. It keeps nothing between texts and may be shared."""

    def __init__(self, known: Iterable[Word]) -> None:
        meant = {spelling: word for word in known for spelling in word.spellings}
        by_key: dict[str, list[tuple[Word, re.Pattern[str]]]] = {}
        for spelling, word in meant.items():
            begun = spelling.split("*")[0]
            rest = "".join(
                "[^ ]*" if part == "*" else part for part in re.split(r"(\*)", spelling[len(begun) :])
            )
            by_key.setdefault(f" {begun}", []).append((word, re.compile(f"{rest}(?= )")))
        self._automaton: Any = ahocorasick.Automaton()
        for begun, goes_on in by_key.items():
            self._automaton.add_word(begun, (len(begun), goes_on))
        self._automaton.make_automaton()
        self._empty = not by_key

    def within(self, text: str, name: str = "") -> tuple[Word, ...]:
        """Return the words of danger that a text tells, each once; not where they are part of a `name`."""
        if self._empty:
            return ()
        line = f" {' '.join(_TOKEN.findall(_folded(text[:LONGEST_TEXT])))} "
        met = self._met(line)
        if not met:
            return ()
        if name and (own := self._own(name)):
            met = self._met(line := own.sub(lambda found: "_" * len(found[0]), line))
        harmless = [span for span, word in met if word.weight == 0]
        told = (
            word
            for (first, last), word in met
            if word.weight
            and not any(low <= first and last <= high for low, high in harmless)
            and not _is_denied(line, first)
        )
        return tuple(dict.fromkeys(told))

    def _met(self, line: str) -> list[tuple[tuple[int, int], Word]]:
        met = []
        for last, (length, goes_on) in self._automaton.iter(line):
            for word, rest in goes_on:
                if found := rest.match(line, last + 1):
                    met.append(((last + 1 - length, found.end()), word))
        return met

    def _own(self, name: str) -> re.Pattern[str] | None:
        """Return what finds a name that holds a word of danger; None where it holds none."""
        return _named(name) if self._met(f" {' '.join(_TOKEN.findall(_folded(name)))} ") else None


def _is_denied(line: str, first: int) -> bool:
    """Tell whether one of the few words before, in the same part of the sentence, denies what follows."""
    before = line[max(0, first - 80) : first].split()[-_BEFORE:]
    for place in reversed(range(len(before))):
        if not before[place].isalnum():
            return False
        if before[place] in _DENIED:
            return not _NOT_ONLY.intersection(before[place + 1 : place + 2])
    return False


@lru_cache(maxsize=256)
def _named(name: str) -> re.Pattern[str]:
    parts = [f"(?:{'|'.join(map(re.escape, _forms(part)))})" for part in _WORD.findall(name.replace("*", ""))]
    return re.compile(f"(?<= ){' '.join(parts)}(?= )")


def _folded(text: str) -> str:
    """Return a text in small letters, without diacritics and apostrophes, whichever way those are written."""
    short = text.replace("'", "").replace("’", "")
    return short.lower() if short.isascii() else fold(normalize("NFC", short))


def _built_in(lines: str) -> tuple[Word, ...]:
    """Read `weight name: spelling, spelling`: without spellings it is met as it stands."""
    found = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        weight, _, rest = line.partition(" ")
        name, _, spelled = rest.partition(":")
        given: Sequence[str] = [s.strip() for s in spelled.split(",")] if spelled else [name.strip()]
        found.append(Word(name.strip(), int(weight), tuple(_folded(s) for s in given)))
    return tuple(found)


DEFAULTS = _built_in(WORDS)
