"""The overlay's files: words, beginnings of words and phrases, with their valences and marks.

english.tsv says what a line holds. A phrase is looked for where a word stands that can begin it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from typing import NamedTuple

CHANGES = ("negates", "raises", "lowers", "turns", "yields")
SHORTEST_STEM = 3
NUMBER, ANY = "#", "*"
_VOWELS = frozenset("aeiou")
MOST_WORDS = 10
_MOST_KEPT = 5_000


class Entry(NamedTuple):
    """What a line says of a spelling; no valence where VADER's stays."""

    valence: float | None
    marks: tuple[str, ...]


class Slot(NamedTuple):
    """What may stand in one place of a phrase."""

    words: frozenset[str]
    begins: tuple[str, ...] = ()
    is_any: bool = False
    is_number: bool = False


class Phrase(NamedTuple):
    """The places after the first one, and what the phrase says."""

    rest: tuple[Slot, ...]
    entry: Entry


class Starts(NamedTuple):
    """The phrases that one word may begin, so that few of them have to be looked at.

    `by_word` finds them by the first of their other words that is certain, so many places on; `others` have
    none. Both have the longest first.
    """

    by_word: tuple[tuple[int, dict[str, tuple[Phrase, ...]]], ...]
    others: tuple[Phrase, ...]


@dataclass(slots=True)
class Overlay:
    """All files together. `phrases` are found by their first word, the longest first."""

    words: dict[str, Entry] = field(default_factory=dict)
    stems: dict[str, Entry] = field(default_factory=dict)
    phrases: dict[str, tuple[Phrase, ...]] = field(default_factory=dict)
    beginning: dict[str, tuple[Phrase, ...]] = field(default_factory=dict)
    longest_stem: int = 0
    _begun: dict[str, Starts | None] = field(default_factory=dict)

    def entry(self, word: str) -> Entry | None:
        """Return what is said of a word in small letters: whole words first, then the longest stem."""
        if (found := self.words.get(word)) is not None:
            return found
        for size in range(min(len(word), self.longest_stem), SHORTEST_STEM - 1, -1):
            if (found := self.stems.get(word[:size])) is not None:
                return found
        return None

    def begun(self, word: str, is_number: bool) -> Starts | None:
        """Return the phrases that a word may begin, None if there are none."""
        key = NUMBER + word if is_number else word
        if key not in self._begun:
            if len(self._begun) >= _MOST_KEPT:
                self._begun.clear()
            phrases = self._beginning_with(word, is_number)
            self._begun[key] = _starts(phrases) if phrases else None
        return self._begun[key]

    def _beginning_with(self, word: str, is_number: bool) -> tuple[Phrase, ...]:
        found = self.phrases.get(word, ())
        for begin, phrases in self.beginning.items():
            if word.startswith(begin):
                found += phrases
        if is_number:
            found += self.phrases.get(NUMBER, ())
        return tuple(sorted(found, key=lambda phrase: -len(phrase.rest)))


def _starts(phrases: Iterable[Phrase]) -> Starts:
    by_word: dict[int, dict[str, tuple[Phrase, ...]]] = {}
    others: list[Phrase] = []
    for phrase in phrases:
        sure = next((n for n, slot in enumerate(phrase.rest, 1) if slot.words and not slot.begins), 0)
        if not sure:
            others.append(phrase)
            continue
        table = by_word.setdefault(sure, {})
        for word in phrase.rest[sure - 1].words:
            table[word] = (*table.get(word, ()), phrase)
    return Starts(tuple(by_word.items()), tuple(others))


def overlay() -> Overlay:
    """Return what the files say; english.tsv first, so that the others win over it."""
    made = Overlay()
    phrases: dict[tuple[Slot, ...], Entry] = {}
    for spelling, entry in _spellings():
        if "_" in spelling:
            for slots in _slots(spelling):
                phrases[slots] = entry
        else:
            _enter(spelling, entry, made)
    for slots, entry in sorted(phrases.items(), key=lambda each: -len(each[0])):
        _begin(slots, Phrase(slots[1:], entry), made)
    made.longest_stem = max(map(len, made.stems), default=0)
    return made


