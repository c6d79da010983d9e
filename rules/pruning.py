"""Which forms the names of a query have, less those that were pruned, and with those that were added."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from rules.apart import splits
from rules.names import folded, rows, ways
from rules.query import Query, parse
from rules.terms import Term, terms


@dataclass(frozen=True, slots=True)
class Cell:
    """The spellings of a name in one number and case: those that are met, and those that were pruned."""

    number: str
    case: str
    forms: tuple[str, ...]
    pruned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forms:
    """All that one `name~` of a query meets."""

    name: str
    cells: tuple[Cell, ...]
    added: tuple[str, ...]


def pruned(text: str, without: Collection[str] = (), extra: Sequence[str] = ()) -> Query:
    """Understand a query whose names have some forms less and some more; QueryError as of `parse`.

    A form that was added belongs to the `name~` it resembles most, never to one under NOT.
    """
    query = parse(text)
    names = inflected(query)
    if not names or not (without or extra):
        return query
    given: dict[str, list[str]] = {}
    for form in extra:
        given.setdefault(_owner(form, names), []).append(form)
    return parse(text, without=without, extra=given)


def inflected(query: Query) -> tuple[Term, ...]:
    """Return the `name~` terms of a query, without those under NOT."""
    return tuple(dict.fromkeys(term for term in terms(query.root, positive=True) if term.inflected))


def shown(query: Query) -> tuple[Forms, ...]:
    """Return the forms of each `name~` of a query, for people to look at."""
    return tuple(_forms(term) for term in inflected(query))


def unknown(query: Query, without: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return what was pruned though no `name~` has such a form, each with the nearest form, if any."""
    names = [term.value for term in inflected(query)]
    missing = [form for form in without if not any(_is_form(form, name) for name in names)]
    known = {folded(each): each for name in names for row in rows(name) for each in row.spellings}
    near = (get_close_matches(folded(form), known, 1, 0.5) for form in missing)
    return tuple((form, known[found[0]] if found else "") for form, found in zip(missing, near, strict=True))


def _is_form(form: str, name: str) -> bool:
    written = folded(form).split()
    if len(written) == 2 and any(
        folded(split.first) == written[0] and written[1] in map(folded, split.seconds)
        for split in splits(name)
    ):
        return True
    return bool(written) and any(
        len(way) == len(written)
        and all(word in map(folded, each) for word, each in zip(written, way, strict=True))
        for way in ways(name)
    )


def _owner(form: str, names: Sequence[Term]) -> str:
    return max(
        (term.value for term in names),
        key=lambda name: SequenceMatcher(None, folded(form), folded(name)).ratio(),
    )


def _forms(term: Term) -> Forms:
    cells = []
    for row in rows(term.value):
        out = tuple(each for each in row.spellings if folded(each) in term.without)
        cells.append(
            Cell(row.number, row.case, tuple(each for each in row.spellings if each not in out), out)
        )
    return Forms(term.value, tuple(cells), term.extra)
