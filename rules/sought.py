"""What a term looks for in a folded text: the keys an automaton waits for, and what is looked at then."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise, product

from rules.apart import is_seen, splits
from rules.fold import fold, spaced
from rules.inflect import agrees, forms, has_marks_told, needs_marks
from rules.lookalikes import MARKED
from rules.names import ways, without_plus
from rules.passage import UNSPACED, Body, Span, tight, written_words
from rules.terms import Term

# A phrase is a row of words, each a set of spellings; a spelling may have a star at either end.
Row = tuple[frozenset[str], ...]

# Where a word stands more often, it is worth a look whether the others are there at all.
_FEW = 20
_MOST_JOINTS = 4
_MARKED = {each: fold(each) for each in MARKED}


@dataclass(frozen=True, slots=True)
class Key:
    """What the automaton waits for, and how far the words around it belong to what was found.

    `row` is None where the key is all; else it is the `place`th word of that row, and the others
    must stand around it.
    """

    text: str
    row: Row | None = None
    place: int = 0
    before: bool = False
    after: bool = False

    def span(self, last: int) -> Span:
        """Return where the key stands whose last character was met at `last`, without spaces around it."""
        begin, end = last + 1 - len(self.text), last + 1
        if self.row is not None and (led := self.text.strip().rfind(" ")) > 0:
            begin += led + (self.text[0] == " ") + 1
            return begin, end - (self.text[-1] == " ")
        return begin + (self.text[0] == " "), end - (self.text[-1] == " ")


@dataclass(frozen=True, eq=False)
class Sought:
    """A term made ready. `guard` holds for folded spellings how a name is written, where marks must agree;
    `marked` are other words when written without marks, `exact` is what must stand there letter by letter.
    `others` are other words as they are written, and of a name that `has_plus` it must be there.
    `parted` has the first parts of a name of one word written in two, and what must be seen of each."""

    term: Term
    rows: tuple[Row, ...]
    guard: Mapping[str, tuple[str, ...]]
    exact: re.Pattern[str] | None = None
    marked: frozenset[str] = frozenset()
    parted: Mapping[str, int] = field(default_factory=dict)
    has_plus: bool = False
    others: frozenset[str] = frozenset()

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """A matching text holds one of these at least."""
        return tuple(dict.fromkeys(key for row in self.rows for key in _keys(row)))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the term in a short folded text that begins and ends with a space."""
        rows = (" ".join(f"(?:{'|'.join(map(_part, sorted(each)))})" for each in row) for row in self.rows)
        return re.compile(f"(?<= )(?:{'|'.join(rows)})(?= )")

    @cached_property
    def cost(self) -> float:
        """How many texts it will be met in, as far as length tells."""
        return sum(30.0 / len(key.text.strip()) ** 2 for key in self.keys)

    def spans(self, body: Body, met: Sequence[tuple[Key, Sequence[int]]]) -> list[Span]:
        """Return where the term stands, given which of its keys were met and where they end; in order."""
        found = [span for key, ends in met for span in self._looked_at(body, key, ends)]
        if len(met) > 1:
            found = sorted(set(found))
        if self.term.field:
            found = [span for span in found if (span[0] < body.text_at) == (self.term.field == "title")]
        if self.term.without:
            found = [span for span in found if body.folded[span[0] : span[1]] not in self.term.without]
        if self.guard or self.marked or self.others:
            found = [span for span in found if self._agrees(body, span)]
        if self.parted or self.has_plus:
            found = [span for span in found if self._is_meant(body, span)]
        return [span for span in found if self._is_exact(body, span)] if self.exact else found

    def _looked_at(self, body: Body, key: Key, ends: Sequence[int]) -> Iterator[Span]:
        if key.row is None:
            for last in ends:
                span = key.span(last)
                yield body.widened(span, key.before, key.after) if key.before or key.after else span
            return
        if len(ends) > _FEW and not _are_there(key, body.vocabulary):
            return
        for last in ends:
            span = body.widened(key.span(last), key.before, key.after)
            if key.after and not _is_one_of(body.folded[span[0] : span[1]], key.row[key.place]):
                continue
            if whole := _around(body.folded, span, key.row, key.place):
                yield whole

    def _agrees(self, body: Body, span: Span) -> bool:
        """Tell whether the diacritics that were written, if any, are those of the name's forms."""
        words = body.words(span)
        if len(words) == 2 and words[0][0] in self.parted:
            words = [(words[0][0] + words[1][0], words[0][1] + words[1][1])]
        for folded, written in words:
            if self.others and written.casefold() in self.others:
                return False
            if folded in self.marked and written.isascii() and written.islower():
                return False
            allowed = self.guard.get(folded)
            if allowed and not written.isascii() and not any(agrees(written, form) for form in allowed):
                return False
        return True

    def _is_meant(self, body: Body, span: Span) -> bool:
        """Tell whether a name in two parts is one, and whether what has a plus has it here."""
        words = body.folded[span[0] : span[1]].split(" ")
        if " ".join(words) in map(_plain, self.term.extra):
            return True
        if self.has_plus and "plus" not in words[-1] and not re.match(r"\s?\+", body.following(span)):
            return False
        if len(words) != 2 or not (needs := self.parted.get(words[0], 0)):
            return True
        written, parts = body.written(span), [part for _, part in body.words(span)]
        return is_seen(needs, written[len(parts[0]) : len(written) - len(parts[1])], parts)

    def _is_exact(self, body: Body, span: Span) -> bool:
        written = " ".join(written for _, written in body.words(span))
        return self.exact is None or self.exact.fullmatch(unicodedata.normalize("NFC", written)) is not None


