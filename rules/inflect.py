"""The forms of a word, written with and without care: what Polish cases and English plurals make of it.

A word as its owner writes it goes in, the spellings people use come out: Żabka gives żabki,
żabce, żabkę, żabek …; Lidl gives lidla, lidlowi, lidlem, lidls. Endings after an apostrophe
or a hyphen (Play'a, LOT-u) need no form of their own, since both end a word. Names of
several words are in `rules.names`.
"""

from __future__ import annotations

import re

from rules.declension import CASES, PLURAL, SINGULAR, Paradigm, paradigm
from rules.fold import fold
from rules.lookalikes import ENGLISH, OTHERS

ENGLISH_PLURAL = "English"
_WORD = re.compile(r"[^\W_]+")
_SHORTEST_ENGLISH = 4
# Such names are English words, whose plural is no name: actions, investments, buildings.
_ENGLISH_NOUN = re.compile(r"(?:[sct]ion|ment|ness|ship|hood|ing)$")
_SHORTEST_UNTOLD = 4
_PALATAL = {"n": "ń", "c": "ć", "s": "ś", "z": "ź"}
_POLISH = frozenset("abcdefghijklmnopqrstuvwxyząćęłńóśźż")


def forms(name: str) -> tuple[str, ...]:
    """Return every form of one word of a name, lower case, diacritics kept; itself first."""
    found = declined(name)
    return tuple(dict.fromkeys([name.casefold(), *(form for each in found.values() for form in each)]))


def declined(name: str, alone: bool = True) -> Paradigm:
    """Return the forms of one word by number and case, without those that are everyday words of their own."""
    word = name.casefold()
    found = dict(paradigm(name, alone))
    for other in _perhaps(name):
        found = {
            slot: tuple(dict.fromkeys([*each, *paradigm(other, alone)[slot]])) for slot, each in found.items()
        }
    if alone and word not in OTHERS:
        # Of names in -a the singular is beyond doubt: that Mili is a word too is for the query's NOT.
        sure = {(SINGULAR, case) for case in CASES[:-1]} if word.endswith("a") else set()
        found = {
            slot: each if slot in sure else tuple(filter(_is_its_own, each)) for slot, each in found.items()
        }
    if english := _english(name, word):
        found[PLURAL, ENGLISH_PLURAL] = (english,)
    return found


def _perhaps(name: str) -> list[str]:
    """Return what a name typed without any marks may be with them: wisla Wisła, poznan Poznań, lodz Łódź."""
    if has_marks_told(name) or len(name) < _SHORTEST_UNTOLD:
        return []
    if len(name) > _SHORTEST_UNTOLD and re.search("[aeiouy]l$|[a-z]l[ao]$", name):
        place = name.rindex("l")
        return [f"{name[:place]}ł{name[place + 1 :]}"]
    ending = "[aeiouy](?:[ncsz]|sc|dz)$" if len(name) > _SHORTEST_UNTOLD else "[aeiouy](?:sc|dz)$"
    return [name[:-1] + _PALATAL[name[-1]]] if re.search(ending, name) else []


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name as `forms` takes them: without punctuation, case kept."""
    return tuple(_WORD.findall(name))


def has_marks_told(name: str) -> bool:
    """Tell whether a name says where its diacritics are: zabka, all in small letters, does not; Zara does."""
    return name != name.lower() or not name.isascii()


def agrees(written: str, form: str) -> bool:
    """Tell whether a written word may stand for a form that folds like it.

    Marks may be left out (zabki for żabki), Polish ones never put where the form has none or
    others (ząbki). Both must fold to the same letters.
    """
    if len(written) != len(form):
        return fold(written) == fold(form)
    return all(
        one == other or one == fold(other) or (one not in _POLISH and fold(one) == fold(other))
        for one, other in zip(written.lower(), form, strict=True)
    )


def needs_marks(name: str, form: str) -> bool:
    """Tell whether a form is another word once its marks are left out: wartę is Warta, warte is not."""
    plain = fold(form)
    return plain != form and plain in OTHERS and plain != fold(name)


def _is_its_own(form: str) -> bool:
    return form not in OTHERS


def _english(name: str, word: str) -> str:
    """Return the plural in -s, unless that is an everyday word (oranges, plays) or there is none."""
    if len(word) < _SHORTEST_ENGLISH or not word.isascii() or not word.isalpha() or word in ENGLISH:
        return ""
    if _ENGLISH_NOUN.search(word):
        return ""
    if word.endswith(("s", "x", "z", "h", "ski", "cki")):
        return ""
    plural = word + "s"
    return plural if _is_its_own(plural) else ""
