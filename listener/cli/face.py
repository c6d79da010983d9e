"""How verbs speak: one JSON object a line, or a table for a person."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from listener.clock import Clock, real
from listener.config import Settings, load
from listener.layers import Layers
from listener.reading import Reader
from listener.store import Store, StoreError

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line; times are UTC.")


@dataclass
class Context:
    """What every verb may need, made when it is first asked for."""

    path: Path
    debug: bool = False
    clock: Clock = real

    @cached_property
    def settings(self) -> Settings:
        return load(self.path, os.environ)

    @cached_property
    def store(self) -> Store:
        return Store(self.settings.database)

    @cached_property
    def reader(self) -> Reader:
        reader = Reader(self.settings.languages, self.settings.reading.overlay)
        if self.settings.database.exists():
            self._teach(reader)
        return reader

    def _teach(self, reader: Reader) -> None:
        """Let a reader use what was learned; where that cannot be had it is told and done without."""
        try:
            with self.store.read() as db:
                Layers(reader, _warn).follow(db)
        except StoreError as error:
            _warn(f"what was learned is not used: {error}")

    @property
    def now(self) -> datetime:
        return self.clock()


def _warn(what: str) -> None:
    print(what, file=sys.stderr)


def known(context: Context, by: str) -> str:
    """Return the name of whoever acts; where people are configured it must be one of theirs."""
    people = [person.name for person in context.settings.people]
    if people and by not in people:
        raise click.UsageError(f"no person {by!r} in the configuration; there are: {', '.join(people)}")
    return by


def emit(
    rows: Iterable[Mapping[str, Any]], as_json: bool, columns: Sequence[str], empty: str = "nothing"
) -> None:
    """Print rows: all of each as JSON, or the named columns as a table."""
    if as_json:
        for row in rows:
            print_json(row)
        return
    rows = list(rows)
    if not rows:
        print(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(row.get(column))) for column in columns))
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)


def print_json(value: Mapping[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, default=_plain), flush=True)


def shown(value: Any) -> str:
    """Return a value as a person reads it in a table; controls are taken out."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return stamp(value) or ""
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) for item in value)
    return CONTROLS.sub(" ", str(value))


def stamp(moment: datetime | None) -> str | None:
    """Return a moment as ISO 8601 UTC with `Z`, to the second."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str | None) -> datetime | None:
    """Return what a person typed as a moment in UTC; a plain date is its midnight."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(
            f"{text!r} is no time in ISO 8601, such as 2026-03-02 or 2026-03-02T14:00Z"
        ) from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    return list(value) if isinstance(value, tuple | set | frozenset) else str(value)


@contextmanager
def bar(what: str, total: int | None = None) -> Any:
    """Show progress on the error channel, where that is a terminal; yields a function to advance it."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        task = progress.add_task(what, total=total)
        yield lambda step: progress.advance(task, step)
