"""What rules in the shadow would have told, listed like incidents."""

from __future__ import annotations

from typing import Any

from listener.cli.face import Context, emit, stamp
from listener.store import shadows
from listener.store.shadows import Shadow

COLUMNS = (
    "rule",
    "brand",
    "severity",
    "opened_at",
    "last_finding_at",
    "findings",
    "observed",
    "expected",
    "z",
)


def list_shadows(context: Context, as_json: bool) -> int:
    """Print the incidents that shadow rules would have opened, newest first."""
    with context.store.read() as db:
        found = shadows.listing(db)
    emit((_row(shadow) for shadow in reversed(found)), as_json, COLUMNS, "no shadows")
    return 0


def _row(shadow: Shadow) -> dict[str, Any]:
    return {
        "shadow": shadow.id,
        "brand": shadow.brand,
        "rule": shadow.rule,
        "severity": shadow.severity,
        "verdict": shadow.verdict,
        "opened_at": stamp(shadow.at),
        "found_at": stamp(shadow.found_at),
        "last_finding_at": stamp(shadow.last_at),
        "findings": shadow.findings,
        "observed": shadow.observed,
        "expected": shadow.expected,
        "z": shadow.z,
    }
