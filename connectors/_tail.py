"""Reading on in a file that may still grow: from where it was left, to its last whole line.

What was read is known by its length and by two digests, of its first bytes and of its last
ones: where they don't fit any more, the file was rewritten and is read from its beginning. A
last line without an end is left for later, unless nobody has written to the file for a while.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from io import StringIO
from itertools import accumulate
from typing import Any

from connectors._rows import Header, Lines, Row, header, ndjson, table

SETTLED_SECONDS = 60
HEAD_BYTES = 65_536
BEGUN_BYTES = 4_096
BEFORE_BYTES = 256
LONGEST_LINE_BYTES = 1_000_000
LONGEST_OPEN_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file was read, and as what it was seen then.

    `open` is where a last line began that was read without an end, -1 where there was none;
    `skips` says that the reading stopped within a line that is too long; `bad` is why the file
    cannot be read at all. `at` are the times of its last changes, in nanoseconds.
    """

    offset: int = 0
    begun: str = ""
    before: str = ""
    open: int = -1
    skips: bool = False
    size: int = 0
    at: tuple[int, int] = (0, 0)
    bad: str = ""

    def is_done(self, size: int, at: tuple[int, int]) -> bool:
        """Whether there is nothing to read in a file that looks so."""
        same = self.size == size and self.at == at
        return same and (bool(self.bad) or self.offset == size)

    def to_json(self) -> list[Any]:
        return [self.offset, self.begun, self.before, self.open, self.skips, self.size, *self.at, self.bad]

    @staticmethod
    def from_json(value: Any) -> Mark:
        offset, begun, before, opened, skips, size, changed, touched, bad = value
        at = (int(changed), int(touched))
        return Mark(int(offset), str(begun), str(before), int(opened), bool(skips), int(size), at, str(bad))


@dataclass(frozen=True, slots=True)
class Taken:
    """What was read: its rows, how far that is, and whether there is more that could be read at once.

    `lost` says that the file was rewritten before it was read to its end; `too_long` that a line
    was, and is left out.
    """

    rows: Sequence[Row]
    mark: Mark
    more: bool
    bytes_read: int
    lost: bool = False
    too_long: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    """How bytes become lines: where text begins, how wide its letters are, and their codec, if it is told."""

    start: int = 0
    width: int = 1
    codec: str = ""

    def decoded(self, data: bytes) -> str:
        codec = self.codec or _guessed(data)
        return data.decode(codec, _handler(codec))

    def lengths(self, data: bytes, lines: Sequence[str]) -> list[int]:
        codec = self.codec or _guessed(data)
        return [len(line.encode(codec, _handler(codec))) for line in lines]

    def line_end(self, data: bytes, *, last: bool) -> int:
        """Return where the first or the last line that ends in the data does; 0 where none does."""
        found = []
        for letter in (b"\n", b"\r"):
            end = letter if self.width == 1 else letter.decode().encode(self.codec)
            at = data.rfind(end) if last else data.find(end)
            while at >= 0 and at % self.width:
                at = data.rfind(end, 0, at + self.width - 1) if last else data.find(end, at + 1)
            if at >= 0:
                found.append(at + self.width)
        return (max if last else min)(found, default=0)


