"""Rows of CSV and NDJSON as mentions: what a file, a folder and a push have in common.

Columns, in any order: `published_at` and `text`, and any of `id`, `url`, `author`, `title`,
`brand`, `reach`, `language`, `label`; others are left alone. A row that cannot be read comes
with the reason and costs no other.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors._contract import Mention
from connectors._text import link, plain

COLUMNS = ("published_at", "text", "id", "url", "author", "title", "brand", "reach", "language", "label")
NEEDED = ("published_at", "text")
LABELS = ("negative", "neutral", "positive", "unsure")
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
LONGEST_FIELD = 1_000_000

_SEPARATORS = (",", ";", "\t")


class RowsError(Exception):
    """There are no rows in it that can be told apart; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that begins in line `line`, counted from 1: its columns, or None and why.

    `cut` says that the lines ended inside it: with more of them it might become a whole one.
    """

    line: int
    value: Mapping[str, Any] | None
    why: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns, and what stands between two of them."""

    names: tuple[str, ...]
    separator: str = ","


class Lines:
    """Lines that remember those of the row under way: a row gone wrong costs its first only.

    A quote that nobody closed would take all the lines with it up to the next quote.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self._back = iter(lines), deque[str]()
        self.taken: list[str] = []
        self.first = 1
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._back.popleft() if self._back else next(self._lines).replace("\0", "")
        except StopIteration:
            self.ended = True
            raise
        self.taken.append(line)
        return line

    @property
    def done(self) -> int:
        """How many lines the rows so far have taken."""
        return self.first - 1 + len(self.taken)

    def begin(self) -> None:
        self.first += len(self.taken)
        self.taken.clear()

    def give_back(self) -> None:
        self._back.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def ndjson(lines: Iterable[str]) -> Iterator[Row]:
    """Yield a row for each line that is not blank."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield Row(number, None, "not JSON")
            continue
        if isinstance(value, dict):
            yield Row(number, value)
        else:
            yield Row(number, None, "not a JSON object")


def header(source: Lines) -> Header:
    """Read the line that names the columns; raise RowsError where the needed ones are not there."""
    csv.field_size_limit(LONGEST_FIELD)
    try:
        names = _names(next(csv.reader(source, strict=True), []))
    except csv.Error as error:
        raise RowsError(f"the first line is not CSV: {error}") from error
    for separator in _SEPARATORS[1:]:
        if source.taken and not set(NEEDED) <= set(names):
            other = _names(next(csv.reader(source.taken[:1], delimiter=separator), []))
            if set(NEEDED) <= set(other):
                source.give_back()
                return Header(other, separator)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise RowsError(
            f"the first line must name the columns; {' and '.join(missing)} not found there."
            f" Known: {', '.join(COLUMNS)}"
        )
    return Header(names)


def table(source: Lines, head: Header) -> Iterator[Row]:
    """Yield a row for each record of CSV that is not blank; the header has been read."""
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(source, strict=True, delimiter=head.separator)
    while True:
        source.begin()
        cells, why, cut = _record(reader, source, head.separator)
        if cells is None:
            return
        if len(cells) == len(head.names):
            yield Row(source.first, dict(zip(head.names, cells, strict=True)), cut=cut)
        elif cells or why:
            why = why or f"{len(cells)} fields where the first line has {len(head.names)}"
            source.give_back()
            yield Row(source.first, None, why, cut)


def _record(reader: Iterator[list[str]], source: Lines, separator: str) -> tuple[list[str] | None, str, bool]:
    """Return the fields of the next record, none of a blank line, None at the end; and what is wrong."""
    try:
        return next(reader), "", False
    except StopIteration:
        return None, "", False
    except csv.Error as error:
        cut = source.ended
        source.give_back()
        return _leniently(source.taken[0], separator), f"not CSV: {error}", cut


def _names(cells: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in cells)


def _leniently(line: str, separator: str) -> list[str]:
    """Read a line with quotes inside its quotes; nothing where they do not even come in pairs."""
    if line.count('"') % 2 or len(line) > LONGEST_FIELD:
        return []
    return next(csv.reader([line], delimiter=separator), [])


def mention(value: Mapping[str, Any], latest: datetime | None = None) -> Mention:
    """Return the mention of a row, dated `latest` at most; raise ValueError with what is wrong."""
    published = _date(value.get("published_at"), latest)
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
    return Mention(
        id=_text(value, "id") or identity(value),
        url=link(url) if url else "",
        author=plain(_text(value, "author"))[:200],
        text=text,
        published_at=published,
        title=plain(_text(value, "title"))[:1000],
        reach=_reach(value.get("reach")),
        brand=_text(value, "brand"),
        label=label,
        language=language,
    )


def identity(value: Mapping[str, Any]) -> str:
    """Return what stands for a row that has no id: the same for the same words."""
    parts = [
        str(value.get(name) or "") for name in ("published_at", "brand", "author", "url", "title", "text")
    ]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


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


def _date(found: Any, latest: datetime | None) -> datetime:
    if not found:
        raise ValueError("published_at is empty")
    try:
        moment = datetime.fromisoformat(str(found).strip())
        moment = (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"published_at must be a time in ISO 8601, not {str(found)[:40]!r}") from None
    if moment < OLDEST:
        raise ValueError(f"published_at lies too far back: {str(found)[:40]}")
    if latest is not None and moment > latest:
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
