"""Verbs of judgement: score, why, backtest."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from listener.backtest import judge_counts, read_counts, write_counts
from listener.cli.face import Context, bar, emit, json_option, moment, print_json, stamp
from listener.intake import intake
from listener.replay import Opened, replay
from listener.store import incidents
from rules.query import Passage
from rules.triggers import Finding, load


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--csv", "table", type=click.Path(path_type=Path), help="A CSV file instead of one text per line."
)
@click.option(
    "--column", default="text", show_default=True, help="The column of the CSV file that holds the text."
)
@json_option
@click.pass_obj
def score(context: Context, file: Path | None, table: Path | None, column: str, as_json: bool) -> int:
    """Read texts: language, label and score of each. One text per line, from FILE or standard input."""
    rows = (_scored(context, text) for text in _texts(file, table, column))
    emit(rows, as_json, ("label", "score", "confidence", "language", "text"), "no texts")
    return 0


def _scored(context: Context, text: str) -> dict[str, Any]:
    reading = context.reader.read("", text)
    return {
        "text": text,
        "language": reading.language,
        "label": reading.label,
        "score": round(reading.score, 4),
        "confidence": round(reading.confidence, 3),
    }


def _texts(file: Path | None, table: Path | None, column: str) -> Iterator[str]:
    try:
        if table is not None:
            csv.field_size_limit(10_000_000)
            with table.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
                reader = csv.DictReader(line.replace("\0", "") for line in lines)
                if column not in (reader.fieldnames or []):
                    raise click.UsageError(
                        f"{table} has no column {column!r}; it has: {', '.join(reader.fieldnames or [])}"
                    )
                yield from (row.get(column) or "" for row in reader)
        elif file is None or str(file) == "-":
            sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
            yield from (line.rstrip("\n") for line in sys.stdin)
        else:
            with file.open(encoding="utf-8-sig", errors="replace") as lines:
                yield from (line.rstrip("\n") for line in lines)
    except (OSError, csv.Error) as error:
        raise click.UsageError(f"{table or file} cannot be read: {error}") from error


@click.command()
@click.argument("what", metavar="TEXT|INCIDENT|-")
@json_option
@click.pass_obj
def why(context: Context, what: str, as_json: bool) -> int:
    """Say why: which queries a text matches and what its sentiment rests on, or what an incident rests on.

    A whole number is an incident; "-" reads one text per line of standard input.
    """
    if what.isdecimal() and len(what) < 10:
        return _why_incident(context, int(what), as_json)
    texts: Iterable[str] = _texts(None, None, "") if what == "-" else [what]
    made = intake(context.store, context.settings, context.reader)
    for text in texts:
        language = context.reader.language(text)
        row = _why_text(context, made.matches(Passage("", text, language=language)), text)
        print_json(row) if as_json else _print_why(row)
    return 0


def _why_text(context: Context, matches: dict[str, tuple[str, ...]], text: str) -> dict[str, Any]:
    return {
        "text": text,
        "matches": [{"brand": brand, "words": list(words)} for brand, words in matches.items()],
        **{
            key: value
            for key, value in _scored(context, text).items()
            if key in ("language", "label", "score")
        },
        "because": context.reader.because("", text),
    }


def _print_why(row: dict[str, Any]) -> None:
    for match in row["matches"]:
        print(f"matches {match['brand']}: {', '.join(match['words']) or 'by its fields'}")
    if not row["matches"]:
        print("matches no brand")
    print(f"language {row['language']}, {row['label']}, score {row['score']}")
    for reason in row["because"]:
        print("  " + ", ".join(f"{key} {value}" for key, value in reason.items()))


def _why_incident(context: Context, number: int, as_json: bool) -> int:
    with context.store.read() as db:
        saved = incidents.get(db, number)
        kept = incidents.findings(db, number)
    if saved is None:
        raise click.UsageError(f"no incident {number}")
    rules = {rule.name: rule for rule in context.settings.rules}
    rows = []
    for one in kept:
        finding = Finding.from_json(one["data"]["finding"])
        rule = rules.get(one["rule"])
        trigger = load(one["data"]["trigger"])
        again = trigger.again(rule.options if rule else trigger.Options(), finding)
        rows.append(
            {"rule": one["rule"], "verdict": one["verdict"], "same": again == finding, **finding.to_json()}
        )
    row = {"id": number, "findings": rows, "same": all(r["same"] for r in rows)}
    if as_json:
        print_json(row)
    else:
        columns = ("at", "rule", "verdict", "observed", "expected", "z", "span_seconds", "same")
        emit(rows, False, columns, "this incident has no findings")
    return int(not row["same"])


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


VERBS = (score, why, backtest)