def read_on(handle: int, size: int, mark: Mark, most_rows: int, most_bytes: int, *, settled: bool) -> Taken:
    """Read on in an open file of `size` bytes; raise RowsError where it has no columns that we know."""
    head = os.pread(handle, HEAD_BYTES, 0)
    fits = not mark.offset or _is_same(handle, head, size, mark)
    lost = not fits and mark.offset < mark.size
    mark = replace(mark, bad="") if fits else Mark()
    form = _form(head)
    text = form.decoded(head[form.start : len(head) - (len(head) - form.start) % form.width])
    is_json = text.lstrip().startswith("{")
    columns, at = None, max(_begin(handle, size, mark, form), form.start)
    if not text.strip() or (not is_json and not _is_whole(text, head, settled)):
        return Taken((), mark, False, len(head), lost)
    if not is_json:
        columns, length = _columns(text, form, head)
        at = max(at, form.start + length)
    data = os.pread(handle, min(most_bytes, max(size - at, 0)), at)
    reached = at + len(data) >= size
    piece = _piece(data, form, mark.skips, ended=reached and settled, json_end=reached and is_json)
    lines = list(StringIO(form.decoded(piece.data), newline=""))
    ends = list(accumulate(form.lengths(piece.data, lines), initial=at + piece.begin))
    rows, done, held = _rows(lines, ends, columns, most_rows, final=reached and settled)
    stopped = done < len(lines)
    at = ends[done] if stopped else piece.left + at
    opened = ends[-2] if piece.is_open and not stopped else -1
    after = replace(_marked(handle, head, at, mark), open=opened, skips=piece.skips and not stopped)
    more = (stopped and not held) or not reached
    return Taken(rows, after, more, len(head) + len(data), lost, piece.too_long and not stopped)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The whole lines of what was read. `begin` and `left` count from where the reading began.

    `is_open`: the last line has no end, and counts all the same.
    """

    data: bytes
    begin: int
    left: int
    is_open: bool = False
    skips: bool = False
    too_long: bool = False


def _piece(data: bytes, form: _Form, skips: bool, *, ended: bool, json_end: bool) -> _Piece:
    begin = 0
    if skips:
        begin = form.line_end(data, last=False)
        if not begin:
            return _Piece(b"", len(data), len(data), skips=not ended)
    end = form.line_end(data, last=True)
    rest = data[end:]
    whole = len(data) - len(data) % form.width
    if rest and (ended or (json_end and _is_json(rest, form))):
        return _Piece(data[begin:whole], begin, whole, is_open=True)
    if end <= begin and len(rest) >= LONGEST_LINE_BYTES:
        return _Piece(b"", begin, len(data), skips=True, too_long=True)
    return _Piece(data[begin:end], begin, end)


def _rows(
    lines: Sequence[str], ends: Sequence[int], columns: Header | None, most: int, *, final: bool
) -> tuple[list[Row], int, bool]:
    """Return the rows, how many lines they took, and whether the next one waits for more lines."""
    rows: list[Row] = []
    done = 0
    for row, taken in _json_rows(lines) if columns is None else _csv_rows(lines, columns):
        open_bytes = ends[-1] - ends[row.line - 1]
        if row.cut and not final and open_bytes < LONGEST_OPEN_BYTES:
            return rows, row.line - 1, True
        if len(rows) == most:
            return rows, done, False
        rows.append(row)
        done = taken
    return rows, len(lines), False


def _json_rows(lines: Sequence[str]) -> Iterator[tuple[Row, int]]:
    for row in ndjson(lines):
        yield row, row.line


def _csv_rows(lines: Sequence[str], columns: Header) -> Iterator[tuple[Row, int]]:
    source = Lines(lines)
    for row in table(source, columns):
        yield row, source.done


def _is_same(handle: int, head: bytes, size: int, mark: Mark) -> bool:
    return size >= mark.offset and _digests(handle, head, mark.offset) == (mark.begun, mark.before)


def _marked(handle: int, head: bytes, at: int, mark: Mark) -> Mark:
    begun, before = _digests(handle, head, at)
    return replace(mark, offset=at, begun=begun, before=before)


def _digests(handle: int, head: bytes, at: int) -> tuple[str, str]:
    first = max(at - BEFORE_BYTES, 0)
    pieces = (head[: min(BEGUN_BYTES, at)], os.pread(handle, at - first, first))
    begun, before = (blake2b(piece, digest_size=6).hexdigest() for piece in pieces)
    return begun, before


def _begin(handle: int, size: int, mark: Mark, form: _Form) -> int:
    """Return where to read on: a last line without an end that has grown since is read again."""
    if mark.open >= 0 and size > mark.offset:
        following = os.pread(handle, form.width, mark.offset)
        if following.strip(b"\0") not in (b"\n", b"\r"):
            return mark.open
    return mark.offset


def _is_whole(text: str, head: bytes, settled: bool) -> bool:
    """Whether the line that names the columns is there to its end."""
    return settled or len(head) == HEAD_BYTES or "\n" in text or "\r" in text


def _columns(text: str, form: _Form, head: bytes) -> tuple[Header, int]:
    """Return the columns, and how many bytes their line takes."""
    lines = list(StringIO(text, newline=""))
    source = Lines(lines)
    found = header(source)
    return found, sum(form.lengths(head, lines[: source.done]))


def _form(head: bytes) -> _Form:
    if head.startswith(b"\xef\xbb\xbf"):
        return _Form(3, 1, "utf-8")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _Form(2, 2, "utf-16-le" if head.startswith(b"\xff") else "utf-16-be")
    return _Form()


def _guessed(data: bytes) -> str:
    """Return utf-8, unless no letter beyond ASCII is written so: then what spreadsheets here write."""
    try:
        data.decode()
    except UnicodeDecodeError:
        lines = (line for line in data.splitlines() if not line.isascii())
        return "utf-8" if any(map(_is_utf8, lines)) else "cp1250"
    return "utf-8"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _handler(codec: str) -> str:
    return "surrogatepass" if codec.startswith("utf-16") else "surrogateescape"


def _is_json(rest: bytes, form: _Form) -> bool:
    try:
        return isinstance(json.loads(form.decoded(rest)), dict)
    except (ValueError, RecursionError):
        return False
