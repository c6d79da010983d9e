"""`why --forms`: in which forms a name is met, and which of them were pruned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from listener.cli.face import Context, print_json
from listener.config import Brand
from rules.names import folded
from rules.pruning import Forms, inflected, shown
from rules.query import Query, QueryError, parse

MOST_SHOWN = 40


def show_forms(context: Context, what: str, as_json: bool) -> int:
    """Print the forms of each name~ in a query, or in that of a brand; the pruned ones are marked."""
    brands = context.settings.brands if context.path.exists() else ()
    for brand, forms in _asked(what, brands):
        print_json(_row(brand, forms)) if as_json else _print(brand, forms)
    return 0


def _asked(what: str, brands: Sequence[Brand]) -> Iterator[tuple[str, Forms]]:
    """Yield the names asked for; a brand goes before a query, and a query knows what a brand pruned."""
    for brand in brands:
        if brand.name.casefold() == what.casefold():
            if not inflected(brand.listens):
                raise click.UsageError(f"the query of {brand.name} has no name~: {brand.query}")
            yield from ((brand.name, forms) for forms in shown(brand.listens))
            return
    for asked in inflected(_query(what)):
        owned = [
            (brand.name, forms)
            for brand in brands
            for forms in shown(brand.listens)
            if folded(forms.name) == folded(asked.value)
        ]
        yield from owned or [("", forms) for forms in shown(_query(f'"{asked.value}"~'))]


def _query(what: str) -> Query:
    """Understand what was asked as a query; without a ~ as a name whose forms are wanted."""
    name = "".join(letter for letter in what if letter not in '"„”“«»')
    try:
        return parse(what if "~" in what else f'"{name}"~')
    except QueryError as error:
        raise click.UsageError(f"that is no name\n{error.pointed(what)}") from error


def _row(brand: str, forms: Forms) -> dict[str, Any]:
    return {
        "name": forms.name,
        "brand": brand or None,
        "forms": [
            {"number": cell.number or None, "case": cell.case, "forms": cell.forms, "pruned": cell.pruned}
            for cell in forms.cells
        ],
        "added": forms.added,
    }


def _print(brand: str, forms: Forms) -> None:
    print(f"{forms.name}~" + (f", of {brand}" if brand else ""))
    number = ""
    for cell in forms.cells:
        if cell.number != number:
            number = cell.number
            print(f"  {number or 'written otherwise'}")
        told = [*cell.forms[:MOST_SHOWN], *(f"{form} (pruned)" for form in cell.pruned)]
        rest = len(cell.forms) - MOST_SHOWN
        label = f"{cell.case:13}" if number else ""
        print(f"    {label}{', '.join(told)}" + (f" and {rest} more (--json shows all)" if rest > 0 else ""))
    if forms.added:
        print(f"  added\n    {', '.join(forms.added)}")
