"""Verbs of what is kept: forget, export, report."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from listener import export as taking
from listener import report as reports
from listener.cli.face import Context, bar, emit, json_option, moment, print_json
from listener.forget import Forgotten
from listener.forget import forget as forget_author

PAGES = {".html": reports.as_html, ".md": reports.as_markdown}
CLEAN = "The database, its log and its backup hold none of it any more."
WITHIN_THE_HOUR = "A daemon runs here: the bytes leave the log and the backup within the hour."
NOT_REACHED = (
    "Not reached: what others wrote about this person, notes and tasks of your own people, mails, and"
    " messages in Slack other than an incident's card."
)


@click.command()
@click.option("--author", required=True, help="The name, in capitals or not, or the pseudonym stored for it.")
@click.option("--source", default="", help="Only what this source brought; everywhere if not given.")
@json_option
@click.pass_obj
def forget(context: Context, author: str, source: str, as_json: bool) -> int:
    """Erase what a person wrote, wherever it is kept, and never store it again.

    Mentions, matches and quotes go; counts stay, since they are of nobody. Of the name only a keyed hash is
    kept, by which the next visits know whom to leave out.
    """
    done = forget_author(context.store, context.settings, author, source, context.now)
    row: dict[str, Any] = {"author": author, "mentions": done.mentions, "quotes": done.quotes}
    emit([{**row, "settled": done.settled}], as_json, tuple(row))
    if not as_json:
        print("\n".join(_consequences(done, context.settings.privacy.authors)))
    return 0


def _consequences(done: Forgotten, authors: str) -> Iterator[str]:
    yield CLEAN if done.settled else WITHIN_THE_HOUR
    if done.cards:
        yield f"Cards on Slack that are drawn again without the quote: {done.cards}."
    if authors == "none":
        yield "Authors are not kept here, so what was stored cannot be found by its author."
    yield NOT_REACHED


@click.command()
@click.option(
    "--what",
    type=click.Choice(list(taking.WHAT)),
    default="mentions",
    show_default=True,
    help="What to take out.",
)
@click.option("--out", type=click.Path(path_type=Path), help="To this file; to the terminal if not given.")
@click.option(
    "--format",
    "form",
    type=click.Choice(taking.FORMATS),
    help="By the name of the file if not given, else ndjson.",
)
@click.option("--since", help="From this time on, ISO 8601, UTC where it says no zone.")
@click.option("--until", help="Up to this time.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@json_option
@click.pass_obj
def export(
    context: Context,
    what: str,
    out: Path | None,
    form: str | None,
    since: str | None,
    until: str | None,
    force: bool,
    as_json: bool,
) -> int:
    """Take everything out: mentions, incidents or counts, as NDJSON or CSV.

    `listener import` takes exported mentions into a fresh database. NDJSON keeps every letter; a CSV
    cell that a spreadsheet would take for a formula begins with an apostrophe.

    \b
    listener export --out mentions.csv --since 2026-03-01
    listener export --what counts --format csv > counts.csv
    """
    form = form or ("csv" if out is not None and out.suffix.lower() == ".csv" else "ndjson")
    if as_json and out is None and form == "csv":
        raise click.UsageError("--json and --format csv exclude each other")
    columns, rows = taking.WHAT[what]
    found = rows(context.store, moment(since), moment(until))
    if out is None:
        taking.write(_terminal(), columns, found, form)
        return 0
    with _written(out, force) as file, bar("exporting") as advance:
        number = taking.write(file, columns, _told(found, advance), form)
    print_json({"file": str(out), "what": what, "rows": number}) if as_json else print(
        f"{number} rows written to {out}"
    )
    return 0


def _terminal() -> TextIO:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    return sys.stdout


def _told(rows: Iterator[taking.Row], advance: Any) -> Iterator[taking.Row]:
    for row in rows:
        advance(1)
        yield row


@contextmanager
def _written(out: Path, force: bool) -> Iterator[TextIO]:
    """Hold a new file, which takes its name once it is whole; another goes only with `force`."""
    if out.exists() and not (force and out.is_file()):
        raise click.UsageError(
            f"{out} is there already; --force writes over it" if out.is_file() else f"{out} is no plain file"
        )
    part = out.with_name(out.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        os.replace(part, out)
    except OSError as error:
        raise click.UsageError(f"{out} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


@click.command()
@click.argument("number", metavar="ID", type=click.IntRange(1, 2**60))
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this .html or .md file.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@json_option
@click.pass_obj
def report(context: Context, number: int, out: Path | None, force: bool, as_json: bool) -> int:
    """Write the account after a crisis, from its timeline; as Markdown on the terminal, or to a file."""
    if out is not None and out.suffix.lower() not in PAGES:
        raise click.UsageError(f"{out}: a report is written to a file that ends in {', '.join(PAGES)}")
    past = reports.gather(context.store, number)
    if past is None:
        raise click.UsageError(f"no incident {number}")
    settings = context.settings
    if as_json:
        print_json(reports.as_row(past, settings.locale, settings.timezone))
    told = reports.account(past, settings.locale, settings.timezone, context.now)
    if out is not None:
        with _written(out, force) as file:
            file.write(PAGES[out.suffix.lower()](told))
        if not as_json:
            print(f"written to {out}")
    elif not as_json:
        _terminal().write(reports.as_markdown(told))
    return 0


VERBS = (export, forget, report)
