"""A watched folder: whatever another program puts there as CSV or NDJSON.

The columns are those of `listener import` (connectors/_rows). A file may still grow: it is read
up to its last whole line and from there on the next time, under whatever name it has by then.
The cursor knows files by their inode and by digests of what was read of them, so a rotated file
is read to its end and a rewritten one from its beginning; a row that comes twice, by a copy of
its file for instance, has the same id and is stored once.

Only regular files of the folder itself are opened: no links, pipes or devices, and nothing whose
name begins with a dot.
"""

from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from connectors import Call, Conversation, Mention, Page, SourceRefused, SourceUnavailable
from connectors._dates import from_seconds
from connectors._rows import RowsError, mention
from connectors._tail import LONGEST_LINE_BYTES, SETTLED_SECONDS, Mark, read_on

MOST_ROWS = 2_000
MOST_BYTES = 4_000_000
MOST_ENTRIES = 20_000
MOST_MARKS = 500
LARGEST_BYTES = 4_000_000_000
LONG_AGO_SECONDS = 3_600
# What those who rotate files put behind their names: log.ndjson.1, log.ndjson-20260302.
_ROTATED = re.compile(r"[.-][0-9]{1,14}\Z")


@dataclass(frozen=True, slots=True)
class Options:
    """`path` is the folder; in config.toml a relative one begins at the folder of that file."""

    path: str
    pattern: tuple[str, ...] = ("*.csv", "*.ndjson", "*.jsonl")

    def __post_init__(self) -> None:
        if not self.path.strip() or not self.path.isprintable():
            raise ValueError('path must be a folder such as "/var/lib/listener/inbox"')
        if not self.pattern or any("/" in one or not one for one in self.pattern):
            raise ValueError('pattern must be a list of file names such as ["*.csv"], without folders')


@dataclass(slots=True)
class Visit:
    """What a look into the folder has come to so far, and what may still be read."""

    rows_left: int = field(default_factory=lambda: MOST_ROWS)
    bytes_left: int = field(default_factory=lambda: MOST_BYTES)
    found: dict[str, Mention] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)
    spoiled: int = 0
    more: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of the folder. `key` stays the same when it is renamed."""

    name: str
    key: str
    size: int
    at: tuple[int, int]  # when its contents changed and when anything of it did, in nanoseconds

    @property
    def settled(self) -> bool:
        return abs(time.time() - self.at[0] / 1e9) >= SETTLED_SECONDS


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Read what is new in the folder's files."""
    answer = yield Call(look, (options, cursor))
    page: Page = answer.value
    return page


def look(options: Options, cursor: str | None) -> Page:
    """Look into the folder: for a Call, since disks may wait. Raises ConnectorErrors only."""
    memory = _memory(cursor)
    at, visit = time.time(), Visit()
    folder = _opened(options.path)
    try:
        entries = _entries(folder, options)
        known = [e for e in entries if e.key in memory.marks]
        fresh = [e for e in entries if e.key not in memory.marks and _is_wanted(e, options, memory.floor)]
        for entry in sorted([*known, *fresh], key=lambda e: e.size - memory.mark(e).offset):
            _read(folder, entry, memory.mark(entry), visit)
    except OSError as error:
        raise SourceUnavailable(f"the folder {options.path} cannot be read: {error.strerror}") from error
    finally:
        os.close(folder)
    if cursor is None and visit.bad and not visit.found and not visit.more:
        raise SourceRefused(f"no file of {options.path} can be read. {_told(visit.bad)}")
    _note_lost(memory, visit)
    return _page(memory, visit, at)