def sought(term: Term) -> Sought:
    """Return what a term looks for: its words folded, each with its forms if it is inflected."""
    if not term.inflected:
        row = tuple(frozenset([word]) for word in _starred(term.value).split())
        return Sought(term, (row,), {}, _exactly(term) if term.cased else None)
    if UNSPACED.search(spaced(term.value)):
        row = tuple(frozenset([word]) for word in spaced(term.value).split())
        return Sought(term, (row, *_further(term.extra)), {}, _exactly(term) if term.cased else None)
    return _inflected(term)


def _inflected(term: Term) -> Sought:
    """Return the ways a name is written, less what was pruned; what was added are rows of their own."""
    guard: dict[str, list[str]] = {}
    rows: dict[Row, None] = {}
    for way in ways(term.value):
        folded = [{form: _plain(form) for form in forms} for forms in way]
        pruned = term.without if len(way) == 1 else frozenset[str]()
        kept = [{form: fold for form, fold in each.items() if fold and fold not in pruned} for each in folded]
        if all(kept):
            rows[tuple(frozenset(each.values()) for each in kept)] = None
        for form, plain in (pair for each in kept for pair in each.items()):
            guard.setdefault(plain, []).append(form)
    parted: dict[str, int] = {}
    # Where a name shows its seam (mBank), its parts are declined like the words of any other.
    is_one = all(len(row) == 1 for row in rows)
    for split in splits(term.value) if is_one else ():
        first = _plain(split.first)
        rows[frozenset([first]), frozenset(map(_plain, split.seconds))] = None
        parted[first] = split.needs
    rows.update(dict.fromkeys(_further(term.extra)))
    guarded = not term.cased and has_marks_told(term.value)
    agreed = {fold: tuple(dict.fromkeys(written)) for fold, written in guard.items()} if guarded else {}
    return Sought(
        term, tuple(rows), agreed, _exactly(term) if term.cased else None, _marked(term, rows, guard),
        parted, bool(without_plus(term.value)), frozenset() if guarded else _others(term.value, guard),
    )  # fmt: skip


def _others(name: str, known: Iterable[str]) -> frozenset[str]:
    """Return the words with marks that are no forms of a name whose marks nobody told: Żary is no zara."""
    if _plain(name) in _MARKED.values():
        return frozenset()
    return frozenset(each for each, plain in _MARKED.items() if plain in known)


def _plain(form: str) -> str:
    return tight(spaced(form))


