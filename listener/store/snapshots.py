"""Snapshots of series: all of their past but the newest days, so that a start reads little.

A snapshot is a help and no truth: what is damaged, of another form, or made of other counts
than those that are asked for is passed over, and the series is read from the counts again.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from listener.store.changes import Change
from rules.foot import Foot
from rules.hours import Hours

FORM = 1
HEAD = struct.Struct("<HHqqqIII")
LANES = 2
KEPT_MINUTES = 40 * 24 * 60


@dataclass(frozen=True, slots=True)
class Name:
    """What a snapshot is of: a brand's counts of one measure from some sources."""

    brand: str
    measure: str
    sources: tuple[str, ...]


def put(db: sqlite3.Connection, name: Name, made_of: str, foot: Foot, *, moody: bool) -> None:
    """Keep a snapshot, in place of the one before. `made_of` says by which query its counts were made."""
    db.execute(
        "INSERT OR REPLACE INTO snapshots (brand, measure, sources, since, made_of, data) VALUES (?, ?, ?, ?, ?, ?)",
        (name.brand, name.measure, _text(name.sources), foot.since // 60, made_of, packed(foot, moody=moody)),
    )


def get(db: sqlite3.Connection, name: Name, made_of: str, *, moody: bool) -> Foot | None:
    """Return what is kept of a series; None where that is nothing, or nothing to be believed."""
    row = db.execute(
        "SELECT since, CAST(data AS BLOB) FROM snapshots WHERE brand = ? AND measure = ? AND sources = ? AND made_of = ?",
        (name.brand, name.measure, _text(name.sources), made_of),
    ).fetchone()
    if row is None:
        return None
    foot = unpacked(row[1], moody=moody)
    return foot if foot is not None and foot.since == row[0] * 60 else None


def since(db: sqlite3.Connection) -> dict[Name, int]:
    """Return what there are snapshots of, and the minute up to which each sums up."""
    rows = db.execute("SELECT brand, measure, sources, since FROM snapshots")
    known: dict[str, tuple[str, ...]] = {}
    return {
        Name(brand, measure, known.get(of) or known.setdefault(of, tuple(json.loads(of)))): until
        for brand, measure, of, until in rows
    }


def spoil(db: sqlite3.Connection, noted: Iterable[Change]) -> None:
    """Drop the snapshots whose past changed."""
    oldest: dict[tuple[bool, str], int] = {}
    for change in noted:
        of = (change.what == "coverage", change.subject)
        oldest[of] = min(change.first, oldest.get(of, change.first))
    newest = db.execute("SELECT coalesce(max(since), 0) FROM snapshots").fetchone()[0]
    for (of_source, subject), first in oldest.items():
        if first >= newest:
            continue
        if of_source:
            db.execute(
                "DELETE FROM snapshots WHERE since > ? AND instr(sources, ?)", (first, json.dumps(subject))
            )
        else:
            db.execute("DELETE FROM snapshots WHERE brand = ? AND since > ?", (subject, first))


def forget_old(db: sqlite3.Connection, at: int) -> None:
    """Drop what was not renewed for long: nobody asks for those series any more."""
    db.execute("DELETE FROM snapshots WHERE since < ?", (at - KEPT_MINUTES,))


def packed(foot: Foot, *, moody: bool) -> bytes:
    """Return a foot as bytes, with a sum that tells whether they are whole."""
    hours = foot.hours
    mood = hours.mood if moody else hours.mood[:0]
    head = HEAD.pack(
        FORM, moody, foot.since, foot.begins, hours.start, len(foot.peaks), len(hours.counts), len(mood)
    )
    body = b"".join(
        (
            foot.sums.astype("<f8").tobytes(),
            foot.peaks.astype("<f8").tobytes(),
            foot.most.astype("<f8").tobytes(),
            hours.counts.astype("<i4").tobytes(),
            np.rint(hours.known * 3600).astype("<u2").tobytes(),
            mood.astype("<i4").tobytes(),
        )
    )
    whole = head + body
    return struct.pack("<I", zlib.crc32(whole)) + head + zlib.compress(body, 1)


def unpacked(data: bytes, *, moody: bool) -> Foot | None:
    """Return the foot that `packed` turned into these bytes; None where they are not what was packed."""
    try:
        (crc,) = struct.unpack_from("<I", data)
        head = data[4 : 4 + HEAD.size]
        form, felt, since, begins, start, days, hours, moods = HEAD.unpack(head)
        if form != FORM or (moody and not felt):
            return None
        size = 8 * (4 * LANES + 2 * days) + 6 * hours + 4 * moods
        opened = zlib.decompressobj()
        body = opened.decompress(data[4 + HEAD.size :], size + 1)
    except (struct.error, zlib.error, TypeError):
        return None
    if len(body) != size or zlib.crc32(head + body) != crc:
        return None
    return _read(body, since, begins, start, days, hours, moods)


def _read(body: bytes, since: int, begins: int, start: int, days: int, hours: int, moods: int) -> Foot:
    at = 0

    def take(form: str, number: int) -> npt.NDArray[np.generic]:
        nonlocal at
        values: npt.NDArray[np.generic] = np.frombuffer(body, form, number, at)
        at += values.nbytes
        return values

    sums = take("<f8", 4 * LANES).astype(np.float64).reshape(LANES, 4)
    peaks, most = take("<f8", days).astype(np.float64), take("<f8", days).astype(np.float64)
    counts, heard = take("<i4", hours).astype(np.int64), take("<u2", hours).astype(np.int64)
    mood = take("<i4", moods).astype(np.int64) if moods else np.zeros(hours, np.int64)
    # Minutes of 60 seconds: whole numbers again, so that the share is the same to the last bit.
    return Foot(since, begins, sums, peaks, most, Hours(start, counts, heard // 60 / 60, mood))


def _text(sources: Sequence[str]) -> str:
    return json.dumps(list(sources))
