"""The past from a file: CSV or NDJSON becomes mentions that count as heard from the first to the last.

A row that cannot be read is named and left out; the rest is stored. Importing a file
twice adds nothing.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from connectors import Mention, link, plain
from listener.intake import AHEAD, LABELS, Given, Intake
from listener.store import Store, counts, forgotten, mentions
from listener.store.counts import IMPORT
from listener.store.mentions import Row

COLUMNS = ("published_at", "text", "id", "url", "author", "title", "brand", "reach", "language", "label")
NEEDED = ("published_at", "text")
BATCH = 1000
MOST_NAMED = 1000
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
LONGEST_FIELD = 1_000_000


class ImportFileError(Exception):
    """The file as a whole cannot be imported; the text says why."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: its line in the file, counted from 1, and why."""

    line: int
    why: str


@dataclass(slots=True)
class Report:
    """What an import came to. `known` rows were there already.

    `unmatched` rows concern no brand, or were written by somebody who was forgotten.
    """

    rows: int = 0
    stored: int = 0
    known: int = 0
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
    rows = _read(path, report)
    while batch := list(islice(rows, BATCH)):
        with store.read() as db:
            kept_out = forgotten.of(db, IMPORT)
        made = [row for line, value in batch if (row := _row(intake, line, value, now, report, kept_out))]
        with store.write() as db:
            stored = mentions.add(db, IMPORT, made, now, history=True)
            for brand, (first, last) in _spans(made).items():
                low, high = report.spans.get(brand, (first, last))
                report.spans[brand] = (min(low, first), max(high, last))
                counts.known_whole(db, brand, *report.spans[brand])
        report.stored += stored
        report.known += len(made) - stored
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
    read = _ndjson if start.startswith(b"{") else _csv
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        yield from read(path, lines, report)


def _ndjson(path: Path, lines: Iterable[str], report: Report) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        report.rows += 1
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            report.spoil(number, "not JSON")
            continue
        if isinstance(value, dict):
            yield number, value
        else:
            report.spoil(number, "not a JSON object")


def _csv(path: Path, lines: Iterable[str], report: Report) -> Iterator[tuple[int, Mapping[str, Any]]]:
    csv.field_size_limit(LONGEST_FIELD)
    source = _Lines(line.replace("\0", "") for line in lines)
    reader = csv.reader(source, strict=True)
    header = _header(path, reader)
    for cells, error in _records(reader, source):
        report.rows += 1
        if len(cells) == len(header):
            yield source.first, dict(zip(header, cells, strict=True))
        else:
            report.spoil(source.first, error or f"{len(cells)} fields where the first line has {len(header)}")
            source.give_back()


def _records(reader: Iterator[list[str]], source: _Lines) -> Iterator[tuple[list[str], str]]:
    """Yield the fields of each row that is not blank, and what is wrong with it."""
    while True:
        source.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            source.give_back()
            yield _leniently(source.taken[0]), f"not CSV: {error}"
        else:
            if cells:
                yield cells, ""


class _Lines:
    """The lines of a file, which remember those of the row under way: a row gone wrong costs its first only.

    A quote that nobody closed would take all the lines with it up to the next quote.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._back = lines, deque[str]()
        self.taken: list[str] = []
        self.first = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._lines)
        self.taken.append(line)
        return line

    def begin(self) -> None:
        self.first += len(self.taken)
        self.taken.clear()

    def give_back(self) -> None:
        self._back.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _header(path: Path, reader: Iterator[list[str]]) -> list[str]:
    try:
        header = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise ImportFileError(f"{path}: the first line is not CSV: {error}") from error
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise ImportFileError(
            f"{path}: the first line must name the columns; {' and '.join(missing)} not found there."
            f" Known: {', '.join(COLUMNS)}"
        )
    return header


def _leniently(line: str) -> list[str]:
    """Read a line with quotes inside its quotes; nothing where they do not even come in pairs."""
    if line.count('"') % 2 or len(line) > LONGEST_FIELD:
        return []
    return next(csv.reader([line]), [])


def _row(
    intake: Intake,
    line: int,
    value: Mapping[str, Any],
    now: datetime,
    report: Report,
    kept_out: Collection[str],
) -> Row | None:
    try:
        mention, given = _mention(value, now)
        if given.brand and not intake.is_brand(given.brand):
            raise ValueError(f"no brand {given.brand[:80]!r} in the configuration")
    except ValueError as error:
        report.spoil(line, str(error))
        return None
    row = intake.row(mention, now, given=given, kept_out=kept_out)
    if row is None:
        report.unmatched += 1
    return row


def _mention(value: Mapping[str, Any], now: datetime) -> tuple[Mention, Given]:
    published = _date(value.get("published_at"), now)
    text = plain(_text(value, "text"))
    if not text:
        raise ValueError("text is empty")
    label = _text(value, "label").lower()
    if label and label not in LABELS:
        raise ValueError(f"label must be one of {', '.join(LABELS)}, not {label[:40]!r}")
    language = _text(value, "language").lower()
    if language and not (language.isalpha() and 2 <= len(language) <= 3):
        raise ValueError(f"language must be a code such as en or pl, not {language[:40]!r}")
    url = _text(value, "url")
    if url and not link(url):
        raise ValueError(f"url must be an http(s) address, not {url[:80]!r}")
    mention = Mention(
        id=_text(value, "id") or _key(value),
        url=link(url) if url else "",
        author=plain(_text(value, "author"))[:200],
        text=text,
        published_at=published,
        title=plain(_text(value, "title"))[:1000],
        reach=_reach(value.get("reach")),
    )
    return mention, Given(_text(value, "brand"), label, language)


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if found is None:
        return ""
    if isinstance(found, int | float) and not isinstance(found, bool):
        return str(found)
    if not isinstance(found, str):
        raise ValueError(f"{name} must be text, not {type(found).__name__}")
    if any("\ud800" <= letter <= "\udfff" for letter in found):
        raise ValueError(f"{name} is not UTF-8")
    return found.strip()


def _date(found: Any, now: datetime) -> datetime:
    if not found:
        raise ValueError("published_at is empty")
    try:
        moment = datetime.fromisoformat(str(found).strip())
        moment = (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"published_at must be a time in ISO 8601, not {str(found)[:40]!r}") from None
    if moment < OLDEST:
        raise ValueError(f"published_at lies too far back: {str(found)[:40]}")
    if moment > now + AHEAD:
        raise ValueError(f"published_at lies ahead (is its time zone missing?): {str(found)[:40]}")
    return moment


def _reach(found: Any) -> int | None:
    if found is None or found == "":
        return None
    try:
        reach = int(str(found))
    except ValueError:
        reach = -1
    if not 0 <= reach < 2**53:
        raise ValueError(f"reach must be a whole number of people, not {str(found)[:40]!r}")
    return reach


def _key(value: Mapping[str, Any]) -> str:
    parts = [
        str(value.get(name) or "") for name in ("published_at", "brand", "author", "url", "title", "text")
    ]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
