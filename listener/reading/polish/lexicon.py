"""A table of words with their valences: what `listener.reading.polish.forms` made of the lemma files.

The table holds beginnings of words, each with the endings that may follow: all forms of a few
thousand lemmas in little memory. A word is looked up once and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import resources
from itertools import product
from typing import NamedTuple

from rules.fold import fold

CHANGES = ("negates", "raises", "lowers", "turns", "yields")
TOLD = (
    "asks", "irony", "fails", "complains", "danger", "thanks", "wishes", "laughs", "urges", "reports",
    "politics", "idiom", "vulgar", "diminutive", "slang",
)  # fmt: skip
MARKS = (*CHANGES, *TOLD)
LONG = "long"  # a mark of words drawn out ("suuuper"), and of no line
_LONGEST_WORD = 40
_LONG_ENOUGH = 7
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
FIGURE = "0"  # in a phrase stands for any number
_ANY, _NO_ENDING = "*", "-"


class Says(NamedTuple):
    """A valence and the marks beside it."""

    valence: float
    marks: frozenset[str]


class Entry(NamedTuple):
    """What a word says by itself, what it may be in a set phrase, and the cue it is by its form.

    A stop, a sign or an emoji is no word.
    """

    valence: float = 0.0
    marks: frozenset[str] = frozenset()
    keys: tuple[str, ...] = ()
    is_word: bool = True
    cue: str = ""


class _Node(dict[str, "_Node"]):
    """A place in the tree of phrases: what may follow, and what is said where a phrase ends here."""

    __slots__ = ("says",)
    says: Says | None


_NOTHING = Says(0.0, frozenset())
UNKNOWN = Entry()


class Lexicon:
    """The table, loaded once; safe to share between threads."""

    def __init__(self) -> None:
        # Beginnings, each with its endings in one string: " y ego emu ".
        self._words: dict[str, list[tuple[str, Says]]] = {}
        self._stems: dict[str, Says] = {}
        self._classes: dict[str, list[tuple[str, str]]] = {}
        self._phrases = _node()
        self._begins: set[str] = set()  # of words that phrases hold: "reklam*"
        self._literal: set[str] = set()
        self._load()
        self._longest = max(map(len, self._words), default=0)
        self._longest_stem = max(map(len, self._stems), default=0)

    def phrase(self, entries: Sequence[Entry], begin: int) -> tuple[int, Says] | None:
        """Return the end of the longest set phrase that begins at an entry, and what it says."""
        best: tuple[int, Says] | None = None
        open_ends = [(begin, self._phrases)]
        while open_ends:
            at, node = open_ends.pop()
            if node.says is not None and (best is None or at > best[0]):
                best = at, node.says
            if at < len(entries) and node:
                open_ends += [(at + 1, node[key]) for key in entries[at].keys if key in node]
                if _ANY in node and entries[at].is_word:
                    open_ends.append((at + 1, node[_ANY]))
                # "szkoda, że tak późno": this comma has to stand, and says nothing.
                if at > begin and "comma" in entries[at].marks and "ze" in node:
                    open_ends.append((at + 1, node))
        return best

    def _load(self) -> None:
        file = resources.files("listener.reading.polish").joinpath("forms.txt")
        marks: dict[str, frozenset[str]] = {}
        endings: list[str] = []
        for row in file.read_text(encoding="utf8").splitlines():
            kind, *fields = row.split("\t")
            if kind == "E":
                endings.append(f" {fields[0]} ")
            elif kind == "W":
                says = _says(fields[2:], marks)
                self._words.setdefault(fields[0], []).append((endings[int(fields[1])], says))
            elif kind == "C":
                self._classes.setdefault(fields[1], []).append((endings[int(fields[2])], fields[0] + "~"))
            elif kind == "S":
                self._stems[fields[0]] = _says(fields[1:], marks)
            elif kind == "P":
                self._add_phrase(fields[0], _says(fields[1:], marks))

    def _add_phrase(self, phrase: str, says: Says) -> None:
        slots = [_alternatives(slot) for slot in phrase.split("_")]
        for words in product(*slots):
            node = self._phrases
            for word in filter(None, words):
                if word.endswith("~") or word == _ANY:
                    key = word
                elif word.endswith("*"):
                    key = fold(word)
                    self._begins.add(key)
                else:
                    key = fold(word)
                    self._literal.add(key)
                node = node.setdefault(key, _node())
            if node.says is None:
                node.says = says

    def entry(self, word: str) -> Entry:
        """Return what is known of a word in small letters."""
        if len(word) > _LONGEST_WORD:
            return UNKNOWN
        says = self._found(word)
        if says is None and _DRAWN_OUT.search(word):
            says = self._drawn_in(word)
        keys = tuple(self._keys(fold(word)))
        return UNKNOWN if says is None and not keys else Entry(*(says or _NOTHING), keys)

    def _found(self, word: str) -> Says | None:
        """Return what a word in small letters says; None for one that is not known."""
        for size in range(min(len(word), self._longest), 0, -1):
            for endings, says in self._words.get(word[:size], ()):
                if f" {word[size:] or _NO_ENDING} " in endings:
                    return says
        for size in range(min(len(word), self._longest_stem), 2, -1):
            if (says_too := self._stems.get(word[:size])) is not None:
                return says_too
        # "swietną": some marks are there and some are missing; a short word would rather be another one.
        if word.isascii() or len(word) < _LONG_ENOUGH or not (bare := fold(word)).isascii():
            return None
        return self._found(bare)

    def _drawn_in(self, word: str) -> Says | None:
        for letters in (r"\1", r"\1\1"):
            if says := self._found(_DRAWN_OUT.sub(letters, word)):
                return Says(says.valence, says.marks | {LONG})
        return None

    def _keys(self, word: str) -> Iterator[str]:
        """Yield the names by which phrases may hold a word without marks."""
        if word in self._literal:
            yield word
        for size in range(len(word), 0, -1):
            if (begin := word[:size] + "*") in self._begins:
                yield begin
            for endings, name in self._classes.get(word[:size], ()):
                if f" {word[size:] or _NO_ENDING} " in endings:
                    yield name


def _node() -> _Node:
    node = _Node()
    node.says = None
    return node


def _says(fields: Sequence[str], marks: dict[str, frozenset[str]]) -> Says:
    named = fields[1] if len(fields) > 1 else ""
    return Says(float(fields[0]), marks.setdefault(named, frozenset(named.split())))


def _alternatives(slot: str) -> list[str]:
    """Return the words one place of a phrase may hold; an empty one where none need stand."""
    optional = slot.endswith("?")
    return slot.removesuffix("?").split("|") + [""] * optional