def _spellings() -> Iterator[tuple[str, Entry]]:
    """Yield every spelling of the files with what its line says."""
    folder = resources.files("listener.reading")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".tsv"))
    for name in sorted((n for n in names if n.startswith("english")), key=lambda n: n != "english.tsv"):
        for number, line in enumerate(folder.joinpath(name).read_text(encoding="utf8").splitlines(), 1):
            if line and not line.startswith("# "):
                yield from _line(line, f"{name}:{number}")


def _line(line: str, place: str) -> Iterator[tuple[str, Entry]]:
    cells = [cell.strip() for cell in line.split("\t")] + [""] * 3
    lemma, valence, spellings, marks = cells[:4]
    try:
        entry = Entry(float(valence) if valence else None, tuple(marks.split()))
    except ValueError as error:
        raise ValueError(f"{place}: {valence!r} is no valence") from error
    for spelling in (spellings or lemma.replace(" ", "_")).split():
        yield spelling, entry


def _enter(spelling: str, entry: Entry, made: Overlay) -> None:
    if spelling.endswith("*") and len(spelling) > SHORTEST_STEM:
        made.stems[spelling[:-1]] = entry
    elif spelling.endswith("~") and len(spelling) > 1:
        # What is listed as it stands wins over what is formed.
        for number, form in enumerate(forms(spelling[:-1])):
            if number == 0 or form not in made.words:
                made.words[form] = entry
    else:
        made.words[spelling] = entry


def _slots(spelling: str) -> Iterator[tuple[Slot, ...]]:
    """Yield a phrase with and without each word that may be missing."""
    variants: list[tuple[Slot, ...]] = [()]
    words = spelling.split("_")
    if len(words) > MOST_WORDS:
        raise ValueError(f"{spelling!r} has more than {MOST_WORDS} words")
    for word in words:
        may_miss = word.endswith("?") and len(word) > 1
        slot = _slot(word[:-1] if may_miss else word)
        variants = [*((*v, slot) for v in variants), *(variants if may_miss else ())]
    yield from (variant for variant in variants if variant)


def _slot(word: str) -> Slot:
    if word in (ANY, NUMBER):
        return Slot(frozenset(), (), word == ANY, word == NUMBER)
    words: set[str] = set()
    begins: list[str] = []
    for each in word.split("|"):
        if each.endswith("*"):
            begins.append(each[:-1])
        else:
            words.update(forms(each[:-1]) if each.endswith("~") else (each,))
    return Slot(frozenset(words), tuple(begins))


def _begin(slots: tuple[Slot, ...], phrase: Phrase, made: Overlay) -> None:
    first = slots[0]
    for word in (NUMBER,) if first.is_number else first.words:
        made.phrases[word] = (*made.phrases.get(word, ()), phrase)
    for begin in first.begins:
        made.beginning[begin] = (*made.beginning.get(begin, ()), phrase)


def forms(word: str) -> tuple[str, ...]:
    """Return an English word with its regular endings, itself first; too many rather than too few."""
    if word.endswith("e"):
        return (word, word + "s", word + "d", word[:-1] + "ing", word + "r", word + "rs")
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return (word, word[:-1] + "ies", word[:-1] + "ied", word + "ing", word[:-1] + "ier")
    plural = "es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s"
    endings = [plural, "ed", "ing"]
    found = [word, *(word + ending for ending in endings)]
    if len(word) > 2 and word[-1] not in _VOWELS | frozenset("wxyh") and word[-2] in _VOWELS:
        found += [word + word[-1] + ending for ending in ("ed", "ing")]
    return tuple(found)


def vocabulary(made: Overlay) -> frozenset[str]:
    """Return all words the files spell out, those of phrases too."""
    inner = (word for phrases in made.phrases.values() for phrase in phrases for word in _words(phrase.rest))
    return frozenset([*made.words, *made.phrases, *inner])


def _words(slots: Iterable[Slot]) -> Iterator[str]:
    for slot in slots:
        yield from slot.words
