"""The verb that puts the past through today's rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from listener.backtest import judge_counts, read_counts, write_counts
from listener.cli.face import Context, bar, emit, json_option, moment, stamp
from listener.replay import Opened, replay


@click.command()
@click.option("--since", type=str, help="From this moment on (ISO 8601).")
@click.option("--until", type=str, help="Up to this moment (ISO 8601).")
@click.option(
    "--counts", type=click.Path(path_type=Path), help="A CSV timestamp,value of counts per bucket instead."
)
@click.option("--out", type=click.Path(path_type=Path), help="With --counts: where the verdicts go.")
@json_option
@click.pass_obj
def backtest(
    context: Context,
    since: str | None,
    until: str | None,
    counts: Path | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Put the past through today's rules: what would have opened, and when. Changes nothing.

    \b
    listener backtest --since 2026-01-01
    listener backtest --counts week.csv --out verdicts.csv
    """
    if counts is not None:
        return _backtest_counts(counts, out, as_json)
    if out is not None:
        raise click.UsageError("--out goes with --counts")
    settings = context.settings
    with bar("replaying", len(settings.brands)) as advance:
        found = replay(context.store, settings, moment(since), moment(until), lambda _: advance(1))
    columns = (
        "opened_at",
        "brand",
        "rule",
        "severity",
        "observed",
        "expected",
        "z",
        "highest_z",
        "findings",
        "last_finding_at",
    )
    emit((_opened(o) for o in found), as_json, columns, "nothing would have opened")
    return 0


def _backtest_counts(path: Path, out: Path | None, as_json: bool) -> int:
    judged = judge_counts(read_counts(path))
    if out is not None:
        write_counts(out, judged)
    alerts = [
        {"timestamp": r.timestamp, "value": r.value, "z": round(r.z, 3), "score": round(r.score, 3)}
        for r in judged
        if r.alert
    ]
    emit(alerts, as_json, ("timestamp", "value", "z", "score"), "nothing would have opened")
    return 0


def _opened(o: Opened) -> dict[str, Any]:
    f = o.finding
    return {
        "brand": o.brand,
        "rule": o.rule,
        "severity": o.severity,
        "opened_at": stamp(f.at),
        "z": round(f.z, 2),
        "observed": f.observed,
        "expected": round(f.expected, 2),
        "span_seconds": f.span.total_seconds(),
        "negative_share": None if o.negative_share is None else round(o.negative_share, 3),
        "highest_z": round(o.highest_z, 2),
        "findings": o.findings,
        "worsened": o.worsened,
        "last_finding_at": stamp(o.last_finding_at),
        "learning": f.evidence.get("learning", False),
        "reason": f.code,
        "evidence": f.to_json()["evidence"],
    }


VERBS = (backtest,)
