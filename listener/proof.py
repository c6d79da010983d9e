"""The evidence of a verdict: what a finding freezes, and the same verdict reached from it once more."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from listener.config import Rule
from listener.evidence import Case
from rules.triggers import Finding, load


def frozen(db: sqlite3.Connection, brand: str, case: Case) -> dict[str, Any]:
    """Return all that the verdict on a case rests on, as JSON values."""
    return {
        "finding": case.finding.to_json(),
        "severity": case.severity,
        "gate": case.gate,
        "negative_share": case.negative_share,
        "trigger": case.rule.trigger,
    }


def recomputed(kept: Mapping[str, Any], rule: Rule | None) -> dict[str, Any]:
    """Return a kept finding and whether the same verdict comes of it by the rule as it is now."""
    finding = Finding.from_json(kept["data"]["finding"])
    trigger = load(kept["data"]["trigger"])
    again = trigger.again(rule.options if rule else trigger.Options(), finding)
    return {"rule": kept["rule"], "verdict": kept["verdict"], "same": again == finding, **finding.to_json()}
