"""The verb that learns: train on the team's labels, see how it fares, go back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import click

from listener.cli.face import Context, bar, emit, json_option, print_json, stamp
from listener.learning import Outcome, go_back, learn
from listener.learning.verdict import (
    GUESSED,
    NO_LEXICON,
    NOT_BETTER,
    ONE_LABEL,
    ONLY_CORRECTIONS,
    TOO_FEW,
    WON,
    Fared,
    Told,
)
from listener.reading import Reader
from listener.store import models

SENTENCES = {
    WON: "better on the labels that were held back",
    NOT_BETTER: "not better on the labels that were held back, so nothing changes",
    GUESSED: "knowing only how often each label is given would do as well: the labels seem to have little to"
    " do with the texts, so nothing changes",
    TOO_FEW: "too few labels: {missing} more are needed",
    ONLY_CORRECTIONS: "hardly any confirmations, and whoever only corrects teaches that the reading is always"
    " wrong: confirm {missing} more labels that are right",
    ONE_LABEL: "nearly all labels are the same: {missing} more of another kind are needed",
    NO_LEXICON: "there is no lexicon for this language",
}
BEFORE = -1
COLUMNS = ("language", "who", "accuracy", "macro_F1", "negative_recall")
NO_LABELS = (
    "nobody has labelled anything: say with `listener label` or `listener review` what is right and what"
    " is wrong, or import mentions with a column `label`"
)


def _version(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
    """Return what --rollback names; where it names none, the one before."""
    if not value:
        return None if value is None else BEFORE
    return int(click.IntRange(0, 2**53)(value, option, context))


@click.command("learn")
@click.option("--dry-run", is_flag=True, help="Train and measure; change nothing.")
@click.option("--versions", is_flag=True, help="List the versions, and which one is in force.")
@click.option(
    "--rollback", is_flag=False, flag_value="", callback=_version, metavar="[VERSION]",
    help="Go back to a version, 0 for none; to the one before if none is given.",
)  # fmt: skip
@json_option
@click.pass_obj
def learn_(context: Context, dry_run: bool, versions: bool, rollback: int | None, as_json: bool) -> int:
    """Learn from the labels of people; what was learned comes into force only if it is better.

    A small layer over the reading is trained on what people confirmed and corrected, for each language that
    has enough labels. A fifth of them is held back, in turns, so that each label is measured by weights
    that never saw it. A running daemon takes a new version at once.

    Exit status 1: there was too little to learn from.
    """
    if versions + dry_run + (rollback is not None) > 1:
        raise click.UsageError("--dry-run, --versions and --rollback exclude each other")
    if versions:
        return _list(context, as_json)
    if rollback is not None:
        return _go_back(context, rollback, as_json)
    # What was learned before must not teach what is learned now.
    reader = Reader(context.settings.languages, context.settings.reading.overlay)
    with ExitStack() as bars:

        def progress(what: str, total: int) -> Callable[[int], None]:
            advance: Callable[[int], None] = bars.enter_context(bar(what, total))
            return advance

        outcome = learn(context.store, reader, context.now, progress, dry_run=dry_run)
    print_json(_row(outcome, dry_run)) if as_json else _tell(outcome, dry_run)
    return 0 if outcome.is_trained else 1


def _row(outcome: Outcome, dry_run: bool) -> dict[str, Any]:
    return {
        "version": outcome.version,
        "promoted": outcome.promoted and not dry_run,
        "dry_run": dry_run,
        "labels": outcome.labels,
        "problem": outcome.problem,
        "languages": [{**one.as_row(), "because": _sentence(one)} for one in outcome.told],
    }


def _sentence(one: Told) -> str:
    return SENTENCES[one.verdict].format(missing=one.missing)


def _tell(outcome: Outcome, dry_run: bool) -> None:
    if not outcome.told:
        print(NO_LABELS)
        return
    if outcome.problem:
        print(f"{outcome.problem}: compared with the lexicon alone")
    emit([row for one in outcome.told for row in _compared(one)], False, COLUMNS, "nothing was trained")
    for one in outcome.told:
        print(f"{one.language}: {_counted(one)}: {_sentence(one)}")
    if dry_run:
        print("a dry run: nothing was kept")
    elif outcome.promoted:
        print(f"version {outcome.version} is in force")
    elif outcome.version:
        print(f"version {outcome.version} is kept as rejected")


def _counted(one: Told) -> str:
    told = f"{one.labels} labels, {one.confirmed} confirm and {one.corrected} correct what we read"
    if one.corrections_weigh < 1:
        told += f" (each correction counts {one.corrections_weigh:.2f})"
    return told


def _compared(one: Told) -> Iterator[dict[str, Any]]:
    for who, fared in (("lexicon", one.base), ("in force", one.current), ("candidate", one.candidate)):
        if fared is not None:
            yield {"language": one.language, "who": who, **_percent(fared)}


def _percent(fared: Fared) -> dict[str, str]:
    shown = (fared.accuracy, fared.macro_f1, fared.negative_recall)
    figures = ["" if share is None else f"{100 * share:.1f}" for share in shown]
    return dict(zip(COLUMNS[2:], figures, strict=True))


def _list(context: Context, as_json: bool) -> int:
    with context.store.read() as db:
        known, now = models.listing(db), models.in_force(db)
    rows = [
        {"version": one.version, "made_at": stamp(one.made_at), "state": one.state, "labels": one.labels,
         "in_force": one.version == now, "won": _won(one), "languages": one.report.get("languages", [])}
        for one in known
    ]  # fmt: skip
    emit(
        rows, as_json, ("version", "made_at", "state", "in_force", "labels", "won"), "no version was made yet"
    )
    return 0


def _won(model: models.Model) -> list[str]:
    return [one["language"] for one in model.report.get("languages", []) if one.get("verdict") == WON]


def _go_back(context: Context, version: int, as_json: bool) -> int:
    now = go_back(context.store, None if version == BEFORE else version)
    if as_json:
        print_json({"in_force": now})
    else:
        print(
            f"version {now} is in force" if now else "no learned version is in force: the lexicon alone reads"
        )
    return 0


VERBS = (learn_,)
