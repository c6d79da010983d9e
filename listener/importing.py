"""The past from a file: CSV or NDJSON becomes mentions that count as heard from the first to the last.

A row that cannot be read is named and left out; the rest is stored. What an export tells of labels,
who gave them and when, is taken in too. Importing a file twice adds nothing; of mentions that
are stored already the labels are taken.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from connectors import plain
from connectors._rows import COLUMNS as COLUMNS
from connectors._rows import Lines, RowsError, header, mention, ndjson, table
from connectors._rows import Row as Line
from listener.bringing import Bringing, Brought, homes
from listener.intake import AHEAD, Intake
from listener.store import Store, counts, forgotten, labels, mentions
from listener.store.counts import IMPORT
from listener.store.labels import Said
from listener.store.mentions import Row

BATCH = 1000
MOST_NAMED = 1000
MOST_SAID = 100


class ImportFileError(Exception):
    """The file as a whole cannot be imported; the text says why."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: its line in the file, counted from 1, and why."""

    line: int
    why: str


@dataclass(slots=True)
class Report:
    """What an import came to. `known` rows were there already, and `labelled` of their mentions got a label.

    `unmatched` rows concern no brand, or were written by somebody who was forgotten.
    """

    rows: int = 0
    stored: int = 0
    known: int = 0
    labelled: int = 0
    unmatched: int = 0
    bad: int = 0
    named: list[BadRow] = field(default_factory=list)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)

    def spoil(self, line: int, why: str) -> None:
        self.bad += 1
        if len(self.named) < MOST_NAMED:
            self.named.append(BadRow(line, why))


def import_file(
    store: Store, intake: Intake, path: Path, now: datetime, progress: Callable[[int], None] = lambda _: None
) -> Report:
    """Store the rows of a file; `progress` is told how many were read. Raises ImportFileError."""
    report = Report()
    rows, bringing = _read(path, report), Bringing(intake.measures)
    while batch := list(islice(rows, BATCH)):
        with store.read() as db:
            kept_out = forgotten.of(db, IMPORT)
        made = [row for line, value in batch if (row := _row(intake, line, value, now, report, kept_out))]
        with store.write() as db:
            new = bringing.new(db, made, now)
            stored = mentions.add(db, IMPORT, new, now, history=True)
            for brand, (first, last) in _spans(new).items():
                low, high = report.spans.get(brand, (first, last))
                report.spans[brand] = (min(low, first), max(high, last))
                counts.known_whole(db, brand, *report.spans[brand])
        report.stored += stored
        report.known += len(made) - stored
        report.labelled = bringing.taken
        progress(len(batch))
    if not report.rows:
        raise ImportFileError(f"{path} has no rows")
    report.named.sort(key=lambda bad: bad.line)
    return report


def _spans(rows: Iterable[Row]) -> dict[str, tuple[int, int]]:
    spans: dict[str, tuple[int, int]] = {}
    for row in rows:
        for brand in row.brands:
            low, high = spans.get(brand, (row.minute, row.minute + 1))
            spans[brand] = (min(low, row.minute), max(high, row.minute + 1))
    return spans


def _read(path: Path, report: Report) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield (line, row); what is no row is taken down in the report."""
    try:
        with path.open("rb") as raw:
            start = raw.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    except OSError as error:
        raise ImportFileError(f"{path} cannot be read: {error.strerror or error}") from error
    if not start:
        raise ImportFileError(f"{path} is empty")
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        for row in ndjson(lines) if start.startswith(b"{") else _csv(path, lines):
            report.rows += 1
            if row.value is None:
                report.spoil(row.line, row.why)
            else:
                yield row.line, row.value


def _csv(path: Path, lines: Iterable[str]) -> Iterator[Line]:
    source = Lines(lines)
    try:
        head = header(source)
    except RowsError as error:
        raise ImportFileError(f"{path}: {error}") from error
    yield from table(source, head)


def _row(
    intake: Intake,
    line: int,
    value: Mapping[str, Any],
    now: datetime,
    report: Report,
    kept_out: Collection[str],
) -> Brought | None:
    try:
        found = mention(value, now + AHEAD)
        words = _said(value.get("labels"), now)
        if found.brand and not intake.is_brand(found.brand):
            raise ValueError(f"no brand {found.brand[:80]!r} in the configuration")
    except ValueError as error:
        report.spoil(line, str(error))
        return None
    row = intake.row(found, now, kept_out=kept_out, source=IMPORT)
    if row is None:
        report.unmatched += 1
        return None
    return Brought(replace(row, said=words) if words else row, homes(value, found.id, found.brand))


def _said(value: Any, now: datetime) -> tuple[Said, ...]:
    """Return what an export says was said of a label; raise ValueError where it is none of ours."""
    if value in (None, "", "[]"):
        return ()
    try:
        words = json.loads(value) if isinstance(value, str) else value
        if not isinstance(words, list) or len(words) > MOST_SAID:
            raise ValueError(f"no list of up to {MOST_SAID}")
        return tuple(_word(word, now) for word in words)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"labels are not as an export writes them: {str(error)[:80]}") from error


def _word(word: Mapping[str, Any], now: datetime) -> Said:
    label, was, version, origin, by = (str(word[key]) for key in ("label", "was", "version", "origin", "by"))
    if not {label, was} <= {"", *labels.LABELS} or origin not in labels.ORIGINS:
        raise ValueError(f"{label[:20]!r} {was[:20]!r} {origin[:20]!r}")
    at = datetime.fromisoformat(str(word["at"]))
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return Said(0, label, was, plain(version)[:40], origin, plain(by)[:80], min(at, now))
