"""The overlay's files: words, beginnings of words and phrases, with their valences and marks.

words.tsv says what a line holds. A phrase is looked for where two neighbouring words of it stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources
from itertools import product
from typing import NamedTuple

CHANGES = ("negates", "raises", "lowers", "turns", "yields")
SHORTEST_STEM = 3
NUMBER, ANY = "#", "*"
_VOWELS = frozenset("aeiou")
MOST_WORDS = 10
# Words that stand in most sentences: looking there for phrases would cost much and find little.
_COMMON = frozenset(
    "a i to the is it in of on for my me we us our you your he she his her him you them they their and "
    "or but not no so do does did don't doesn't didn't can can't could couldn't will won't would "
    "wouldn't should i'm i've i'd it's that's am are was were isn't wasn't be been being have has had "
    "haven't hasn't get got getting go going gone make made day today time at by with as an if this "
    "that these those what when where why how who all one out up off over down back more than too very "
    "just only still now new from about into after before really never any some great good like love "
    "thanks thank there here then ever every again much many".split()
)
_MOST_COMMON = frozenset(
    "a i to the is it in of on for my me you and be have will see are at so no not with".split()
)
# What `begin*` may end in where a phrase is looked for by that word.
_ENDINGS = (
    " e y s es ed d er ers or ors ing ings ly ily al ally able ably ible ibly ion ions ation ations "
    "ment ments ful fully ness ive ively ic ical ically ity ies ied ier iest ance ence ant ent est "
    "ous ously ist ists"
).split(" ")


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


# Places of a phrase with what may stand there.
Rest = tuple[tuple[int, Slot], ...]


class Phrase(NamedTuple):
    """How many words it has, by which it is looked for, what has to stand in its other places, what it says.

    A phrase is looked for by two neighbours, or by one word; `anchor` is the place of the first.
    """

    size: int
    anchor: int
    rest: Rest
    entry: Entry


# The phrases of a word by the word after it.
Follow = dict[str, tuple[Phrase, ...]]


@dataclass(slots=True)
class Overlay:
    """All files together.

    `pairs` has the phrases by two neighbouring words of theirs, one after the other; `gapped`, those that
    have no such two, by their rarest word.
    """

    words: dict[str, Entry] = field(default_factory=dict)
    stems: dict[str, Entry] = field(default_factory=dict)
    pairs: dict[str, Follow] = field(default_factory=dict)
    gapped: dict[str, tuple[Phrase, ...]] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    # The lengths of the stems, the longest first, by the letters in which they begin.
    sizes: dict[str, list[int]] = field(default_factory=dict)

    def entry(self, word: str) -> Entry | None:
        """Return what is said of a word in small letters: whole words first, then the longest stem."""
        if (found := self.words.get(word)) is not None:
            return found
        for size in self.sizes.get(word[:SHORTEST_STEM], ()):
            if (found := self.stems.get(word[:size])) is not None:
                return found
        return None


def overlay() -> Overlay:
    """Return what the files say; words.tsv first, so that the others win over it."""
    made = Overlay()
    phrases: dict[tuple[Slot, ...], Entry] = {}
    for spelling, entry in _spellings():
        if "_" in spelling:
            for slots in _slots(spelling):
                phrases[slots] = entry
        else:
            _enter(spelling, entry, made)
    for slots, entry in phrases.items():
        _enter_phrase(slots, entry, made)
    inner = (word for slots in phrases for slot in slots for word in _spelled(slot))
    made.known = frozenset([*made.words, *inner])
    for stem in sorted(made.stems, key=len, reverse=True):
        made.sizes.setdefault(stem[:SHORTEST_STEM], []).append(len(stem))
    return made


def _spellings() -> Iterator[tuple[str, Entry]]:
    """Yield every spelling of the files with what its line says."""
    folder = resources.files("listener.reading.english")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".tsv"))
    for name in sorted(names, key=lambda n: n != "words.tsv"):
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
    if ANY in word.split("|") or word == NUMBER:
        return Slot(frozenset(), (), word != NUMBER, word == NUMBER)
    words: set[str] = set()
    begins: list[str] = []
    for each in word.split("|"):
        if each.endswith("*"):
            begins.append(each[:-1])
        else:
            words.update(forms(each[:-1]) if each.endswith("~") else (each,))
    return Slot(frozenset(words), tuple(begins))


def _enter_phrase(slots: tuple[Slot, ...], entry: Entry, made: Overlay) -> None:
    spelled = [_spelled(slot) for slot in slots]
    near = [at for at in range(len(slots) - 1) if spelled[at] and spelled[at + 1]]
    if near:
        at = min(near, key=lambda at: (_commonness(spelled[at]) * _commonness(spelled[at + 1]), at))
        phrase = Phrase(len(slots), at, _rest(slots, {at, at + 1}), entry)
        for first, second in product(spelled[at], spelled[at + 1]):
            follow = made.pairs.setdefault(first, {})
            follow[second] = (*follow.get(second, ()), phrase)
        return
    certain = [at for at, words in enumerate(spelled) if words]
    if not certain:
        raise ValueError(f"a phrase needs a word that is spelled out: {slots}")
    at = min(certain, key=lambda at: _commonness(spelled[at]))
    phrase = Phrase(len(slots), at, _rest(slots, {at}), entry)
    for word in spelled[at]:
        made.gapped[word] = (*made.gapped.get(word, ()), phrase)


def _rest(slots: Sequence[Slot], met: set[int]) -> Rest:
    """Return the places that are to be looked at when some have been met, those first that say no most."""
    rest = [(at, slot) for at, slot in enumerate(slots) if at not in met and not slot.is_any]
    return tuple(sorted(rest, key=lambda each: len(each[1].begins) + 5 * each[1].is_number))


def _commonness(words: frozenset[str]) -> float:
    """Return how often one of the words is met, roughly: what is common is no good place to look."""
    return 0.1 * len(words) + len(words & _COMMON) + 4 * len(words & _MOST_COMMON)


def _spelled(slot: Slot) -> frozenset[str]:
    return slot.words | {begin + ending for begin in slot.begins for ending in _ENDINGS}


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
