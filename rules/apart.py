"""A name of one word, written in two: pay pal, Flix-Bus, TVN 24.

A query seldom says where the seam of a name is (paypal), so each place is tried. The parts may
be words of their own, and then more must show that the name is meant: "easy jet" may be any fast
jet, Easy Jet and easy-jet are the airline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rules.fold import fold, spaced
from rules.inflect import forms
from rules.lookalikes import ENGLISH, OTHERS

# What must be seen: nothing more, capitals or a mark between the parts, a mark.
FREE, SHOWN, JOINED = 0, 1, 2
_SHORTEST, _LONGEST = 5, 20
_SHORTEST_PART = 3
# eObuwie, iPhone, mBank, x-kom: what stands alone before a hyphen.
_PREFIXES = "eimxt"
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-ZĄĆĘŁŃÓŚŹŻ])")
_DIGITS = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_MARK = re.compile("[-‐‑–_]")
_MORE = frozenset("super mega extra in on at to up of off out it no ja ty do na po za we".split())


@dataclass(frozen=True, slots=True)
class Split:
    """The first part of a name, what its second part may be, and what must be seen besides."""

    first: str
    seconds: tuple[str, ...]
    needs: int


def splits(name: str) -> tuple[Split, ...]:
    """Return the ways to write a name of one word in two."""
    word = name.strip().removesuffix("+").rstrip()
    if not re.fullmatch(r"[^\W_]+", word):
        return ()
    seams = list(_seams(word))
    declined = forms(word) if seams else ()
    found = (_split(word.casefold(), place, needs, declined) for place, needs in seams)
    return tuple(each for each in found if each.seconds)


def is_seen(needs: int, between: str, parts: Sequence[str]) -> bool:
    """Tell whether two parts, as written, show what is needed: a mark between them, or capitals."""
    if needs == FREE or _MARK.fullmatch(between):
        return True
    return needs == SHOWN and all(part[:1].isupper() for part in parts)


def _seams(word: str) -> Iterator[tuple[int, int]]:
    """Yield the places where a name may part, each with what must be seen there."""
    if told := [seam.start() for seam in _DIGITS.finditer(word)]:
        yield from ((place, JOINED if 1 in (place, len(word) - place) else FREE) for place in told[:1])
    elif told := [seam.start() for seam in _CAMEL.finditer(word)]:
        yield from ((place, _needs(word, place)) for place in told[:1] if len(told) == 1)
    elif _SHORTEST <= len(word) <= _LONGEST and word.isalpha():
        begin = 1 if word[0].lower() in _PREFIXES else 2
        yield from ((place, _needs(word, place)) for place in range(begin, len(word) - 1))


def _needs(word: str, place: int) -> int:
    """Tell what must be seen for a name to be parted here: the more the likelier its parts are words."""
    first, second = _folded(word[:place]), _folded(word[place:])
    if len(first) == 1:
        return JOINED
    if min(len(first), len(second)) < _SHORTEST_PART or first in _everyday() or second in _everyday():
        return SHOWN
    return SHOWN if first in ENGLISH and second in ENGLISH else FREE


def _split(base: str, place: int, needs: int, declined: Sequence[str]) -> Split:
    first = base[:place]
    seconds = (form[place:] for form in declined if form.startswith(first) and len(form) > place)
    return Split(first, tuple(dict.fromkeys(each for each in seconds if spaced(each).strip())), needs)


def _folded(part: str) -> str:
    return fold(part.casefold())


@cache
def _everyday() -> frozenset[str]:
    return frozenset(map(fold, OTHERS)) | _MORE
