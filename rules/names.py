"""A name in all the ways it is written: its words declined together, joined, split and shortened.

"Polski Bus" gives Polski Bus, Polskiego Busa, Polskim Busem …, and as one word, as in tags
and handles, PolskiBus, PolskiBusem, PolskimBusem. Hyphens, dots and underscores part words
like spaces do, so polski-bus and @polski_bus need no form of their own. PolskiBus as a name
gives the same. A word that stands as it is (the Polska of "w Orange Polska") is always met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import TypeAlias

from rules.apart import splits
from rules.declension import CASES, PLURAL, SINGULAR, SLOTS, Paradigm
from rules.fold import fold, spaced
from rules.inflect import ENGLISH_PLURAL, declined
from rules.lookalikes import ENGLISH

# For each word in turn its forms, lower case with their diacritics.
Way: TypeAlias = tuple[frozenset[str], ...]

JOINED, APART = "joined", "in two"
MOST_JOINED = 600
MOST_SHOWN = 200
MOST_PARTS = 4
_APOSTROPHES = "'’‘ʼ`´′"
_PART = re.compile(rf"(?P<word>[^\W_]+)(?P<owned>[{_APOSTROPHES}][sS](?![^\W_]))?|(?P<plus>[&+])")
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-ZĄĆĘŁŃÓŚŹŻ])")
_DOMAIN = re.compile(r"(?i)^(?:com|net|org|pl|eu|io|de)$")
# These never decline, whatever they end in.
_STANDING = frozenset(
    "i w z na do dla od po przy o u a and of the de la le di del der van von und et y by for in on at".split()
)
# PolskiBus may be written Polski Bus, but InPost is not "in post".
_LITTLE = frozenset(
    "in on at to up of off out by can it do go no my we the is as or if ja ty w z na po za".split()
)
_HANDLE_ENDS = tuple(
    "pl polska poland official com app bank bankpl hq uk us eu help support care news".split()
)
_HANDLE_BEGINS = tuple("grupa bank team the ask hello get".split())
_SHORTEST_HANDLE = 4
# An affix this long is no ending that a shorter name might have.
_LONG_AFFIX = 4
_SHORTEST_JOINED = 4
_SHORTEST_GLUED = 5
_SHORTEST_OWNER = 6
_ENDINGS_OWNED = frozenset("s sa sie sem sowi su sy sów som sami sach".split())


@dataclass(frozen=True, slots=True)
class Row:
    """The spellings of a name in one number and case.

    `case` is `joined` for those in one word, and `in two` for the places where a word may part.
    """

    number: str
    case: str
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a name: as written, its forms, and whether 's follows it."""

    written: str
    forms: Paradigm
    is_owner: bool = False

    @property
    def base(self) -> str:
        return self.written.casefold()

    def of(self, case: str) -> tuple[str, ...]:
        """Return the forms in one case, of both numbers; English plurals count as nominatives."""
        english = self.forms.get((PLURAL, ENGLISH_PLURAL), ()) if case == CASES[0] else ()
        return (*self.forms[SINGULAR, case], *self.forms[PLURAL, case], *english)


def ways(name: str) -> tuple[Way, ...]:
    """Return the ways to write a name: each a set of forms for each word, any of which may stand there."""
    if bare := without_plus(name):
        return (*ways(bare), *ways(f"{bare} Plus"))
    found: list[Way] = []
    for parts in _readings(name):
        found += _agreeing(parts)
        is_pair = "&" in name and len(parts) == 2
        if is_pair:
            found += [(way[0], frozenset(["and", "i", "und"]), way[1]) for way in _agreeing(parts)]
        if joined := frozenset(
            each for glue in ("", *(("and", "i") if is_pair else ())) for each in _joined(parts, glue)
        ):
            found.append((joined,))
    return tuple(dict.fromkeys([*found, *_without_domain(name), *_handles(name)]))


def without_plus(name: str) -> str:
    """Return Canal for Canal+, which is met with its plus only; nothing for other names."""
    bare = name.rstrip(" +")
    return bare if name.rstrip().endswith("+") and spaced(bare).strip() else ""


def rows(name: str) -> tuple[Row, ...]:
    """Return the spellings of a name by number and case, for people to look at."""
    parts = _parts(name)
    found = []
    for number, case in (*SLOTS, (PLURAL, ENGLISH_PLURAL)):
        choices = [
            part.forms.get((number, case)) or ((part.base,) if len(parts) > 1 else ()) for part in parts
        ]
        if all(choices) and any(part.forms.get((number, case)) for part in parts):
            spellings = (" ".join(_shown(parts, chosen)) for chosen in islice(product(*choices), MOST_SHOWN))
            found.append(Row(number, case, tuple(dict.fromkeys(spellings))))
    if not found:
        found.append(Row(SINGULAR, CASES[0], (" ".join(_shown(parts, [part.base for part in parts])),)))
    alike = {spelling for row in found for spelling in row.spellings}
    others = [
        " ".join(chosen) for way in _others(name) for chosen in islice(product(*map(sorted, way)), MOST_SHOWN)
    ]
    if rest := tuple(dict.fromkeys(each for each in others if each not in alike)):
        found.append(Row("", JOINED, rest))
    if all(len(way) == 1 for way in ways(name)) and (parted := splits(name)):
        found.append(Row("", APART, tuple(f"{each.first}-{each.seconds[0]}" for each in parted)))
    return tuple(found)


def _readings(name: str) -> Iterator[list[_Word]]:
    """Yield the words of a name: as they stand, and with PolskiBus taken apart."""
    parts = _parts(name)
    yield parts
    split = [piece for part in parts for piece in _apart(part)]
    if len(split) > len(parts):
        yield split


