"""What people say again and again: the words and two-word phrases that set texts apart.

Ranked by the weighted log-odds of being in a text, each side drawn towards what all the texts
say together. Source: Monroe, Colaresi, Quinn, "Fightin' Words: Lexical Feature Selection and
Evaluation for Identifying the Content of Political Conflict", Political Analysis 16, 2008.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from math import fsum, log, sqrt
from unicodedata import normalize

from rules.fold import fold, spaced
from rules.stopwords import DENIALS, ENGLISH, FELT, POLISH

STRENGTH = 20.0
ORDINARY = 100.0
LEAST = 2
SHORT = 6
SAMPLE = 50
LONGEST_TEXT = 2000
LONGEST_WORD = 30

_NOT_WORDS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|[@#]\w+|&\w+;|\S+/\S+\.\S+")
_MARKED = re.compile(r"[@#&/]|www\.")
_WORD = re.compile(r"[^\W_]+|[.,;:!?()\"…\n]")
_STOP = ENGLISH | POLISH | FELT
_ONLY_ENGLISH, _ONLY_POLISH = ENGLISH - POLISH, POLISH - ENGLISH
_POLISH_ENDINGS = (
    "iami", "ami", "ach", "ych", "ich", "ego", "emu", "iem", "owi", "om", "ow", "em", "ym", "im", "ej", "ie",
    "ia", "iu", "a", "e", "i", "o", "u", "y",
)  # fmt: skip
LEAST_STEM = 4
_OBLIQUE = ("ą", "ę", "ce", "ie", "ów", "ami", "ach")


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase as people mostly write it, in `count` texts, and in `before` of the earlier ones.

    `weight` is the log-odds in deviations: above 2 it is hardly chance that it sets the texts apart.
    """

    text: str
    count: int
    before: int
    weight: float


Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Texts beside earlier ones: what sets them apart, and how much of that each of them tells.

    `likeness` gives for each text how much it is like the others in what sets them all apart; `holds` tells
    how many of some of the terms any text holds.
    """

    terms: tuple[Term, ...]
    likeness: tuple[float, ...]
    holds: Callable[[str, Collection[str]], int] = field(compare=False, repr=False)


def terms(
    texts: Sequence[str],
    before: Sequence[str],
    most: int = 8,
    *,
    ignore: Iterable[str] = (),
    against: Sequence[str] | None = None,
) -> tuple[Term, ...]:
    """Return what is told in two or more of `texts` and less elsewhere, the most telling first.

    They are set against `against`, or against `before` where that is not given. `ignore`
    names words that are no news, such as the brand's own name, in whatever form.
    """
    return compared(texts, before, most, ignore=ignore, against=against).terms


def compared(
    texts: Sequence[str],
    before: Sequence[str],
    most: int = 8,
    *,
    ignore: Iterable[str] = (),
    against: Sequence[str] | None = None,
    rank: Callable[[int, int], float] | None = None,
) -> Compared:
    """Return what `terms` does, and how far each of the texts tells it.

    `rank` says what comes first, from how many texts tell a term here and before (0: leave it out).
    """
    reader = _Reader(ignore, texts)
    read = [reader.keys(text) for text in texts]
    here = Counter(key for keys in read for key in keys)
    wanted = {key for key, count in here.items() if count >= LEAST}
    if not wanted:
        return Compared((), (0.0,) * len(texts), lambda text, some: 0)
    earlier = reader.counted(before, wanted)
    elsewhere = earlier if against is None else reader.counted(against, wanted)
    others = len(before if against is None else against)
    weights = {key: _weight(here[key], len(texts), elsewhere[key], others) for key in wanted}
    ranks = weights if rank is None else {key: rank(here[key], earlier[key]) for key in wanted}
    chosen = _apart([key for key in wanted if weights[key] > 0 and ranks[key] > 0], here, ranks, most)
    names = {key: reader.name(key, texts, read) for key in chosen}
    known = dict(zip(texts, read, strict=True))

    def holds(text: str, some: Collection[str]) -> int:
        keys = known.get(text) or reader.keys(text)
        return sum(names[key] in some for key in names.keys() & keys)

    return Compared(
        tuple(Term(names[key], here[key], earlier[key], round(weights[key], 3)) for key in chosen),
        tuple(_likeness(keys, weights) for keys in read),
        holds,
    )


def _likeness(keys: Set[Key], weights: Mapping[Key, float]) -> float:
    """Return how much of what sets all apart lies in how few words: a long text is not more alike."""
    # The exact sum is the same in whatever order the words come out of their set.
    return fsum(max(weights.get(key, 0.0), 0.0) for key in keys) / sqrt(len(keys) + SHORT)


def _weight(here: int, texts: int, elsewhere: int, others: int) -> float:
    """Return by how many deviations a text here is likelier to hold it than one elsewhere.

    To what all say together some ordinary talk without the word is added: so what was never
    compared with anything still ranks by how often it is told.
    """
    share = (here + elsewhere) / (texts + others + ORDINARY)
    prior, without = STRENGTH * share, STRENGTH * (1 - share)
    odds = log((here + prior) / (texts - here + without))
    usual = log((elsewhere + prior) / (others - elsewhere + without))
    return (odds - usual) / sqrt(1 / (here + prior) + 1 / (elsewhere + prior))


def _apart(found: list[Key], here: Counter[Key], ranks: Mapping[Key, float], most: int) -> list[Key]:
    """Take the first by rank, and of a phrase and its words only what says most with least."""
    phrases: dict[str, int] = {}
    for key in found:
        if len(key) == 2:
            for word in key:
                phrases[word] = max(phrases.get(word, 0), here[key])
    # A word that is mostly told in one phrase is told better by the phrase.
    told = [key for key in found if len(key) == 2 or phrases.get(key[0], 0) < 0.6 * here[key]]
    chosen: list[Key] = []
    used: set[str] = set()
    for key in sorted(told, key=lambda key: (-ranks[key], -here[key], key)):
        if len(chosen) == most:
            break
        if used.isdisjoint(key):
            chosen.append(key)
            used.update(word for word in key if word not in DENIALS)
    return chosen


class _Reader:
    """Takes texts apart into words and phrases, and asks each word only once what it is."""

    def __init__(self, ignore: Iterable[str], texts: Sequence[str]) -> None:
        ignored = {_stem(word, True) for name in ignore for word in spaced(name).split()}
        self._stems = _Stems(ignored, False), _Stems(ignored, True)
        # A text of three words may hold none that gives its language away: then it is that of most.
        self._leaning = sum(_leaning(_words(fold(_plain(text)))) for text in texts[:SAMPLE])

    def keys(self, text: str) -> set[Key]:
        """Return the words and phrases of a text, by the stems of their words."""
        words = _words(fold(_plain(text)))
        stems = self._stems[self._is_polish(words)]
        found: set[Key] = set()
        last = ""
        for word in words:
            if stem := stems[word]:
                found.add((stem,))
                if last and last != stem:
                    found.add((last, stem))
            last = stem or (word if word in DENIALS else "")
        return found

    def counted(self, texts: Sequence[str], wanted: Set[Key]) -> Counter[Key]:
        """Return in how many of the texts each wanted term is told."""
        return Counter(key for text in texts for key in self.keys(text) & wanted)

    def name(self, key: Key, texts: Sequence[str], read: Sequence[set[Key]]) -> str:
        """Return how the texts mostly write a term; `read` holds the keys of each."""
        forms: Counter[str] = Counter()
        for text in (text for text, keys in zip(texts, read, strict=True) if key in keys):
            written = _words(plain := _plain(text))
            folded = _words(fold(plain))
            # Some rare letters fold to several; then the words of both may not stand side by side.
            shown = written if len(written) == len(folded) else folded
            place = self._place(key, folded)
            forms[" ".join(shown[place + 1 - len(key) : place + 1])] += 1
        return _name(forms)

    def _place(self, key: Key, words: Sequence[str]) -> int:
        """Return the place of the last word of a term that the folded words hold."""
        stems = self._stems[self._is_polish(words)]
        last = ""
        for place, word in enumerate(words):
            stem = stems[word]
            if stem == key[-1] and (len(key) == 1 or last == key[0]):
                return place
            last = stem or (word if word in DENIALS else "")
        raise ValueError(f"no {key} among these words")

    def _is_polish(self, words: Sequence[str]) -> bool:
        return (_leaning(words) or self._leaning) > 0


class _Stems(dict[str, str]):
    """The stem of each word that is about something, else nothing: found once, then known."""

    def __init__(self, ignored: Set[str], polish: bool) -> None:
        super().__init__()
        self._ignored, self._polish = ignored, polish

    def __missing__(self, word: str) -> str:
        stem = self[word] = self._stem_of(word)
        return stem

    def _stem_of(self, word: str) -> str:
        if not 3 <= len(word) <= LONGEST_WORD or word in _STOP or not word.isalpha():
            return ""
        rough = _stem(word, True)
        if rough in self._ignored or (self._polish and rough in _STOP_STEMS):
            return ""
        return rough if self._polish else _stem(word, False)


def _plain(text: str) -> str:
    """Return the words of a text without addresses, names of accounts, and apostrophes."""
    short = text[:LONGEST_TEXT].replace("'", "").replace("’", "")
    whole = short if short.isascii() else normalize("NFC", short)
    # Most texts hold none of it, and are asked for its marks far faster than for it.
    return _NOT_WORDS.sub(" . ", whole) if _MARKED.search(whole) else whole


def _words(plain: str) -> list[str]:
    """Return the words, and the marks between which no phrase reaches over."""
    return _WORD.findall(plain)


def _leaning(folded: Sequence[str]) -> int:
    """Return how much speaks for Polish and, below 0, for English."""
    words = set(folded)
    return len(words & _ONLY_POLISH) - len(words & _ONLY_ENGLISH)


def _stem(word: str, polish: bool) -> str:
    """Return what the forms of a word share: roughly, for counting only."""
    if not polish:
        return word[:-1] if len(word) > LEAST_STEM and word[-1] == "s" and word[-2] not in "su" else word
    for ending in _POLISH_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST_STEM:
            word = word[: -len(ending)]
            break
    # kolejka, but kolejce
    return word[:-1] + "k" if word[-1] == "c" else word


def _name(forms: Counter[str]) -> str:
    """Return the commonest writing: in small letters, unless nobody writes it so."""
    alike: dict[str, Counter[str]] = {}
    for form in sorted(forms):
        alike.setdefault(form.lower(), Counter())[form] = forms[form]
    best = max(alike, key=lambda form: (alike[form].total(), not form.endswith(_OBLIQUE), not form.isascii()))
    if best in alike[best] or " " in best:
        return best
    return max(alike[best], key=lambda form: (not form.isupper(), alike[best][form]))


# In Polish a word that says nothing does so in all its forms.
_STOP_STEMS = frozenset(_stem(word, True) for word in POLISH | FELT if len(word) > LEAST_STEM)
