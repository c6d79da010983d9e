"""The past through today's rules: what would have been told, and when.

Here for counts: a CSV `timestamp,value` of mentions per bucket goes through one trigger or
several side by side, and the life of an incident, each row judged by the rows up to it alone.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from rules import life
from rules.surge import Track
from rules.triggers import Finding, asks_mood, load, presets

MOST_BUCKETS = 2_000_000
MOST_MENTIONS = 1_000_000_000
MOST_PROBLEMS = 20
ONE_ROW_SECONDS = 300
COLUMNS = ("timestamp", "value")


class CountsError(ValueError):
    """The file does not hold counts per bucket; the message names every row at fault, a line each."""


@dataclass(frozen=True, slots=True)
class Judging:
    """A trigger by its name, and the options it judges with."""

    trigger: str
    options: Any


def by_preset(preset: str = "balanced", trigger: str = "spike") -> Judging:
    """Return a trigger with the options of one of its presets."""
    return Judging(trigger, load(trigger).Options(**presets(trigger)[preset]))


@dataclass(frozen=True, slots=True)
class CountRow:
    """Mentions in the bucket that `timestamp` names; `at` is that time in seconds since 1970 (UTC).

    `timestamp` is kept as it was written. `value` is None where the file leaves it empty.
    """

    timestamp: str
    at: int
    value: int | None


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row with its verdict: `alert` where an incident would open or worsen.

    `score` is z divided by the bar there, and 0 elsewhere.
    """

    timestamp: str
    value: int | None
    z: float
    score: float = 0.0
    alert: bool = False


def read_counts(path: Path) -> tuple[CountRow, ...]:
    """Return the rows of a CSV with the columns `timestamp` and `value`, which ascend in time.

    A time without a zone is UTC. Raise CountsError for what cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows, problems = _rows(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CountsError(f"{path}: cannot be read as CSV: {error}") from error
    if problems:
        raise CountsError("\n".join(f"{path}: {problem}" for problem in problems))
    if not rows:
        raise CountsError(f"{path}: no rows")
    return rows


def judge_counts(rows: Sequence[CountRow], judging: Sequence[Judging] = ()) -> tuple[JudgedRow, ...]:
    """Return every row with its verdict, in the same order; without `judging` by spike as it is by default.

    `z` is that of the finding where somebody would be told, and elsewhere how far the last minutes
    rose. A bucket is as long as most rows lie apart; one without a row, or without a value, is unknown.
    """
    if not rows:
        return ()
    step = _step(rows)
    buckets = _buckets(rows, step)
    track = _track(rows, buckets, step)
    ends = [bucket + step for bucket in buckets]
    found = [finding for one in judging or (by_preset(),) for finding in _found(one, track, ends)]
    told = {int(f.at.timestamp()): f for f in _told(sorted(found, key=lambda f: (f.at, -f.z)))}
    rise = track.rise[(np.asarray(buckets) - track.start) // step]
    return tuple(
        _judged(row, z, told.get(end)) for row, z, end in zip(rows, rise.tolist(), ends, strict=True)
    )


def _found(judging: Judging, track: Track, ends: Sequence[int]) -> Sequence[Finding]:
    if asks_mood(judging.trigger):
        raise CountsError(f"{judging.trigger} asks how mentions feel, which counts do not tell")
    try:
        return load(judging.trigger).judge(judging.options, track, ends)
    except ValueError as error:
        raise CountsError(f"{judging.trigger} cannot judge these counts: {error}") from error


def write_counts(path: Path, rows: Sequence[JudgedRow]) -> None:
    """Write the verdicts as CSV: `timestamp,value,z,score,alert`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow((*COLUMNS, "z", "score", "alert"))
        for row in rows:
            value = "" if row.value is None else row.value
            out.writerow((row.timestamp, value, round(row.z, 4), round(row.score, 4), int(row.alert)))


def _rows(reader: csv.DictReader[str]) -> tuple[tuple[CountRow, ...], list[str]]:
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        return (), [f"line 1: no column {' and no column '.join(missing)}; it must read timestamp,value"]
    rows: list[CountRow] = []
    problems: list[str] = []
    for fields in reader:
        try:
            row = _row(fields)
            if rows and row.at <= rows[-1].at:
                raise ValueError(f"{row.timestamp} is not later than the row before, {rows[-1].timestamp}")
            rows.append(row)
        except ValueError as error:
            problems.append(f"line {reader.line_num}: {error}")
        if len(problems) > MOST_PROBLEMS:
            return (), [*problems[:MOST_PROBLEMS], "and more"]
        if len(rows) > MOST_BUCKETS:
            return (), [f"line {reader.line_num}: more than {MOST_BUCKETS:,} rows"]
    return tuple(rows), problems


def _row(fields: dict[str, Any]) -> CountRow:
    stamp, text = (fields[name] or "" for name in COLUMNS)
    return CountRow(stamp, _seconds(stamp), _count(text.strip()))


def _seconds(stamp: str) -> int:
    try:
        at = datetime.fromisoformat(stamp.strip())
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError) as error:
        raise ValueError(f"timestamp is {stamp!r}, not a time such as 2026-03-01 12:05:00") from error


def _count(text: str) -> int | None:
    if not text:
        return None
    try:
        count = float(text)
    except ValueError:
        count = -1.0
    if not 0 <= count <= MOST_MENTIONS or count != int(count):
        raise ValueError(f"value is {text!r}, not a whole number of mentions, 0 to {MOST_MENTIONS:,}")
    return int(count)


def _step(rows: Sequence[CountRow]) -> int:
    apart = Counter(later.at - row.at for row, later in pairwise(rows))
    return min(apart, key=lambda seconds: (-apart[seconds], seconds), default=ONE_ROW_SECONDS)


def _buckets(rows: Sequence[CountRow], step: int) -> list[int]:
    """Return the start of each row's bucket: the first one's own, then the nearest still free."""
    origin = rows[0].at // step * step
    last = -1
    buckets = []
    for row in rows:
        nearest = (row.at - rows[0].at + step // 2) // step
        last = max(nearest, last + 1)
        if last > nearest + 1:
            raise CountsError(f"{row.timestamp}: rows closer together than most, which lie {step} s apart")
        buckets.append(origin + last * step)
    if last >= MOST_BUCKETS:
        raise CountsError(
            f"{rows[0].timestamp} to {rows[-1].timestamp}: over {MOST_BUCKETS:,} buckets of {step} s"
        )
    return buckets


def _track(rows: Sequence[CountRow], buckets: Sequence[int], step: int) -> Track:
    length = (buckets[-1] - buckets[0]) // step + 1
    counts, known = np.zeros(length, np.int64), np.zeros(length, np.bool_)
    places = (np.asarray(buckets) - buckets[0]) // step
    counts[places] = [row.value or 0 for row in rows]
    known[places] = [row.value is not None for row in rows]
    try:
        return Track(buckets[0], step, counts, known)
    except ValueError as error:
        raise CountsError(f"{rows[0].timestamp} to {rows[-1].timestamp}: {error}") from error


def _told(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the findings by which somebody would be told."""
    course = None
    for finding in findings:
        course, verdict = life.after(course, finding.at, finding.z, severity=1, code=finding.code)
        if verdict is not life.Verdict.JOIN:
            yield finding


def _judged(row: CountRow, rise: float, told: Finding | None) -> JudgedRow:
    if told is None:
        return JudgedRow(row.timestamp, row.value, rise)
    score = told.z / float(str(told.evidence.get("threshold", told.z)))
    return JudgedRow(row.timestamp, row.value, told.z, score, alert=True)