def _parts(name: str) -> list[_Word]:
    found = [match for match in _PART.finditer(name) if match["word"]]
    alone = len(found) == 1
    return [_word(match["word"], alone, bool(match["owned"])) for match in found]


def _word(written: str, alone: bool, is_owner: bool = False) -> _Word:
    if not alone and (written.casefold() in _STANDING or len(written) == 1):
        return _Word(written, dict.fromkeys(SLOTS, ()))
    return _Word(written, declined(written, alone), is_owner)


def _apart(part: _Word) -> list[_Word]:
    """Return the words of PolskiBus or mBank, unless they would be everyday words side by side (InPost)."""
    pieces = _CAMEL.split(part.written)
    plain = [fold(piece) for piece in pieces]
    long_enough = all(len(piece) > 1 or not place for place, piece in enumerate(pieces))
    if len(pieces) < 2 or not long_enough or (part.is_owner and len(pieces) > 2):
        return [part]
    if any(piece in _LITTLE for piece in plain) or all(piece in ENGLISH for piece in plain):
        return [part]
    return [
        *(_word(piece, alone=False) for piece in pieces[:-1]), _word(pieces[-1], False, part.is_owner)
    ]  # fmt: skip


def _agreeing(parts: Sequence[_Word]) -> list[Way]:
    """Return for each case the words in it; each may stand undeclined too."""
    # Each owner is written in two ways; of many in one name only the first is asked for.
    choices = [_choices(part)[: 2 if len(parts) <= MOST_PARTS else 1] for part in parts]
    found: list[Way] = []
    for chosen in product(*choices):
        for case in CASES:
            found.append(tuple(forms for each in chosen for forms in each(case)))
    return list(dict.fromkeys(found)) if len(parts) > 1 else _united(found)


def _united(found: Sequence[Way]) -> list[Way]:
    """Return the ways of one length as one: a sole word agrees with nothing."""
    lengths = {len(way) for way in found}
    return [
        tuple(
            frozenset[str]().union(*column) for column in zip(*(w for w in found if len(w) == n), strict=True)
        )
        for n in sorted(lengths)
    ]


def _choices(part: _Word):  # type: ignore[no-untyped-def]
    """Return what may stand for a word: functions from a case to the forms of one or two words."""
    if not part.is_owner:
        return [lambda case: (frozenset([part.base, *part.of(case)]),)]
    with_s = declined(part.written + "s")
    whole = frozenset([f"{part.base}s", *(form for forms in with_s.values() for form in forms)])
    found = [lambda case: (whole,), lambda case: (frozenset([part.base]), _ENDINGS_OWNED)]
    # Kellogga and McDonaldzie are said of Kellogg's; lay and levi are other words.
    if len(part.base) >= _SHORTEST_OWNER and fold(part.base[-1]) not in "aeiouy" and part.base not in ENGLISH:
        found[1] = lambda case: (frozenset([part.base, *part.of(case)]),)
    return found


def _joined(parts: Sequence[_Word], glue: str = "") -> Iterator[str]:
    """Yield the spellings of several words as one: only the last declined, or each; `glue` is what & is."""
    length = sum(len(part.base) for part in parts)
    if not 2 <= len(parts) <= MOST_PARTS or length < (_SHORTEST_GLUED if glue else _SHORTEST_JOINED):
        return
    begun = "".join(part.base for part in parts[:-1]) + glue
    last = parts[-1]
    endings = [form for way in _agreeing([last]) for form in ("".join(x) for x in product(*way))]
    for form in dict.fromkeys([last.base, *endings]):
        yield begun + form
    whole = (
        glue.join(chosen)
        for case in CASES
        for chosen in product(*(part.of(case) or (part.base,) for part in parts))
    )
    yield from islice(whole, MOST_JOINED)


def _without_domain(name: str) -> list[Way]:
    """Return the declined forms of a site without its .com: Bookingu, but not the plain word booking."""
    parts = _parts(name)
    if len(parts) != 2 or "." not in name or not _DOMAIN.match(parts[1].written):
        return []
    forms = declined(parts[0].written)
    found = {form for (number, case), each in forms.items() if number == SINGULAR for form in each}
    found -= {parts[0].base}
    return [(frozenset(found),)] if found else []


def _handles(name: str) -> list[Way]:
    """Return what handles make of a name: @mBankPL, #ZabkaPolska."""
    parts = _parts(name)
    wholes = {
        "".join(part.base for part in parts),
        "".join(part.base + "s" * part.is_owner for part in parts),
    }
    found = [whole + end for whole in wholes for end in _HANDLE_ENDS if _is_handle(whole, end)]
    found += [begin + whole for whole in wholes for begin in _HANDLE_BEGINS if _is_handle(whole, begin)]
    return [(frozenset(found),)] if found else []


def _is_handle(whole: str, affix: str) -> bool:
    return len(whole) >= _SHORTEST_HANDLE or (
        len(whole) == _SHORTEST_HANDLE - 1 and len(affix) >= _LONG_AFFIX
    )


def _others(name: str) -> list[Way]:
    """Return the ways that are no row of cases: joined, split, with 's or without .com."""
    plain = _parts(name)
    usual = set() if any(part.is_owner for part in plain) else set(_agreeing(plain))
    return [way for way in ways(name) if way not in usual]


def _shown(parts: Sequence[_Word], chosen: Sequence[str]) -> list[str]:
    return [
        form + ("'s" if part.is_owner and form == part.base else "")
        for part, form in zip(parts, chosen, strict=True)
    ]


def folded(spelling: str) -> str:
    """Return a spelling as queries meet it: folded, its words parted by single spaces."""
    return " ".join(spaced(spelling).split())
