"""The forms of a name: what Polish cases make of it, written with and without care.

A name as the brand writes it goes in, the spellings people use come out: Żabka gives
żabki, żabce, żabkę, żabek …; Lidl gives lidla, lidlowi, lidlem. Endings after an
apostrophe or a hyphen (Play'a, LOT-u) need no form of their own, since both end a word.
More is offered than grammar allows: a form nobody uses finds nothing, a missing one is
a mention unheard.
"""

from __future__ import annotations

import re

from rules.fold import fold

VOWELS = "aeiouyąęó"
_WORD = re.compile(r"[^\W_]+")
_SHORTEST = 3
_LONGEST_ACRONYM = 4

# What a consonant becomes before the -e of the locative; the longest ending that fits counts.
_SOFTENED_MASCULINE = {
    "st": "ści", "zd": "ździ", "sł": "śl", "t": "ci", "d": "dzi", "r": "rz", "ł": "l",
}  # fmt: skip
_SOFTENED_FEMININE = {"k": "c", "g": "dz", "ch": "sz", **_SOFTENED_MASCULINE}
# After these the locative is -u, and no softening i is written.
_HARD_WITH_U = ("cz", "sz", "rz", "dz", "ch", "c", "ż", "l", "j", "k", "g", "h")
# Not after l: "wedle" is a word of its own, and plurals of names are rare.
_PLURAL_WITH_E = ("cz", "sz", "rz", "dz", "c", "ż", "j")
_SOFT = {"ć": "ci", "ś": "si", "ń": "ni", "ź": "zi"}


def forms(name: str) -> tuple[str, ...]:
    """Return every form of one word of a name, lower case, diacritics kept; itself first."""
    word = name.casefold()
    if len(word) < _SHORTEST or not word.isalpha():
        return (word,)
    if name.isupper() and len(name) <= _LONGEST_ACRONYM:
        found = _acronym(word)
    elif word[-1] == "a":
        found = _feminine(word[:-1])
    elif word[-1] == "o":
        found = _neuter(word[:-1])
    elif word[-1] == "e":
        found = _ends_in_e(word[:-1])
    elif word[-1] in "iy" and word[-2] not in VOWELS:
        found = _plural_or_adjective(word[:-1], word[-1])
    elif word[-1] in VOWELS and word[-1] != "y":
        found = []
    else:
        found = _masculine(word)
    return tuple(dict.fromkeys([word, *found]))


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name as `forms` takes them: without punctuation, case kept."""
    return tuple(_WORD.findall(name))


def agrees(written: str, form: str) -> bool:
    """Tell whether a written word may stand for a form that folds like it.

    Marks may be left out (zabki for żabki), never put where the form has none or others
    (ząbki). Both must fold to the same letters.
    """
    if len(written) != len(form):
        return fold(written) == fold(form)
    lower = written.lower()
    return all(one == other or one == fold(other) for one, other in zip(lower, form, strict=True))


def _masculine(word: str) -> list[str]:
    stems = [word, *_alternations(word)]
    return [form for stem in stems for form in _masculine_endings(stem)]


def _alternations(word: str) -> list[str]:
    """Return the stems hidden by the nominative: Wedel Wedl-, Kraków Krakow-, Netflix Netfliks-."""
    found = []
    if re.search(r"[^aeiouyąęó]i?e[kclłń]$", word):
        found.append(re.sub(r"i?e(.)$", r"\1", word))
    if re.search(r"ier$", word):
        found.append(word[:-3] + "r")
    if re.search(r"ó[^aeiouyąęó]{1,2}$", word):
        found.append("o".join(word.rsplit("ó", 1)))
    if word[-1] == "x":
        found.append(word[:-1] + "ks")
    return found


def _masculine_endings(stem: str) -> list[str]:
    if stem[-1] in _SOFT:
        soft = stem[:-1] + _SOFT[stem[-1]]
        return [soft, *_with(soft, "a u owi em e ą ów om ami ach")]
    common = _with(stem, "a u owi ów om ami ach owie")
    if stem[-1] in "kg":
        return [*common, *_with(stem, "iem i")]
    plural = _with(stem, "e i") if stem.endswith(_PLURAL_WITH_E) else _with(stem, "y")
    return [*common, *_with(stem, "em"), *plural, _locative(stem, _SOFTENED_MASCULINE)]


def _feminine(stem: str) -> list[str]:
    found = [*_with(stem, "y i ę ą o om ami ach ej iej e"), _locative(stem, _SOFTENED_FEMININE)]
    return [*found, *_genitive_plural(stem)]


def _genitive_plural(stem: str) -> list[str]:
    """Return the bare stem, with the e that breaks a cluster: Żabka, żabek."""
    if len(stem) > 2 and stem[-1] in "kcnłwr" and stem[-2] not in VOWELS:
        return [stem[:-1] + "e" + stem[-1], stem[:-1] + "ie" + stem[-1]]
    return [stem] if stem[-1] not in VOWELS and len(stem) >= _SHORTEST else []


def _neuter(stem: str) -> list[str]:
    instrumental = "iem" if stem[-1] in "kg" else "em"
    return [*_with(stem, "a u owi om ami ach " + instrumental), _locative(stem, _SOFTENED_MASCULINE)]


def _ends_in_e(stem: str) -> list[str]:
    """A foreign name with a silent e (Google), or an adjective (Zakopane)."""
    silent = [*_with(stem + "e", "a u owi m"), *_with(stem, "a u owi em ów om ami ach")]
    return [*silent, *_with(stem, "go ego emu ym ych ymi")]


def _plural_or_adjective(stem: str, vowel: str) -> list[str]:
    adjective = _with(
        stem, "ego emu ym ych ymi a ą e ej" if vowel == "y" else "iego iemu im ich imi a ą ie iej"
    )
    return [*adjective, *_with(stem, "ów om ami ach"), *_genitive_plural(stem)]


def _acronym(word: str) -> list[str]:
    vowel = word[-1] in VOWELS and (word[-1] != "y" or word[-2] not in VOWELS)
    return [] if vowel else _with(word, "u a em owi ie ów")


def _locative(stem: str, softened: dict[str, str]) -> str:
    for ending in sorted(softened, key=len, reverse=True):
        if stem.endswith(ending):
            return stem[: -len(ending)] + softened[ending] + "e"
    if stem[-1] in VOWELS and stem[-1] != "y":
        return stem + "i"
    if stem.endswith(_HARD_WITH_U) or stem[-1] == "y":
        return stem + "u"
    return stem + "ie"


def _with(stem: str, endings: str) -> list[str]:
    return [stem + ending for ending in endings.split()]
