"""What people say of our labels: right, or what would be. One function for Slack, pages and terminal.

A label is taken down in the journal, counts from then on, and moves the counts and the moods of every
brand and measure of its mention, all in one transaction. The minutes it changes are noted, so
that they are judged again: a correction weighs as much as if the mention had come with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from listener.config import Settings
from listener.intake import Measures, passage
from listener.store import Store, corrections, counts, labels, mentions
from listener.store.corrections import Adds
from listener.store.labels import IMPORT, TEAM, Said
from listener.store.mentions import Stored

DONE, NOTHING, UNKNOWN = "done", "nothing", "unknown"
RIGHT, OURS = "right", "ours"
# What may be said of a label. `unsure` leans to no side; `ours` takes back what was said before.
CHOICES = (RIGHT, "negative", "neutral", "positive", "unsure", OURS)
LONGEST_NAME = 80


class LabelError(Exception):
    """Nothing can be labelled as asked; the text says what would be right."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, and the mention as it is now, None where there is none.

    Codes: `done`; `nothing` the team has said so already; `unknown` no such mention is kept.
    """

    code: str
    mention: Stored | None


def label(store: Store, settings: Settings, mention: int, said: str, by: str, now: datetime) -> Outcome:
    """Take down what a person says of a mention's label; saying the same twice changes nothing.

    `said` is one of CHOICES: `right` confirms what we read, so that it stays whatever a later version
    reads; a label takes its place; `ours` lets what we read count again. Raises LabelError.
    """
    who = _checked(said, by)
    measures = Measures(settings.rules)
    with store.write() as db:
        found = mentions.of(db, [mention])
        if not found:
            return Outcome(UNKNOWN, None)
        (old,) = found
        human = {RIGHT: old.label, OURS: ""}.get(said, said)
        if _is_said(db, old, human):
            return Outcome(NOTHING, old)
        _write(db, measures, old, [Said(mention, human, old.label, old.reading, TEAM, who, now)])
        return Outcome(DONE, mentions.of(db, [mention])[0])


def take(
    db: sqlite3.Connection,
    measures: Measures,
    old: Stored,
    human: str,
    said: Sequence[Said],
    now: datetime,
) -> bool:
    """Let the label that a file gives a stored mention count, if it says something new; tell whether it does.

    `said` is what the file knows was said, oldest first. Whoever spoke after that, or a team of which
    it knows nothing, has the last word.
    """
    words, theirs = labels.of(db, old.id), said[-1] if said else None
    last = words[-1] if words else None
    if human == old.human and last is not None:
        return False
    if last is not None and (last.origin == TEAM if theirs is None else last.at > theirs.at):
        return False
    if theirs is None or theirs.label != human:
        _write(db, measures, old, [Said(old.id, human, old.label, old.reading, IMPORT, "", now)])
        return True
    new = [replace(word, mention=old.id) for word in said if last is None or word.at > last.at]
    if new:
        _write(db, measures, old, new)
    return bool(new)


def _write(db: sqlite3.Connection, measures: Measures, old: Stored, words: Sequence[Said]) -> None:
    """Take down words about a mention, and let the last one count."""
    labels.write(db, words)
    human = words[-1].label
    before, after = (_adds(db, measures, old, felt) for felt in (old.felt, human or old.label))
    corrections.correct(db, old.id, human, before, after)


def _checked(said: str, by: str) -> str:
    if said not in CHOICES:
        raise LabelError(f"a label is one of {', '.join(CHOICES)}, not {said[:40]!r}")
    who = " ".join(by.split())[:LONGEST_NAME]
    if not who:
        raise LabelError("whoever labels a mention needs a name")
    return who


def _is_said(db: sqlite3.Connection, mention: Stored, human: str) -> bool:
    """Tell whether the team has said so already; what came with a mention it may say again."""
    if not human:
        return not mention.human
    words = labels.of(db, mention.id)
    return mention.human == human and bool(words) and words[-1].origin == TEAM


def _adds(db: sqlite3.Connection, measures: Measures, mention: Stored, felt: str) -> Adds:
    """Return what a mention adds to each time with a label: of what is narrowed, that which is counted so."""
    brands = mentions.brands_of(db, mention.id)
    adds, _ = measures.of(brands, passage(mention), felt, mention.author)
    wanted, kept = measures.wanted, counts.measured(db)
    stale = {measure for measure, asked in wanted.items() if kept.get(measure) != asked}
    return {brand: [measure for measure in mine if measure not in stale] for brand, mine in adds.items()}
