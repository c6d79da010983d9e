"""Verbs about single texts and verdicts: score, why."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from listener.cli.evidence import why_incident
from listener.cli.face import Context, emit, json_option, print_json
from listener.cli.forms import show_forms
from listener.intake import intake
from rules.query import Passage


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


def _scored(context: Context, text: str, names: Sequence[str] = ()) -> dict[str, Any]:
    reading = context.reader.read("", text, names=names)
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
@click.argument("what", metavar="TEXT|INCIDENT|NAME~|-")
@click.option(
    "--finding",
    "place",
    type=click.IntRange(1),
    help="Of an incident: which finding; the worst one if not given.",
)
@click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Of an incident: write its chart to this .png or .svg.",
)
@click.option("--forms", is_flag=True, help="Show the forms that a name~, or the name of a brand, is met in.")
@json_option
@click.pass_obj
def why(
    context: Context, what: str, place: int | None, chart: Path | None, forms: bool, as_json: bool
) -> int:
    """Say why: which queries a text matches and what its sentiment rests on, or what an incident rests on.

    A whole number is an incident; "-" reads one text per line of standard input. With --forms: in which
    forms a name~ is met.
    """
    if forms:
        if place is not None or chart is not None:
            raise click.UsageError("--forms goes with a name, --finding and --chart with an incident")
        return show_forms(context, what, as_json)
    if what.isdecimal() and len(what) < 10:
        return why_incident(context, int(what), as_json, place, chart)
    if place is not None or chart is not None:
        raise click.UsageError("--finding and --chart are for the number of an incident")
    texts: Iterable[str] = _texts(None, None, "") if what == "-" else [what]
    made = intake(context.store, context.settings, context.reader)
    for text in texts:
        language = context.reader.language(text)
        row = _why_text(context, made.matches(Passage("", text, language=language)), text)
        print_json(row) if as_json else _print_why(row)
    return 0


def _why_text(context: Context, matches: dict[str, tuple[str, ...]], text: str) -> dict[str, Any]:
    names = [word for words in matches.values() for word in words]
    return {
        "text": text,
        "matches": [{"brand": brand, "words": list(words)} for brand, words in matches.items()],
        **{
            key: value
            for key, value in _scored(context, text, names).items()
            if key in ("language", "label", "score")
        },
        "because": context.reader.because("", text, names=names),
    }


def _print_why(row: dict[str, Any]) -> None:
    for match in row["matches"]:
        print(f"matches {match['brand']}: {', '.join(match['words']) or 'by its fields'}")
    if not row["matches"]:
        print("matches no brand")
    print(f"language {row['language']}, {row['label']}, score {row['score']}")
    sentence = ""
    for reason in row["because"]:
        if (part := reason.get("sentence", "")) != sentence:
            sentence = part
            if part:
                print(f"  in: {' '.join(part.split())}")
        print(f"    {told(reason)}" if sentence else f"  {told(reason)}")


def told(reason: Mapping[str, Any]) -> str:
    """Return one of the things that a sentiment rests on."""
    if "word" in reason:
        return f"{reason['word']}  {reason['valence']:+.1f}"
    if "learned" in reason:
        sides = ", ".join(f"{side} {reason[side]:+.1f}" for side in ("negative", "positive"))
        return f"learned of {reason['learned']!r}: {sides}"
    return f"{reason['cue']}: {reason['words']}".removesuffix(": ")


VERBS = (score, why)