def _opened(path: str) -> int:
    try:
        return os.open(Path(path).expanduser(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SourceRefused(
            f"the folder {path} cannot be opened ({why}): make it, or mend `path` of this source"
        ) from error


def _entries(folder: int, options: Options) -> list[Entry]:
    """Return the regular files of the folder, each once however many names it has."""
    found: dict[str, Entry] = {}
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number >= MOST_ENTRIES:
                raise SourceRefused(
                    f"the folder {options.path} holds more than {MOST_ENTRIES} files: move away what was read"
                )
            if entry.name.startswith(".") or not entry.is_file(follow_symlinks=False):
                continue
            about = _stat(entry)
            if about is not None:
                key = f"{about.st_ino:x}"
                one = Entry(entry.name, key, about.st_size, (about.st_mtime_ns, about.st_ctime_ns))
                found[key] = min(one, found.get(key, one), key=lambda e: e.name)
    return sorted(found.values(), key=lambda e: e.name)


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # gone since the folder was listed
        return None


def _is_wanted(entry: Entry, options: Options, floor: int) -> bool:
    name = _ROTATED.sub("", entry.name)
    return entry.at[1] > floor and any(fnmatchcase(name, one) for one in options.pattern)


def _read(folder: int, entry: Entry, mark: Mark, visit: Visit) -> None:
    """Read on in one file; what is wrong with it costs no other."""
    if mark.is_done(entry.size, entry.at):
        visit.marks[entry.key] = mark
        if mark.bad:
            visit.bad.append(f"{entry.name}: {mark.bad}")
        return
    if not visit.rows_left or visit.bytes_left < min(entry.size - mark.offset, LONGEST_LINE_BYTES):
        visit.marks[entry.key], visit.more = mark, True
        return
    try:
        handle = os.open(
            entry.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
        )
    except FileNotFoundError:
        return
    except OSError as error:
        _spoil(entry, mark, visit, error.strerror or "it cannot be opened")
        return
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return
        if entry.size > LARGEST_BYTES:
            raise RowsError(f"it is larger than {LARGEST_BYTES // 1_000_000_000} GB")
        _take(handle, entry, mark, visit)
    except (OSError, RowsError) as error:
        _spoil(entry, mark, visit, str(error))
    finally:
        os.close(handle)


def _take(handle: int, entry: Entry, mark: Mark, visit: Visit) -> None:
    taken = read_on(
        handle, entry.size, mark, visit.rows_left, min(visit.bytes_left, MOST_BYTES), settled=entry.settled
    )
    for row in taken.rows:
        try:
            if row.value is None:
                raise ValueError(row.why)
            one = mention(row.value)
            visit.found[one.id] = one
        except ValueError:
            visit.spoiled += 1
    visit.spoiled += taken.too_long
    visit.rows_left -= len(taken.rows)
    visit.bytes_left = max(visit.bytes_left - taken.bytes_read, 0)
    visit.marks[entry.key] = replace(taken.mark, size=entry.size, at=entry.at)
    visit.more = visit.more or taken.more
    visit.gap = visit.gap or taken.lost


def _spoil(entry: Entry, mark: Mark, visit: Visit, why: str) -> None:
    visit.spoiled += why != mark.bad
    visit.bad.append(f"{entry.name}: {why}")
    visit.marks[entry.key] = replace(mark, size=entry.size, at=entry.at, bad=why)


def _note_lost(memory: _Memory, visit: Visit) -> None:
    """A file that went away before it was read to its end has taken something with it."""
    for key, mark in memory.marks.items():
        if key not in visit.marks and mark.offset < mark.size and not mark.bad:
            visit.gap = True


def _told(bad: Sequence[str]) -> str:
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return f"Cannot be read: {bad[0][:300]}{more}" if bad else ""


# ---- the page and the cursor


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the cursor holds. A file that nothing was done to since `floor`, and has no mark, is read."""

    at: float | None = None
    floor: int = 0
    marks: dict[str, Mark] = field(default_factory=dict)

    def mark(self, entry: Entry) -> Mark:
        return self.marks.get(entry.key, Mark())


def _page(memory: _Memory, visit: Visit, at: float) -> Page:
    """Return what was found; all up to now was heard if nothing was lost and nothing is left."""
    whole = not visit.gap and not visit.more
    since = from_seconds(memory.at) if whole and memory.at is not None else None
    floor, marks = _forgotten(memory.floor, visit.marks, at)
    after = _Memory(memory.at if visit.more else at, floor, marks)
    found = tuple(sorted(visit.found.values(), key=_age))
    return Page(
        found, _written(after), visit.spoiled, since, why=_told(visit.bad), gap=visit.gap, more=visit.more
    )


def _forgotten(floor: int, marks: dict[str, Mark], at: float) -> tuple[int, dict[str, Mark]]:
    """Let go of marks of files that were read long ago, where there are many; raise the floor over them."""
    if len(marks) <= MOST_MARKS:
        return floor, marks
    waiting = [m.at[1] for m in marks.values() if not m.is_done(m.size, m.at)]
    top = min([*waiting, int((at - LONG_AGO_SECONDS) * 1e9)])
    old = sorted((m.at[1], key) for key, m in marks.items() if m.at[1] < top)[: len(marks) - MOST_MARKS]
    gone = {key for _, key in old}
    kept = {key: mark for key, mark in marks.items() if key not in gone}
    return max([floor, *(changed for changed, _ in old)]), kept


def _written(memory: _Memory) -> str:
    marks = {key: mark.to_json() for key, mark in memory.marks.items()}
    return json.dumps({"at": memory.at, "floor": memory.floor, "files": marks}, separators=(",", ":"))


def _memory(cursor: str | None) -> _Memory:
    """Read a cursor; one that makes no sense is as good as none."""
    try:
        held: Any = json.loads(cursor or "{}")
        marks = {str(key): Mark.from_json(value) for key, value in held.get("files", {}).items()}
        at = held.get("at")
        return _Memory(None if at is None else float(at), int(held.get("floor", 0)), marks)
    except (ValueError, TypeError, AttributeError):
        return _Memory()


def _age(found: Mention) -> tuple[Any, str]:
    return found.published_at, found.id
