"""The verbs that put the past through rules, and tell how rules fare: backtest, scorecard."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from listener import config
from listener.backtest import (
    Judging,
    by_preset,
    comparing,
    judge_counts,
    read_counts,
    scorecard,
    scratch,
    write_counts,
)
from listener.backtest.lived import INCIDENT, SHADOW, SILENCE
from listener.backtest.replay import Asked, Replayed, days_of, replay
from listener.backtest.scorecard import Real
from listener.cli.backtested import (
    BALANCE,
    CARD,
    OPENED,
    PAIR,
    RECORD,
    balance,
    card,
    for_people,
    named_if_unwritable,
    opened,
    pair,
    record,
    write,
)
from listener.cli.face import Context, bar, emit, json_option, moment
from listener.config import Settings
from listener.importing import Report
from listener.store import Store
from listener.store import counts as stored_counts

NOTHING = "nothing would have opened"
SUFFIXES = (".csv", ".json", ".ndjson", ".jsonl")
SHOWN_BAD_ROWS = 20


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--since", type=str, help="From this moment on (ISO 8601).")
@click.option("--until", type=str, help="Up to this moment (ISO 8601).")
@click.option("--brand", "brand_names", multiple=True, help="Only this brand; may be given again.")
@click.option("--rule", "names", multiple=True, help="Only this rule; may be given again.")
@click.option(
    "--compare",
    "other",
    type=click.Path(path_type=Path),
    help="Another configuration over the same past: what it would gain, and what it would cost.",
)
@click.option(
    "--counts", type=click.Path(path_type=Path), help="A CSV timestamp,value of counts per bucket instead."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write what is found there too (.csv, or .json: one object a line); with --counts the verdicts.",
)
@click.option(
    "--preset",
    type=click.Choice(["sensitive", "balanced", "quiet"]),
    help="With --counts: how readily the trigger speaks.",
)
@click.option("--trigger", type=click.Choice(["spike", "swell"]), help="With --counts: what judges them.")
@click.option("--scorecard", "with_cards", is_flag=True, help="With --json: the scorecards too, at the end.")
@json_option
@click.pass_obj
def backtest(
    context: Context,
    file: Path | None,
    since: str | None,
    until: str | None,
    brand_names: tuple[str, ...],
    names: tuple[str, ...],
    other: Path | None,
    counts: Path | None,
    out: Path | None,
    preset: str | None,
    trigger: str | None,
    with_cards: bool,
    as_json: bool,
) -> int:
    """Put the past through today's rules: what would have opened, and how each rule fares. Changes nothing.

    The past is what is stored, or FILE: mentions as `import` takes them (CSV or NDJSON).

    \b
    listener backtest --since 2026-01-01
    listener backtest last-year.csv
    listener backtest --compare calmer.toml
    listener backtest --counts week.csv --out verdicts.csv
    """
    if counts is not None:
        if file is not None or other is not None or brand_names or since or until:
            raise click.UsageError(
                "--counts stands alone: FILE, --compare, --brand and times do not go with it"
            )
        return _backtest_counts(counts, out, _judging(context, preset, trigger, names), as_json)
    if preset or trigger:
        raise click.UsageError("--preset and --trigger go with --counts")
    if out is not None and out.suffix not in SUFFIXES:
        raise click.UsageError(f"--out is a file that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    begin, end = moment(since), moment(until)
    if begin and end and begin >= end:
        raise click.UsageError(f"--since {since} does not lie before --until {until}")
    asked = Asked(begin, end, frozenset(brand_names), frozenset(names))
    theirs = _other(context.settings, other) if other else None
    _refuse_unknown(asked, context.settings, *([theirs] if theirs else []))
    with _past(context, context.settings, file) as (store, known):
        present = _replayed(context, store, context.settings, asked)
        if theirs is None:
            return _tell(present, known, out, as_json, with_cards or not as_json)
        with _past(context, theirs, file) as (past, _):
            for sentence in _unlike(context, None if file else store, theirs):
                _say(sentence)
            return _tell_both(present, _replayed(context, past, theirs, asked), known, out, as_json)


@contextmanager
def _past(
    context: Context, settings: Settings, file: Path | None
) -> Iterator[tuple[Store | None, list[Real]]]:
    """Yield the store to replay, and what really opened in it."""
    if file is not None:
        with (
            bar("reading") as advance,
            scratch.from_file(settings, context.reader, file, context.now, advance) as (store, report),
        ):
            _name_bad_rows(file, report)
            yield store, []
    elif not settings.database.exists():
        yield None, []
    else:
        with context.store.read() as db:
            known = scorecard.reals(db)
        with scratch.counted(context.store, settings, lambda: context.reader, _say) as store:
            yield store, known


def _replayed(context: Context, store: Store | None, settings: Settings, asked: Asked) -> Replayed:
    if store is None:
        return Replayed((), (), {}, {}, ())
    with bar("replaying", days_of(store, settings, asked)) as advance:
        return replay(store, settings, asked, advance)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def _name_bad_rows(file: Path, report: Report) -> None:
    for bad in report.named[:SHOWN_BAD_ROWS]:
        print(f"{file}:{bad.line}: {bad.why}", file=sys.stderr)
    if report.bad > SHOWN_BAD_ROWS:
        print(f"… and {report.bad - SHOWN_BAD_ROWS} more bad rows", file=sys.stderr)


def _other(settings: Settings, path: Path) -> Settings:
    """Return the other configuration, on the database of this one."""
    return config.load(path, os.environ).model_copy(update={"database": settings.database})


def _refuse_unknown(asked: Asked, *every: Settings) -> None:
    brands_of = {b.name for settings in every for b in settings.brands}
    rules_of = {r.name for settings in every for r in settings.rules}
    for what, names, known in (("brand", asked.brands, brands_of), ("rule", asked.rules, rules_of)):
        if wrong := sorted(names - known):
            raise click.UsageError(f"no {what} {wrong[0]!r}; there are: {', '.join(sorted(known)) or 'none'}")


def _unlike(context: Context, store: Store | None, other: Settings) -> list[str]:
    if store is None:
        return []
    with store.read() as db:
        held = [b.name for b in other.brands if stored_counts.oldest(db, b.name) is not None]
    return comparing.differences(context.settings, other, held)


def _tell(found: Replayed, known: list[Real], out: Path | None, as_json: bool, with_cards: bool) -> int:
    rows = [opened(o) for o in found.opened]
    if out is not None:
        write(out, rows, ("kind", *OPENED))
    told = [row for row in rows if row["kind"] == INCIDENT]
    emit(told, as_json, OPENED, NOTHING)
    for kind, what in ((SHADOW, "rules in the shadow alone"), (SILENCE, "silences, which open nothing")):
        apart = [row for row in rows if row["kind"] == kind]
        if apart:
            print(end="" if as_json else f"\n{what}:\n")
            emit(apart, as_json, OPENED)
    if with_cards and (as_json or found.opened or known):
        cards = [card(c) for c in scorecard.cards(found, known)]
        print(end="" if as_json else "\n")
        shown = cards if as_json else for_people(c for c in cards if c["findings"] or c["missed"])
        emit(shown, as_json, CARD)
    return 0


def _tell_both(present: Replayed, other: Replayed, known: list[Real], out: Path | None, as_json: bool) -> int:
    pairs, balances = comparing.compare(present, other, known)
    both = [pair(p) for p in pairs]
    if out is not None:
        write(out, both, PAIR)
    emit(both, as_json, PAIR, "nothing would have opened under either")
    print(end="" if as_json else "\n")
    rows = [balance(b) for b in balances]
    emit(rows if as_json else for_people(rows, named="brand"), as_json, BALANCE)
    return 0


@click.command("scorecard")
@json_option
@click.pass_obj
def show_scorecard(context: Context, as_json: bool) -> int:
    """Show how each rule has fared: what it opened, and what people made of that.

    Rules in the shadow are shown with what they would have opened. How today's rules would have fared
    over all that is stored is told by `listener backtest`.
    """
    settings = context.settings
    with context.store.read() as db:
        found = scorecard.record(db, settings.rules, [b.name for b in settings.brands], context.now)
    rows = [record(r) for r in found]
    emit(rows if as_json else for_people(rows), as_json, RECORD)
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
        with named_if_unwritable(out):
            write_counts(out, judged)
    alerts = [
        {"timestamp": r.timestamp, "value": r.value, "z": round(r.z, 3), "score": round(r.score, 3)}
        for r in judged
        if r.alert
    ]
    emit(alerts, as_json, ("timestamp", "value", "z", "score"), "nothing would have opened")
    return 0


VERBS = (backtest, show_scorecard)
