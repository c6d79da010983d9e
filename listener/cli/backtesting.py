"""The verb that puts the past through today's rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from listener.backtest import Judging, by_preset, judge_counts, read_counts, write_counts
from listener.cli.face import Context, bar, emit, json_option, moment, stamp
from listener.replay import Opened, replay


@click.command()
@click.option("--since", type=str, help="From this moment on (ISO 8601).")
@click.option("--until", type=str, help="Up to this moment (ISO 8601).")
@click.option(
    "--counts", type=click.Path(path_type=Path), help="A CSV timestamp,value of counts per bucket instead."
)
@click.option("--out", type=click.Path(path_type=Path), help="With --counts: where the verdicts go.")
@click.option(
    "--preset",
    type=click.Choice(["sensitive", "balanced", "quiet"]),
    help="With --counts: how readily the trigger speaks.",
)
@click.option("--trigger", type=click.Choice(["spike"]), help="With --counts: what judges them.")
@click.option(
    "--rule", "names", multiple=True, help="With --counts: judge by this rule of the configuration."
)
@json_option
@click.pass_obj
def backtest(
    context: Context,
    since: str | None,
    until: str | None,
    counts: Path | None,
    out: Path | None,
    preset: str | None,
    trigger: str | None,
    names: tuple[str, ...],
    as_json: bool,
) -> int:
    """Put the past through today's rules: what would have opened, and when. Changes nothing.

    \b
    listener backtest --since 2026-01-01
    listener backtest --counts week.csv --out verdicts.csv
    """
    if counts is not None:
        return _backtest_counts(counts, out, _judging(context, preset, trigger, names), as_json)
    if out is not None:
        raise click.UsageError("--out goes with --counts")
    if preset or trigger or names:
        raise click.UsageError("--preset, --trigger and --rule go with --counts")
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


def _judging(
    context: Context, preset: str | None, trigger: str | None, names: tuple[str, ...]
) -> tuple[Judging, ...]:
    """Return what judges counts; the configuration is read only where a rule of it is named."""
    if not names:
        return (by_preset(preset or "balanced", trigger or "spike"),)
    if preset or trigger:
        raise click.UsageError("--rule says trigger and preset itself")
    rules = {rule.name: rule for rule in context.settings.rules}
    if missing := [name for name in names if name not in rules]:
        raise click.UsageError(f"no rule {missing[0]!r}; there are {', '.join(rules)}")
    return tuple(Judging(rules[name].trigger, rules[name].options) for name in names)


def _backtest_counts(path: Path, out: Path | None, judging: tuple[Judging, ...], as_json: bool) -> int:
    judged = judge_counts(read_counts(path), judging)
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
