"""What no table can know alone: names that are unique, and names that mean something.

Everything here looks at the document and not at the validated values, so that these mistakes
are told together with all the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from listener.config.problems import Complaints, shown, suggestion
from listener.config.settings import as_query
from rules.names import folded
from rules.playbook import STANDARD
from rules.pruning import inflected, unknown
from rules.query import QueryError
from rules.query import parse as parse_query

Document = Mapping[str, Any]


def compare(document: Document, complaints: Complaints) -> None:
    """Complain of everything that does not fit together."""
    for name in ("brand", "source", "rule", "person"):
        _unique(name, document, complaints)
    _queries(document, complaints)
    _forms(document, complaints)
    _references(document, complaints)
    _digest(document, complaints)


def _unique(table: str, document: Document, complaints: Complaints) -> None:
    first: dict[str, int] = {}
    for number, given in enumerate(document.get(table, [])):
        name = given.get("name")
        if isinstance(name, str) and first.setdefault(name.casefold(), number) != number:
            right = f"a name of its own: [[{table}]] #{first[name.casefold()] + 1} has this one already"
            complaints.add((table, number, "name"), shown(name), right)


def _queries(document: Document, complaints: Complaints) -> None:
    for table in ("brand", "rule"):
        for number, given in enumerate(document.get(table, [])):
            if isinstance(query := given.get("query"), str):
                _query((table, number, "query"), query, complaints)
            elif table == "brand" and isinstance(name := given.get("name"), str) and "query" not in given:
                _query((table, number, "name"), as_query(name), complaints)


def _query(path: tuple[str | int, ...], query: str, complaints: Complaints) -> None:
    try:
        parse_query(query)
    except QueryError as error:
        pointed = "\n".join(f"    {line}" for line in error.pointed(query).split("\n"))
        below = query.count("\n", 0, error.at)
        complaints.add(path, "", f"the query can't be understood\n{pointed}", below)


def _forms(document: Document, complaints: Complaints) -> None:
    """Complain of forms to prune that no name has, and of forms where no name has any."""
    for number, given in enumerate(document.get("brand", [])):
        try:
            query = parse_query(str(given.get("query", as_query(str(given.get("name"))))))
        except QueryError:
            continue
        for key in ("without_forms", "with_forms"):
            forms = [form for form in _listed(given.get(key)) if isinstance(form, str)]
            path = ("brand", number, key)
            if forms and not inflected(query):
                complaints.add(
                    path, shown(forms), "left out: the query has no `name~` whose forms these could be"
                )
            elif key == "without_forms":
                for form, near in unknown(query, forms):
                    right = f"a form of the name, such as {shown(near)}" if near else "a form of the name"
                    complaints.add(path, shown(form), f"{right}; `listener why --forms` shows all of them")
            else:
                for form in forms:
                    if not folded(form):
                        complaints.add(path, shown(form), "a form with a letter or digit in it")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _references(document: Document, complaints: Complaints) -> None:
    brands = [given["name"] for given in document.get("brand", []) if isinstance(given.get("name"), str)]
    playbooks = list(dict.fromkeys([STANDARD.name, *document.get("playbook", {})]))
    for number, given in enumerate(document.get("rule", [])):
        for key, known in (("brand", brands), ("playbook", playbooks)):
            value = given.get(key)
            if isinstance(value, str) and value not in known:
                right = suggestion(value, known) if known else f"left out: there is no [[{key}]] table"
                complaints.add(("rule", number, key), shown(value), right)
        _sources(number, given, document, complaints)


def _sources(number: int, given: Mapping[str, Any], document: Document, complaints: Complaints) -> None:
    """Complain of sources that a rule names and nobody knows."""
    known = [source["name"] for source in document.get("source", []) if isinstance(source.get("name"), str)]
    wanted = given.get("sources")
    for value in wanted if isinstance(wanted, list) else ():
        if isinstance(value, str) and value not in known:
            right = suggestion(value, known) if known else "left out: there is no [[source]] table"
            complaints.add(("rule", number, "sources"), shown(value), right)


def _digest(document: Document, complaints: Complaints) -> None:
    to = document.get("digest", {}).get("to")
    if isinstance(to, list) and to and "email" not in document:
        complaints.add(
            ("digest", "to"), shown(to), "an [email] table too: without it nobody would get the digest"
        )