def _marked(term: Term, rows: Iterable[Row], guard: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return the folded spellings that are other words without marks; in a phrase they are the name."""
    alone = frozenset[str]().union(*(row[0] for row in rows if len(row) == 1))
    return frozenset(
        folded
        for folded in alone & guard.keys()
        if all(needs_marks(term.value, form) for form in guard[folded])
    )


def _further(spellings: tuple[str, ...] | list[str]) -> tuple[Row, ...]:
    return tuple(tuple(frozenset([word]) for word in spaced(each).split()) for each in spellings)


def _exactly(term: Term) -> re.Pattern[str]:
    """Return a pattern for the words as they must be written, with a space between them."""
    written = [word for _, word in written_words(term.value)]
    if term.inflected:
        each = [f"(?:{'|'.join(map(re.escape, _cased_forms(word)))})" for word in written]
        plus = [f"{' '.join(each)} [Pp]lus"] if without_plus(term.value) else []
        further = [*plus, *_cased_parts(written)]
        further += [re.escape(" ".join(word for _, word in written_words(e))) for e in term.extra]
        return re.compile(_nfc("|".join([" ".join(each), *further])))
    starred = re.sub(r"\*+", "*", "".join(c if c == "*" or c.isalnum() else _letter(c) for c in term.value))
    return re.compile(_nfc(" ".join(re.escape(word).replace(r"\*", "[^ ]*") for word in starred.split())))


def _cased_parts(written: Sequence[str]) -> Iterator[str]:
    """Yield patterns for a word written in two, the second with or without a capital."""
    for split in splits(written[0]) if len(written) == 1 else ():
        place = len(split.first)
        seconds = [form[place:] for form in _cased_forms(written[0]) if len(form) > place]
        both = dict.fromkeys(each for second in seconds for each in (second, second[0].upper() + second[1:]))
        yield f"{re.escape(written[0][:place])} (?:{'|'.join(map(re.escape, both))})"


def _letter(character: str) -> str:
    """Return a mark that belongs to the letter before it as it is, and a space for all that ends a word."""
    return "" if not spaced(f"a{character}")[1:] and unicodedata.category(character) == "Cf" else (
        character if not spaced(f"a{character}")[1:] else " "
    )  # fmt: skip


def _cased_forms(word: str) -> list[str]:
    """Return the forms of a word with its case: what they share with it as it is, endings in lower case.

    Of a word in capitals (IKEA) also the forms in capitals.
    """
    found = [word]
    for form in forms(word):
        same = next((i for i, (a, b) in enumerate(zip(word, form, strict=False)) if a.casefold() != b), None)
        cased = (
            word[:same] + form[len(word[:same]) :]
            if same is not None
            else word[: len(form)] + form[len(word) :]
        )
        found += [cased, form.upper()] if word.isupper() else [cased]
    return list(dict.fromkeys(found))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _starred(value: str) -> str:
    """Fold words of which some have a star at an end, and keep the stars."""
    parts = [spaced(part) for part in value.split("*")]
    return "*".join(parts)


def _keys(row: Row) -> Iterator[Key]:
    """Return the keys of a row: what stands there when it is one text, else its rarest word."""
    if all(len(each) == 1 for each in row) and not _is_open_inside(row):
        for text in _joined([next(iter(each)) for each in row]):
            yield _key(text)
        return
    if shared := _beginning(row):
        yield Key(f" {' '.join(shared)}", row, len(row) - 1, after=True)
        return
    place = max(range(len(row)), key=lambda i: min(len(spelling.strip("*")) for spelling in row[i]))
    for spelling in row[place]:
        yield _key(spelling, row if len(row) > 1 else None, place)


def _beginning(row: Row) -> list[str]:
    """Return the words with which all spellings of a row begin, the last as far as it goes; or nothing."""
    firsts = [next(iter(each)) for each in row[:-1] if len(each) == 1]
    common = _shared(sorted(row[-1]))
    begun = [*firsts, common]
    if len(firsts) < len(row) - 1 or len(row) < 2 or not common or UNSPACED.search("".join(begun)):
        return []
    return [] if any("*" in each for each in (*firsts, *row[-1])) else begun


def _shared(spellings: Sequence[str]) -> str:
    """Return what all these begin with: of words in order, the first and the last tell."""
    pairs = zip(spellings[0], spellings[-1], strict=False)
    return spellings[0][
        : next(
            (i for i, (a, b) in enumerate(pairs) if a != b), len(min(spellings[0], spellings[-1], key=len))
        )
    ]


def _is_open_inside(row: Row) -> bool:
    spellings = [next(iter(each)) for each in row]
    return any(each.endswith("*") for each in spellings[:-1]) or any(e[0] == "*" for e in spellings[1:])


def _joined(spellings: list[str]) -> Iterator[str]:
    """Yield the words as one text; where a script needs no space, once with and once without."""
    joints = [
        (" ", "") if UNSPACED.match(one[-1]) or UNSPACED.match(other[0]) else (" ",)
        for one, other in pairwise(spellings)
    ]
    if sum(len(joint) > 1 for joint in joints) > _MOST_JOINTS:
        joints = [joint[-1:] for joint in joints]
    for chosen in product(*joints):
        yield "".join(part for pair in zip(spellings, [*chosen, ""], strict=True) for part in pair)


def _key(spelling: str, row: Row | None = None, place: int = 0) -> Key:
    word = spelling.strip("*")
    before, after = spelling[0] == "*", spelling[-1] == "*"
    opening = "" if before or UNSPACED.match(word[0]) else " "
    closing = "" if after or UNSPACED.match(word[-1]) else " "
    return Key(f"{opening}{word}{closing}", row, place, before, after)


def _are_there(key: Key, vocabulary: frozenset[str]) -> bool:
    """Tell whether a text has any spelling of each of the other words, as far as that is seen at once."""
    others = [each for place, each in enumerate(key.row or ()) if place != key.place]
    return all(not each.isdisjoint(vocabulary) or any("*" in word for word in each) for each in others)


def _around(folded: str, span: Span, row: Row, place: int) -> Span | None:
    """Return the span of a whole row of which one word stands at `span`; None where another does not."""
    begin, end = span
    for each in reversed(row[:place]):
        start = folded.rfind(" ", 0, max(begin - 1, 0)) + 1
        if begin < 2 or not _is_one_of(folded[start : begin - 1], each):
            return None
        begin = start
    for each in row[place + 1 :]:
        stop = folded.find(" ", end + 1)
        if stop < 0 or not _is_one_of(folded[end + 1 : stop], each):
            return None
        end = stop
    return begin, end


def _is_one_of(word: str, spellings: frozenset[str]) -> bool:
    return word in spellings or any("*" in each and _fits(word, each) for each in spellings)


def _fits(word: str, spelling: str) -> bool:
    bare = spelling.strip("*")
    if spelling[0] == "*" == spelling[-1]:
        return bare in word
    return word.endswith(bare) if spelling[0] == "*" else spelling[-1] == "*" and word.startswith(bare)


def _part(spelling: str) -> str:
    return spelling.replace("*", "[^ ]*")
