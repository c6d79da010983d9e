"""What stands around a text and is compared as a whole: site, language, source, reach, an author's handle."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterator

from rules.passage import Body, ascii_host, tight
from rules.terms import Term

Fact = tuple[str, str]

_SIGNS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq}


def awaited(term: Term) -> Fact | None:
    """Return the fact a term waits for; None where it must be asked of each text."""
    match term.field:
        case "site":
            return term.field, ascii_host(term.value)
        case "lang":
            return term.field, term.value
        case "source" if "*" not in term.value:
            return term.field, term.value
        case "author" if term.value.startswith("@"):
            return term.field, term.value
    return None


def facts(body: Body, fields: Collection[str]) -> Iterator[Fact]:
    """Yield what may be awaited of these fields of a passage."""
    if "site" in fields and body.host:
        parts = body.host.split(".")
        yield from (("site", ".".join(parts[place:])) for place in range(len(parts)))
    if "lang" in fields:
        yield "lang", body.language
    if "source" in fields:
        yield "source", body.source
    if "author" in fields:
        yield from (("author", f"@{handle}") for handle in handles(body.passage.author))


def asked(term: Term) -> Callable[[Body], bool]:
    """Return what tells whether a fact is so."""
    match term.field:
        case "lang":
            return lambda body: body.language == term.value
        case "site":
            host = f".{ascii_host(term.value)}"
            return lambda body: f".{body.host}".endswith(host)
        case "source":
            return _source(term.value)
        case "reach":
            return _reach(term.value)
    return lambda body: term.value[1:] in handles(body.passage.author)


def handles(author: str) -> set[str]:
    """Return the handles an author's name may stand for: @jan@example.org is @jan too."""
    each = [word.strip("()[]<>,").casefold() for word in author.split()]
    bare = {re.sub(r"^(?:@|/?u/)", "", word) for word in each if len(each) == 1 or re.match("@|/?u/", word)}
    return bare | {word.split("@")[0] for word in bare}


def _source(value: str) -> Callable[[Body], bool]:
    bare, before, after = tight(value.strip("*")), value.startswith("*"), value.endswith("*")
    if before and after:
        return lambda body: bare in body.source
    if before:
        return lambda body: body.source.endswith(bare)
    if after:
        return lambda body: body.source.startswith(bare)
    return lambda body: body.source == bare


def _reach(value: str) -> Callable[[Body], bool]:
    sign = value.rstrip("0123456789")
    number, holds = int(value[len(sign) :]), _SIGNS[sign]

    def reaches(body: Body) -> bool:
        reach = body.passage.reach
        return reach is not None and bool(holds(reach, number))

    return reaches
