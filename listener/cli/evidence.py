"""`why INCIDENT`: the evidence of a verdict, recomputed and shown."""

from __future__ import annotations

import click

from listener import proof
from listener.cli.face import Context, emit, print_json
from listener.store import incidents


def why_incident(context: Context, number: int, as_json: bool) -> int:
    """Show what an incident rests on; the status is 1 where the verdict does not come out the same."""
    with context.store.read() as db:
        saved = incidents.get(db, number)
        kept = incidents.findings(db, number)
    if saved is None:
        raise click.UsageError(f"no incident {number}")
    rules = {rule.name: rule for rule in context.settings.rules}
    rows = [proof.recomputed(one, rules.get(one["rule"])) for one in kept]
    row = {"id": number, "findings": rows, "same": all(r["same"] for r in rows)}
    if as_json:
        print_json(row)
    else:
        columns = ("at", "rule", "verdict", "observed", "expected", "z", "span_seconds", "same")
        emit(rows, False, columns, "this incident has no findings")
    return int(not row["same"])
